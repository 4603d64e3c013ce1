// What the page of an editor tells its script: addresses, words in the reader's language, and how to ask the server.
export const holder = document.querySelector('[data-editor]');
export const words = JSON.parse(holder.dataset.words);
export const chinese = document.documentElement.lang !== 'en';
export const writes = holder.dataset.writes === 'yes';

const token = document.querySelector('meta[name=csrf-token]')?.content;

// A text with its places filled in: say('saved_as', {name: 'a.bpmn'}).
export function say(key, values = {}) {
  return Object.entries(values).reduce((text, [name, value]) => text.replaceAll(`{${name}}`, value), words[key] || key);
}

export function ask(address, { method = 'GET', body, headers = {}, ...more } = {}) {
  const own = { 'X-Requested-With': 'fetch', 'X-CSRFToken': token };
  const json = body !== undefined && typeof body !== 'string' ? { 'Content-Type': 'application/json' } : {};
  const text = json['Content-Type'] ? JSON.stringify(body) : body;
  return fetch(address, { method, body: text, headers: { ...own, ...json, ...headers }, ...more });
}

// The sentence of a refusal; what is no problem document is told by its status.
export async function reason(answer) {
  try {
    const told = await answer.json();
    return told.detail || `${answer.status}`;
  } catch {
    return `${answer.status}`;
  }
}

export const part = (name) => holder.querySelector(`[data-part="${name}"]`);

export function made(tag, attributes = {}, ...inside) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...inside.filter((one) => one !== null && one !== undefined));
  return element;
}

// The buttons above the editor; answers what to call after each change, so that undo and redo are there when they can be.
export function buttons(acts, stack) {
  for (const button of holder.querySelectorAll('[data-act]')) button.addEventListener('click', () => acts[button.dataset.act]());
  return () => {
    const now = stack();
    holder.querySelector('[data-act=undo]').disabled = !now?.canUndo();
    holder.querySelector('[data-act=redo]').disabled = !now?.canRedo();
  };
}
