// Keeps what is edited. A moment after each change it is in this browser, then on the server in place of the version
// that it was made from. What somebody else wrote meanwhile is never overwritten: one is asked what to do.
import { ask, holder, made, part, reason, say, words, writes } from './page.js';

const PAUSE = 700;
const AGAIN = 5000;
const LOOK = 15000;

const { file, files, name, user, here, look } = holder.dataset;
const shelf = `guicheng:${user}:${file}`;
const state = { version: 0, saved: '', dirty: false, busy: false, stopped: false, conflict: null };
let editor;
let timer;
let whenSaved = () => {};

// `load(text)` shows a text and resolves when it is shown, `read()` resolves with the text as it is now.
export async function keep(given, saved) {
  editor = given;
  whenSaved = saved || whenSaved;
  const theirs = await fetched();
  const mine = writes ? taken() : null;
  await show(theirs);
  if (!writes) part('canvas').inert = true;
  if (mine && mine.text !== theirs.text) {
    if (mine.version === theirs.version) {
      await editor.load(mine.text);
      state.dirty = true;
      tell('restored');
      await flush();
    } else {
      await editor.load(mine.text);
      state.dirty = true;
      collide(await current());
    }
  } else if (mine) {
    localStorage.removeItem(shelf);
  }
  if (!writes) return;
  window.setInterval(visit, LOOK);
  visit();
  window.addEventListener('beforeunload', (event) => {
    if (!state.dirty || state.stopped) return;
    flush();
    event.preventDefault();
  });
  document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'hidden') flush(); });
}

// Open the editor; what cannot be opened says why, in its place.
export async function begin(open) {
  try {
    await open();
    holder.dataset.ready = 'true';
  } catch (error) {
    part('canvas').textContent = say('cannot_open', { reason: error.message });
    tell('cannot_open', { reason: '' }, 'danger');
    console.error(error);
  }
}

export function changed() {
  if (!writes || state.stopped) return;
  state.dirty = true;
  if (!state.conflict) tell('unsaved');
  window.clearTimeout(timer);
  timer = window.setTimeout(flush, PAUSE);
}

// Everything that was changed is on the server afterwards, unless somebody else's version is there or nobody answers.
export async function flush() {
  window.clearTimeout(timer);
  if (!state.dirty || state.stopped) return;
  if (state.busy) {
    timer = window.setTimeout(flush, PAUSE);
    return;
  }
  state.busy = true;
  try {
    await write(await editor.read());
  } finally {
    state.busy = false;
  }
}

async function write(text) {
  if (text === state.saved) {
    state.dirty = false;
    localStorage.removeItem(shelf);
    tell('saved');
    return;
  }
  putAside(text);
  if (state.conflict) {
    collide(state.conflict);
    return;
  }
  tell('saving');
  state.dirty = false;
  const answer = await sent(file, text, { 'If-Match': `"${state.version}"` });
  if (answer?.ok) {
    const written = await answer.json();
    Object.assign(state, { version: written.version, saved: text });
    if (!state.dirty) {
      localStorage.removeItem(shelf);
      tell('saved');
    }
    whenSaved();
    return;
  }
  state.dirty = true;
  if (answer?.status === 412) collide((await answer.json()).current);
  else await refused(answer);
}

async function sent(address, text, headers = {}) {
  try {
    return await ask(address, { method: 'PUT', body: text, headers: { 'Content-Type': 'application/octet-stream', ...headers } });
  } catch {
    return null;
  }
}

async function refused(answer) {
  if (answer && answer.status < 500 && answer.status !== 429) {
    state.stopped = true;
    tell('refused', { reason: await reason(answer) }, 'danger');
    return;
  }
  tell('offline', {}, 'warning');
  timer = window.setTimeout(flush, AGAIN);
}

// In this browser -----------------------------------------------------------------------------------------------
function putAside(text) {
  try {
    localStorage.setItem(shelf, JSON.stringify({ version: state.version, text }));
  } catch {
    // The browser keeps no more: the server will have it in a moment.
  }
}

function taken() {
  try {
    return JSON.parse(localStorage.getItem(shelf));
  } catch {
    return null;
  }
}

// What is on the server -----------------------------------------------------------------------------------------
async function fetched() {
  const answer = await ask(file, { cache: 'no-store' });
  if (!answer.ok) throw new Error(await reason(answer));
  return { text: await answer.text(), version: Number((answer.headers.get('ETag') || '').replace(/[^0-9]/g, '')) };
}

async function show({ text, version }) {
  Object.assign(state, { version, saved: text, dirty: false, conflict: null });
  await editor.load(text);
  // An editor may write the same content in another way: only what differs from that is a change.
  state.saved = await editor.read();
  state.dirty = false;
  tell(writes ? 'saved' : 'reading');
  whenSaved();
}

async function visit() {
  if (document.visibilityState === 'hidden' || state.stopped) return;
  const answer = await asked();
  if (answer === null) return;
  beside(answer.others);
  const now = answer.current;
  if (now !== null && now.version > state.version && !state.busy && !state.conflict) collide(now);
}

async function asked() {
  try {
    const answer = await ask(here, { method: 'POST', body: { name } });
    return answer.ok ? answer.json() : null;
  } catch {
    return null;
  }
}

async function current() {
  return (await asked())?.current || { version: 0, changed_by_name: '', changed_at: null };
}

function beside(others) {
  const place = part('others');
  const texts = others.map((one) => (one.file === name ? say('also_here', { who: one.name }) : say('elsewhere', { who: one.name, file: one.file })));
  place.textContent = texts.join(' · ');
  place.hidden = texts.length === 0;
}

// Two people in one file ----------------------------------------------------------------------------------------
function collide(theirs) {
  state.conflict = theirs;
  const at = theirs.changed_at ? new Date(theirs.changed_at).toLocaleString(document.documentElement.lang) : '';
  const told = made('p', { class: 'mb-2' }, say(state.dirty ? 'conflict' : 'newer', { who: theirs.changed_by_name, at }));
  const button = (label, act, style = '') => made('button', { type: 'button', class: `btn btn-sm ${style}`, onclick: act }, label);
  const choices = made(
    'div', { class: 'btn-list' },
    made('a', { class: 'btn btn-sm', href: look, target: '_blank', rel: 'noopener' }, words.see_theirs),
    state.dirty ? button(words.keep_copy, copy) : null,
    button(words.take_theirs, take, state.dirty ? '' : 'btn-primary'),
  );
  const box = part('conflict');
  box.replaceChildren(told, choices);
  box.hidden = false;
  tell('waiting', {}, 'warning');
}

async function copy() {
  const text = await editor.read();
  const dot = name.lastIndexOf('.');
  for (let number = 1; number < 100; number += 1) {
    const other = `${name.slice(0, dot)}-${user}${number > 1 ? `-${number}` : ''}${name.slice(dot)}`;
    const answer = await sent(`${files}/${encodeURIComponent(other)}`, text);
    if (answer?.ok) {
      await take();
      tell('saved_as', { name: other });
      return;
    }
    if (answer?.status !== 428) {
      tell('refused', { reason: answer ? await reason(answer) : words.offline }, 'danger');
      return;
    }
  }
}

async function take() {
  const theirs = await fetched();
  localStorage.removeItem(shelf);
  part('conflict').hidden = true;
  await show(theirs);
}

export function tell(key, values = {}, kind = '') {
  const place = part('status');
  place.textContent = say(key, values);
  place.dataset.state = key;
  place.className = `editor-status ${kind ? `text-${kind}` : 'text-secondary'}`;
}
