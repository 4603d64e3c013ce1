// Where something is wrong in a table or a form, shown there. By a style sheet: these libraries draw their nodes anew
// whenever something changes, and a class that we had set would be gone.
const sheet = new CSSStyleSheet();
document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];

const LOOKS = {
  error: 'background-color: #fdecec; box-shadow: inset 0 0 0 2px #c92a2a;',
  warn: 'background-color: #fff6e0; box-shadow: inset 0 0 0 2px #d9930d;',
};
const STROKES = { error: 'stroke: #c92a2a !important; stroke-width: 3px !important;', warn: 'stroke: #d9930d !important; stroke-width: 3px !important;' };

// Text from a file in a selector that looks for it: inert, whatever it holds.
export const quoted = (text) => `"${CSS.escape(text)}"`;

// Mark exactly these, each {selector, category}; `shape` where the selector finds an SVG shape. Errors win over warnings.
export function spot(places) {
  const ranked = [...places].sort((a, b) => (a.category === 'error') - (b.category === 'error'));
  sheet.replaceSync(ranked.map(({ selector, category, shape }) => `${selector} { ${(shape ? STROKES : LOOKS)[category]} }`).join('\n'));
}
