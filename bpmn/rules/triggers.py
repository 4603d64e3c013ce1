"""Which trigger may stand where (BPMN 2.0, tables 10.84 to 10.91), and what a trigger must say."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from bpmn.events import SUFFIX, TIMES, definitions
from bpmn.markup import BPMN, children, first, local, text
from bpmn.model import Finding
from bpmn.rules.deployment import Deployment, Diagram, at_node
from bpmn.sentence import Sentence, say

CATCHES = frozenset(["message", "timer", "conditional", "signal"])
INSIDE = CATCHES | {"escalation", "error", "compensate"}
STARTS = {
    "process": CATCHES,
    "event sub-process": INSIDE,
    "event sub-process beside": INSIDE - {"error", "compensate"},
    "sub-process": frozenset[str](),
}
PLACES = {
    "intermediateCatchEvent": CATCHES | {"link"},
    "intermediateThrowEvent": frozenset(["message", "escalation", "compensate", "link", "signal"]),
    "endEvent": frozenset(["message", "escalation", "error", "cancel", "compensate", "signal", "terminate"]),
    "boundaryEvent": INSIDE | {"cancel"},
    "boundaryEvent beside": INSIDE - {"error", "compensate"},
}
THROWS = ("intermediateThrowEvent", "endEvent")
CODES = {"error": ("errorRef", "errorCode", "错误"), "escalation": ("escalationRef", "escalationCode", "升级")}


def triggers_of(diagram: Diagram, node: etree._Element) -> list[etree._Element]:
    """The triggers of an event, those that are defined elsewhere among them."""
    referred = [diagram.by_id.get((text(ref) or "").rpartition(":")[2]) for ref in children(node, "eventDefinitionRef")]
    return definitions(node) + [found for found in referred if found is not None and local(found).endswith(SUFFIX)]


def _events(diagram: Diagram) -> Iterator[tuple[etree._Element, list[etree._Element]]]:
    for node in diagram.named("startEvent", *PLACES):
        yield node, triggers_of(diagram, node)


def _allowed(node: etree._Element) -> frozenset[str]:
    kind, holder = local(node), node.getparent()
    if kind == "startEvent":
        if holder is None or local(holder) == "process":
            return STARTS["process"]
        if holder.get("triggeredByEvent") != "true":
            return STARTS["sub-process"]
        beside = node.get("isInterrupting") == "false"
        return STARTS["event sub-process beside" if beside else "event sub-process"]
    beside = kind == "boundaryEvent" and node.get("cancelActivity") == "false"
    return PLACES["boundaryEvent beside" if beside else kind]


def triggers(deployment: Deployment) -> Iterator[Finding]:
    """Each trigger stands where BPMN allows it."""
    for diagram in deployment.diagrams:
        for node, found in _events(diagram):
            allowed = _allowed(node)
            for trigger in found:
                kind = local(trigger)[: -len(SUFFIX)]
                if kind not in allowed:
                    told = sorted(allowed) or Sentence("无")
                    message = say(
                        "{node} 在此处不能以 {kind} 触发，可用的有：{told}，请换一种事件。",
                        node=local(node),
                        kind=kind,
                        told=told,
                    )
                    yield at_node("error", "trigger-place", diagram.file, node, message)
            holder = node.getparent()
            listens = local(node) == "startEvent" and holder is not None and holder.get("triggeredByEvent") == "true"
            if not found and (listens or local(node) == "boundaryEvent"):
                message = say("没有触发方式，永远不会发生，请指定计时、消息或其他触发方式。")
                yield at_node("error", "no-trigger", diagram.file, node, message)


def cancellations(deployment: Deployment) -> Iterator[Finding]:
    """A cancel event ends a transaction, or sits on the border of one."""
    for diagram in deployment.diagrams:
        for node, found in _events(diagram):
            if not any(local(trigger) == "cancelEventDefinition" for trigger in found):
                continue
            if local(node) == "endEvent" and next(node.iterancestors(BPMN + "transaction"), None) is None:
                message = say("取消结束事件只能在事务子流程内，请改用错误事件，或把它放进事务。")
                yield at_node("error", "cancel-place", diagram.file, node, message)
            host = diagram.by_id.get((node.get("attachedToRef") or "").rpartition(":")[2])
            if local(node) == "boundaryEvent" and host is not None and local(host) != "transaction":
                message = say("取消边界事件只能依附在事务子流程上，请改用错误事件，或改成事务。")
                yield at_node("error", "cancel-place", diagram.file, node, message)


def codes(deployment: Deployment) -> Iterator[Finding]:
    """An error or escalation that is thrown, or caught by name, has a code: who catches it goes by that."""
    for diagram in deployment.diagrams:
        for node, found in _events(diagram):
            for trigger in found:
                kind = local(trigger)[: -len(SUFFIX)]
                if kind not in CODES:
                    continue
                attribute, code, title = CODES[kind]
                referred = diagram.by_id.get((trigger.get(attribute) or "").rpartition(":")[2])
                if referred is not None and not (referred.get(code) or "").strip():
                    message = say(
                        "所指的{title}“{id}”没有 {code}，请填上。", title=say(title), id=referred.get("id"), code=code
                    )
                    yield at_node("error", "no-code", diagram.file, node, message)
                elif not trigger.get(attribute) and local(node) in THROWS:
                    message = say(
                        "抛出{title}，却没有指明哪一个，请选定一个有 {code} 的{title}。", title=say(title), code=code
                    )
                    yield at_node("error", "no-code", diagram.file, node, message)


def conditions_and_times(deployment: Deployment) -> Iterator[Finding]:
    """A condition is written down; a timer says one time."""
    for diagram in deployment.diagrams:
        for definition in diagram.named("conditionalEventDefinition"):
            if text(first(definition, "condition")) is None:
                message = say("条件事件没有写条件，请写上 FEEL 条件。")
                yield at_node("error", "no-event-condition", diagram.file, definition, message)
        for definition in diagram.named("timerEventDefinition"):
            given = [child for child in children(definition, *TIMES)]
            if len(given) > 1:
                message = say("计时事件只能在日期、时长、周期中选一种，请删去其余的。")
                yield at_node("error", "several-times", diagram.file, definition, message)


def shared(deployment: Deployment) -> Iterator[Finding]:
    """A trigger written inside an event that throws belongs to it alone."""
    for diagram in deployment.diagrams:
        for ref in diagram.named("eventDefinitionRef"):
            target = diagram.by_id.get((text(ref) or "").rpartition(":")[2])
            holder = target.getparent() if target is not None else None
            if holder is not None and local(holder) in THROWS:
                message = say(
                    "所用的触发方式“{ref}”写在事件“{id}”里，只归它自己，请另写一个。",
                    ref=text(ref),
                    id=holder.get("id"),
                )
                yield at_node("error", "shared-trigger", diagram.file, ref, message)
