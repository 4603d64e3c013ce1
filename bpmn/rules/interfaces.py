"""What is called gets the data that it demands: operations, interfaces, called processes (sections 10.3.3, 10.4.1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from lxml import etree

from bpmn.globals import TASKS
from bpmn.markup import children, first, local, text
from bpmn.model import Finding
from bpmn.rules.data import item_of, refs, structure_of
from bpmn.rules.deployment import Deployment, Diagram, at_node
from bpmn.sentence import say

ENDS = (("dataInput", "inMessageRef", "inputDataRef"), ("dataOutput", "outMessageRef", "outputDataRef"))
PARTS = ("dataInput", "dataOutput", "inputSet", "outputSet")


def operations(deployment: Deployment) -> Iterator[Finding]:
    """A service task that names an operation has one input set, and gives and takes what its messages carry."""
    for diagram in deployment.diagrams:
        for task in diagram.named("serviceTask"):
            operation = _referred(diagram, task.get("operationRef"), "operation")
            holder = first(task, "ioSpecification")
            if operation is None or holder is None:
                continue
            sets = {kind: len(list(children(holder, kind))) for kind in ("inputSet", "outputSet")}
            if sets["inputSet"] != 1 or sets["outputSet"] > 1:
                message = say("指明了操作的服务任务只能有一个 inputSet、至多一个 outputSet，请删去多余的。")
                yield at_node("error", "operation-data", diagram.file, task, message)
            for kind, side, _ in ENDS:
                carried = _carried(diagram, operation, side)
                given = [item_of(diagram, item) for item in children(holder, kind)]
                if carried is not None and given and structure_of(carried) not in map(structure_of, given):
                    message = say(
                        "{kind} 的数据定义与操作“{id}”的 {side} 不同，请改成一样。",
                        kind=kind,
                        id=operation.get("id"),
                        side=side,
                    )
                    yield at_node("error", "operation-data", diagram.file, task, message)


def bindings(deployment: Deployment) -> Iterator[Finding]:
    """What offers an interface binds its own inputs and outputs to the operations."""
    for diagram in deployment.diagrams:
        for offered in children(diagram.drawn, "process", *TASKS):
            bound = list(children(offered, "ioBinding"))
            if first(offered, "supportedInterfaceRef") is not None and not bound:
                message = say("提供了接口（supportedInterfaceRef），却没有 ioBinding，请补上，或删去接口。")
                yield at_node("error", "interface-binding", diagram.file, offered, message)
            for binding in bound:
                operation = _referred(diagram, binding.get("operationRef"), "operation")
                for _, side, attribute in ENDS if operation is not None else ():
                    item = diagram.by_id.get(binding.get(attribute) or "")
                    own = item_of(diagram, item) if item is not None else None
                    carried = _carried(diagram, operation, side)
                    if own is not None and carried is not None and structure_of(own) != structure_of(carried):
                        message = say(
                            "{attribute} 的数据定义与操作的 {side} 不同，请改成一样。", attribute=attribute, side=side
                        )
                        yield at_node("error", "interface-binding", diagram.file, binding, message)


def called_data(deployment: Deployment) -> Iterator[Finding]:
    """A call activity gives and takes exactly what the called process or global task declares."""
    known = {
        str(node.get("id")): (diagram, node)
        for diagram in deployment.diagrams
        for node in children(diagram.drawn, "process", *TASKS)
    }
    for diagram in deployment.diagrams:
        for call in diagram.named("callActivity"):
            target = known.get((call.get("calledElement") or "").rpartition(":")[2])
            if target is not None and _demands(diagram, call) != _demands(*target):
                message = say(
                    "给出和取回的数据（ioSpecification）与“{id}”所声明的不一致，请改成一样。", id=target[1].get("id")
                )
                yield at_node("error", "called-data", diagram.file, call, message)


def _demands(diagram: Diagram, node: etree._Element) -> Mapping[tuple[str, str | None], int]:
    """The inputs and outputs by their structure, and how many sets of them there are."""
    holder = first(node, "ioSpecification")
    if holder is None:
        return {}
    found: Counter[tuple[str, str | None]] = Counter()
    for part in children(holder, *PARTS):
        kind = local(part)
        if not kind.endswith("Set"):
            found[(kind, structure_of(item_of(diagram, part)))] += 1
        elif refs(part, "dataInputRefs") or refs(part, "dataOutputRefs"):
            found[(kind, None)] += 1
    return found


def _referred(diagram: Diagram, name: str | None, tag: str) -> etree._Element | None:
    found = diagram.by_id.get((name or "").rpartition(":")[2])
    return found if found is not None and local(found) == tag else None


def _carried(diagram: Diagram, operation: etree._Element | None, side: str) -> etree._Element | None:
    """The item definition of what goes into an operation or comes out of it."""
    told = text(first(operation, side)) if operation is not None else None
    carried = _referred(diagram, told, "message")
    return None if carried is None else item_of(diagram, carried, "itemRef")
