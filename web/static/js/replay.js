// Plays an instance as a film: the server has drawn one moment, this goes to any other without asking it again.
// What is shown is what the film says (web/reels.py); the details of a moment are fetched when one stops at it.
import { Film } from './film.js';
import { Picture } from './picture.js';

const holder = document.querySelector('[data-replay]');
const at = (id) => document.getElementById(id);
const words = JSON.parse(holder.dataset.words);
const events = JSON.parse(holder.dataset.events);
const still = window.matchMedia('(prefers-reduced-motion: reduce)');
const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const STEP = 900; // milliseconds of a moment at speed 1
const SETTLED = 150; // whoever scrubs does not want the details of each moment passed

const time = document.documentElement.lang === 'en'
  ? new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', timeZone: 'Asia/Shanghai' })
  : new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'short', timeZone: 'Asia/Shanghai' });

let film = null;
let picture = null;
let now = Number(holder.dataset.at);
let sheet = holder.dataset.sheet;
let playing = null;
let asking = null;
let waiting = 0;

function caption() {
  const moment = film.moment(now);
  const behalf = moment.behalf ? ` ${filled(words.behalf, { role: film.roles[moment.behalf] })}` : '';
  const deed = `${film.kinds[moment.kind]} ${moment.element ? film.elements[moment.element] || moment.element : ''}`.trim();
  const place = filled(words.position, { n: now, all: film.last });
  const strong = document.createElement('strong');
  strong.textContent = deed;
  const who = film.people[moment.actor] || moment.actor;
  at('replay-caption').replaceChildren(`${place} · ${time.format(moment.at)} · ${who}${behalf} `, strong);
  const slider = at('replay-slider');
  slider.value = now;
  slider.setAttribute('aria-valuetext', `${place}, ${time.format(moment.at)}, ${who} ${deed}`);
}

// The way from the whole down to the sheet, and the stages that have been called from it by now.
function trail() {
  const link = (path) => {
    const made = document.createElement('a');
    made.href = `${holder.dataset.page}?at=${now}&sheet=${encodeURIComponent(path)}`;
    made.dataset.sheet = path;
    made.textContent = film.called(path, now);
    return made;
  };
  const shown = film.above(sheet).flatMap((path, index) => {
    const made = link(path);
    if (path === sheet) made.setAttribute('aria-current', 'true');
    return index ? [' / ', made] : [made];
  });
  at('replay-trail').replaceChildren(...shown);
  at('replay-inside').replaceChildren(...film.below(sheet, now).map((path) => {
    const made = link(path);
    made.className = 'btn btn-sm btn-ghost-secondary';
    return made;
  }));
}

function reach(id, to) {
  const button = at(id);
  button.classList.toggle('disabled', !to);
  button.toggleAttribute('aria-disabled', !to);
  if (to) button.href = `${holder.dataset.page}?at=${to}`;
  else button.removeAttribute('href');
  button.dataset.to = to || '';
}

function ways() {
  const kind = at('replay-event').value;
  reach('replay-first', now > 1 ? 1 : 0);
  reach('replay-back', now > 1 ? now - 1 : 0);
  reach('replay-next', now < film.last ? now + 1 : 0);
  reach('replay-last', now < film.last ? film.last : 0);
  reach('replay-event-back', film.event(now, -1, kind));
  reach('replay-event-next', film.event(now, 1, kind));
}

// The newest request counts: an answer that comes late is of a moment that was left.
async function details() {
  asking?.abort();
  asking = new AbortController();
  const panel = at('replay-details');
  try {
    const answer = await fetch(`${holder.dataset.page}/${now}`, { signal: asking.signal });
    if (!answer.ok) throw new Error(`${answer.status}`);
    panel.innerHTML = await answer.text();
  } catch (error) {
    if (error.name === 'AbortError') return;
    panel.textContent = `${words.failed} (${error.message})`;
  }
}

function settle() {
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    const path = sheet === film.moment(now).sheet ? '' : `&sheet=${encodeURIComponent(sheet)}`;
    window.history.replaceState(null, '', `${holder.dataset.page}?at=${now}${path}`);
    details();
  }, SETTLED);
}

async function open(path) {
  sheet = path;
  trail();
  await picture.show(film, now, sheet);
}

