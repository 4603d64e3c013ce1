// Camunda's extensions of an element, read and written by name. Each write is one command: one step to undo.
import { getBusinessObject, is } from 'bpmn-js/lib/util/ModelUtil';

const holderOf = (element, type) => (getBusinessObject(element).get('extensionElements')?.get('values') || []).find((one) => is(one, type));

export function property(element, name) {
  return holderOf(element, 'camunda:Properties')?.get('values').find((one) => one.name === name)?.value || '';
}

export function input(element, name) {
  const parameters = holderOf(element, 'camunda:InputOutput')?.get('inputParameters') || [];
  return parameters.find((one) => one.name === name)?.value || '';
}

// `services`: bpmnFactory and modeling.
export function setProperty(services, element, name, value) {
  const values = (holderOf(element, 'camunda:Properties')?.get('values') || []).filter((one) => one.name !== name);
  const added = value ? [services.bpmnFactory.create('camunda:Property', { name, value })] : [];
  setHolder(services, element, 'camunda:Properties', { values: inPlace(holderOf(element, 'camunda:Properties')?.get('values'), values, added, name) });
}

export function setInput(services, element, name, value) {
  const old = holderOf(element, 'camunda:InputOutput');
  const inputs = (old?.get('inputParameters') || []).filter((one) => one.name !== name);
  const added = value ? [services.bpmnFactory.create('camunda:InputParameter', { name, value })] : [];
  const inputParameters = inPlace(old?.get('inputParameters'), inputs, added, name);
  setHolder(services, element, 'camunda:InputOutput', { inputParameters, outputParameters: old?.get('outputParameters') || [] });
}

// A changed one stands where the old one stood, so that a comparison of two versions shows one change.
function inPlace(before, rest, added, name) {
  const at = (before || []).findIndex((one) => one.name === name);
  return at < 0 ? [...rest, ...added] : [...rest.slice(0, at), ...added, ...rest.slice(at)];
}

function setHolder({ bpmnFactory, modeling }, element, type, content) {
  const businessObject = getBusinessObject(element);
  const extensions = businessObject.get('extensionElements');
  const others = (extensions?.get('values') || []).filter((one) => !is(one, type));
  const empty = Object.values(content).every((values) => values.length === 0);
  const values = [...others];
  if (!empty) {
    const holder = bpmnFactory.create(type, content);
    for (const inside of Object.values(content).flat()) inside.$parent = holder;
    values.push(holder);
  }
  const made = values.length ? bpmnFactory.create('bpmn:ExtensionElements', { values }) : undefined;
  if (made) {
    made.$parent = businessObject;
    for (const value of values) value.$parent = made;
  }
  modeling.updateModdleProperties(element, businessObject, { extensionElements: made });
}
