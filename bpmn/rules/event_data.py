"""What events bring and send: data for each trigger, in its order (BPMN 2.0, section 10.5.1)."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from bpmn.events import REFERRED, SUFFIX
from bpmn.markup import children, local
from bpmn.model import Finding
from bpmn.rules.data import item_of, structure_of
from bpmn.rules.deployment import Deployment, Diagram, at_node
from bpmn.rules.triggers import triggers_of
from bpmn.sentence import say

HELD = {
    "startEvent": "dataOutput",
    "intermediateCatchEvent": "dataOutput",
    "boundaryEvent": "dataOutput",
    "intermediateThrowEvent": "dataInput",
    "endEvent": "dataInput",
}


def event_data(deployment: Deployment) -> Iterator[Finding]:
    """An event that has data has one thing for each trigger, of the kind that the trigger carries."""
    for diagram in deployment.diagrams:
        for node in diagram.named(*HELD):
            held, triggers = list(children(node, HELD[local(node)])), triggers_of(diagram, node)
            if held and len(held) != len(triggers):
                message = say(
                    "有 {triggers} 个触发方式、{held} 个 {kind}，请一个对一个。",
                    triggers=len(triggers),
                    held=len(held),
                    kind=HELD[local(node)],
                )
                yield at_node("error", "event-data", diagram.file, node, message)
                continue
            for item, trigger in zip(held, triggers, strict=False):
                carried, own = _carried(diagram, trigger), item_of(diagram, item)
                if carried is not None and own is not None and structure_of(carried) != structure_of(own):
                    message = say(
                        "{item} 的数据定义与 {trigger} 带来的不同，请改成一样。",
                        item=local(item),
                        trigger=local(trigger),
                    )
                    yield at_node("error", "event-data", diagram.file, item, message)


def _carried(diagram: Diagram, trigger: etree._Element) -> etree._Element | None:
    """The item definition of the message, signal, error or escalation."""
    kind = local(trigger)[: -len(SUFFIX)]
    if kind not in REFERRED:
        return None
    thing = diagram.by_id.get((trigger.get(REFERRED[kind][0]) or "").rpartition(":")[2])
    return None if thing is None else item_of(diagram, thing, "itemRef" if kind == "message" else "structureRef")
