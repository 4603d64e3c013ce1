// Chinese for the libraries' texts. Where a library asks (`translate`), it is answered; where it does not, what it
// writes into the page is replaced, in panels and menus only: what people wrote themselves stays as it is.
import dictionary from './words.json';
import { chinese, holder } from './page.js';

const missing = new Set();
// The same name stands in a menu as "User task" and above the panel as "User Task".
const known = new Map(Object.entries(dictionary).map(([text, word]) => [text.toLowerCase(), word]));
// What means another thing in one of the editors has a word of its own there: "form:Select" is a component.
const word = (text) => known.get(`${holder.dataset.editor}:${text}`.toLowerCase()) ?? known.get(text.toLowerCase());

export function translated(text, values = {}) {
  const found = chinese ? word(text) : text;
  if (chinese && found === undefined && !/[\u4e00-\u9fff]/.test(text)) missing.add(text); // the server's own sentences
  return (found ?? text).replace(/{([^}]+)}/g, (whole, name) => (name in values ? values[name] : whole));
}

export const translateModule = { translate: ['value', translated] };

// Texts that nobody has translated yet, for the tests.
window.untranslated = missing;

// What people write, also while they write it: an editor of expressions would take a replaced word for typed.
const WRITTEN = '.cm-editor, [contenteditable], textarea, .bio-properties-panel-header-label, .bio-properties-panel-collapsible-entry-header-title, [data-entry-id^=procedure-] option';
const ATTRIBUTES = ['title', 'placeholder', 'aria-label', 'data-title', 'data-placeholder'];

function replace(node) {
  if ((node.nodeType === Node.TEXT_NODE ? node.parentElement : node)?.closest?.(WRITTEN)) return;
  if (node.nodeType === Node.TEXT_NODE) {
    const text = node.nodeValue.trim();
    const found = text && word(text);
    if (found && found !== text) node.nodeValue = node.nodeValue.replace(text, found);
    return;
  }
  if (node.nodeType !== Node.ELEMENT_NODE) return;
  for (const name of ATTRIBUTES) {
    const found = word(node.getAttribute(name) || '');
    if (found && found !== node.getAttribute(name)) node.setAttribute(name, found);
  }
  for (const child of node.childNodes) replace(child);
}

// Keep everything below `root` that matches one of the selectors in Chinese.
export function overwrite(root, ...selectors) {
  if (!chinese) return;
  const wanted = selectors.join(', ');
  const seen = (node) => {
    const element = node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement;
    if (element?.closest(wanted)) replace(node);
    else if (node.nodeType === Node.ELEMENT_NODE) for (const one of node.querySelectorAll(wanted)) replace(one);
  };
  const options = { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ATTRIBUTES };
  const watch = new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === 'childList') change.addedNodes.forEach(seen);
      else if (change.target.nodeType === Node.TEXT_NODE || change.target.closest?.(wanted)) {
        const element = change.target.parentElement || change.target;
        if (element.closest(wanted)) replace(change.target);
      }
    }
  });
  seen(root);
  watch.observe(root, options);
}
