// The figures of the heat map at the elements of its diagram; a click on a line shows its element, and the other way.
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

document.addEventListener('diagram:ready', ({ target, detail }) => {
  const holder = target.closest('[data-figures]');
  if (!holder) return;
  shown = detail.viewer;
  const overlays = shown.get('overlays');
  for (const [id, text] of Object.entries(JSON.parse(holder.dataset.figures))) {
    if (!text || !shown.get('elementRegistry').get(id)) continue;
    const label = document.createElement('div');
    label.className = 'heat-figure';
    label.textContent = text;
    overlays.add(id, { position: { top: -11, right: 22 }, html: label, show: { minZoom: 0.35 } });
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
