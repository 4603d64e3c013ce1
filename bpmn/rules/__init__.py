"""The rules that a deployment is checked by: a visible list, one line each."""

from bpmn.rules.balance import joins
from bpmn.rules.beginnings import nobody, start_times
from bpmn.rules.constants import constants, empty, natural
from bpmn.rules.data import associations, items, loops, messages_and_data, sets
from bpmn.rules.declared import correlations, imports, kinds, loops_at_once, performers, texts
from bpmn.rules.deployment import Deployment, Diagram, Rule
from bpmn.rules.event_data import event_data
from bpmn.rules.expressions import expressions, foreign, languages, multi_instances, reserved, timers
from bpmn.rules.gateways import conditions, event_gateways, gateways
from bpmn.rules.grammar import grammar
from bpmn.rules.identity import element_ids, ids, pictures, process_keys
from bpmn.rules.interfaces import bindings, called_data, operations
from bpmn.rules.kept import attributes, elements, events, repetitions
from bpmn.rules.links import links
from bpmn.rules.message_flows import message_flows
from bpmn.rules.names import calls, clauses, cycles, decisions, forms, lanes, roles, topics
from bpmn.rules.paths import endless, starts, unreachable
from bpmn.rules.pointers import flow_lists, pointers
from bpmn.rules.references import attachments, defaults, flows, messages, others
from bpmn.rules.shapes import (
    called,
    compensations,
    complex_behaviour,
    conditional_alone,
    event_gateway_ways,
    gateway_directions,
    quantities,
    stages,
    ways,
)
from bpmn.rules.triggers import cancellations, codes, conditions_and_times, shared, triggers
from bpmn.rules.variables import unlike, unset

RULES: tuple[Rule, ...] = (
    process_keys,
    ids,
    element_ids,
    pictures,
    grammar,
    flows,
    defaults,
    attachments,
    messages,
    others,
    elements,
    events,
    repetitions,
    attributes,
    starts,
    unreachable,
    endless,
    start_times,
    nobody,
    gateways,
    conditions,
    event_gateways,
    joins,
    forms,
    topics,
    roles,
    lanes,
    decisions,
    calls,
    cycles,
    clauses,
    languages,
    foreign,
    expressions,
    timers,
    multi_instances,
    reserved,
    unset,
    unlike,
    pointers,
    flow_lists,
    triggers,
    cancellations,
    codes,
    conditions_and_times,
    shared,
    links,
    message_flows,
    ways,
    compensations,
    conditional_alone,
    gateway_directions,
    event_gateway_ways,
    stages,
    called,
    quantities,
    performers,
    complex_behaviour,
    items,
    sets,
    associations,
    messages_and_data,
    loops,
    texts,
    kinds,
    loops_at_once,
    correlations,
    imports,
    empty,
    natural,
    constants,
    event_data,
    operations,
    bindings,
    called_data,
)

__all__ = ["RULES", "Deployment", "Diagram", "Rule"]
