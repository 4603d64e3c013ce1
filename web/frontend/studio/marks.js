// What is wrong, shown on the element itself: what bpmnlint finds while one draws, and what the server found.
import lintModule from 'bpmn-js-bpmnlint';
import adHoc from 'bpmnlint/rules/ad-hoc-sub-process';
import conditionalFlows from 'bpmnlint/rules/conditional-flows';
import endEvent from 'bpmnlint/rules/end-event-required';
import eventGateway from 'bpmnlint/rules/event-based-gateway';
import typedStart from 'bpmnlint/rules/event-sub-process-typed-start-event';
import labels from 'bpmnlint/rules/label-required';
import links from 'bpmnlint/rules/link-event';
import drawn from 'bpmnlint/rules/no-bpmndi';
import connected from 'bpmnlint/rules/no-disconnected';
import duplicates from 'bpmnlint/rules/no-duplicate-sequence-flows';
import joinFork from 'bpmnlint/rules/no-gateway-join-fork';
import implicitEnd from 'bpmnlint/rules/no-implicit-end';
import implicitSplit from 'bpmnlint/rules/no-implicit-split';
import implicitStart from 'bpmnlint/rules/no-implicit-start';
import overlapping from 'bpmnlint/rules/no-overlapping-elements';
import blankStart from 'bpmnlint/rules/single-blank-start-event';
import startEvent from 'bpmnlint/rules/start-event-required';
import innerStart from 'bpmnlint/rules/sub-process-blank-start-event';
import superfluous from 'bpmnlint/rules/superfluous-gateway';
import termination from 'bpmnlint/rules/superfluous-termination';
import { translated } from './translate.js';
import { list, own } from './findings.js';

// What the engine rewrites rightly, or executes though others do not, is at most a warning here; see docs/bpmn-support.md.
const RULES = {
  'ad-hoc-sub-process': [adHoc, 'error'],
  'conditional-flows': [conditionalFlows, 'warn'],
  'end-event-required': [endEvent, 'warn'],
  'event-based-gateway': [eventGateway, 'error'],
  'event-sub-process-typed-start-event': [typedStart, 'error'],
  'label-required': [labels, 'warn'],
  'link-event': [links, 'error'],
  'no-bpmndi': [drawn, 'warn'],
  'no-disconnected': [connected, 'error'],
  'no-duplicate-sequence-flows': [duplicates, 'warn'],
  'no-gateway-join-fork': [joinFork, 'warn'],
  'no-implicit-end': [implicitEnd, 'warn'],
  'no-implicit-split': [implicitSplit, 'warn'],
  'no-implicit-start': [implicitStart, 'warn'],
  'no-overlapping-elements': [overlapping, 'warn'],
  'single-blank-start-event': [blankStart, 'error'],
  'start-event-required': [startEvent, 'warn'],
  'sub-process-blank-start-event': [innerStart, 'warn'],
  'superfluous-gateway': [superfluous, 'warn'],
  'superfluous-termination': [termination, 'warn'],
};

export const linting = {
  active: true,
  bpmnlint: {
    config: { rules: Object.fromEntries(Object.entries(RULES).map(([name, [, category]]) => [name, category])) },
    resolver: { resolveRule: (pkg, name) => RULES[name][0], resolveConfig: () => { throw new Error('no other configuration'); } },
  },
};

// The server's findings stand beside the linter's: one kind of mark, one list.
function Findings(lint) {
  const drawn = lint.lint.bind(lint);
  lint.lint = async () => {
    const reports = { ...(await drawn()) };
    for (const { rule, element, message, category } of own()) {
      if (element) (reports[`server/${rule}`] ||= []).push({ id: element, message, category });
    }
    return reports;
  };
}
Findings.$inject = ['linting'];

export const marksModule = { __depends__: [lintModule], __init__: ['findings'], findings: ['type', Findings] };

export function watch(modeler) {
  modeler.get('eventBus').on('linting.completed', ({ issues }) => {
    const shown = Object.entries(issues).flatMap(([id, reports]) => reports.map((report) => ({ ...report, id })));
    list([
      ...shown.map((one) => ({ category: one.category, place: one.actualElementId || one.id, message: translated(one.message), act: () => jump(modeler, one.id) })),
      ...own().filter((one) => !one.element),
    ]);
  });
}

export function jump(modeler, id) {
  const element = modeler.get('elementRegistry').get(id);
  if (!element) return;
  const canvas = modeler.get('canvas');
  canvas.setRootElement(canvas.findRoot(element) || canvas.getRootElement());
  canvas.scrollToElement(element, 120);
  modeler.get('selection').select(element);
}
