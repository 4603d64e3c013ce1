// Shows a diagram in every <div data-diagram="URL of the XML">, with what was done and where one is.
//   data-state:  JSON {elements: {id: "active" | "done" | "failed"}, flows: [id]}  or  data-state-url
//   data-focus:  the element that the page is about
//   data-links:  JSON {element id: href}, a call activity's own diagram for example
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';

const STEP = 1.25;

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
  canvas.zoom('fit-viewport', 'auto');
  if (canvas.zoom() > 1) canvas.zoom(1, 'auto');
}

// A process is wider than a phone: there the page starts at the element it is about, large enough to read.
function show(viewer, holder) {
  fit(viewer);
  const canvas = viewer.get('canvas');
  const focus = holder.dataset.focus && viewer.get('elementRegistry').get(holder.dataset.focus);
  if (focus && canvas.zoom() < 0.45) {
    canvas.zoom(0.7, { x: focus.x + focus.width / 2, y: focus.y + focus.height / 2 });
    canvas.scrollToElement(focus);
  }
}

function controls(viewer, holder) {
  const canvas = viewer.get('canvas');
  const bar = document.createElement('div');
  bar.className = 'diagram-controls btn-group-vertical';
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
  mark(viewer, await stateOf(holder), holder.dataset.focus);
  show(viewer, holder);
  controls(viewer, holder);
  keys(viewer, holder);
  follow(viewer, holder);
  holder.dataset.ready = 'true';
}

for (const holder of document.querySelectorAll('[data-diagram]')) {
  draw(holder).catch((error) => {
    const said = document.createElement('p');
    said.className = 'text-secondary p-3';
    said.textContent = `${holder.dataset.error || '流程图无法显示'} (${error.message})`;
    holder.replaceChildren(said);
  });
}
