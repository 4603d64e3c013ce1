// Builds what the pages load (web/static/build) and the FEEL interpreter that the server loads (bpmn/feel/build).
import * as esbuild from 'esbuild';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';

const pages = '../static/build';
const common = { bundle: true, minify: true, target: 'es2022', legalComments: 'linked', logLevel: 'warning' };

// One line an icon: the outline that the pages draw by name from one sprite.
const ICONS = [
  'activity', 'alert-triangle', 'archive', 'arrow-back-up', 'arrow-forward-up', 'arrow-left', 'bell', 'calendar', 'check', 'checkbox', 'chevron-right', 'circle-check',
  'clipboard-list', 'clock', 'download', 'eye', 'file-text', 'files', 'flag', 'folder', 'folders', 'hand-grab', 'home', 'hourglass', 'inbox', 'info-circle',
  'key', 'language', 'layout-sidebar-right', 'link', 'lock', 'logout', 'map-pin', 'menu-2', 'message', 'minus', 'moon', 'pencil', 'player-pause', 'player-play', 'player-stop', 'plus', 'refresh', 'repeat',
  'search', 'send', 'settings', 'shield-check', 'sitemap', 'sun', 'tool', 'trash', 'upload', 'user', 'user-plus', 'users', 'x', 'zoom-in', 'zoom-out', 'zoom-reset',
];

const EDITORS = ['modeler', 'decision', 'form'];
const FONTS = { '.woff': 'dataurl', '.woff2': 'dataurl', '.ttf': 'dataurl', '.eot': 'empty', '.svg': 'dataurl' };

async function sprite() {
  const symbols = await Promise.all(ICONS.map(async (name) => {
    const svg = await readFile(`node_modules/@tabler/icons/icons/outline/${name}.svg`, 'utf8');
    const body = svg.replace(/^[\s\S]*?<svg[^>]*>/, '').replace(/<\/svg>\s*$/, '').replace(/\s+/g, ' ');
    return `<symbol id="${name}" viewBox="0 0 24 24">${body}</symbol>`;
  }));
  await writeFile(`${pages}/icons.svg`, `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join('')}</svg>`);
}

await mkdir(pages, { recursive: true });
await Promise.all([
  esbuild.build({ ...common, entryPoints: ['diagram.js', 'preview.js'], format: 'esm', outdir: pages }),
  esbuild.build({ ...common, entryPoints: ['diagram.css'], outdir: pages }),
  // One bundle an editor, loaded by its page alone.
  esbuild.build({ ...common, entryPoints: EDITORS.flatMap((name) => [`studio/${name}.js`, `studio/${name}.css`]), format: 'esm', outdir: pages, loader: FONTS }),
  esbuild.build({ ...common, entryPoints: ['feelin.js'], format: 'iife', outfile: '../../bpmn/feel/build/feelin.js' }),
  cp('node_modules/@tabler/core/dist/css/tabler.min.css', `${pages}/tabler.min.css`),
  cp('node_modules/@tabler/core/dist/js/tabler.min.js', `${pages}/tabler.min.js`),
  sprite(),
]);
