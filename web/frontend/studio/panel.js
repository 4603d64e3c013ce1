// Our groups of the properties panel: what a procedure says of its steps, chosen by name and never typed, with FEEL
// edited as FEEL. What the engine does not execute is not offered.
import { useService } from 'bpmn-js-properties-panel';
import { FeelTextAreaEntry, Group, SelectEntry, TextFieldEntry, isSelectEntryEdited, isTextFieldEntryEdited } from '@bpmn-io/properties-panel';
import { h } from '@bpmn-io/properties-panel/preact';
import { getBusinessObject, is, isAny } from 'bpmn-js/lib/util/ModelUtil';
import { input, property, setInput, setProperty } from './extensions.js';
import { words } from './page.js';

const LAST = 100; // after all other providers: they are looked at when they have said everything
const UNUSED = [
  'HistoryCleanup', 'Tasklist', 'CandidateStarter', 'Implementation', 'ExternalTask', 'ProcessVariables', 'Errors', 'UserAssignment', 'Form', 'FormData',
  'TaskListener', 'StartInitiator', 'Script', 'Condition', 'CallActivity', 'AsynchronousContinuations', 'JobExecution', 'InMappingPropagation', 'InMapping',
  'ConnectorInput', 'OutMappingPropagation', 'OutMapping', 'ConnectorOutput', 'ExecutionListener', 'FieldInjection', 'BusinessKey',
].map((name) => `CamundaPlatform__${name}`);
const ANSWERING = ['bpmn:ServiceTask', 'bpmn:SendTask', 'bpmn:BusinessRuleTask'];
const isEditedText = isTextFieldEntryEdited;

export function panelModule(given) {
  const vocabulary = { ...given, completions: given.variables.map(({ name, label, type }) => ({ name, info: label, type })) };
  return { __init__: ['procedurePanel'], procedurePanel: ['type', providerOf(vocabulary)] };
}

function providerOf(vocabulary) {
  function Provider(propertiesPanel, elementTemplates) {
    this.getGroups = (element) => (groups) => {
      const kept = groups.filter((group) => !UNUSED.includes(group.id) && !group.id.startsWith('ElementTemplates__'));
      const own = groupsOf(element, vocabulary, elementTemplates).filter((group) => group.entries.length);
      for (const group of kept) group.entries = group.entries?.filter((entry) => !entry.id.startsWith('multiInstanceAsynchronous')).map((entry) => asFeel(element, entry, vocabulary, group.id));
      const at = kept.findIndex((group) => group.id === 'documentation');
      return [...kept.slice(0, at + 1), ...own, ...kept.slice(at + 1)];
    };
    propertiesPanel.registerProvider(LAST, this);
  }
  Provider.$inject = ['propertiesPanel', 'elementTemplates'];
  return Provider;
}

function groupsOf(element, vocabulary, templates) {
  const group = (id, label, ...entries) => ({ id: `procedure-${id}`, label, component: Group, shouldOpen: true, entries: entries.filter(Boolean) });
  const topic = isAny(element, ANSWERING);
  return [
    group('clause', words.procedure, is(element, 'bpmn:FlowNode') && !is(element, 'bpmn:Gateway') && clause(vocabulary), is(element, 'bpmn:FlowNode') && !is(element, 'bpmn:Gateway') && newClause()),
    group('lane', words.responsible, is(element, 'bpmn:Lane') && laneRole(vocabulary)),
    group('people', words.responsible, ...(is(element, 'bpmn:UserTask') ? people(element, vocabulary) : [])),
    group('form', words.form, isAny(element, ['bpmn:UserTask', 'bpmn:StartEvent']) && form(vocabulary), isAny(element, ['bpmn:UserTask', 'bpmn:StartEvent']) && formAddress(vocabulary)),
    group('topic', words.service, topic && topicChoice(vocabulary, templates), ...(topic ? inputs(element, vocabulary) : [])),
    group('decision', words.decision, is(element, 'bpmn:BusinessRuleTask') && decision(vocabulary), is(element, 'bpmn:BusinessRuleTask') && resultVariable()),
    group('script', words.script, is(element, 'bpmn:ScriptTask') && script(vocabulary), is(element, 'bpmn:ScriptTask') && resultVariable()),
    group('called', words.called, is(element, 'bpmn:CallActivity') && called(vocabulary)),
    group('condition', words.condition, conditional(element) && condition(vocabulary)),
    group('conditional', words.condition, awaited(element) && awaitedCondition(vocabulary)),
  ];
}

