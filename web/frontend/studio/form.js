// The editor of forms: form-js, limited to the components that the house draws and checks, kept while one edits.
import { FormEditor } from '@bpmn-io/form-js-editor';
import { look, list, own } from './findings.js';
import { begin, changed, keep } from './keep.js';
import { buttons, holder, part } from './page.js';
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

// A finding names a field by its key: there it is selected.
function go(form, key) {
  const field = form.get('formFieldRegistry').getAll().find((one) => one.key === key || one.path === key || one.id === key);
  if (field) form.get('selection').set(field);
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
  await keep(editor, () => look(() => list(own().map((one) => ({ ...one, act: one.element ? () => go(form, one.element) : null })))));
  arrange();
}

begin(open);
