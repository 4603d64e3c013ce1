// Forms, made livelier: rows without a round trip, fields that hide by themselves, drafts saved while one types.
const form = document.querySelector('form[data-form]');

// Rows -----------------------------------------------------------------------------------------------------------
function renumber(box) {
  const name = box.dataset.rows;
  const rows = [...box.querySelectorAll(':scope > .rows-list > [data-row]')];
  const place = /\[(\d+|__n__)\]/;
  rows.forEach((row, index) => {
    for (const node of row.querySelectorAll('[name], [id], [for], [aria-describedby], [data-remove]')) {
      for (const attribute of ['name', 'id', 'for', 'aria-describedby', 'value']) {
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

// Conditional fields: comparisons joined by `or` and `and`; anything else is left to the server ---------------------
function valueOf(key, prefix) {
  const named = (name) => [...form.elements].filter((one) => one.name === name);
  const fields = named(prefix + key).length ? named(prefix + key) : named(key);
  if (!fields.length) return undefined;
  const [first] = fields;
  if (first.type === 'radio') return fields.find((one) => one.checked)?.value ?? null;
  if (first.type === 'checkbox') return first.checked;
  return first.value === '' ? null : first.value;
}

function holds(part, prefix) {
  const negated = part.match(/^\s*not\s*\(\s*(\w+)\s*\)\s*$/);
  if (negated) {
    const value = valueOf(negated[1], prefix);
    return value === undefined ? undefined : !(value === true || value === 'true');
  }
  const found = part.match(/^\s*(\w+)\s*(=|!=)\s*(.+?)\s*$/);
  if (!found) return undefined;
  const value = valueOf(found[1], prefix);
  if (value === undefined) return undefined;
  const wanted = found[3] === 'null' ? null : found[3].replace(/^"|"$/g, '');
  const same = wanted === null ? value === null : String(value) === wanted;
  return found[2] === '=' ? same : !same;
}

function hidden(rule, prefix) {
  const some = rule.split(/\s+or\s+/).map((either) => {
    const all = either.split(/\s+and\s+/).map((part) => holds(part, prefix));
    return all.includes(false) ? false : all.includes(undefined) ? undefined : true;
  });
  return some.includes(true) ? true : some.includes(undefined) ? undefined : false;
}

function arrange() {
  for (const node of form.querySelectorAll('[data-hide]')) {
    const inside = node.closest('[data-row]')?.querySelector('[name*="["]')?.name.match(/^(.*\]\.)/);
    const answer = hidden(node.dataset.hide, inside ? inside[1] : '');
    node.toggleAttribute('data-hidden-by-rule', answer === true);
  }
}

// What is unusual: told with each saved draft, above the buttons and beside its field --------------------------------
function warn(list) {
  const box = form.querySelector('[data-warnings]');
  if (!box) return;
  box.hidden = !list.length;
  box.querySelector('ul').replaceChildren(...list.map(({ field, message }) => {
    const link = Object.assign(document.createElement('a'), { href: `#at-${field}`, textContent: message });
    const item = document.createElement('li');
    item.append(link);
    return item;
  }));
  for (const old of form.querySelectorAll('[data-warning]')) old.remove();
  for (const { field, message } of list) {
    const place = document.getElementById(`at-${field}`);
    if (place?.querySelector('.invalid-feedback')) continue;
    const line = Object.assign(document.createElement('div'), { className: 'form-warning', textContent: message });
    line.dataset.warning = '';
    place?.append(line);
  }
}

// Drafts ---------------------------------------------------------------------------------------------------------
const said = form?.querySelector('[data-draft-said]');
let waiting;
let leaving = false;

async function save() {
  waiting = undefined;
  if (leaving || !form.dataset.draft) return;
  const data = new FormData(form);
  for (const [name, value] of [...data]) if (value instanceof File) data.delete(name);
  try {
    const answer = await fetch(form.dataset.draft, { method: 'POST', body: data, headers: { 'X-Requested-With': 'fetch', 'X-CSRFToken': document.querySelector('meta[name=csrf-token]').content } });
    said.textContent = answer.ok ? said.dataset.saved : said.dataset.failed;
    if (answer.ok) warn((await answer.json()).warnings ?? []);
  } catch {
    said.textContent = said.dataset.failed;
  }
}

function changed() {
  arrange();
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
  window.addEventListener('pageshow', () => { leaving = false; });
  arrange();
}