const conditional = (element) => is(element, 'bpmn:SequenceFlow') && isAny(element.source, ['bpmn:ExclusiveGateway', 'bpmn:InclusiveGateway', 'bpmn:ComplexGateway', 'bpmn:Activity', 'bpmn:Event']);

const awaited = (element) => (getBusinessObject(element).get('eventDefinitions') || []).find((one) => is(one, 'bpmn:ConditionalEventDefinition'));

// How entries are made --------------------------------------------------------------------------------------------
// `read(element)` and `write(services, element, value)` are all that one differs from another.
function useServices() {
  return { bpmnFactory: useService('bpmnFactory'), modeling: useService('modeling') };
}

// A component stays the same function from one drawing of the panel to the next: another one would lose what is being
// typed. What an entry is about comes as its properties.
function Choice({ element, id, label, options, read, write }) {
  const services = useServices();
  const getOptions = () => listed(typeof options === 'function' ? options(element) : options, read(element));
  return SelectEntry({ element, id, label, getValue: read, setValue: (value) => write(services, element, value || undefined), getOptions });
}

const choice = (id, label, options, read, write) => ({ id, label, options, read, write, component: Choice, isEdited: isSelectEntryEdited });

// What stands in the diagram is shown though nothing of that name is known: the server says so on the element.
function listed(options, value) {
  const unknown = value && !options.some((option) => option.value === value) ? [{ value, label: value }] : [];
  return [{ value: '', label: words.none }, ...unknown, ...options];
}

const plain = (offer) => ({ value: offer.key, label: offer.name });
const option = (offer) => ({ value: offer.key, label: offer.name && offer.name !== offer.key ? `${offer.name} (${offer.key})` : offer.key });

function Text({ element, id, label, read, write, placeholder }) {
  const services = useServices();
  const debounce = useService('debounceInput');
  return TextFieldEntry({ element, id, label, placeholder, debounce, getValue: read, setValue: (value) => write(services, element, value || undefined) });
}

const text = (id, label, read, write, more = {}) => ({ id, label, read, write, ...more, component: Text, isEdited: isEditedText });

function Feel({ element, id, label, read, write, kind, variables }) {
  const services = useServices();
  const debounce = useService('debounceInput');
  const translate = useService('translate');
  return FeelTextAreaEntry({
    element, id, label, debounce, translate, feel: kind, variables,
    getValue: (shown) => marked(read(shown), kind), setValue: (value) => write(services, element, value || undefined),
  });
}

function feel(id, label, vocabulary, read, write, kind = 'required') {
  return { id, label, read, write, kind, variables: vocabulary.completions, component: Feel, isEdited: isEditedText };
}

// `=` says that a text is FEEL; where nothing else may stand, it may be missing.
const marked = (value, kind) => (value && kind === 'required' && !value.startsWith('=') ? `=${value}` : value);

// Several of a list, kept as a text with commas.
function Several({ element, id, label, options, read, write }) {
  const services = useServices();
  const chosen = read(element).split(',').map((one) => one.trim()).filter(Boolean);
  const offered = typeof options === 'function' ? options(element) : options;
  const unknown = chosen.filter((value) => !offered.some((one) => one.value === value)).map((value) => ({ value, label: value }));
  const toggle = (value, on) => {
    const left = on ? [...chosen, value] : chosen.filter((one) => one !== value);
    write(services, element, left.join(',') || undefined);
  };
  const line = ({ value, label: name }) => h(
    'label', { class: 'procedure-choice', key: value },
    h('input', { type: 'checkbox', checked: chosen.includes(value), onChange: (event) => toggle(value, event.target.checked) }), ' ', name,
  );
  return h(
    'div', { class: 'bio-properties-panel-entry', 'data-entry-id': id },
    h('fieldset', { class: 'procedure-choices' }, h('legend', { class: 'bio-properties-panel-label' }, label), [...offered, ...unknown].map(line)),
  );
}

const isChecked = (node) => Boolean(node && node.querySelector('input:checked'));
const several = (id, label, options, read, write) => ({ id, label, options, read, write, component: Several, isEdited: isChecked });

function attribute(name, read = (element) => getBusinessObject(element).get(name) || '') {
  return [read, ({ modeling }, element, value) => modeling.updateModdleProperties(element, getBusinessObject(element), { [name]: value })];
}

