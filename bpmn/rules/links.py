"""Links: from events that throw one to the one that catches it, on the same level (BPMN 2.0, section 10.5.5)."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from bpmn.markup import local
from bpmn.model import Finding
from bpmn.rules.data import refs
from bpmn.rules.deployment import Deployment, Diagram, at_node
from bpmn.rules.triggers import triggers_of
from bpmn.sentence import Said, say

Link = tuple[etree._Element, etree._Element]
"""An event and the link that it throws or catches."""
CATCHING, THROWING = "intermediateCatchEvent", "intermediateThrowEvent"


def links(deployment: Deployment) -> Iterator[Finding]:
    """Each link that is thrown is caught once on its level: by what it refers to, else by name."""
    for diagram in deployment.diagrams:
        found = list(_links(diagram))
        referring = any(refs(link, "source") or refs(link, "target") for _, link in found)
        yield from _ends(diagram, found) if referring else _names(diagram, found)


def _names(diagram: Diagram, found: list[Link]) -> Iterator[Finding]:
    """A file that writes no `source` and no `target` at all goes by the names."""
    caught: dict[tuple[etree._Element | None, str], int] = {}
    thrown: dict[tuple[etree._Element | None, str], etree._Element] = {}
    for node, link in found:
        place = (node.getparent(), link.get("name") or "")
        if local(node) == CATCHING:
            caught[place] = caught.get(place, 0) + 1
            if caught[place] > 1:
                message = say("同一层内有几个链接事件接住“{place}”，不知去哪一个，请只留一个。", place=place[1])
                yield at_node("error", "link", diagram.file, node, message)
        else:
            thrown.setdefault(place, node)
    for place, node in thrown.items():
        if place not in caught:
            message = say("同一层内没有接住链接“{place}”的中间捕获事件，请画上一个同名的。", place=place[1])
            yield at_node("error", "link", diagram.file, node, message)


def _links(diagram: Diagram) -> Iterator[Link]:
    for node in diagram.named(CATCHING, THROWING):
        for trigger in triggers_of(diagram, node):
            if local(trigger) == "linkEventDefinition":
                yield node, trigger


def _ends(diagram: Diagram, found: list[Link]) -> Iterator[Finding]:
    """`source` and `target` say the same as each other, on one level."""
    said = {(str(link.get("id")), way): frozenset(refs(link, way)) for _, link in found for way in ("source", "target")}
    levels = {str(link.get("id")): node.getparent() for node, link in found}
    for node, link in found:
        catches = local(node) == CATCHING
        own, other = ("source", "target") if catches else ("target", "source")
        ends = refs(link, own)
        message: Said = ""
        if not ends or (not catches and len(ends) > 1):
            message = say("链接没有写明 {own}，或写了几个，请在建模器中重新连上。", own=own)
        elif any(link.get("id") not in said.get((end, other), ()) for end in ends):
            message = say("链接的 {own} 与另一头的 {other} 对不上，请在建模器中重新连上。", own=own, other=other)
        elif any(levels.get(end) is not node.getparent() for end in ends):
            message = say("链接的另一头不在同一层内，请移到同一层。")
        if message:
            yield at_node("error", "link", diagram.file, node, message)
