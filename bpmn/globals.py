"""Global tasks: what calls one is the task itself."""

from __future__ import annotations

from copy import deepcopy

from lxml import etree

from bpmn.markup import BPMN, local

TASKS = {
    "globalTask": "task",
    "globalUserTask": "userTask",
    "globalManualTask": "manualTask",
    "globalScriptTask": "scriptTask",
    "globalBusinessRuleTask": "businessRuleTask",
}
# What stands before what, as the schema prescribes.
ORDER = ("documentation", "extensionElements", "incoming", "outgoing", "ioSpecification", "property")
NOT_TAKEN = ("id", "name")
# A global script task says its language by another name than a script task.
RENAMED = {"scriptLanguage": "scriptFormat"}


def call_inline(root: etree._Element) -> None:
    """A call activity that calls a global task of the file becomes that task; the id that stands stays."""
    known = {node.get("id"): node for node in root if isinstance(node.tag, str) and local(node) in TASKS}
    for call in list(root.iter(BPMN + "callActivity")) if known else ():
        task = known.get((call.get("calledElement") or "").rpartition(":")[2])
        if task is None:
            continue
        call.tag = BPMN + TASKS[local(task)]
        del call.attrib["calledElement"]
        for name, value in task.attrib.items():
            told = RENAMED.get(str(name), name)
            if name not in NOT_TAKEN and told not in call.attrib:
                call.set(told, value)
        for part in task:
            _add(call, deepcopy(part))


def _add(call: etree._Element, part: etree._Element) -> None:
    """Puts a part of the task where the schema wants it; what the call says itself stays."""
    kind = local(part)
    if kind == "ioSpecification" and (own := call.find(BPMN + kind)) is not None:
        _match(own, part)
        return
    if kind == "extensionElements" and (own := call.find(BPMN + kind)) is not None:
        own.extend(list(part))
        return
    for node in part.iter(etree.Element):
        # Its id names the part of the global task; two calls would have it twice.
        if local(node) not in ("dataInput", "dataOutput"):
            node.attrib.pop("id", "")
    if kind in ORDER:
        before = ORDER[: ORDER.index(kind) + 1]
        call.insert(sum(1 for child in call if local(child) in before), part)
    else:
        call.append(part)


def _match(own: etree._Element, demanded: etree._Element) -> None:
    """The call's inputs and outputs, in their order, are called what the task calls them; the ids that stand stay."""
    for kind in ("dataInput", "dataOutput"):
        for mine, named in zip(own.iterchildren(BPMN + kind), demanded.iterchildren(BPMN + kind), strict=False):
            mine.set("name", named.get("name") or str(named.get("id")))