const inProperty = (name) => [(element) => property(element, name), (services, element, value) => setProperty(services, element, name, value)];
const inInput = (name) => [(element) => input(element, name), (services, element, value) => setInput(services, element, name, value)];

// What the libraries edit as plain text and the engine reads as FEEL: when a timer is due, how often an activity is
// repeated, until when.
const EXPRESSIONS = {
  timerEventDefinitionValue: { holder: (element) => timer(element), names: ['timeDate', 'timeDuration', 'timeCycle'], kind: 'optional' },
  loopCardinality: { holder: (element) => repetition(element), names: ['loopCardinality'], kind: 'required' },
  completionCondition: { holder: (element, group) => (group === 'multiInstance' ? repetition(element) : getBusinessObject(element)), names: ['completionCondition'], kind: 'required' },
};
const timer = (element) => (getBusinessObject(element).get('eventDefinitions') || []).find((one) => is(one, 'bpmn:TimerEventDefinition'));
const repetition = (element) => getBusinessObject(element).get('loopCharacteristics');

function asFeel(element, entry, vocabulary, group) {
  const known = Object.keys(EXPRESSIONS).find((id) => entry.id.endsWith(id));
  const { names, kind } = EXPRESSIONS[known] || {};
  const holder = (shown) => EXPRESSIONS[known].holder(shown, group);
  const name = known && holder(element) && names.find((one) => holder(element).get(one));
  if (!known || (!name && names.length > 1)) return entry;
  const own = name || names[0];
  const read = (shown) => holder(shown)?.get(own)?.get('body') || '';
  const write = ({ bpmnFactory, modeling }, shown, value) => {
    const expression = value || names.length > 1 ? bpmnFactory.create('bpmn:FormalExpression', { body: value }) : undefined;
    if (expression) expression.$parent = holder(shown);
    modeling.updateModdleProperties(shown, holder(shown), { [own]: expression });
  };
  return { ...entry, ...feel(entry.id, words[known], vocabulary, read, write, kind) };
}

// The entries -----------------------------------------------------------------------------------------------------
const short = (name) => (name.length > 28 ? `${name.slice(0, 28)}…` : name);

function clause({ clauses }) {
  return choice('procedure-clause', words.clause, clauses.map(({ key, name }) => ({ value: key, label: `${key} ${short(name)}` })), ...inProperty('clause'));
}

function newClause() {
  return text('procedure-clause-number', words.new_clause, ...inProperty('clause'), { placeholder: '5.3.1' });
}

function laneRole({ roles }) {
  const titles = new Set(roles.map((role) => role.name));
  const byKey = Object.fromEntries(roles.map((role) => [role.key, role.name]));
  const read = (element) => property(element, 'role') || roles.find((role) => role.name === getBusinessObject(element).name)?.key || '';
  const write = (services, element, value) => {
    const named = getBusinessObject(element).name;
    if (!named || titles.has(named)) services.modeling.updateProperties(element, { name: value ? byKey[value] : '' });
    if (property(element, 'role') || (named && !titles.has(named))) setProperty(services, element, 'role', value);
  };
  return choice('procedure-lane-role', words.role, roles.map(plain), read, write);
}

function people(element, vocabulary) {
  const roles = vocabulary.roles.map(plain);
  const staff = vocabulary.roles.filter((role) => role.kind === 'staff').map(plain);
  return [
    several('procedure-roles', words.roles, roles, ...attribute('camunda:candidateGroups')),
    several('procedure-behalf', words.on_behalf, staff, ...inProperty('onBehalf')),
    several('procedure-different', words.different_from, otherTasks, ...inProperty('differentFrom')),
    feel('procedure-assignee', words.assignee, vocabulary, ...attribute('camunda:assignee'), 'optional'),
    feel('procedure-due', words.due, vocabulary, ...attribute('camunda:dueDate'), 'optional'),
    feel('procedure-follow-up', words.follow_up, vocabulary, ...attribute('camunda:followUpDate'), 'optional'),
    feel('procedure-priority', words.priority, vocabulary, ...attribute('camunda:priority'), 'optional'),
  ];
}

// The user tasks of the same process: whoever did one of them may not do this one.
function otherTasks(element) {
  const scope = getBusinessObject(element).$parent;
  const tasks = (scope?.get('flowElements') || []).filter((one) => is(one, 'bpmn:UserTask') && one.id !== element.id);
  return tasks.map((one) => ({ value: one.id, label: one.name || one.id }));
}

