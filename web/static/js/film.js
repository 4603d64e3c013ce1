// The film of an instance (web/reels.py): what any moment shows, from the rows of what each changed.
const EVERY = 64; // a picture is kept of every so many moments, and made from the one before for the others

const pairs = (list) => Array.from({ length: list.length / 2 }, (_, index) => [list[2 * index], list[2 * index + 1]]);

export class Film {
  constructor(told) {
    Object.assign(this, { moments: told.moments, texts: told.texts, people: told.people, roles: told.roles, kinds: told.kinds });
    Object.assign(this, { elements: told.elements, sheets: told.sheets, diagrams: told.diagrams, names: told.names });
    this.last = this.moments.length;
    this.kept = [{ tokens: new Map(), passed: new Set(), taken: new Set(), failed: new Set() }];
    this.first = new Map(); // at which entry a sheet was first seen
    for (const row of this.moments) {
      for (const path of [row[8], ...(row[9] || []).filter((_, index) => index % 4 === 1)]) {
        if (!this.first.has(this.texts[path])) this.first.set(this.texts[path], row[0]);
      }
    }
  }

  moment(seq) {
    const [, at, kind, actor, behalf, element, version, event, sheet] = this.moments[seq - 1];
    const text = (place) => this.texts[place];
    return { at, kind: text(kind), actor: text(actor), behalf: text(behalf), element: text(element), version, event: text(event), sheet: text(sheet) };
  }

  eventOf(row) { return this.texts[row[7]]; }

  // The flows of a moment on a sheet, wave after wave.
  waves(seq, sheet) {
    const waves = (this.moments[seq - 1][12] || []).map((wave) => pairs(wave).filter(([where]) => this.texts[where] === sheet).map(([, flow]) => this.texts[flow]));
    return waves.filter((wave) => wave.length);
  }

  after(before, row) {
    const scene = { tokens: new Map(before.tokens), passed: new Set(before.passed), taken: new Set(before.taken), failed: new Set(before.failed) };
    this.follow(scene, row);
    return scene;
  }

  follow(scene, row) {
    const [entered = [], left = [], passed = [], waves = [], failed = [], mended = []] = row.slice(9);
    const key = ([sheet, id]) => `${this.texts[sheet]}\n${this.texts[id]}`;
    for (const token of left) scene.tokens.delete(token);
    for (let place = 0; place < entered.length; place += 4) {
      const [token, sheet, element, turn] = entered.slice(place, place + 4);
      scene.tokens.set(token, { sheet: this.texts[sheet], element: this.texts[element], turn });
    }
    for (const spot of pairs(passed)) scene.passed.add(key(spot));
    for (const wave of waves) for (const spot of pairs(wave)) scene.taken.add(key(spot));
    for (const spot of pairs(failed)) scene.failed.add(key(spot));
    for (const spot of pairs(mended)) scene.failed.delete(key(spot));
  }

  scene(seq) {
    const frame = Math.floor(seq / EVERY);
    while (this.kept.length <= frame) {
      const from = (this.kept.length - 1) * EVERY;
      const scene = this.after(this.kept.at(-1), this.moments[from]);
      for (const row of this.moments.slice(from + 1, from + EVERY)) this.follow(scene, row);
      this.kept.push(scene);
    }
    if (seq === frame * EVERY) return this.kept[frame];
    const scene = this.after(this.kept[frame], this.moments[frame * EVERY]);
    for (const row of this.moments.slice(frame * EVERY + 1, seq)) this.follow(scene, row);
    return scene;
  }

  // What to colour on a sheet: elements by state, flows taken, how many tokens stand where.
  marks(seq, sheet) {
    const scene = this.scene(seq);
    const on = (keys) => [...keys].filter((key) => key.startsWith(`${sheet}\n`)).map((key) => key.slice(sheet.length + 1));
    const elements = new Map(on(scene.passed).map((id) => [id, 'done']));
    const turns = new Map();
    const whole = new Map();
    for (const token of scene.tokens.values()) {
      if (token.sheet !== sheet) continue;
      elements.set(token.element, 'active');
      const counted = token.turn ? turns : whole;
      counted.set(token.element, (counted.get(token.element) || 0) + 1);
    }
    for (const id of on(scene.failed)) elements.set(id, 'failed');
    return { elements, flows: on(scene.taken), counts: new Map([...whole, ...turns]), hosts: this.below(sheet, seq).map((path) => this.host(path)) };
  }

  // The next entry in a direction that is an event, of one kind or of any; 0 where there is none.
  event(from, direction, kind) {
    for (let seq = from + direction; seq >= 1 && seq <= this.last; seq += direction) {
      const event = this.eventOf(this.moments[seq - 1]);
      if (event && (!kind || event === kind)) return seq;
    }
    return 0;
  }

  // The address of the diagram of a sheet as it was drawn then; nothing where that version has no such stage.
  drawn(sheet, seq) {
    const { version } = this.moment(seq);
    const process = this.sheets[sheet]?.[version];
    return process && this.diagrams[version][process];
  }

  called(sheet, seq) {
    const process = this.sheets[sheet][this.moment(seq).version];
    const turn = /\[(\d+)\]$/.exec(sheet);
    return turn ? `${this.names[process]} ${Number(turn[1]) + 1}` : this.names[process];
  }

  known(seq) {
    return Object.keys(this.sheets).filter((path) => (path === '' || this.first.get(path) <= seq) && this.drawn(path, seq));
  }

  above(sheet) {
    return Object.keys(this.sheets).filter((path) => path === '' || `${sheet}/`.startsWith(`${path}/`));
  }

  below(sheet, seq) {
    const around = sheet ? `${sheet}/` : '';
    const within = this.known(seq).filter((path) => path && path !== sheet && path.startsWith(around));
    return within.filter((path) => !within.some((other) => path.startsWith(`${other}/`)));
  }

  // The call activity that a sheet is inside of.
  host(sheet) { return sheet.split('/').at(-1).replace(/\[\d+\]$/, ''); }

  standsIn(sheet, seq) {
    return [...this.scene(seq).tokens.values()].some((token) => token.sheet === sheet || token.sheet.startsWith(`${sheet}/`));
  }
}
