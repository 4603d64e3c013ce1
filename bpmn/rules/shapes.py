"""What a drawn element must have around and inside it (BPMN 2.0, chapter 10)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lxml import etree

from bpmn.events import definitions
from bpmn.markup import BPMN, children, first, local
from bpmn.model import Finding
from bpmn.read import EVENTS, GATEWAYS, STAGES, TASKS
from bpmn.rules.deployment import Deployment, Diagram, at_node
from bpmn.sentence import Said, say

CHOREOGRAPHY = ("choreographyTask", "subChoreography", "callChoreography")


def _ends(diagram: Diagram) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """How many flows arrive at and leave each element."""
    arriving: dict[str, int] = {}
    leaving: dict[str, int] = {}
    for flow in diagram.named("sequenceFlow"):
        source, target = ((flow.get(end) or "").strip() for end in ("sourceRef", "targetRef"))
        leaving[source] = leaving.get(source, 0) + 1
        arriving[target] = arriving.get(target, 0) + 1
    return arriving, leaving


def ways(deployment: Deployment) -> Iterator[Finding]:
    """Events and event sub-processes have the ways that BPMN demands, and no others."""
    for diagram in deployment.diagrams:
        arriving, leaving = _ends(diagram)
        for node in diagram.named(*EVENTS, *STAGES, *TASKS):
            into, out = arriving.get(str(node.get("id")), 0), leaving.get(str(node.get("id")), 0)
            message = _event_ways(node, into, out) if local(node) in EVENTS else _activity_ways(node, into, out)
            if message:
                yield at_node("error", "ways", diagram.file, node, message)


def _event_ways(node: etree._Element, into: int, out: int) -> str:
    kind, triggers = local(node), {local(definition) for definition in definitions(node)}
    if kind == "startEvent":
        return "" if out else "开始事件没有离开的顺序流，什么也不会开始，请连上或删去。"
    if kind == "boundaryEvent":
        if "compensateEventDefinition" in triggers:
            return "补偿边界事件不能有顺序流，请用关联线连到补偿任务。" if out else ""
        return "" if out else "边界事件没有离开的顺序流，发生了也无处可去，请连上或删去。"
    if kind not in ("intermediateCatchEvent", "intermediateThrowEvent"):
        return ""
    if "linkEventDefinition" in triggers:
        cut = out if kind == "intermediateThrowEvent" else into
        return "链接事件一头断开：抛出的不能有离开的顺序流，接住的不能有进入的，请删去。" if cut else ""
    if out == 0:
        return "中间事件必须有离开的顺序流，请连上，或改成结束事件。"
    return "" if into else "中间事件必须有进入的顺序流，请连上，或改成开始事件。"


def _activity_ways(node: etree._Element, into: int, out: int) -> str:
    if (into or out) and (node.get("triggeredByEvent") == "true" or node.get("isForCompensation") == "true"):
        return "事件子流程和补偿任务不能有顺序流，请删去连线。"
    if into and local(node) == "receiveTask" and node.get("instantiate") == "true":
        return "启动流程的接收任务不能有进入的顺序流，请删去连线，或去掉 instantiate。"
    return ""


def compensations(deployment: Deployment) -> Iterator[Finding]:
    """A compensation boundary leads by an association to an activity that compensates, and back."""
    for diagram in deployment.diagrams:
        led: dict[str, set[str]] = {}
        for line in diagram.named("association"):
            led.setdefault((line.get("sourceRef") or "").strip(), set()).add((line.get("targetRef") or "").strip())
        handlers: set[str] = set()
        for node in diagram.named("boundaryEvent"):
            if first(node, "compensateEventDefinition") is None:
                continue
            targets = [diagram.by_id[id] for id in led.get(str(node.get("id")), ()) if id in diagram.by_id]
            found = [target for target in targets if target.get("isForCompensation") == "true"]
            handlers |= {str(target.get("id")) for target in found}
            if len(found) != 1:
                message = say("补偿边界事件要用关联线连到一个标明“用于补偿”的任务，请连上。")
                yield at_node("error", "compensation", diagram.file, node, message)
        for node in diagram.named(*TASKS, *STAGES):
            listens = node.get("triggeredByEvent") == "true"
            if node.get("isForCompensation") == "true" and not listens and str(node.get("id")) not in handlers:
                message = say("标明“用于补偿”，却没有补偿边界事件连到它，永远不会执行，请连上或去掉标记。")
                yield at_node("error", "compensation", diagram.file, node, message)


def conditional_alone(deployment: Deployment) -> Iterator[Finding]:
    """A condition on the only way out of an activity leaves it stuck where it does not hold (section 10.3)."""
    for diagram in deployment.diagrams:
        _, leaving = _ends(diagram)
        for flow in diagram.named("sequenceFlow"):
            source = diagram.by_id.get((flow.get("sourceRef") or "").strip())
            if first(flow, "conditionExpression") is None or source is None:
                continue
            if local(source) not in GATEWAYS and leaving.get(str(source.get("id")), 0) < 2:
                message = say(
                    "是“{id}”唯一的出路，却带条件，不成立时无路可走，请删去条件或另画一条出路。", id=source.get("id")
                )
                yield at_node("error", "conditional-alone", diagram.file, flow, message)


def gateway_directions(deployment: Deployment) -> Iterator[Finding]:
    """A gateway splits or joins, as its direction says (section 10.6)."""
    for diagram in deployment.diagrams:
        arriving, leaving = _ends(diagram)
        for node in diagram.named(*GATEWAYS):
            into, out = arriving.get(str(node.get("id")), 0), leaving.get(str(node.get("id")), 0)
            direction = node.get("gatewayDirection") or "Unspecified"
            wrong = {
                "Converging": into < 2 or out > 1,
                "Diverging": out < 2 or into > 1,
                "Mixed": into < 2 or out < 2,
            }.get(direction, False)
            if wrong:
                message = say(
                    "gatewayDirection 是 {direction}，进 {into} 条、出 {out} 条与之不符，请改正或删去该属性。",
                    direction=direction,
                    into=into,
                    out=out,
                )
                yield at_node("error", "gateway-direction", diagram.file, node, message)
            elif into < 2 and out < 2:
                message = say("网关只有一进一出，既不分也不合，请删去它，或补上连线。")
                yield at_node("error", "gateway-useless", diagram.file, node, message)


def event_gateway_ways(deployment: Deployment) -> Iterator[Finding]:
    """Ways out of an event gateway: no conditions, receive tasks or message events but not both, no boundaries."""
    for diagram in deployment.diagrams:
        arriving, _ = _ends(diagram)
        hosts = {(node.get("attachedToRef") or "").rpartition(":")[2] for node in diagram.named("boundaryEvent")}
        flows: dict[str, list[etree._Element]] = {}
        for flow in diagram.named("sequenceFlow"):
            flows.setdefault((flow.get("sourceRef") or "").strip(), []).append(flow)
        for gateway in diagram.named("eventBasedGateway"):
            own = flows.get(str(gateway.get("id")), [])
            targets = [diagram.by_id.get((flow.get("targetRef") or "").strip()) for flow in own]
            waits = [target for target in targets if target is not None]
            tasks = [target for target in waits if local(target) == "receiveTask"]
            message: Said = ""
            if any(first(flow, "conditionExpression") is not None for flow in own):
                message = say("事件网关引出的顺序流不能带条件，请删去条件。")
            elif tasks and any(first(target, "messageEventDefinition") is not None for target in waits):
                message = say("事件网关之后不能既有接收任务又有消息事件，请统一成一种。")
            elif any(str(task.get("id")) in hosts for task in tasks):
                message = say("事件网关之后的接收任务不能有边界事件，请删去。")
            elif gateway.get("instantiate") == "true" and arriving.get(str(gateway.get("id"))):
                message = say("启动流程的事件网关不能有进入的顺序流，请删去连线。")
            elif gateway.get("eventGatewayType") == "Parallel" and gateway.get("instantiate") != "true":
                message = say(
                    "eventGatewayType=Parallel 只能用在启动流程的事件网关上，请改为 Exclusive，或改用并行网关。"
                )
            if message:
                yield at_node("error", "event-gateway", diagram.file, gateway, message)


def stages(deployment: Deployment) -> Iterator[Finding]:
    """What may stand in a process, a sub-process and an ad-hoc sub-process."""
    for diagram in deployment.diagrams:
        for node in diagram.named("process", *STAGES):
            held = [local(child) for child in children(node)]
            if any(tag in CHOREOGRAPHY for tag in held):
                message = say("流程和子流程里不能画编排任务，请改用流程中的任务。")
                yield at_node("error", "choreography", diagram.file, node, message)
            if local(node) in STAGES and "ioSpecification" in held:
                message = say("子流程不能有 ioSpecification，请用 camunda:inputOutput。")
                yield at_node("error", "sub-process-data", diagram.file, node, message)
            if local(node) == "adHocSubProcess":
                if not any(tag in TASKS | STAGES for tag in held):
                    message = say("临时子流程里至少要有一个任务，请画上。")
                    yield at_node("error", "ad-hoc", diagram.file, node, message)
                if "startEvent" in held or "endEvent" in held:
                    message = say("临时子流程里不能有开始和结束事件，请删去。")
                    yield at_node("error", "ad-hoc", diagram.file, node, message)
            begun = "startEvent" in held or any(child.get("instantiate") == "true" for child in children(node))
            if "endEvent" in held and not begun and local(node) != "adHocSubProcess":
                message = say("画了结束事件就要画开始事件，请补上。")
                yield at_node("error", "no-start", diagram.file, node, message)
        for node in diagram.named("choreography", "globalConversation"):
            if first(node, "choreographyRef") is not None:
                message = say("编排和全局会话不能引用编排，请删去 choreographyRef。")
                yield at_node("error", "choreography", diagram.file, node, message)


def called(deployment: Deployment) -> Iterator[Finding]:
    """A process that is called begins at a plain start event."""
    wanted = {element.called for _, element in deployment.elements if element.type == "callActivity"}
    for process in deployment.processes:
        starts = [element for element in process.inside(None) if element.type == "startEvent"]
        if process.key in wanted and starts and all(element.event for element in starts):
            message = say("流程“{key}”被调用，却没有普通开始事件，请补上一个。", key=process.key)
            yield Finding.of("error", "called-start", process.file, process.key, process.line, message)


def quantities(deployment: Deployment) -> Iterator[Finding]:
    """Numbers of tokens and of participants make sense."""
    for diagram in deployment.diagrams:
        for node in diagram.named(*TASKS, *STAGES):
            for name in ("startQuantity", "completionQuantity"):
                if not _whole(node.get(name), 1, least=1):
                    yield at_node(
                        "error",
                        "quantity",
                        diagram.file,
                        node,
                        say("{name} 必须是不小于 1 的整数，请改正。", name=name),
                    )
        for node in diagram.named("participantMultiplicity"):
            low, high = node.get("minimum"), node.get("maximum")
            right = _whole(low, 0, least=0) and _whole(high, 1, least=1)
            if not right or int(high or max(1, int(low or 0))) < int(low or 0):
                message = say("参与者的个数不对：minimum 不小于 0，maximum 不小于 1 也不小于 minimum，请改正。")
                yield at_node("error", "quantity", diagram.file, node, message)


def _whole(told: str | None, default: int, least: int) -> bool:
    try:
        return int(told if told is not None else default) >= least
    except ValueError:
        return False


def complex_behaviour(deployment: Deployment) -> Iterator[Finding]:
    """A multi-instance that behaves in a complex way says when."""
    for diagram in deployment.diagrams:
        for many in diagram.named("multiInstanceLoopCharacteristics"):
            holders = list(many.iterchildren(BPMN + "complexBehaviorDefinition"))
            behaviour = many.get("behavior") or "All"
            bare = [holder for holder in holders if not "".join(map(str, holder.itertext())).strip()]
            if bare or (behaviour == "Complex" and not holders):
                message = say("behavior 是 Complex，却没有写条件，请写上，或改为 All。")
                yield at_node("error", "complex-behavior", diagram.file, many, message)
            for kind in ("One", "None"):
                attribute = f"{kind.lower()}BehaviorEventRef"
                if behaviour == kind and not many.get(attribute):
                    message = say(
                        "behavior 是 {kind}，却没有指明所发的事件，请设 {attribute}，或改为 All。",
                        kind=kind,
                        attribute=attribute,
                    )
                    yield at_node("error", "complex-behavior", diagram.file, many, message)
