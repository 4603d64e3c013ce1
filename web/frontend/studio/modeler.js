// The modeler of a diagram: bpmn-js with what a procedure needs, kept on the server while one draws.
import BpmnModeler from 'bpmn-js/lib/Modeler';
import { BpmnPropertiesPanelModule, BpmnPropertiesProviderModule, CamundaPlatformPropertiesProviderModule } from 'bpmn-js-properties-panel';
import { ElementTemplatesPropertiesProviderModule } from 'bpmn-js-element-templates';
import { CreateAppendAnythingModule, CreateAppendElementTemplatesModule } from 'bpmn-js-create-append-anything';
import behaviours from 'camunda-bpmn-js-behaviors/lib/camunda-platform';
import camunda from 'camunda-bpmn-moddle/resources/camunda.json';
import minimapModule from 'diagram-js-minimap';
import simulationModule from 'bpmn-js-token-simulation';
import { ask, buttons, holder, part, reason } from './page.js';
import { begin, changed, keep } from './keep.js';
import { look } from './findings.js';
import { jump, linting, marksModule, watch } from './marks.js';
import { overwrite, translateModule } from './translate.js';
import { panelModule } from './panel.js';
import { trial } from './trial.js';

const PALETTE = 130;

async function vocabulary() {
  const answer = await ask(holder.dataset.vocabulary);
  if (!answer.ok) throw new Error(await reason(answer));
  return answer.json();
}

function build(known) {
  return new BpmnModeler({
    container: part('canvas'),
    propertiesPanel: { parent: part('panel'), feelPopupContainer: part('canvas') },
    moddleExtensions: { camunda },
    linting,
    minimap: { open: window.innerWidth > 1500 },
    exporter: { name: 'Guicheng', version: holder.dataset.version },
    additionalModules: [
      BpmnPropertiesPanelModule, BpmnPropertiesProviderModule, CamundaPlatformPropertiesProviderModule, ElementTemplatesPropertiesProviderModule,
      CreateAppendAnythingModule, CreateAppendElementTemplatesModule, behaviours, minimapModule, simulationModule, marksModule, translateModule, panelModule(known),
    ],
  });
}

function controls(modeler) {
  const actions = modeler.get('editorActions');
  const stack = modeler.get('commandStack');
  const canvas = modeler.get('canvas');
  const acts = {
    undo: () => actions.trigger('undo'),
    redo: () => actions.trigger('redo'),
    find: () => actions.trigger('find'),
    in: () => canvas.zoom(canvas.zoom() * 1.25),
    out: () => canvas.zoom(canvas.zoom() / 1.25),
    fit: () => fit(modeler),
    panel: () => holder.classList.toggle('without-panel'),
  };
  const arrange = buttons(acts, () => stack);
  modeler.on('commandStack.changed', arrange);
  modeler.on('import.done', arrange);
  arrange();
}

// The whole diagram, beside the palette and not below it.
function fit(modeler) {
  const canvas = modeler.get('canvas');
  const { inner, outer } = canvas.viewbox();
  const across = (outer.width - PALETTE - 30) / inner.width;
  const scale = Math.min(1, Math.max(0.2, Math.min(across, (outer.height - 60) / inner.height)));
  const width = outer.width / scale;
  const height = outer.height / scale;
  canvas.viewbox({ x: inner.x - PALETTE / scale, y: inner.y - (height - inner.height) / 2, width, height });
}

// The element that the address names, once the panel is there: it begins with the whole process.
async function lead(modeler) {
  const canvas = modeler.get('canvas');
  const wanted = new URLSearchParams(window.location.search).get('element');
  if (!wanted || !modeler.get('elementRegistry').get(wanted)) return;
  await new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(done)); });
  if (canvas.zoom() < 0.6) canvas.zoom(0.8, 'auto');
  jump(modeler, wanted);
}

async function open() {
  const known = await vocabulary();
  const modeler = build(known);
  modeler.on('elementTemplates.errors', ({ errors }) => errors.forEach((error) => console.error(error.message)));
  modeler.get('elementTemplatesLoader').setTemplates(known.templates);
  overwrite(holder, '.bts-toggle-mode', '.bts-notifications', '.bts-log', '.bts-palette', '.bts-set-animation-speed', '.bts-context-pad', '.djs-popup', '.bio-properties-panel', '.djs-minimap', '.djs-search-container');
  controls(modeler);
  watch(modeler);
  trial(modeler);
  let first = true;
  const editor = {
    load: async (text) => {
      await modeler.importXML(text);
      if (first) fit(modeler);
      first = false;
    },
    read: async () => (await modeler.saveXML({ format: true })).xml,
  };
  await keep(editor, () => look(() => modeler.get('linting').update()));
  await lead(modeler);
  modeler.on('commandStack.changed', changed);
}

begin(open);