// Shows a moment. Forward by one its tokens move along the flows that were taken; to any other it is there at once.
async function go(to, { lasting = STEP / 2 } = {}) {
  const before = now;
  const here = Math.max(1, Math.min(film.last, to));
  now = here;
  if (at('replay-follow').checked) sheet = film.moment(now).sheet;
  if (!film.drawn(sheet, now)) sheet = '';
  caption();
  trail();
  ways();
  settle();
  if (now === before + 1 && lasting > 60 && !still.matches) await picture.move(film, now, sheet, lasting);
  else await picture.show(film, now, sheet);
  if (now === here) holder.dataset.shown = here;
}

function stop() {
  playing = null;
  const button = at('replay-play');
  button.setAttribute('aria-label', words.play);
  button.querySelector('use').setAttribute('href', button.querySelector('use').getAttribute('href').replace('pause', 'play'));
}

async function play() {
  const turn = {};
  playing = turn;
  const button = at('replay-play');
  button.setAttribute('aria-label', words.pause);
  button.querySelector('use').setAttribute('href', button.querySelector('use').getAttribute('href').replace('-play', '-pause'));
  if (now === film.last) await go(1);
  while (playing === turn && now < film.last) {
    const lasting = STEP / Number(at('replay-speed').value);
    const began = performance.now();
    await go(now + 1, { lasting: lasting * 0.7 });
    await new Promise((resolve) => { setTimeout(resolve, Math.max(0, lasting - (performance.now() - began))); });
  }
  if (playing === turn) stop();
}

const toggle = () => (playing ? stop() : play());

function step(to, options) {
  stop();
  if (to) go(to, options);
}

const KEYS = {
  ' ': toggle,
  ArrowLeft: () => step(now - 1),
  ArrowRight: () => step(now + 1),
  Home: () => step(1),
  End: () => step(film.last),
  PageUp: () => step(film.event(now, -1, at('replay-event').value)),
  PageDown: () => step(film.event(now, 1, at('replay-event').value)),
};

// What a control does with a key itself stays its own: a diagram is moved by arrows, a button pressed by space.
function own(target, key) {
  if (target === at('replay-slider')) return false;
  if (target.closest('input, select, textarea, [contenteditable]')) return true;
  if (key === ' ') return Boolean(target.closest('button, a, summary'));
  return Boolean(target.closest('.diagram'));
}

function listen() {
  for (const id of ['first', 'back', 'next', 'last', 'event-back', 'event-next']) {
    at(`replay-${id}`).addEventListener('click', (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return; // a moment in another window
      event.preventDefault();
      step(Number(event.currentTarget.dataset.to));
    });
  }
  at('replay-play').addEventListener('click', toggle);
  at('replay-slider').addEventListener('input', (event) => step(Number(event.target.value), { lasting: 0 })); // scrubbing waits for nothing
  at('replay-event').addEventListener('change', ways);
  at('replay-follow').addEventListener('change', (event) => { if (event.target.checked) go(now); });
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key] || own(event.target, event.key)) return;
    event.preventDefault();
    KEYS[event.key]();
  });
  document.querySelector('.replay-picture .card-header').addEventListener('click', (event) => {
    const link = event.target.closest('[data-sheet]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    stop();
    at('replay-follow').checked = false;
    open(link.dataset.sheet);
  });
  document.addEventListener('diagram:click', ({ detail }) => {
    const inside = film.below(sheet, now).find((path) => film.host(path) === detail.id && film.standsIn(path, now))
      ?? film.below(sheet, now).find((path) => film.host(path) === detail.id);
    if (inside === undefined) return;
    stop();
    at('replay-follow').checked = false;
    open(inside);
  });
}

// Marks on the time line where something happened that one looks for.
function ticks() {
  const marks = film.moments.filter((row) => film.eventOf(row)).map((row) => {
    const mark = document.createElement('i');
    const kind = film.eventOf(row);
    mark.className = `is-${kind}`;
    mark.title = events[kind];
    mark.style.left = `${film.last > 1 ? ((row[0] - 1) / (film.last - 1)) * 100 : 0}%`;
    return mark;
  });
  at('replay-ticks').replaceChildren(...marks.slice(0, 400));
}

const drawn = new Promise((resolve) => {
  document.addEventListener('diagram:ready', ({ target, detail }) => resolve({ target, viewer: detail.viewer }), { once: true });
});
const [answer, { target, viewer }] = await Promise.all([fetch(holder.dataset.replay), drawn]);
film = new Film(await answer.json());
picture = new Picture(target, viewer, film.drawn(sheet, now));
for (const hidden of holder.querySelectorAll('[hidden]')) hidden.hidden = false;
listen();
ticks();
caption();
trail();
ways();
await picture.show(film, now, sheet);
holder.dataset.shown = now;
holder.dataset.ready = 'true';
