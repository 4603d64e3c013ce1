"""Gateways: a decision always has a way to go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bpmn.feel import stripped
from bpmn.model import Finding
from bpmn.rules.deployment import Deployment, at_element, at_flow
from bpmn.sentence import say

DECIDING = ("exclusiveGateway", "inclusiveGateway")


def gateways(deployment: Deployment) -> Iterator[Finding]:
    """A deciding gateway has a default, or conditions of which one always holds."""
    for process, element in deployment.elements:
        if element.type == "complexGateway" and len(element.incoming) > 1 and not element.activation:
            message = say("复杂网关合并几条流，却没有激活条件，请写上 activationCondition（如 activationCount >= 2）。")
            yield at_element("error", "no-activation", process, element, message)
        if element.type not in DECIDING or len(element.outgoing) < 2:
            continue
        flows = process.leaving(element.id)
        bare = [flow for flow in flows if flow.condition is None and flow.id != element.default_flow]
        if bare:
            message = say("顺序流“{id}”没有条件，也不是默认流，请写上条件或设为默认流。", id=bare[0].id)
            yield at_element("error", "no-condition", process, element, message)
        elif not element.default_flow and not _complementary([flow.condition or "" for flow in flows]):
            message = say("没有默认流，各条件都不成立时流程会停住，请设一条默认流。")
            yield at_element("warning", "no-default", process, element, message)


def _complementary(conditions: Sequence[str]) -> bool:
    """Whether one of two conditions always holds, as far as can be seen: `x` and `not(x)`, `= "a"` and `!= "a"`."""
    said = {"".join(stripped(condition).split()) for condition in conditions}
    if "true" in said:
        return True
    for condition in said:
        opposites = {f"not({condition})", condition.replace("!=", "="), condition.replace("=true", "=false")}
        if (opposites - {condition}) & said or (condition + "=true" in said and condition + "=false" in said):
            return True
    return False


def conditions(deployment: Deployment) -> Iterator[Finding]:
    """A condition stands only where it is read."""
    for process in deployment.processes:
        for flow in process.flows:
            source = process.element(flow.source)
            if flow.condition is None or source is None:
                continue
            if source.type not in (*DECIDING, "complexGateway"):
                message = say("此处的条件不会被读取，请删去，或改从排他网关引出。")
                yield at_flow("warning", "idle-condition", process, flow, message)
            elif source.default_flow == flow.id:
                yield at_flow("warning", "idle-condition", process, flow, "默认流上的条件不会被读取，请删去。")


def event_gateways(deployment: Deployment) -> Iterator[Finding]:
    """Behind an event gateway stand events that wait, at least two, each reached from there alone."""
    for process, element in deployment.elements:
        if element.type != "eventBasedGateway":
            continue
        flows = process.leaving(element.id)
        targets = [process.element(flow.target) for flow in flows]
        if len(flows) < 2:
            yield at_element("error", "event-gateway", process, element, "事件网关之后至少要有两个事件，请补上。")
        for target in targets:
            if target is not None and target.type not in ("intermediateCatchEvent", "receiveTask"):
                message = say("事件网关之后只能是等待的事件，“{id}”不是，请在其前加一个中间捕获事件。", id=target.id)
                yield at_element("error", "event-gateway", process, element, message)
            elif target is not None and len(target.incoming) > 1:
                message = say("“{id}”还有别的进入的顺序流，请让它只由事件网关进入。", id=target.id)
                yield at_element("error", "event-gateway", process, element, message)
