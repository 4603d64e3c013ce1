"""Data that goes in and out of activities (BPMN 2.0, sections 10.3.2 and 10.4)."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from bpmn.markup import BPMN, children, first, local, text
from bpmn.model import Finding
from bpmn.rules.deployment import Deployment, Diagram, at_node
from bpmn.sentence import say

ITEMS = ("dataObject", "dataInput", "dataOutput", "property", "dataStore")
SETS = {
    "dataInput": ("inputSet", "dataInputRefs", ("optionalInputRefs", "whileExecutingInputRefs")),
    "dataOutput": ("outputSet", "dataOutputRefs", ("optionalOutputRefs", "whileExecutingOutputRefs")),
}
# What a task that speaks by messages takes or gives.
SPEAKING = {"sendTask": "dataInput", "receiveTask": "dataOutput"}


def items(deployment: Deployment) -> Iterator[Finding]:
    """What is said of a thing agrees with its definition: whether there are many of it."""
    for diagram in deployment.diagrams:
        for node in diagram.named("dataObject", "dataInput", "dataOutput"):
            item = item_of(diagram, node)
            if item is not None and (node.get("isCollection") == "true") != (item.get("isCollection") == "true"):
                message = say("isCollection 与所用的数据定义“{id}”不一致，请改成一样。", id=item.get("id"))
                yield at_node("error", "collection", diagram.file, node, message)


def sets(deployment: Deployment) -> Iterator[Finding]:
    """Each input and output stands in a set; what is optional there is in that set too."""
    for diagram in deployment.diagrams:
        for holder in diagram.named("ioSpecification"):
            for kind, (tag, needed, optional) in SETS.items():
                used = {id for group in children(holder, tag) for id in refs(group, needed)}
                for item in children(holder, kind):
                    if item.get("id") not in used:
                        message = say("没有一个 {tag} 用到它，请在 {needed} 中写上。", tag=tag, needed=needed)
                        yield at_node("error", "data-set", diagram.file, item, message)
                for group in children(holder, tag):
                    listed = set(refs(group, needed))
                    for name in optional:
                        for id in refs(group, name):
                            if id not in listed:
                                message = say(
                                    "{name} 中的“{id}”不在同一个 {tag} 的 {needed} 中，请补上。",
                                    name=name,
                                    id=id,
                                    tag=tag,
                                    needed=needed,
                                )
                                yield at_node("error", "data-set", diagram.file, group, message)
            yield from _mutual(diagram, holder)


def _mutual(diagram: Diagram, holder: etree._Element) -> Iterator[Finding]:
    """An input set that names an output set is named by it, and the other way round."""
    said = {(group.get("id"), ref) for group in children(holder, "inputSet") for ref in refs(group, "outputSetRefs")}
    answered = {
        (ref, group.get("id")) for group in children(holder, "outputSet") for ref in refs(group, "inputSetRefs")
    }
    for one, other in sorted(said ^ answered, key=str):
        message = say("输入集“{one}”和输出集“{other}”只有一方提到另一方，请两边都写，或都不写。", one=one, other=other)
        yield at_node("error", "data-set", diagram.file, holder, message)


def associations(deployment: Deployment) -> Iterator[Finding]:
    """Data goes from one source to a target of the same kind, unless transformed; never into a process' inputs."""
    for diagram in deployment.diagrams:
        for line in diagram.named("dataInputAssociation", "dataOutputAssociation"):
            sources, targets = refs(line, "sourceRef"), refs(line, "targetRef")
            target = diagram.by_id.get(targets[0]) if targets else None
            if target is not None and _of_process(target, "dataInput") and local(line) == "dataOutputAssociation":
                message = say("流程的输入只能读，不能写，请改写到数据对象或流程的输出。")
                yield at_node("error", "data-association", diagram.file, line, message)
            for id in sources:
                source = diagram.by_id.get(id)
                if source is not None and _of_process(source, "dataOutput") and local(line) == "dataInputAssociation":
                    message = say("流程的输出只能写，不能读，请改从数据对象或流程的输入读。")
                    yield at_node("error", "data-association", diagram.file, line, message)
            if first(line, "transformation") is not None or first(line, "assignment") is not None:
                continue
            # bpmn-js draws one without a source from an activity to data: a picture.
            if len(sources) > 1:
                message = say("没有转换，就只能有一个来源，请只留一个 sourceRef，或写上 transformation。")
                yield at_node("error", "data-association", diagram.file, line, message)
            elif sources and target is not None and _differ(diagram, diagram.by_id.get(sources[0]), target):
                message = say("来源和去向的数据定义不同，请改成一样，或写上 transformation。")
                yield at_node("error", "data-association", diagram.file, line, message)


