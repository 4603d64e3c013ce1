// The editor of decision tables: dmn-js, kept on the server while one edits.
import DmnModeler from 'dmn-js/lib/Modeler';
import { look, list, own } from './findings.js';
import { begin, changed, keep } from './keep.js';
import { buttons, holder, part } from './page.js';
import { quoted, spot } from './spots.js';
import { overwrite, translateModule } from './translate.js';

function build() {
  const more = { additionalModules: [translateModule] };
  return new DmnModeler({
    container: part('canvas'), drd: more, decisionTable: more, literalExpression: more, boxedExpression: more,
    exporter: { name: 'Guicheng', version: holder.dataset.version },
  });
}

// The ids that findings may name in a decision, each with the one by which dmn-js draws it.
function places(decision) {
  const { input = [], output = [], rule = [] } = decision.decisionLogic || {};
  const cells = rule.flatMap((one) => [one, ...(one.inputEntry || []), ...(one.outputEntry || [])]);
  const asked = input.filter((one) => one.inputExpression).map((one) => [one.inputExpression.id, one.id]);
  return new Map([...[...input, ...output, ...cells].map((one) => [one.id, one.id]), ...asked]);
}

const cell = (id) => `.dmn-decision-table-container :is(th[data-col-id=${quoted(id)}], td[data-element-id=${quoted(id)}])`;
const shape = (id) => `.dmn-drd-container .djs-element[data-element-id=${quoted(id)}] .djs-visual > :first-child`;

// The view of the decision that a finding is about, and its place in the table where it names one.
function found(modeler, id) {
  for (const view of modeler.getViews()) {
    if (view.type === 'drd') continue;
    if (view.element.id === id) return { view };
    const drawn = places(view.element).get(id);
    if (drawn) return { view, drawn };
  }
  return null;
}

async function go(modeler, { view, drawn }) {
  await modeler.open(view);
  const node = drawn && part('canvas').querySelector(cell(drawn));
  if (!node) return;
  node.scrollIntoView({ block: 'center', inline: 'center' });
  node.click();
}

function show(modeler) {
  const rows = own().map((one) => ({ ...one, at: one.element ? found(modeler, one.element) : null }));
  list(rows.map((one) => ({ ...one, act: one.at ? () => go(modeler, one.at) : null })));
  const placed = rows.filter((one) => one.at);
  spot([
    ...placed.filter(({ at }) => at.drawn).map(({ at, category }) => ({ selector: cell(at.drawn), category })),
    ...placed.map(({ at, category }) => ({ selector: shape(at.view.element.id), category, shape: true })),
  ]);
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
  await keep(editor, () => look(() => show(modeler)));
  arrange();
}

begin(open);
