// 试走: the server walks the process as people might, and the diagram shows what was reached and what never.
import { ask, holder, made, part, reason, say, words } from './page.js';
import { flush } from './keep.js';
import { jump } from './marks.js';

const MARKS = ['is-reached', 'is-never', 'is-stuck'];

export function trial(modeler) {
  const scope = part('walk-scope');
  const own = () => {
    const process = modeler.getDefinitions().rootElements.find((one) => one.$type === 'bpmn:Process');
    return scope.value === 'all' ? holder.dataset.procedure : process?.id;
  };
  part('walk').addEventListener('click', async () => {
    part('walk').disabled = true;
    result(made('p', { class: 'mb-0' }, words.walking));
    try {
      await flush();
      const answer = await ask(holder.dataset.walk, { method: 'POST', body: { definition: own() } });
      if (answer.ok) show(modeler, await answer.json());
      else result(made('p', { class: 'text-danger mb-0' }, await reason(answer)));
    } catch {
      result(made('p', { class: 'text-danger mb-0' }, words.offline));
    } finally {
      part('walk').disabled = false;
    }
  });
}

function result(...content) {
  const box = part('trial');
  box.replaceChildren(made('button', { type: 'button', class: 'btn-close', 'aria-label': words.close, onclick: clear }), ...content);
  box.hidden = false;
}

let clear = () => {};

function show(modeler, { simulations, findings }) {
  const canvas = modeler.get('canvas');
  const registry = modeler.get('elementRegistry');
  const marked = [];
  const mark = (id, name) => {
    if (!registry.get(id)) return;
    canvas.addMarker(id, name);
    marked.push(id);
  };
  clear();
  clear = () => {
    for (const id of marked) for (const name of MARKS) canvas.removeMarker(id, name);
    part('trial').hidden = true;
    clear = () => {};
  };
  const [one] = simulations;
  if (!one) {
    const errors = findings.filter((finding) => finding.severity === 'error').length;
    result(made('p', { class: 'text-danger mb-0' }, say('not_walked', { errors })));
    return;
  }
  for (const id of Object.keys(one.reached)) mark(id, 'is-reached');
  for (const id of [...one.never, ...one.flows_never]) mark(id, 'is-never');
  for (const failure of one.failures) mark(failure.element, 'is-stuck');
  const named = (id) => registry.get(id)?.businessObject.name || id;
  const there = (id) => made('button', { type: 'button', class: 'btn btn-sm btn-link', onclick: () => jump(modeler, id) }, named(id));
  const listed = (title, ids) => (ids.length ? made('p', { class: 'mb-1' }, `${title} `, ...ids.map((id) => (registry.get(id) ? there(id) : `${id} `))) : null);
  const ends = Object.entries(one.ends).map(([id, count]) => `${named(id)} ${count}`).join('、');
  result(
    made('p', { class: 'mb-1' }, say('walked', { runs: one.runs, ends: ends || words.none }), one.unended ? say('unended', { count: one.unended }) : ''),
    listed(words.never, one.never),
    ...one.failures.map((failure) => made('p', { class: 'text-danger mb-1' }, there(failure.element), say('failed', { runs: failure.runs, reason: failure.reason }))),
    one.never.length || one.failures.length ? null : made('p', { class: 'text-success mb-0' }, words.all_reached),
  );
}
