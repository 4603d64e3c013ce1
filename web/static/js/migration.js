// Moves instances to another version one after another: each by a request of its own, told as soon as it is answered.
const form = document.querySelector('form[data-migration]');
const token = document.querySelector('meta[name=csrf-token]')?.content;
const words = JSON.parse(form?.dataset.words || '{}');
const find = (name) => form.querySelector(`[data-${name}]`);
const asked = { 'X-Requested-With': 'fetch', 'X-CSRFToken': token };
let stopped = false;
let running = false;

// What the server takes of the form: version, mapping, reason, once; the instances go one by one.
function fields() {
  const data = new FormData(form);
  data.delete('instance');
  return data;
}

async function answer(address, options) {
  const got = await fetch(address, { ...options, headers: asked });
  const told = await got.json();
  if (!got.ok) throw Object.assign(new Error(told.detail || `${got.status}`), { refused: got.status < 500 });
  return told;
}

// The chosen ones of this page.
async function* chosen() {
  for (const box of form.querySelectorAll('input[name=instance]:checked')) {
    yield { instance: box.value, title: box.closest('tr').querySelector('[data-title]').textContent, said: '' };
  }
}

// All of every page of the rehearsal, those that cannot be moved too: why they cannot is told with the others.
async function* everything() {
  let cursor = '';
  do {
    const query = new URLSearchParams(fields());
    for (const name of ['csrf_token', 'reason', 'once']) query.delete(name);
    query.set('cursor', cursor);
    const page = await answer(`${form.dataset.rehearsal}?${query}`);
    yield* page.items;
    cursor = page.next;
  } while (cursor);
}

function badge(text, colour) {
  return Object.assign(document.createElement('span'), { className: `badge bg-${colour}-lt`, textContent: text });
}

function tell(one, said, moved) {
  const row = form.querySelector(`tr[data-instance="${CSS.escape(one.instance)}"]`);
  if (row && moved) row.querySelector('input[name=instance]')?.remove();
  row?.querySelector('[data-outcome]').replaceChildren(badge(moved ? words.moved : words.not, moved ? 'green' : 'red'), ` ${said}`);
  if (moved) return;
  const item = document.createElement('li');
  item.append(Object.assign(document.createElement('b'), { textContent: one.title }), ` ${said}`);
  find('failures').append(item);
}

function progress(counts, total, word) {
  find('progress').hidden = false;
  const bar = form.querySelector('progress');
  bar.max = Math.max(total, counts.moved + counts.not, 1);
  bar.value = counts.moved + counts.not;
  find('said').textContent = `${word}${words.moved} ${counts.moved} · ${words.not} ${counts.not} · ${words.of} ${bar.max}`;
}

function busy(now) {
  running = now;
  for (const name of ['chosen', 'all']) find(name).disabled = now;
  find('stop').hidden = !now;
  find('again').hidden = now;
}

async function move(ones, total) {
  const counts = { moved: 0, not: 0 };
  stopped = false;
  find('failures').replaceChildren();
  busy(true);
  progress(counts, total, words.moving);
  try {
    for await (const one of ones) {
      if (stopped) break;
      try {
        if (one.said) throw Object.assign(new Error(one.said), { refused: true });
        const told = await answer(`${form.action}/${encodeURIComponent(one.instance)}`, { method: 'POST', body: fields() });
        counts.moved += 1;
        tell(one, told.said, true);
      } catch (error) {
        counts.not += 1;
        tell(one, error.refused ? error.message : words.away, false);
        if (!error.refused) stopped = true; // nobody answers: to go on would only make it worse
      }
      progress(counts, total, words.moving);
    }
  } catch (error) {
    stopped = true;
    tell({ instance: '', title: '' }, error.refused ? error.message : words.away, false);
  }
  progress(counts, total, stopped ? words.stopped : words.done);
  busy(false);
}

if (form) {
  const every = find('every');
  if (every) {
    every.hidden = false;
    every.addEventListener('change', ({ target }) => {
      for (const box of form.querySelectorAll('input[name=instance]')) box.checked = target.checked;
    });
  }
  find('all').hidden = false;
  find('all').addEventListener('click', () => {
    if (form.reportValidity() && !running) move(everything(), Number(form.dataset.total));
  });
  find('stop').addEventListener('click', () => { stopped = true; });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const count = form.querySelectorAll('input[name=instance]:checked').length;
    if (!count) {
      find('progress').hidden = false;
      find('said').textContent = words.none;
    } else if (!running) move(chosen(), count);
  });
}
