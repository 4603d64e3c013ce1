"""Ids: each names one thing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from bpmn.markup import BPMN, DC, DD, line_of
from bpmn.model import Finding
from bpmn.rules.deployment import Deployment, at_element
from bpmn.sentence import say

NAME = re.compile(r"[^\W\d][\w.\-]*")
LONGEST = 200
NUMBER = re.compile(r"-?\d{1,9}(\.\d{1,20})?([eE]-?\d{1,2})?")


def process_keys(deployment: Deployment) -> Iterator[Finding]:
    """Each process has a key of its own."""
    seen: dict[str, str] = {}
    for process in deployment.processes:
        if not NAME.fullmatch(process.key) or len(process.key) > LONGEST:
            message = say(
                "流程的 id“{key}”不可用，请用字母开头的字母、数字、下划线，不超过 {longest} 字。",
                key=process.key[:80],
                longest=LONGEST,
            )
            yield Finding.of("error", "process-id", process.file, process.key[:80] or None, process.line, message)
        elif process.key in seen:
            message = say("流程 id“{key}”在“{seen}”中已有，请改用另一个 id。", key=process.key, seen=seen[process.key])
            yield Finding.of("error", "duplicate-id", process.file, process.key, process.line, message)
        elif not process.executable:
            message = say("流程“{key}”标为不可执行（isExecutable=false），请在属性面板勾选“可执行”。", key=process.key)
            yield Finding.of("warning", "not-executable", process.file, process.key, process.line, message)
        seen.setdefault(process.key, process.file)


def ids(deployment: Deployment) -> Iterator[Finding]:
    """No id twice in a file, none that a task's id could not be made of."""
    for diagram in deployment.diagrams:
        seen: dict[str, int | None] = {}
        # As drawn: what is put in for a global task stands twice in the file as normalised.
        for node in diagram.drawn.iter(etree.Element):
            id = node.get("id")
            if id is None or not str(node.tag).startswith(BPMN):
                continue
            if id in seen:
                message = say("id“{id}”重复（第 {seen} 行已有），请改用另一个 id。", id=id[:80], seen=seen[id])
                yield Finding.of("error", "duplicate-id", diagram.file, id[:80], line_of(node), message)
            elif not NAME.fullmatch(id) or len(id) > LONGEST:
                message = say(
                    "id“{id}”不可用，请用字母开头的字母、数字、下划线，不超过 {longest} 字。",
                    id=id[:80],
                    longest=LONGEST,
                )
                yield Finding.of("error", "id", diagram.file, id[:80], line_of(node), message)
            seen.setdefault(id, line_of(node))


def element_ids(deployment: Deployment) -> Iterator[Finding]:
    """An element's id is unique across the files: journal and API name elements by it alone."""
    seen: dict[str, str] = {}
    for process, element in deployment.elements:
        other = seen.setdefault(element.id, process.file)
        if other != process.file:
            message = say("文件“{other}”中已有同一 id 的元素，请改用另一个 id。", other=other)
            yield at_element("error", "duplicate-id", process, element, message)


def pictures(deployment: Deployment) -> Iterator[Finding]:
    """Places in the picture are numbers: the engine reads them too, and viewers fail on any other."""
    for diagram in deployment.diagrams:
        for node in diagram.root.iter(DC + "Bounds", DD + "waypoint"):
            names = ("x", "y", "width", "height") if node.tag == DC + "Bounds" else ("x", "y")
            wrong = next((name for name in names if not NUMBER.fullmatch(node.get(name) or "")), None)
            if wrong is not None:
                holder = node.getparent()
                shown = None if holder is None else holder.get("bpmnElement")
                message = say("图形“{shown}”的 {wrong} 不是数，请用建模器重新画出并保存。", shown=shown, wrong=wrong)
                yield Finding.of("error", "picture", diagram.file, shown, line_of(node), message)
