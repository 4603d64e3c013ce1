// What is wrong, shown on the element itself and in a list that leads to it: what bpmnlint finds while one draws, and
// what a deployment would find, as the server says after each save.
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
import { ask, holder, made, part, say, words } from './page.js';

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

let server = [];
let asking;

// The server's findings stand beside the linter's: one kind of mark, one list.
function Findings(lint) {
  const own = lint.lint.bind(lint);
  lint.lint = async () => {
    const reports = { ...(await own()) };
    for (const one of here()) {
      const category = one.severity === 'error' ? 'error' : 'warn';
      (reports[`server/${one.rule}`] ||= []).push({ id: one.element, message: one.message, category });
    }
    return reports;
  };
}
Findings.$inject = ['linting'];

const here = () => server.filter((one) => one.file === holder.dataset.name && one.element);

export const marksModule = { __depends__: [lintModule], __init__: ['findings'], findings: ['type', Findings] };

// Ask the server again, the last one asked counts.
export async function look(modeler) {
  asking?.abort();
  const mine = new AbortController();
  asking = mine;
  part('checking').hidden = false;
  try {
    const answer = await ask(holder.dataset.findings, { signal: mine.signal });
    if (answer.ok) server = (await answer.json()).findings;
  } catch (error) {
    if (error.name === 'AbortError') return;
  } finally {
    if (asking === mine) part('checking').hidden = true;
  }
  if (modeler) modeler.get('linting').update();
  else list([]);
}

export function watch(modeler) {
  modeler.get('eventBus').on('linting.completed', ({ issues }) => {
    list(Object.entries(issues).flatMap(([id, reports]) => reports.map((report) => ({ ...report, id }))), (id) => jump(modeler, id));
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

const ORDER = { error: 0, warn: 1, info: 2 };

function list(drawnIssues, go) {
  const ownFile = server.filter((one) => one.file === holder.dataset.name && (!one.element || !go));
  const rest = server.filter((one) => one.file !== holder.dataset.name);
  const issues = [
    ...drawnIssues.map((one) => ({ category: one.category, place: one.name || one.actualElementId || one.id, message: translated(one.message), act: () => go(one.id) })),
    ...ownFile.map((one) => ({ category: one.severity === 'error' ? 'error' : 'warn', place: one.element || (one.line ? say('line', { n: one.line }) : ''), message: one.message })),
    ...rest.map((one) => ({ category: one.severity === 'error' ? 'error' : 'warn', place: one.file, message: one.message, address: one.address })),
  ].sort((a, b) => ORDER[a.category] - ORDER[b.category]);
  const count = (category) => issues.filter((one) => one.category === category).length;
  part('counts').textContent = say('counts', { errors: count('error'), warnings: count('warn') });
  part('counts').dataset.errors = count('error');
  part('issues').replaceChildren(...issues.map(row));
  part('no-issues').hidden = issues.length > 0;
}

function row({ category, place, message, act, address }) {
  const badge = made('span', { class: `badge ${category === 'error' ? 'bg-red-lt' : 'bg-yellow-lt'}` }, category === 'error' ? words.error : words.warning);
  const told = made('span', { class: 'issue-text' }, message);
  const name = made('span', { class: 'issue-place text-secondary' }, place);
  if (address) return made('li', {}, made('a', { href: address }, badge, told, name));
  return made('li', {}, act ? made('button', { type: 'button', onclick: act }, badge, told, name) : made('span', {}, badge, told, name));
}
