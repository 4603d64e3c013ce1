"""The rules that a deployment is checked by: a visible list, one line each."""

from bpmn.rules.balance import joins
from bpmn.rules.deployment import Deployment, Diagram, Rule
from bpmn.rules.expressions import expressions, languages, multi_instances, reserved, timers
from bpmn.rules.gateways import conditions, event_gateways, gateways
from bpmn.rules.identity import element_ids, ids, pictures, process_keys
from bpmn.rules.kept import attributes, elements, events, repetitions
from bpmn.rules.names import calls, clauses, cycles, decisions, forms, lanes, roles, topics
from bpmn.rules.paths import endless, starts, unreachable
from bpmn.rules.references import attachments, defaults, flows, messages, others
from bpmn.rules.variables import unset

RULES: tuple[Rule, ...] = (
    process_keys,
    ids,
    element_ids,
    pictures,
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
    expressions,
    timers,
    multi_instances,
    reserved,
    unset,
)

__all__ = ["RULES", "Deployment", "Diagram", "Rule"]
