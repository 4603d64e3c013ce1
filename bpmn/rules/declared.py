"""What an element says of itself makes sense (BPMN 2.0, chapters 8 and 10)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from bpmn.markup import BPMN, children, first, local
from bpmn.model import Finding
from bpmn.read import STAGES, TASKS
from bpmn.rules.deployment import Deployment, at_node
from bpmn.sentence import Said, say

PERFORMERS = ("resourceRole", "performer", "humanPerformer", "potentialOwner")
METHODS = frozenset(["##Compensate", "##Store", "##Image", "##Unspecified"])
URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[\w\-.~:/?#\[\]@!$&'()*+,;=]+")
MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+(\s*;.*)?")
IMPORTED = "http://www.omg.org/spec/BPMN/20100524/MODEL"


def performers(deployment: Deployment) -> Iterator[Finding]:
    """Who performs is a resource, perhaps with parameters, or an expression (section 10.3.1)."""
    for diagram in deployment.diagrams:
        for node in diagram.named(*PERFORMERS):
            given = {local(child) for child in children(node)}
            message: Said = ""
            if {"resourceRef", "resourceAssignmentExpression"} <= given:
                message = say("resourceRef 和 resourceAssignmentExpression 只能写一个，请删去一个。")
            elif "resourceParameterBinding" in given and "resourceRef" not in given:
                message = say("resourceParameterBinding 是资源的参数，却没有 resourceRef，请写上资源，或删去参数。")
            if message:
                yield at_node("error", "performer", diagram.file, node, message)


def texts(deployment: Deployment) -> Iterator[Finding]:
    """The format of a text is a media type."""
    for diagram in deployment.diagrams:
        for node in diagram.named("textAnnotation", "documentation"):
            if not MEDIA_TYPE.fullmatch(node.get("textFormat") or "text/plain"):
                message = say("textFormat 不是媒体类型（如 text/plain），请改正或删去。")
                yield at_node("error", "text-format", diagram.file, node, message)


def kinds(deployment: Deployment) -> Iterator[Finding]:
    """What is executed is private, follows at once, and ends its transactions in a way that has a name."""
    for diagram in deployment.diagrams:
        for process in children(diagram.drawn, "process"):
            if process.get("isExecutable", "true") == "false":
                continue
            if process.get("processType") == "Public":
                message = say("公共流程（processType=Public）只说给别人看，不能执行，请改为 Private，或标为不可执行。")
                yield at_node("error", "public-process", diagram.file, process, message)
            for flow in process.iter(BPMN + "sequenceFlow"):
                if flow.get("isImmediate") == "false":
                    message = say("isImmediate=false 说两端之间还有没画的步骤，不能执行，请画全，或删去该属性。")
                    yield at_node("error", "not-immediate", diagram.file, flow, message)
        for node in diagram.named("transaction"):
            method = node.get("method") or "##Compensate"
            if method not in METHODS and not URI.fullmatch(method):
                message = say(
                    "事务的 method“{method}”既不是 {known}，也不是网址，请改正或删去。",
                    method=method[:80],
                    known=sorted(METHODS),
                )
                yield at_node("error", "transaction-method", diagram.file, node, message)


def loops_at_once(deployment: Deployment) -> Iterator[Finding]:
    """An activity repeats in one way."""
    for diagram in deployment.diagrams:
        for node in diagram.named(*TASKS, *STAGES):
            many = list(children(node, "standardLoopCharacteristics", "multiInstanceLoopCharacteristics"))
            if len(many) > 1:
                message = say("既是循环又是多实例，不知怎样重复，请只留一种。")
                yield at_node("error", "two-loops", diagram.file, node, message)


def correlations(deployment: Deployment) -> Iterator[Finding]:
    """A property that correlates messages says where it stands in them (section 8.3.2)."""
    for diagram in deployment.diagrams:
        for node in diagram.named("correlationProperty"):
            if first(node, "correlationPropertyRetrievalExpression") is None:
                message = say("没有 correlationPropertyRetrievalExpression，不知从消息的哪里取值，请补上，或删去它。")
                yield at_node("error", "correlation", diagram.file, node, message)


def imports(deployment: Deployment) -> Iterator[Finding]:
    """A diagram that is imported is deployed with it: the server fetches nothing."""
    names = {diagram.file for diagram in deployment.diagrams}
    for diagram in deployment.diagrams:
        for node in diagram.named("import"):
            place = PurePosixPath((node.get("location") or "").replace("\\", "/")).name
            if node.get("importType") == IMPORTED and place not in names:
                message = say("导入的文件“{place}”不在这次部署中，请一并部署，或删去 import。", place=place[:80])
                yield at_node("error", "import", diagram.file, node, message)
