// Forms, made livelier: rows without a round trip, fields that hide by themselves, drafts saved while one types.
const form = document.querySelector('form[data-form]');

// Rows -----------------------------------------------------------------------------------------------------------
function renumber(box) {
  const name = box.dataset.rows;
  const rows = [...box.querySelectorAll(':scope > .rows-list > [data-row]')];
  const place = /\[(\d+|__n__)\]/;
  rows.forEach((row, index) => {
    for (const node of row.querySelectorAll('[name], [id], [for], [aria-describedby], [data-total], [data-warning], [data-remove]')) {
      for (const attribute of ['name', 'id', 'for', 'aria-describedby', 'data-total', 'data-warning', 'value']) {
        const text = node.getAttribute(attribute);
        if (text && (attribute !== 'value' || 'remove' in node.dataset) && text.includes(`${name}[`)) node.setAttribute(attribute, text.replace(place, `[${index}]`));
      }
    }
  });
  box.querySelector(`input[name="${name}#rows"]`).value = rows.length;
  const count = box.querySelector('[data-count]');
  if (count) count.textContent = rows.length;
}

form?.addEventListener('click', (event) => {
  const add = event.target.closest('[data-add]');
  const remove = event.target.closest('[data-remove]');
  if (!add && !remove) return;
  const box = event.target.closest('[data-rows]');
  event.preventDefault();
  if (add) {
    const list = box.querySelector('.rows-list');
    list.append(box.querySelector('template').content.cloneNode(true));
    renumber(box);
    list.lastElementChild.querySelector('input, select, textarea')?.focus();
  } else {
    event.target.closest('[data-row]').remove();
    renumber(box);
    box.querySelector('[data-add]').focus();
  }
  changed();
});

// How the form stands: the server, which alone speaks FEEL, says what is hidden, what the totals are, what is unusual --
const watched = new Set((form?.dataset.watched || '').split(' ').filter(Boolean));
const token = document.querySelector('meta[name=csrf-token]')?.content;
let asking;
let asked;

function sendable(standing) {
  const data = new FormData(form);
  for (const [name, value] of [...data]) {
    if (!(value instanceof File)) continue;
    data.delete(name);
    // Not uploaded yet, but chosen: a condition on the field wants to know.
    if (standing && value.name) data.append(name.replace(/#files$/, ''), 'chosen');
  }
  return data;
}

function post(address, data, signal) {
  return fetch(address, { method: 'POST', body: data, signal, headers: { 'X-Requested-With': 'fetch', 'X-CSRFToken': token } });
}

function placeOf(node) {
  const row = node.closest('[data-row]');
  if (!row || row === node) return '';
  return `${row.closest('[data-rows]').dataset.rows}[${[...row.parentElement.children].indexOf(row)}].`;
}

function arrange({ hidden, totals, warnings }) {
  for (const node of form.querySelectorAll('[data-hide]')) {
    const place = placeOf(node);
    // A row added since the question stands as a blank one.
    const rules = hidden[place] || hidden[place.replace(/\[\d+\]/, '[]')] || [];
    node.toggleAttribute('data-hidden-by-rule', rules.includes(node.dataset.hide));
  }
  for (const node of form.querySelectorAll('[data-total]')) {
    if (node.dataset.total in totals) node.textContent = totals[node.dataset.total] || '—';
  }
  for (const node of form.querySelectorAll('[data-warning]')) {
    const said = warnings[node.dataset.warning] || '';
    if (node.textContent !== said) node.textContent = said;
  }
  const box = form.querySelector('[data-warnings]');
  if (!box) return;
  box.hidden = !Object.keys(warnings).length;
  box.querySelector('ul').replaceChildren(...Object.entries(warnings).map(([name, said]) => {
    const item = document.createElement('li');
    item.append(Object.assign(document.createElement('a'), { href: `#at-${name}`, textContent: said }));
    return item;
  }));
}

async function ask() {
  asking?.abort();
  const mine = asking = new AbortController();
  try {
    const answer = await post(form.dataset.standing, sendable(true), mine.signal);
    if (answer.ok) arrange(await answer.json());
  } catch {
    // Away or overtaken by a newer question: the form stays as it is, and the server judges what is handed in.
  }
  if (asking === mine) form.removeAttribute('data-asking');
}

// Names are `key`, `list[0].key`, `list#rows`, `key#files`: any of the words may be watched.
function isWatched(name) {
  return (name || '').split(/[[\].#]+/).some((word) => watched.has(word));
}

function askSoon(event) {
  if (!form.dataset.standing || (event?.target?.name && !isWatched(event.target.name))) return;
  form.setAttribute('data-asking', '');
  asking?.abort();
  asking = undefined;
  clearTimeout(asked);
  asked = setTimeout(ask, event?.type === 'input' && event.target.matches('input[type=text], textarea') ? 300 : 50);
}

// Drafts ---------------------------------------------------------------------------------------------------------
const said = form?.querySelector('[data-draft-said]');
let waiting;
let leaving = false;

async function save() {
  waiting = undefined;
  if (leaving || !form.dataset.draft) return;
  try {
    const answer = await post(form.dataset.draft, sendable(false));
    said.textContent = answer.ok ? said.dataset.saved : said.dataset.failed;
  } catch {
    said.textContent = said.dataset.failed;
  }
}

function changed(event) {
  askSoon(event);
  if (!form.dataset.draft) return;
  clearTimeout(waiting);
  waiting = setTimeout(save, 1200);
}

if (form) {
  form.addEventListener('input', changed);
  form.addEventListener('change', changed);
  // The same button pressed twice sends one request.
  form.addEventListener('submit', (event) => {
    if (leaving) event.preventDefault();
    leaving = true;
    clearTimeout(waiting);
    setTimeout(() => { leaving = false; }, 8000);
  });
  // The browser may have filled in again what was typed before.
  window.addEventListener('pageshow', (event) => {
    leaving = false;
    if (event.persisted || performance.getEntriesByType('navigation')[0]?.type !== 'navigate') askSoon();
  });
  form.toggleAttribute('data-live', true);
}
