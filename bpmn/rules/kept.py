"""What the engine does not keep is refused, never silently ignored."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from bpmn.events import definitions
from bpmn.markup import BPMN, CAMUNDA, children, first, line_of, local
from bpmn.model import Finding
from bpmn.read import nodes
from bpmn.rules.deployment import Deployment

ELEMENTS = {
    "complexGateway": "复杂网关不支持，请改用包容网关或排他网关。",
    "transaction": "事务子流程不支持，请改用普通子流程，并用边界事件画出失败时的做法。",
    "adHocSubProcess": "临时子流程不支持，请改用普通子流程，用网关画出可选的任务。",
    "callChoreography": "编排不支持，请改用流程。",
    "choreographyTask": "编排任务不支持，请改用流程中的任务。",
    "subChoreography": "子编排不支持，请改用流程。",
    "implicitThrowEvent": "隐式抛出事件不支持，请改用中间抛出事件。",
}
EVENTS = {
    "compensate": "补偿事件不支持，请用普通任务画出撤销的做法。",
    "cancel": "取消事件不支持，请改用错误事件。",
    "link": "链接事件不支持，请直接用顺序流连接。",
}
CATCHES = frozenset(["timer", "message", "signal", "conditional"])
ALLOWED = {
    "startEvent": CATCHES | {"error", "escalation"},
    "endEvent": frozenset(["message", "signal", "error", "escalation", "terminate"]),
    "intermediateCatchEvent": CATCHES,
    "intermediateThrowEvent": frozenset(["message", "signal", "escalation"]),
    "boundaryEvent": CATCHES | {"error", "escalation"},
}
ATTRIBUTES = {
    "class": "这里不执行 Java，请改用 camunda:type=external 和 camunda:topic。",
    "expression": "这里不执行该表达式，请改用 camunda:topic，或用 FEEL 脚本任务。",
    "delegateExpression": "这里不执行 Java，请改用 camunda:type=external 和 camunda:topic。",
    "formKey": "camunda:formKey 不支持，请改用 camunda:formRef。",
    "formHandlerClass": "camunda:formHandlerClass 不支持，请改用 camunda:formRef。",
}
HOLDERS = {
    "formData": "生成式表单不支持，请画一个 .form 表单，用 camunda:formRef 指明。",
    "executionListener": "执行监听器不支持，请改用服务任务。",
    "taskListener": "任务监听器不支持，请改用服务任务。",
    "connector": "连接器不支持，请改用 camunda:topic。",
    "errorEventDefinition": "camunda:errorEventDefinition 不支持，请改用错误边界事件。",
}
IDLE = {
    "candidateUsers": "camunda:candidateUsers 不起作用，请用 camunda:candidateGroups 或 camunda:assignee。",
    "resource": "camunda:resource 不起作用，请把脚本写在任务里。",
}


def _parts(deployment: Deployment) -> Iterator[tuple[str, etree._Element]]:
    for diagram in deployment.diagrams:
        for process in children(diagram.root, "process"):
            for node, _ in nodes(process):
                yield diagram.file, node


def _told(file: str, node: etree._Element, message: str, rule: str = "unsupported-element") -> Finding:
    told = f"“{node.get('name') or node.get('id')}”：{message}"
    return Finding("warning" if rule == "no-effect" else "error", rule, file, node.get("id"), line_of(node), told)


def elements(deployment: Deployment) -> Iterator[Finding]:
    """Elements of BPMN that are not executed."""
    for file, node in _parts(deployment):
        if local(node) in ELEMENTS:
            yield _told(file, node, ELEMENTS[local(node)])
        if node.get("isForCompensation") == "true":
            yield _told(file, node, EVENTS["compensate"])
        for name in ("startQuantity", "completionQuantity"):
            if (node.get(name) or "1") != "1":
                yield _told(file, node, f"{name} 只能是 1，请删去它，需要多次时用多实例。")
        if local(node) == "eventBasedGateway" and (node.get("instantiate") == "true"):
            yield _told(file, node, "由事件网关启动流程不支持，请改用开始事件。")


def events(deployment: Deployment) -> Iterator[Finding]:
    """Event definitions that are not executed where they stand."""
    for file, node in _parts(deployment):
        if local(node) not in ALLOWED:
            continue
        found = definitions(node)
        if len(found) > 1 or first(node, "eventDefinitionRef") is not None or node.get("parallelMultiple") == "true":
            yield _told(file, node, "一个事件只能有一个自己的触发方式，请拆成几个事件。")
            continue
        for definition in found:
            kind = local(definition)[: -len("EventDefinition")]
            if kind in EVENTS:
                yield _told(file, node, EVENTS[kind])
            elif kind not in ALLOWED[local(node)]:
                yield _told(file, node, f"这种事件在此处（{local(node)}，{kind}）不支持，请换一种事件。")
        if not found and local(node) in ("intermediateCatchEvent", "boundaryEvent"):
            yield _told(file, node, "没有触发方式，永远等不到，请指定计时、消息或其他触发方式。", "no-trigger")


def repetitions(deployment: Deployment) -> Iterator[Finding]:
    """Multi-instance behaviour beyond all or a completion condition."""
    for file, node in _parts(deployment):
        many = first(node, "multiInstanceLoopCharacteristics")
        if many is None:
            continue
        if (many.get("behavior") or "All") != "All" or first(many, "complexBehaviorDefinition") is not None:
            yield _told(file, node, "多实例的 behavior 只能是 All，请用完成条件代替。")
        for name in ("loopDataInputRef", "inputDataItem", "loopDataOutputRef", "outputDataItem"):
            if first(many, name) is not None:
                yield _told(file, node, f"多实例的 {name} 不支持，请用 camunda:collection 和 camunda:elementVariable。")
        if local(node).endswith(("Event", "Gateway")):
            yield _told(file, node, "只有任务和子流程能用多实例，请删去。")


def attributes(deployment: Deployment) -> Iterator[Finding]:
    """Camunda's own attributes and extensions that would be passed over."""
    for file, node in _parts(deployment):
        for name, message in ATTRIBUTES.items():
            if node.get(CAMUNDA + name):
                yield _told(file, node, message, "unsupported-attribute")
        for name, message in IDLE.items():
            if node.get(CAMUNDA + name):
                yield _told(file, node, message, "no-effect")
        holders = children(node, "extensionElements")
        for extension in (part for holder in holders for part in holder.iterdescendants(etree.Element)):
            if str(extension.tag).startswith(CAMUNDA) and local(extension) in HOLDERS:
                yield _told(file, node, HOLDERS[local(extension)], "unsupported-attribute")
            elif extension.tag in (CAMUNDA + "in", CAMUNDA + "out"):
                message = "camunda:in/out 不起作用：被调流程看得到全部变量，局部变量请用输入参数。"
                yield _told(file, node, message, "no-effect")
        if any(isinstance(child.tag, str) and child.tag == BPMN + "ioSpecification" for child in node):
            yield _told(file, node, "BPMN 的数据关联不起作用，请用 camunda:inputOutput。", "no-effect")
