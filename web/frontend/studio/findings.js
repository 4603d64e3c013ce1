// What a deployment of the whole set would find, as the server says after each save, in a list that leads to it.
import { ask, holder, made, part, say, words } from './page.js';

const LATER = 1200;
const ORDER = { error: 0, warn: 1, info: 2 };

let server = [];
let asking;
let timer;

// The findings in the file that is open, as rows of the list: their address would open it anew, `act` leads there.
export const own = () => server.filter((one) => one.file === holder.dataset.name).map((one) => ({
  ...one, address: null, category: one.severity === 'error' ? 'error' : 'warn', place: one.element || (one.line ? say('line', { n: one.line }) : ''),
}));

// Ask the server soon, then call `then`; of several that asked the last one counts.
export function look(then) {
  window.clearTimeout(timer);
  timer = window.setTimeout(() => askNow(then), LATER);
}

async function askNow(then) {
  asking?.abort();
  const mine = new AbortController();
  asking = mine;
  part('checking').hidden = false;
  try {
    const answer = await ask(holder.dataset.findings, { signal: mine.signal });
    if (answer.ok) server = (await answer.json()).findings;
    then();
  } catch (error) {
    if (error.name !== 'AbortError') console.warn(error);
  } finally {
    if (asking === mine) part('checking').hidden = true;
  }
}

// Rows for this file, each {category, place, message, act}; those of the other files lead to their editors.
export function list(rows) {
  const rest = server.filter((one) => one.file !== holder.dataset.name);
  const issues = [
    ...rows,
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