function form({ forms }) {
  const [read] = attribute('camunda:formRef');
  const write = ({ modeling }, element, value) => {
    const binding = value ? 'deployment' : undefined;
    modeling.updateModdleProperties(element, getBusinessObject(element), { 'camunda:formRef': value, 'camunda:formRefBinding': binding });
  };
  return choice('procedure-form', words.form, forms.map(option), read, write);
}

function Address({ element, addresses }) {
  const address = addresses[getBusinessObject(element).get('camunda:formRef')];
  return address ? h('div', { class: 'bio-properties-panel-entry' }, h('a', { href: address, target: '_blank', rel: 'noopener' }, words.open_form)) : null;
}

const formAddress = ({ addresses }) => ({ id: 'procedure-form-address', addresses, component: Address });

function topicChoice({ topics }, templates) {
  const options = Object.entries(topics).map(([value, { title }]) => ({ value, label: `${title} (${value})` }));
  const [read] = attribute('camunda:topic');
  const write = ({ modeling }, element, value) => {
    const template = value && templates.getAll(element).find((one) => one.id === `guicheng.${value}`);
    if (template) templates.applyTemplate(element, template);
    else modeling.updateModdleProperties(element, getBusinessObject(element), { 'camunda:topic': value, 'camunda:type': value && 'external' });
  };
  return choice('procedure-topic', words.topic, options, read, write);
}

function inputs(element, vocabulary) {
  const topic = vocabulary.topics[getBusinessObject(element).get('camunda:topic')];
  const offers = { record: vocabulary.records, procedure: vocabulary.processes };
  return (topic?.inputs || []).map(({ name, label: title, kind, required, choices }) => {
    const id = `procedure-input-${name}`;
    const label = required ? `${title} *` : title;
    const fixed = !input(element, name).startsWith('=');
    if (offers[kind] && fixed) return choice(id, label, offers[kind].map(option), ...inInput(name));
    if (kind === 'roles' && fixed) return several(id, label, vocabulary.roles.map(plain), ...inInput(name));
    if (kind === 'choice' && fixed) return choice(id, label, choices.map(([value, shown]) => ({ value, label: shown })), ...inInput(name));
    if (kind === 'truth' && fixed) return choice(id, label, [{ value: 'true', label: words.yes }, { value: 'false', label: words.no }], ...inInput(name));
    return feel(id, label, vocabulary, ...inInput(name), 'optional');
  });
}

function decision({ decisions }) {
  const [read] = attribute('camunda:decisionRef');
  const write = ({ modeling }, element, value) => {
    const bound = { 'camunda:decisionRefBinding': value && 'deployment', 'camunda:mapDecisionResult': value && 'singleEntry' };
    modeling.updateModdleProperties(element, getBusinessObject(element), { 'camunda:decisionRef': value, ...bound });
  };
  return choice('procedure-decision', words.decision, decisions.map(option), read, write);
}

const resultVariable = () => text('procedure-result', words.result_variable, ...attribute('camunda:resultVariable'));

function script(vocabulary) {
  const [read] = attribute('script');
  const write = ({ modeling }, element, value) => {
    modeling.updateModdleProperties(element, getBusinessObject(element), { script: value, scriptFormat: value && 'feel' });
  };
  return feel('procedure-script', words.script, vocabulary, read, write);
}

const called = ({ processes }) => choice('procedure-called', words.called, processes.map(option), ...attribute('calledElement'));

function condition(vocabulary) {
  const read = (element) => getBusinessObject(element).get('conditionExpression')?.get('body') || '';
  const write = ({ bpmnFactory, modeling }, element, value) => {
    const body = value ? bpmnFactory.create('bpmn:FormalExpression', { body: value }) : undefined;
    modeling.updateProperties(element, { conditionExpression: body });
  };
  return feel('procedure-condition', words.condition_feel, vocabulary, read, write);
}

function awaitedCondition(vocabulary) {
  const read = (element) => awaited(element).get('condition')?.get('body') || '';
  const write = ({ bpmnFactory, modeling }, element, value) => {
    const body = value ? bpmnFactory.create('bpmn:FormalExpression', { body: value }) : undefined;
    if (body) body.$parent = awaited(element);
    modeling.updateModdleProperties(element, awaited(element), { condition: body });
  };
  return feel('procedure-awaited', words.condition_awaited, vocabulary, read, write);
}
