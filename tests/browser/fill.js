// Answers what is asked and not yet answered, as somebody would who reads the labels; answers how many it gave.
// `given`: answers by field name (a row's field by its last part). What an answer makes appear waits for the next call.
(given) => {
  const visible = (node) => node.getClientRects().length > 0;
  const told = (node) => ['input', 'change'].forEach((kind) => node.dispatchEvent(new Event(kind, {bubbles: true})));
  const last = (name) => name.replace(/^.*\]\./, '');
  const required = (node) => node.getAttribute('aria-required') === 'true';
  let answered = 0;
  const put = (node, value) => { if (node.value !== value) { node.value = value; told(node); answered += 1; } };
  const form = document.querySelector('form[data-form]');
  const groups = new Map();
  for (const node of form.elements) {
    if (!node.name || node.type === 'hidden' || node.type === 'file' || node.tagName === 'BUTTON' || node.name.includes('__n__')) continue;
    if (node.type === 'radio' || node.type === 'checkbox') {
      groups.set(node.name, [...(groups.get(node.name) || []), node]);
      continue;
    }
    if (!visible(node)) continue;
    const key = last(node.name);
    if (node.multiple) {
      if (![...node.selectedOptions].length && node.options.length) { node.options[0].selected = true; told(node); answered += 1; }
    } else if (key in given) put(node, String(given[key]));
    else if (node.value || !required(node)) continue;
    else if (node.tagName === 'SELECT') { if (node.options.length > 1) put(node, node.options[1].value); }
    else if (node.type === 'date') put(node, '2026-06-01');
    else if (node.type === 'time') put(node, '09:30');
    else if (node.type === 'datetime-local') put(node, '2026-06-01T09:30');
    else if (node.type === 'email') put(node, 'someone@example.com');
    else if (node.type === 'tel') put(node, '+8613800000000');
    else if (node.inputMode === 'decimal') put(node, '1');
    else put(node, '已核实');
  }
  for (const [name, nodes] of groups) {
    if (!visible(nodes[0])) continue;
    const key = last(name);
    const choose = (node) => { if (!node.checked) { node.checked = true; told(node); answered += 1; } };
    if (key in given) nodes.filter((node) => node.value === String(given[key])).forEach(choose);
    else if (nodes.some((node) => node.checked)) continue;
    else if (nodes[0].closest('fieldset.choices')?.querySelector('legend.required')) choose(nodes[0]);
    else if (nodes[0].type === 'checkbox' && nodes[0].closest('label')?.querySelector('.required')) choose(nodes[0]);
  }
  return answered;
}
