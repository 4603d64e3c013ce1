"""Message flows join two pools (BPMN 2.0, section 9.4), at things that send or receive."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from bpmn.markup import BPMN, local
from bpmn.model import Finding
from bpmn.rules.deployment import Deployment, Diagram, at_node
from bpmn.rules.triggers import triggers_of
from bpmn.sentence import say

NO_SOURCE = {"startEvent": "开始事件", "intermediateCatchEvent": "中间捕获事件", "boundaryEvent": "边界事件"}
NO_TARGET = {"endEvent": "结束事件", "intermediateThrowEvent": "中间抛出事件"}


def message_flows(deployment: Deployment) -> Iterator[Finding]:
    """Each message flow leaves one pool for another, from what may send to what may receive."""
    for diagram in deployment.diagrams:
        for flow in diagram.named("messageFlow"):
            source, target = (
                diagram.by_id.get((flow.get(end) or "").rpartition(":")[2]) for end in ("sourceRef", "targetRef")
            )
            if source is None or target is None:
                continue
            if source is target or _pool(diagram, source) == _pool(diagram, target):
                message = say("消息流连着同一个池内的元素，请改用顺序流，或连到另一个池。")
                yield at_node("error", "message-flow", diagram.file, flow, message)
            if local(source) in NO_SOURCE:
                message = say(
                    "消息流从{kind}“{id}”引出，它只能接收，请改从别处引出。",
                    kind=say(NO_SOURCE[local(source)]),
                    id=source.get("id"),
                )
                yield at_node("error", "message-flow", diagram.file, flow, message)
            if local(target) in NO_TARGET:
                message = say(
                    "消息流指向{kind}“{id}”，它只能发送，请改指别处。",
                    kind=say(NO_TARGET[local(target)]),
                    id=target.get("id"),
                )
                yield at_node("error", "message-flow", diagram.file, flow, message)
            for end, kind in ((source, "endEvent"), (target, "startEvent")):
                if local(end) == kind and not any(
                    local(found) == "messageEventDefinition" for found in triggers_of(diagram, end)
                ):
                    message = say("消息流连着“{id}”，它却不是消息事件，请改成消息事件。", id=end.get("id"))
                    yield at_node("error", "message-flow", diagram.file, flow, message)


def _pool(diagram: Diagram, node: etree._Element) -> str:
    """The process that the node lies in or that a participant stands for; a black box is a pool of its own."""
    if local(node) == "participant":
        return (node.get("processRef") or "").rpartition(":")[2] or f"participant {node.get('id')}"
    process = next(node.iterancestors(BPMN + "process"), None)
    return str(process.get("id")) if process is not None else f"outside {node.get('id')}"
