"""Checks what is to be deployed: each finding says where it is wrong and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lxml import etree

from bpmn.dmn import Decision, decisions_of
from bpmn.feel import Feel, FeelSpent
from bpmn.markup import BPMN, Unreadable, children, local, parse
from bpmn.model import File, Finding, Known
from bpmn.normalise import tidy
from bpmn.procedure import KIND as PROCEDURE
from bpmn.procedure import check as check_procedure
from bpmn.read import NODES, processes
from bpmn.rules import RULES, Deployment, Diagram
from bpmn.rules.tables import tables
from bpmn.sentence import say

KINDS = (".bpmn", ".dmn", ".form", ".docx", PROCEDURE)
# Checking and compiling take time by the element, and so would drawing it. All files of a deployment together.
MOST = 10_000
MOST_FILES = 500
# What the expressions of a deployment may take together; those of the bundled procedures take less than one.
SECONDS = 20.0
NAME = re.compile(r"[^/\\:*?\"<>|\x00-\x1f]{1,200}")


def check(files: Sequence[File], known: Known, feel: Feel | None = None) -> list[Finding]:
    """All findings, by file and line; one "error" refuses the deployment. Forms and templates are checked elsewhere."""
    own = Feel() if feel is None else None
    try:
        found = _within(files, known, feel or own or Feel())
    finally:
        if own is not None:
            own.close()
    order = [file.name for file in files]
    return sorted(set(found), key=lambda f: (order.index(f.file), f.line or 0, f.severity, f.rule, f.message))


def _within(files: Sequence[File], known: Known, feel: Feel) -> list[Finding]:
    found: list[Finding] = []
    try:
        with feel.within(SECONDS):
            found.extend(_findings(files, known, feel))
    except FeelSpent as spent:
        found.append(Finding.of("error", "too-slow", files[0].name, None, None, spent.said))
    return found


def _findings(files: Sequence[File], known: Known, feel: Feel) -> Iterator[Finding]:
    yield from at_a_glance(files)
    if len(files) > MOST_FILES:
        return
    parts = 0
    diagrams: list[Diagram] = []
    decisions: set[str] = set()
    outputs: dict[str, frozenset[str]] = {}
    for file in files:
        if not file.name.endswith((".bpmn", ".dmn")):
            continue
        try:
            root = parse(file.content, file.name)
        except Unreadable as error:
            yield Finding.of(
                "error", error.rule, file.name, None, error.line, say("文件读不了：{reason}", reason=error.reason)
            )
            continue
        if file.name.endswith(".dmn"):
            yield from tables(file.name, root, feel)
            outputs |= {id: _answers(decision) for id, decision in decisions_of(root).items()}
            decisions |= {str(node.get("id")) for node in root.iter(etree.Element) if local(node) == "decision"}
            continue
        wrong = _not_a_diagram(file, root)
        if wrong is not None:
            yield wrong
            continue
        parts += sum(1 for _ in root.iter(*(BPMN + tag for tag in (*NODES, "sequenceFlow"))))
        if parts > MOST:
            message = say(
                "有 {parts} 个节点和顺序流，超过 {most} 个，没有人读得懂，请拆成几个流程，分几次部署。",
                parts=parts,
                most=MOST,
            )
            yield Finding.of("error", "too-large", file.name, None, 1, message)
            return
        drawn = parse(file.content)
        try:
            tidy(root)
        except Unreadable as error:
            yield Finding.of(
                "error", error.rule, file.name, None, error.line, say("文件读不了：{reason}", reason=error.reason)
            )
            continue
        diagrams.append(Diagram(file.name, root, drawn, tuple(processes(root, file.name))))
    deployment = Deployment(tuple(diagrams), frozenset(decisions), known, feel, outputs)
    for rule in RULES:
        yield from rule(deployment)
    keys = {process.key for process in deployment.processes} | known.processes
    for file in files:
        if file.name.endswith(PROCEDURE):
            yield from check_procedure(file, keys)


def _answers(decision: Decision) -> frozenset[str]:
    return frozenset(output.name for output in decision.table.outputs) if decision.table else frozenset()


def _not_a_diagram(file: File, root: etree._Element) -> Finding | None:
    if root.tag != BPMN + "definitions":
        message = say("不是 BPMN 2.0 文件（根元素应为 definitions），请用建模器重新保存。")
        return Finding.of("error", "not-bpmn", file.name, None, 1, message)
    if not any(True for _ in children(root, "process")):
        return Finding.of("error", "no-process", file.name, None, 1, "文件中没有流程，请画一个流程。")
    return None


def at_a_glance(files: Sequence[File]) -> Iterator[Finding]:
    """What is wrong before any file is read: too many of them, names that no file may have, two of one name."""
    if len(files) > MOST_FILES:
        message = say("一次部署 {files} 个文件，超过 {most} 个，请分几次部署。", files=len(files), most=MOST_FILES)
        yield Finding.of("error", "too-large", files[0].name, None, None, message)
    seen: set[str] = set()
    for file in files:
        if not NAME.fullmatch(file.name) or file.name.startswith(".") or file.name != file.name.strip():
            message = say("文件名不可用：不能含路径、控制字符，不能以点开头，不超过 200 字，请改名。")
            yield Finding.of("error", "file-name", file.name, None, None, message)
        elif not file.name.endswith(KINDS):
            message = say("不认识的文件种类，只能是 {known}，请去掉它。", known=KINDS)
            yield Finding.of("error", "file-kind", file.name, None, None, message)
        if file.name in seen:
            yield Finding.of("error", "duplicate-file", file.name, None, None, "有两个同名的文件，请只留一个。")
        seen.add(file.name)
