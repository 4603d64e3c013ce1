// The diagram of a film: colours what a moment says, and moves tokens along the flows that were taken.
const SVG = 'http://www.w3.org/2000/svg';
const READABLE = 0.45;

function length(points) {
  let sum = 0;
  for (let at = 1; at < points.length; at += 1) sum += Math.hypot(points[at].x - points[at - 1].x, points[at].y - points[at - 1].y);
  return sum;
}

// The point of a line at a share of its length.
function along(points, share) {
  let rest = length(points) * share;
  for (let at = 1; at < points.length; at += 1) {
    const [from, to] = [points[at - 1], points[at]];
    const piece = Math.hypot(to.x - from.x, to.y - from.y);
    if (rest <= piece && piece > 0) return { x: from.x + ((to.x - from.x) * rest) / piece, y: from.y + ((to.y - from.y) * rest) / piece };
    rest -= piece;
  }
  return points.at(-1);
}

export class Picture {
  constructor(holder, viewer, address) {
    Object.assign(this, { holder, viewer, address });
    this.marked = new Map();
    this.taken = new Set();
    this.texts = new Map();
    this.turn = 0;
    this.canvas = viewer.get('canvas');
    this.registry = viewer.get('elementRegistry');
    for (const element of this.registry.getAll()) this.clear(element.id);
  }

  // What the server had marked in the diagram that it drew.
  clear(id) {
    for (const mark of ['is-done', 'is-active', 'is-failed', 'is-taken']) this.canvas.removeMarker(id, mark);
  }

  async load(address) {
    if (address === this.address) return;
    let text = this.texts.get(address);
    if (text === undefined) {
      const answer = await fetch(address, { headers: { Accept: 'application/xml' } });
      text = await answer.text();
      this.texts.set(address, text);
    }
    this.address = address;
    this.marked.clear();
    this.taken.clear();
    await this.viewer.importXML(text);
    this.canvas.zoom('fit-viewport', 'auto');
  }

  // Shows a moment as it is. The newest call counts: another diagram takes a while to come.
  async show(film, seq, sheet) {
    this.turn += 1;
    const turn = this.turn;
    this.tokens()?.replaceChildren();
    await this.load(film.drawn(sheet, seq));
    if (turn === this.turn) this.paint(film.marks(seq, sheet), film.waves(seq, sheet).flat());
  }

  // Shows how a moment came about, then the moment itself.
  async move(film, seq, sheet, lasting) {
    this.turn += 1;
    const turn = this.turn;
    await this.load(film.drawn(sheet, seq));
    if (turn !== this.turn) return;
    const waves = film.waves(seq, sheet).map((wave) => wave.filter((id) => this.registry.get(id)?.waypoints));
    if (seq > 1 && film.drawn(sheet, seq - 1) === this.address) this.paint(film.marks(seq - 1, sheet), []);
    for (const wave of waves) {
      await this.run(wave, lasting / waves.length, turn);
      if (turn !== this.turn) return;
    }
    this.tokens()?.replaceChildren();
    this.paint(film.marks(seq, sheet), waves.flat());
  }

  tokens() {
    const layer = this.canvas.getLayer('tokens', 2000);
    return layer;
  }

  run(flows, lasting, turn) {
    const ways = flows.map((id) => this.registry.get(id).waypoints);
    const dots = ways.map(() => {
      const dot = document.createElementNS(SVG, 'circle');
      dot.setAttribute('r', 9);
      dot.classList.add('replay-token');
      return dot;
    });
    this.tokens().replaceChildren(...dots);
    return new Promise((resolve) => {
      const began = performance.now();
      const frame = (at) => {
        if (turn !== this.turn) { resolve(); return; }
        const share = Math.min(1, Math.max(0, (at - began) / lasting));
        dots.forEach((dot, index) => {
          const { x, y } = along(ways[index], share);
          dot.setAttribute('cx', x);
          dot.setAttribute('cy', y);
        });
        if (share < 1) window.requestAnimationFrame(frame);
        else resolve();
      };
      window.requestAnimationFrame(frame);
    });
  }

  // Only what is different is touched: a step in a large diagram changes three or four elements.
  paint({ elements, flows, counts, hosts }, fresh) {
    for (const id of hosts) if (this.registry.get(id)) this.canvas.addMarker(id, 'is-link');
    for (const [id, state] of this.marked) {
      if (elements.get(id) !== state) { this.canvas.removeMarker(id, `is-${state}`); this.marked.delete(id); }
    }
    for (const [id, state] of elements) {
      if (this.marked.has(id) || !this.registry.get(id)) continue;
      this.canvas.addMarker(id, `is-${state}`);
      this.marked.set(id, state);
    }
    const [wanted, now] = [new Set(flows), new Set(fresh)];
    for (const id of this.taken) if (!wanted.has(id)) { this.canvas.removeMarker(id, 'is-taken'); this.taken.delete(id); }
    for (const id of wanted) if (!this.taken.has(id) && this.registry.get(id)) { this.canvas.addMarker(id, 'is-taken'); this.taken.add(id); }
    for (const id of this.fresh || []) if (!now.has(id) && this.registry.get(id)) this.canvas.removeMarker(id, 'is-fresh');
    for (const id of now) if (this.registry.get(id)) this.canvas.addMarker(id, 'is-fresh');
    this.fresh = now;
    this.count(counts);
    this.look(elements);
  }

  // A token at each element where one waits, with their number where they are several.
  count(counts) {
    const overlays = this.viewer.get('overlays');
    overlays.remove({ type: 'token' });
    for (const [id, number] of counts) {
      const element = this.registry.get(id);
      if (!element) continue;
      const token = document.createElement('div');
      token.className = 'replay-waits';
      token.textContent = number > 1 ? number : '';
      overlays.add(id, 'token', { position: { top: -9, left: -9 }, html: token });
    }
  }

  // A diagram that is too small to read is moved to where something waits.
  look(elements) {
    if (this.canvas.zoom() >= READABLE) return;
    const active = [...elements].find(([id, state]) => state !== 'done' && this.registry.get(id));
    if (!active) return;
    const element = this.registry.get(active[0]);
    this.canvas.zoom(0.7, { x: element.x + element.width / 2, y: element.y + element.height / 2 });
    this.canvas.scrollToElement(element, 60);
  }
}