def messages_and_data(deployment: Deployment) -> Iterator[Finding]:
    """A task that sends or receives a message takes or gives at most one thing, and it is the message's."""
    for diagram in deployment.diagrams:
        for task in diagram.named(*SPEAKING):
            holder, wanted = first(task, "ioSpecification"), SPEAKING[local(task)]
            if holder is None:
                continue
            other = "dataOutput" if wanted == "dataInput" else "dataInput"
            given = list(children(holder, wanted))
            sets_given = list(children(holder, SETS[wanted][0]))
            if len(given) > 1 or len(sets_given) > 1 or any(True for _ in children(holder, other)):
                message = say(
                    "{task} 只能有一个 {wanted}、一个 {group}，没有 {other}，请删去多余的。",
                    task=local(task),
                    wanted=wanted,
                    group=SETS[wanted][0],
                    other=other,
                )
                yield at_node("error", "message-data", diagram.file, task, message)
                continue
            told = diagram.by_id.get((task.get("messageRef") or "").rpartition(":")[2])
            item = item_of(diagram, told, "itemRef") if told is not None else None
            if given and item is not None and structure_of(item_of(diagram, given[0])) != structure_of(item):
                message = say(
                    "{wanted} 的数据定义与消息“{name}”的不同，请改成一样。",
                    wanted=wanted,
                    name=told.get("id") if told is not None else "",
                )
                yield at_node("error", "message-data", diagram.file, task, message)


def loops(deployment: Deployment) -> Iterator[Finding]:
    """A multi-instance over data goes over a collection, and its items are of that collection's kind."""
    for diagram in deployment.diagrams:
        for many in diagram.named("multiInstanceLoopCharacteristics"):
            for whole, part in (("loopDataInputRef", "inputDataItem"), ("loopDataOutputRef", "outputDataItem")):
                told, item = refs(many, whole), first(many, part)
                source = resolved(diagram, diagram.by_id.get(told[0])) if told else None
                if source is None:
                    continue
                kind = item_of(diagram, source)
                if source.get("isCollection") != "true" and (kind is None or kind.get("isCollection") != "true"):
                    message = say(
                        "{whole} 所指的“{id}”不是集合，请设 isCollection，或改指一个集合。",
                        whole=whole,
                        id=source.get("id"),
                    )
                    yield at_node("error", "loop-data", diagram.file, many, message)
                own = item_of(diagram, item) if item is not None else None
                if item is not None and "true" in (
                    item.get("isCollection"),
                    own.get("isCollection") if own is not None else "",
                ):
                    message = say(
                        "{part} 是 {whole} 中的一项，不能自己也是集合，请去掉 isCollection，或改指一项的数据定义。",
                        part=part,
                        whole=whole,
                    )
                    yield at_node("error", "loop-data", diagram.file, many, message)
                if own is not None and kind is not None and structure_of(own) != structure_of(kind):
                    message = say("{part} 的数据定义与 {whole} 所指的不同，请改成一样。", part=part, whole=whole)
                    yield at_node("error", "loop-data", diagram.file, many, message)


def refs(node: etree._Element, name: str) -> list[str]:
    """The ids that the children of that name say."""
    return [(text(ref) or "").rpartition(":")[2] for ref in children(node, name)]


def resolved(diagram: Diagram, node: etree._Element | None) -> etree._Element | None:
    """A reference to a data object or store stands for it."""
    if node is None or local(node) not in ("dataObjectReference", "dataStoreReference"):
        return node
    name = "dataObjectRef" if local(node) == "dataObjectReference" else "dataStoreRef"
    return diagram.by_id.get((node.get(name) or "").rpartition(":")[2])


def item_of(diagram: Diagram, node: etree._Element, attribute: str = "itemSubjectRef") -> etree._Element | None:
    """The item definition that something refers to."""
    found = diagram.by_id.get((node.get(attribute) or "").rpartition(":")[2])
    return found if found is not None and local(found) == "itemDefinition" else None


def structure_of(item: etree._Element | None) -> str | None:
    """What makes two definitions the same: the structure that they name, else themselves."""
    return None if item is None else item.get("structureRef") or f"#{item.get('id')}"


def _differ(diagram: Diagram, source: etree._Element | None, target: etree._Element) -> bool:
    ends = [resolved(diagram, end) for end in (source, target)]
    kinds = [item_of(diagram, end) if end is not None else None for end in ends]
    return None not in kinds and structure_of(kinds[0]) != structure_of(kinds[1])


def _of_process(node: etree._Element, kind: str) -> bool:
    holder = node.getparent()
    above = holder.getparent() if holder is not None else None
    return local(node) == kind and above is not None and above.tag == BPMN + "process"
