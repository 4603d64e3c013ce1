"""What the engine does not keep is refused, never silently ignored."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from bpmn.events import definitions
from bpmn.markup import CAMUNDA, children, first, line_of, local
from bpmn.model import Finding
from bpmn.read import nodes
from bpmn.rules.deployment import Deployment
from bpmn.sentence import Said, as_sentence, say

ELEMENTS = {
    "callChoreography": "编排不支持，请改用流程。",
    "choreographyTask": "编排任务不支持，请改用流程中的任务。",
    "subChoreography": "子编排不支持，请改用流程。",
    "implicitThrowEvent": "隐式抛出事件不支持，请改用中间抛出事件。",
}
# These are alone in their event.
ALONE = frozenset(["cancel", "compensate", "link", "terminate"])
CATCHES = frozenset(["timer", "message", "signal", "conditional"])
ALLOWED = {
    "startEvent": CATCHES | {"error", "escalation", "compensate"},
    "endEvent": frozenset(["message", "signal", "error", "escalation", "terminate", "compensate", "cancel"]),
    "intermediateCatchEvent": CATCHES | {"link"},
    "intermediateThrowEvent": frozenset(["message", "signal", "escalation", "compensate", "link"]),
    "boundaryEvent": CATCHES | {"error", "escalation", "compensate", "cancel"},
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
PERFORMED = "BPMN 的 performer、potentialOwner 不起作用，请用泳道、camunda:candidateGroups 或 camunda:assignee。"
PERFORMERS = ("performer", "humanPerformer", "potentialOwner", "resourceRole")
IDLE = {
    "candidateUsers": "camunda:candidateUsers 不起作用，请用 camunda:candidateGroups 或 camunda:assignee。",
    "resource": "camunda:resource 不起作用，请把脚本写在任务里。",
}


def _parts(deployment: Deployment) -> Iterator[tuple[str, etree._Element]]:
    for diagram in deployment.diagrams:
        for process in children(diagram.root, "process"):
            for node, _ in nodes(process):
                yield diagram.file, node


def _told(file: str, node: etree._Element, message: Said, rule: str = "unsupported-element") -> Finding:
    told = say("“{name}”：{message}", name=node.get("name") or node.get("id"), message=as_sentence(message))
    return Finding.of("warning" if rule == "no-effect" else "error", rule, file, node.get("id"), line_of(node), told)


def _is_process(node: etree._Element | None) -> bool:
    return node is not None and local(node) == "process"


def elements(deployment: Deployment) -> Iterator[Finding]:
    """Elements of BPMN that are not executed."""
    for file, node in _parts(deployment):
        if local(node) in ELEMENTS:
            yield _told(file, node, ELEMENTS[local(node)])


def events(deployment: Deployment) -> Iterator[Finding]:
    """Event definitions that are not executed where they stand."""
    for file, node in _parts(deployment):
        if local(node) not in ALLOWED:
            continue
        found = definitions(node)
        kinds = [local(definition)[: -len("EventDefinition")] for definition in found]
        begins = local(node) == "startEvent" and _is_process(node.getparent())
        if begins and len(found) > 1 and node.get("parallelMultiple") == "true":
            yield _told(file, node, "流程不能等齐几个触发方式才开始，请先由其中一个开始，其余的在流程中等待。")
        if begins and "conditional" in kinds:
            message = (
                "流程不能由条件开始：实例还没有，条件没有数据可看；BPMN 只许它看流程以外的状况，而这里能看的只有时间。"
                "请改用计时、消息、信号或普通开始事件。"
            )
            yield _told(file, node, message)
        if len(found) > 1 and ALONE & set(kinds):
            yield _told(file, node, "取消、补偿、链接、终止事件不能与别的触发方式同在一处，请拆成几个事件。")
        for kind in kinds:
            if kind not in ALLOWED[local(node)]:
                yield _told(
                    file,
                    node,
                    say("这种事件在此处（{node}，{kind}）不支持，请换一种事件。", node=local(node), kind=kind),
                )
        if not found and local(node) in ("intermediateCatchEvent", "boundaryEvent"):
            yield _told(file, node, "没有触发方式，永远等不到，请指定计时、消息或其他触发方式。", "no-trigger")


def repetitions(deployment: Deployment) -> Iterator[Finding]:
    """Only activities repeat; what each turn throws can be found."""
    for file, node in _parts(deployment):
        many = first(node, "multiInstanceLoopCharacteristics")
        if many is None:
            continue
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
        if any(True for _ in children(node, *PERFORMERS)):
            message = (
                "BPMN 的 performer、potentialOwner 不起作用，请用泳道、camunda:candidateGroups 或 camunda:assignee。"
            )
            yield _told(file, node, message, "no-effect")
        holders = children(node, "extensionElements")
        for extension in (part for holder in holders for part in holder.iterdescendants(etree.Element)):
            if str(extension.tag).startswith(CAMUNDA) and local(extension) in HOLDERS:
                yield _told(file, node, HOLDERS[local(extension)], "unsupported-attribute")
            elif extension.tag in (CAMUNDA + "in", CAMUNDA + "out"):
                message = "camunda:in/out 不起作用：被调流程看得到全部变量，局部变量请用输入参数。"
                yield _told(file, node, message, "no-effect")
    for diagram in deployment.diagrams:
        for node in diagram.named("correlationSubscription"):
            message = "correlationSubscription 不起作用：消息按业务编号送到正在等待的流程，请不要依赖它。"
            yield _told(diagram.file, node, message, "no-effect")
