// Shows a diagram in every <div data-diagram="URL of the XML">, with what was done and where one is.
//   data-state:  JSON {elements: {id: state}, flows: [id]}  or  data-state-url
//   data-focus:  the element that the page is about
//   data-links:  JSON {element id: href}, a call activity's own diagram for example
// A state is the name of a mark: the page's style sheet has "is-" and that name. Once it is drawn, the holder says so by
// "diagram:ready" with the viewer; on a click by "diagram:click" with the element's id.
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';

const STEP = 1.25;
// Space around the diagram, and below it, where the controls and the mark of bpmn.io stand.
const MARGIN = 12;
const STRIP = 40;
// Smaller than this nobody can read it.
const READABLE = 0.45;

async function stateOf(holder) {
  if (holder.dataset.stateUrl) {
    const answer = await fetch(holder.dataset.stateUrl, { headers: { Accept: 'application/json' } });
    if (!answer.ok) throw new Error(`${answer.status}`);
    return answer.json();
  }
  return JSON.parse(holder.dataset.state || '{}');
}

function mark(viewer, state, focus) {
  const canvas = viewer.get('canvas');
  const registry = viewer.get('elementRegistry');
  const known = (id) => registry.get(id) !== undefined;
  for (const [id, name] of Object.entries(state.elements || {})) if (known(id)) canvas.addMarker(id, `is-${name}`);
  for (const id of state.flows || []) if (known(id)) canvas.addMarker(id, 'is-taken');
  if (focus && known(focus)) canvas.addMarker(focus, 'is-here');
}

function fit(viewer) {
  const canvas = viewer.get('canvas');
  const { inner, outer } = canvas.viewbox();
  const scale = Math.min(1, (outer.width - 2 * MARGIN) / inner.width, (outer.height - MARGIN - STRIP) / inner.height);
  const [width, height] = [outer.width / scale, outer.height / scale];
  const above = (height - (MARGIN + STRIP) / scale - inner.height) / 2 + MARGIN / scale;
  canvas.viewbox({ x: inner.x - (width - inner.width) / 2, y: inner.y - above, width, height });
}

// A process is wider than a phone: there it starts at the element it is about, or where it stands, large enough to read.
function show(viewer, holder, state) {
  fit(viewer);
  const canvas = viewer.get('canvas');
  const registry = viewer.get('elementRegistry');
  const here = (name) => Object.keys(state.elements || {}).find((id) => state.elements[id] === name && registry.get(id));
  const focus = registry.get(holder.dataset.focus || here('failed') || here('active') || '');
  if (focus && canvas.zoom() < READABLE) {
    canvas.zoom(0.7, { x: focus.x + focus.width / 2, y: focus.y + focus.height / 2 });
    canvas.scrollToElement(focus);
  }
}

function controls(viewer, holder) {
  const canvas = viewer.get('canvas');
  const bar = document.createElement('div');
  bar.className = 'diagram-controls btn-group';
  const button = (text, label, act) => {
    const made = document.createElement('button');
    made.type = 'button';
    made.className = 'btn btn-sm btn-icon';
    made.textContent = text;
    made.setAttribute('aria-label', label);
    made.title = label;
    made.addEventListener('click', act);
    bar.append(made);
  };
  const words = JSON.parse(holder.dataset.words || '{}');
  button('+', words.in || '放大', () => canvas.zoom(canvas.zoom() * STEP));
  button('−', words.out || '缩小', () => canvas.zoom(canvas.zoom() / STEP));
  button('⤢', words.fit || '全图', () => fit(viewer));
  holder.append(bar);
}

function keys(viewer, holder) {
  const canvas = viewer.get('canvas');
  const moves = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };
  holder.tabIndex = 0;
  holder.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return; // the browser's own: larger letters, other pages
    if (event.key in moves) canvas.scroll({ dx: moves[event.key][0], dy: moves[event.key][1] });
    else if (event.key === '+' || event.key === '=') canvas.zoom(canvas.zoom() * STEP);
    else if (event.key === '-') canvas.zoom(canvas.zoom() / STEP);
    else if (event.key === '0') fit(viewer);
    else return;
    event.preventDefault();
  });
}

function follow(viewer, holder) {
  const links = JSON.parse(holder.dataset.links || '{}');
  const canvas = viewer.get('canvas');
  for (const id of Object.keys(links)) if (viewer.get('elementRegistry').get(id)) canvas.addMarker(id, 'is-link');
  viewer.get('eventBus').on('element.click', ({ element }) => {
    holder.dispatchEvent(new CustomEvent('diagram:click', { bubbles: true, detail: { id: element.id } }));
    if (links[element.id]) window.location.assign(links[element.id]);
  });
}

async function draw(holder) {
  const canvas = document.createElement('div');
  canvas.className = 'diagram-canvas';
  holder.replaceChildren(canvas);
  const viewer = new NavigatedViewer({ container: canvas });
  const answer = await fetch(holder.dataset.diagram, { headers: { Accept: 'application/xml' } });
  if (!answer.ok) throw new Error(`${answer.status}`);
  await viewer.importXML(await answer.text());
  const state = await stateOf(holder);
  mark(viewer, state, holder.dataset.focus);
  show(viewer, holder, state);
  controls(viewer, holder);
  keys(viewer, holder);
  follow(viewer, holder);
  holder.dataset.ready = 'true';
  holder.dispatchEvent(new CustomEvent('diagram:ready', { bubbles: true, detail: { viewer } }));
}

for (const holder of document.querySelectorAll('[data-diagram]')) {
  draw(holder).catch((error) => {
    const said = document.createElement('p');
    said.className = 'text-secondary p-3';
    said.textContent = `${holder.dataset.error || '流程图无法显示'} (${error.message})`;
    holder.replaceChildren(said);
  });
}
