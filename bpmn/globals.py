"""Global tasks: what calls one is the task itself."""

from __future__ import annotations

from copy import deepcopy

from lxml import etree

from bpmn.markup import BPMN, MOST, Unreadable, line_of, local
from bpmn.sentence import say

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


class Copies:
    """Copies parts of a file for each place that refers to them: all of them together no more than a file may hold."""

    def __init__(self) -> None:
        self._left = MOST

    def of(self, part: etree._Element) -> etree._Element:
        """A copy. Raises Unreadable when there are too many."""
        self._left -= sum(1 for _ in part.iter())
        if self._left < 0:
            raise Unreadable(
                "too-large", say("被引用的定义展开后超过 {most} 个元素，请简化。", most=MOST), line_of(part)
            )
        return deepcopy(part)


def call_inline(root: etree._Element) -> None:
    """A call activity that calls a global task of the file becomes that task; the id that stands stays."""
    known = {node.get("id"): node for node in root if isinstance(node.tag, str) and local(node) in TASKS}
    copies = Copies()
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
        _fill(call, [copies.of(part) for part in task])


def _fill(call: etree._Element, parts: list[etree._Element]) -> None:
    """Puts the parts of the task where the schema wants them; what the call says itself stays."""
    added: dict[str, list[etree._Element]] = {}
    for part in parts:
        kind = local(part)
        own = call.find(BPMN + kind) if kind in ("ioSpecification", "extensionElements") else None
        if own is None:
            added.setdefault(kind, []).append(part)
        elif kind == "ioSpecification":
            _match(own, part)
        else:
            own.extend(list(part))
    for node in (node for group in added.values() for part in group for node in part.iter(etree.Element)):
        # Its id names the part of the global task; two calls would have it twice.
        if local(node) not in ("dataInput", "dataOutput"):
            node.attrib.pop("id", "")
    for kind in ORDER:
        before = ORDER[: ORDER.index(kind) + 1]
        place = sum(1 for child in call if local(child) in before)
        call[place:place] = added.pop(kind, [])
    call.extend(part for group in added.values() for part in group)


def _match(own: etree._Element, demanded: etree._Element) -> None:
    """The call's inputs and outputs, in their order, are called what the task calls them; the ids that stand stay."""
    for kind in ("dataInput", "dataOutput"):
        for mine, named in zip(own.iterchildren(BPMN + kind), demanded.iterchildren(BPMN + kind), strict=False):
            mine.set("name", named.get("name") or str(named.get("id")))
