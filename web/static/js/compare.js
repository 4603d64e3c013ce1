// Two diagrams that are looked at together: what moves or zooms one does the same to the other, and a click on a
// difference shows its element in both, a click on an element its line in the list.
const panes = new Map();
let following = false;

function follow(from) {
  if (following) return;
  following = true;
  const { x, y, scale } = from.viewbox();
  for (const canvas of panes.values()) {
    if (canvas === from) continue;
    const { outer } = canvas.viewbox();
    canvas.viewbox({ x, y, width: outer.width / scale, height: outer.height / scale });
  }
  following = false;
}

// On a phone the whole diagram is too small to read: there the element is shown large.
function show(canvas, element) {
  if (canvas.zoom() < 0.45) canvas.zoom(0.7);
  canvas.scrollToElement(element, 60);
}

function look(id) {
  let first = true;
  for (const [holder, canvas] of panes) {
    const viewer = holder.viewer;
    for (const shown of holder.querySelectorAll('.is-looked-at')) canvas.removeMarker(shown.dataset.elementId, 'is-looked-at');
    const element = viewer.get('elementRegistry').get(id);
    if (!element) continue;
    canvas.addMarker(id, 'is-looked-at');
    if (first && !element.children?.length) show(canvas, element);
    first = false;
  }
  for (const line of document.querySelectorAll('.differences > .is-looked-at')) line.classList.remove('is-looked-at');
  document.getElementById(`d-${id}`)?.classList.add('is-looked-at');
}

document.addEventListener('diagram:ready', ({ target, detail }) => {
  if (!target.dataset.together) return;
  const canvas = detail.viewer.get('canvas');
  target.viewer = detail.viewer;
  panes.set(target, canvas);
  detail.viewer.get('eventBus').on('canvas.viewbox.changed', () => follow(canvas));
  follow([...panes.values()].at(-1));
});

document.addEventListener('diagram:click', ({ detail }) => {
  const line = document.getElementById(`d-${detail.id}`);
  if (!line) return;
  look(detail.id);
  line.scrollIntoView({ block: 'nearest' });
});

for (const line of document.querySelectorAll('.differences > [data-element]')) {
  line.querySelector('a')?.addEventListener('click', (event) => {
    event.preventDefault();
    look(line.dataset.element);
    document.querySelector('.sides')?.scrollIntoView({ block: 'nearest' });
  });
}
