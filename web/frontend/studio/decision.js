// The editor of decision tables: dmn-js, kept on the server while one edits.
import DmnModeler from 'dmn-js/lib/Modeler';
import { look, list, own } from './findings.js';
import { begin, changed, keep } from './keep.js';
import { buttons, holder, part } from './page.js';
import { overwrite, translateModule } from './translate.js';

function build() {
  const more = { additionalModules: [translateModule] };
  return new DmnModeler({
    container: part('canvas'), drd: more, decisionTable: more, literalExpression: more, boxedExpression: more,
    exporter: { name: 'Guicheng', version: holder.dataset.version },
  });
}

// Each finding names its decision: there it is opened.
function go(modeler, id) {
  const view = modeler.getViews().find((one) => one.element.id === id);
  if (view) modeler.open(view);
}

async function open() {
  const modeler = build();
  const stack = () => modeler.getActiveViewer()?.get('commandStack', false);
  const act = (name) => () => { if (stack()) stack()[name](); };
  const arrange = buttons({ undo: act('undo'), redo: act('redo') }, stack);
  let loading = true;
  // A view is made when it is opened first, and each has changes of its own.
  modeler.on('viewer.created', ({ viewer }) => viewer.on('commandStack.changed', () => {
    arrange();
    if (!loading) changed();
  }));
  modeler.on('views.changed', arrange);
  overwrite(holder, '.hit-policy', '.input-variable', '.output-variable', '.dms-select-options', '.context-menu', '.dmn-icon-drag', '.djs-palette', '.djs-popup');
  const editor = {
    load: async (text) => {
      loading = true;
      await modeler.importXML(text);
      const views = modeler.getViews().filter((one) => one.type !== 'drd');
      if (views.length === 1) await modeler.open(views[0]);
      loading = false;
    },
    read: async () => (await modeler.saveXML({ format: true })).xml,
  };
  await keep(editor, () => look(() => list(own().map((one) => ({ ...one, act: one.element ? () => go(modeler, one.element) : null })))));
  arrange();
}

begin(open);
