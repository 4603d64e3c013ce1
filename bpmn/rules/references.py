"""References: what is pointed to is there."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.events import REFERRED, definitions, event_of, things
from bpmn.markup import children, line_of, local
from bpmn.model import Finding
from bpmn.read import nodes
from bpmn.rules.deployment import Deployment, at_element, at_flow
from bpmn.sentence import say

NAMED = {"message": "消息", "signal": "信号", "error": "错误", "escalation": "升级"}


def flows(deployment: Deployment) -> Iterator[Finding]:
    """A flow joins two elements of one process or sub-process, starts at no end and ends at no start."""
    for process in deployment.processes:
        found = {element.id: element for element in process.elements}
        for flow in process.flows:
            source, target = found.get(flow.source), found.get(flow.target)
            if source is None or target is None:
                missing = flow.source if source is None else flow.target
                message = say("所连的元素“{missing}”不存在，请重新连接或删去。", missing=missing)
                yield at_flow("error", "dangling-flow", process, flow, message)
            elif source.parent != target.parent:
                message = say("跨越了子流程的边界，请只在同一层内连接。")
                yield at_flow("error", "flow-crosses", process, flow, message)
            elif source.type == "endEvent":
                yield at_flow("error", "flow-from-end", process, flow, "从结束事件引出，请改从别处引出。")
            elif target.type in ("startEvent", "boundaryEvent"):
                message = say("指向开始事件或边界事件，它们不能有进入的顺序流，请改指向别处。")
                yield at_flow("error", "flow-to-start", process, flow, message)


def defaults(deployment: Deployment) -> Iterator[Finding]:
    """A default flow is one of the element's own."""
    for process, element in deployment.elements:
        if element.default_flow and element.default_flow not in element.outgoing:
            message = say("默认流“{default_flow}”不是从这里引出的，请重新指定。", default_flow=element.default_flow)
            yield at_element("error", "dangling-default", process, element, message)


def attachments(deployment: Deployment) -> Iterator[Finding]:
    """A boundary event sits on an activity beside it."""
    for process, element in deployment.elements:
        if element.type != "boundaryEvent":
            continue
        host = process.element(element.attached_to or "")
        if host is None or host.parent != element.parent or host.type.endswith(("Event", "Gateway")):
            message = say("没有依附在任务或子流程上，请把它拖到一个任务的边上。")
            yield at_element("error", "dangling-boundary", process, element, message)


def messages(deployment: Deployment) -> Iterator[Finding]:
    """Messages, signals, errors and escalations referred to are defined; messages and signals must be named."""
    for diagram in deployment.diagrams:
        known = things(diagram.root)
        for process in children(diagram.root, "process"):
            for node, _ in nodes(process):
                event, _, value = event_of(node, known)
                if event not in REFERRED or value:
                    continue
                if local(node) == "sendTask" and any(key.endswith("}topic") for key in map(str, node.keys())):
                    continue
                holder = next(iter(definitions(node)), node)
                referred = holder.get(REFERRED[event][0])
                if not referred and event in ("error", "escalation"):
                    continue
                what = say(NAMED[event])
                message = say(
                    "“{id}”没有指明{what}，或所指的{what}不存在，请选定一个有名称的{what}。",
                    id=node.get("id"),
                    what=what,
                )
                yield Finding.of("error", f"no-{event}", diagram.file, node.get("id"), line_of(node), message)


def others(deployment: Deployment) -> Iterator[Finding]:
    """`differentFrom` names elements that are there."""
    known = {element.id for _, element in deployment.elements}
    for process, element in deployment.elements:
        told = element.properties.get("differentFrom", "")
        for id in sorted({part.strip() for part in told.split(",") if part.strip()} - known):
            message = say("differentFrom 所指的“{id}”不在这些文件中，请确认它在调用它的流程里。", id=id)
            yield at_element("warning", "dangling-different-from", process, element, message)
