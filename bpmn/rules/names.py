"""Names: forms, topics, roles, decisions, processes and clauses that a diagram speaks of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bpmn.markup import children, line_of, local, properties
from bpmn.model import Finding
from bpmn.read import GATEWAYS, nodes
from bpmn.roles import role_by_key, role_by_title
from bpmn.rules.deployment import Deployment, at_element
from bpmn.sentence import Sentence, say

# A task that the machine does by a topic.
MACHINE = ("serviceTask", "sendTask", "businessRuleTask")


def forms(deployment: Deployment) -> Iterator[Finding]:
    """Each form named is known."""
    for process, element in deployment.elements:
        if element.form and element.form not in deployment.known.forms:
            message = say("表单“{form}”不存在，请一并部署该 .form 文件，或改正 camunda:formRef。", form=element.form)
            yield at_element("error", "unknown-form", process, element, message)
        if element.form and element.type not in ("userTask", "startEvent"):
            yield at_element("warning", "no-effect", process, element, "只有用户任务和开始事件有表单，请删去。")


def topics(deployment: Deployment) -> Iterator[Finding]:
    """Each service task has a topic, and it is known."""
    for process, element in deployment.elements:
        if element.type not in MACHINE:
            continue
        if element.topic is None:
            if element.type == "serviceTask":
                message = say("没有主题，不知做什么，请设 camunda:type=external 和 camunda:topic。")
                yield at_element("error", "no-topic", process, element, message)
        elif element.topic not in deployment.known.topics:
            told = sorted(deployment.known.topics) or Sentence("无")
            message = say("服务任务的主题“{topic}”不存在，可用的有：{told}。", topic=element.topic, told=told)
            yield at_element("error", "unknown-topic", process, element, message)


def roles(deployment: Deployment) -> Iterator[Finding]:
    """Each role named is known."""
    known = deployment.known.roles or frozenset(role_by_key)
    for process, element in deployment.elements:
        for role in (*element.roles, *element.on_behalf):
            if role in known or role.startswith("=") or "${" in role:
                continue
            message = say("岗位“{role}”不存在，请改用岗位表中的 key。", role=role)
            if role in role_by_title:
                message = say("岗位要写 key：请把“{role}”改为 {key}。", role=role, key=role_by_title[role].key)
            yield at_element("error", "unknown-role", process, element, message)


def lanes(deployment: Deployment) -> Iterator[Finding]:
    """A lane that gives its tasks no role is only a picture."""
    for process in deployment.processes:
        for name, ids in process.lanes:
            idle = [
                element
                for element in (process.element(id) for id in ids)
                if element is not None and element.type == "userTask" and not element.roles and not element.assignee
            ]
            if idle:
                message = say(
                    "泳道“{name}”不是岗位名，其中的任务没有岗位，请改泳道名，或设泳道的 role 属性。", name=name
                )
                yield Finding.of("warning", "unknown-lane", process.file, idle[0].id, idle[0].line, message)


def decisions(deployment: Deployment) -> Iterator[Finding]:
    """Each decision named is known."""
    known = deployment.decisions | deployment.known.decisions
    for process, element in deployment.elements:
        if element.type != "businessRuleTask" or element.topic:
            continue
        if element.decision is None:
            message = say("没有指明决策表，请设 camunda:decisionRef。")
            yield at_element("error", "no-decision", process, element, message)
        elif element.decision not in known:
            message = say(
                "决策表“{decision}”不存在，请一并部署该 .dmn 文件，或改正 camunda:decisionRef。",
                decision=element.decision,
            )
            yield at_element("error", "unknown-decision", process, element, message)
        elif element.result_variable is None:
            message = say("没有结果变量：只有一个输出列的决策会无处存放，请设 camunda:resultVariable。")
            yield at_element("warning", "no-result-variable", process, element, message)


def calls(deployment: Deployment) -> Iterator[Finding]:
    """Each process called is known."""
    known = {process.key for process in deployment.processes} | deployment.known.processes
    for process, element in deployment.elements:
        if element.type != "callActivity":
            continue
        if element.called is None:
            message = say("没有指明被调流程，请设 calledElement。")
            yield at_element("error", "no-called-process", process, element, message)
        elif element.called not in known:
            message = say(
                "被调流程“{called}”不存在，请一并部署其文件，或改正 calledElement（只能是流程的 id）。",
                called=element.called,
            )
            yield at_element("error", "unknown-process", process, element, message)


def cycles(deployment: Deployment) -> Iterator[Finding]:
    """No process calls itself, directly or through others."""
    called: dict[str, set[str]] = {}
    for process, element in deployment.elements:
        if element.type == "callActivity" and element.called:
            called.setdefault(process.key, set()).add(element.called)
    rings = _rings(called)
    for process, element in deployment.elements:
        if element.type != "callActivity" or element.called is None:
            continue
        if element.called == process.key or rings.get(element.called, -1) == rings.get(process.key, -2):
            message = say("经由“{called}”又调用到自己，会没有尽头，请改用顺序流返回。", called=element.called)
            yield at_element("error", "cyclic-call", process, element, message)


def _rings(called: Mapping[str, set[str]]) -> dict[str, int]:
    """Tarjan's components, without recursion: processes of one number can call each other. Linear in what is drawn."""
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    ring: dict[str, int] = {}
    open_: list[str] = []
    for root in called:
        if root in order:
            continue
        work = [(root, iter(sorted(called[root])))]
        order[root] = low[root] = len(order)
        open_.append(root)
        while work:
            key, rest = work[-1]
            for target in rest:
                if target not in order:
                    order[target] = low[target] = len(order)
                    open_.append(target)
                    work.append((target, iter(sorted(called.get(target, ())))))
                    break
                if target not in ring:
                    low[key] = min(low[key], order[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[key])
                if low[key] == order[key]:
                    while key not in ring:
                        ring[open_.pop()] = order[key]
    return ring


def clauses(deployment: Deployment) -> Iterator[Finding]:
    """Activities and events carry exactly one clause, gateways none."""
    for diagram in deployment.diagrams:
        for process in children(diagram.root, "process"):
            for node, _ in nodes(process):
                if line_of(node) is None:
                    continue
                found = [value for name, value in properties(node) if name == "clause" and value]
                told = say("“{name}”", name=node.get("name") or node.get("id"))
                if local(node) in GATEWAYS:
                    message = say("网关{told}不应标条款，请删去属性 clause。", told=told) if found else ""
                elif not found:
                    message = say("{told}没有标明所执行的条款，请加属性 clause（如 5.3.1）。", told=told)
                else:
                    message = (
                        say("{told}标了几个条款，请只留一个，或拆成几个任务。", told=told) if len(found) > 1 else ""
                    )
                if message:
                    yield Finding.of("warning", "clause", diagram.file, node.get("id"), line_of(node), message)
