// The figures of the heat map at the elements and flows of its diagram; a click on a line shows its element, and the other way.
let shown = null;

function look(id) {
  if (!shown) return;
  const element = shown.get('elementRegistry').get(id);
  const canvas = shown.get('canvas');
  for (const marked of canvas.getContainer().querySelectorAll('.is-looked-at')) canvas.removeMarker(marked.dataset.elementId, 'is-looked-at');
  for (const line of document.querySelectorAll('tr.is-looked-at')) line.classList.remove('is-looked-at');
  document.getElementById(`h-${id}`)?.classList.add('is-looked-at');
  if (!element) return;
  canvas.addMarker(id, 'is-looked-at');
  if (canvas.zoom() < 0.45) canvas.zoom(0.7); // on a phone the whole diagram is too small to read
  canvas.scrollToElement(element, 60);
}

// Where a figure stands: above an element's right half; in the middle of a flow's longest stretch, above a level one.
function place(element) {
  if (!element.waypoints) return { top: -11, right: 22 };
  const stretches = element.waypoints.slice(1).map((to, at) => [element.waypoints[at], to]);
  const length = ([from, to]) => Math.hypot(to.x - from.x, to.y - from.y);
  const [from, to] = stretches.reduce((best, one) => (length(one) > length(best) ? one : best));
  const [left, top] = ['x', 'y'].map((way) => Math.min(...element.waypoints.map((point) => point[way])));
  return { left: (from.x + to.x) / 2 - left, top: (from.y + to.y) / 2 - top - (from.y === to.y ? 22 : 9) };
}

document.addEventListener('diagram:ready', ({ target, detail }) => {
  const holder = target.closest('[data-figures]');
  if (!holder) return;
  shown = detail.viewer;
  const overlays = shown.get('overlays');
  for (const [id, text] of Object.entries(JSON.parse(holder.dataset.figures))) {
    const element = shown.get('elementRegistry').get(id);
    if (!text || !element) continue;
    const label = document.createElement('div');
    label.className = element.waypoints ? 'heat-figure of-flow' : 'heat-figure';
    label.textContent = text;
    overlays.add(id, { position: place(element), html: label, show: { minZoom: 0.35 } });
  }
});

document.addEventListener('diagram:click', ({ detail }) => {
  const line = document.getElementById(`h-${detail.id}`);
  if (!line) return;
  look(detail.id);
  line.scrollIntoView({ block: 'nearest' });
});

for (const line of document.querySelectorAll('tr[data-element]')) {
  line.querySelector('a[href^="#"]')?.addEventListener('click', (event) => {
    event.preventDefault();
    look(line.dataset.element);
    document.querySelector('.diagram')?.scrollIntoView({ block: 'nearest' });
  });
}
