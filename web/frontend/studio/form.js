// The editor of forms: form-js, limited to the components that the house draws and checks, kept while one edits.
import { FormEditor } from '@bpmn-io/form-js-editor';
import { look, list, own } from './findings.js';
import { begin, changed, keep } from './keep.js';
import { buttons, holder, part } from './page.js';
import { quoted, spot } from './spots.js';
import { overwrite } from './translate.js';

// What is not in the list is refused when it is deployed: it is not offered either.
function limit() {
  const supported = holder.dataset.components.split(' ').map((type) => `:not([data-field-type="${type}"])`);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`.fjs-palette-field${supported.join('')} { display: none; }`);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}

// The keys of each component stand as they stood, new ones behind: whoever compares two versions sees what was changed.
function written(schema, before) {
  const orders = new Map();
  const note = (node) => {
    if (node.id) orders.set(node.id, Object.keys(node));
    for (const inside of node.components || []) note(inside);
  };
  const sorted = (node) => {
    const order = orders.get(node.id) || ['type', 'id', 'key', 'label'];
    const place = (name) => (order.includes(name) ? order.indexOf(name) : order.length);
    const names = Object.keys(node).sort((a, b) => place(a) - place(b));
    return Object.fromEntries(names.map((name) => [name, name === 'components' ? node.components.map(sorted) : node[name]]));
  };
  note(before);
  return `${JSON.stringify(sorted(schema), null, 2)}\n`;
}

// A finding names a component by its key, or by its id where it has none; of a key given twice both are meant.
// The form itself is none of them: its id is often that of its first question.
function named(form, key) {
  const fields = form.get('formFieldRegistry').getAll().filter((one) => one.type !== 'default');
  const keyed = fields.filter((one) => one.key === key || one.path === key);
  return keyed.length ? keyed : fields.filter((one) => one.id === key);
}

const drawn = (field) => `.fjs-form-editor .fjs-element[data-id=${quoted(field.id)}]`;

function go(form, [field]) {
  form.get('selection').set(field);
  part('canvas').querySelector(drawn(field))?.scrollIntoView({ block: 'center' });
}

function show(form) {
  const rows = own().map((one) => ({ ...one, fields: one.element ? named(form, one.element) : [] }));
  list(rows.map((one) => ({ ...one, act: one.fields.length ? () => go(form, one.fields) : null })));
  spot(rows.flatMap(({ fields, category }) => fields.map((field) => ({ selector: drawn(field), category }))));
}

// Our own title, which form-js does not know, stands in the bar.
function titled(form) {
  const input = part('title');
  const root = () => form.get('formFieldRegistry').getAll().find((one) => one.type === 'default');
  input.value = root().title || '';
  if (!titled.bound) input.addEventListener('change', () => form.get('modeling').editFormField(root(), 'title', input.value.trim() || undefined));
  titled.bound = true;
}

async function open() {
  limit();
  const form = new FormEditor({ container: part('canvas') });
  const stack = () => form.get('commandStack');
  const arrange = buttons({ undo: () => stack().undo(), redo: () => stack().redo() }, stack);
  let loading = true;
  let before = {};
  form.on('commandStack.changed', () => {
    arrange();
    if (!loading) changed();
  });
  overwrite(holder, '.fjs-palette-container', '.fjs-properties-container', '.fjs-empty-editor', '.fjs-empty-component', '.fjs-context-pad');
  const editor = {
    load: async (text) => {
      loading = true;
      before = JSON.parse(text);
      await form.importSchema(JSON.parse(text));
      titled(form);
      loading = false;
    },
    read: async () => written(form.saveSchema(), before),
  };
  await keep(editor, () => look(() => show(form)));
  arrange();
}

begin(open);
