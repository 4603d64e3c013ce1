"""Decision tables: each can be asked."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from bpmn.dmn import AGGREGATIONS, SEVERAL, SINGLE, Table, tables_of
from bpmn.feel import Feel, FeelError
from bpmn.markup import line_of, local
from bpmn.model import Finding

FEEL = ("", "feel")


def tables(file: str, root: etree._Element, feel: Feel) -> Iterator[Finding]:
    """What is wrong in a .dmn file."""
    if local(root) != "definitions":
        yield Finding(
            "error", "not-dmn", file, None, 1, "不是 DMN 文件（根元素应为 definitions），请用建模器重新保存。"
        )
        return
    yield from _languages(file, root)
    seen: set[str] = set()
    known = tables_of(root)
    for node in (node for node in root if local(node) == "decision"):
        id = node.get("id") or ""
        if not id or id in seen:
            message = f"决策的 id“{id}”缺少或重复，请改正。"
            yield Finding("error", "duplicate-id", file, id or None, line_of(node), message)
        seen.add(id)
    for table in known.values():
        for rule, message, line in _wrong(table, feel):
            yield Finding("error", rule, file, table.id, line or table.number, f"决策“{table.name}”：{message}")
        for needed in table.requires:
            if needed not in known:
                message = f"决策“{table.name}”所依据的“{needed}”不存在，请补上。"
                yield Finding("error", "unknown-decision", file, table.id, table.number, message)


def _languages(file: str, root: etree._Element) -> Iterator[Finding]:
    for node in root.iter(etree.Element):
        told = (node.get("expressionLanguage") or "").lower()
        if told not in FEEL and "feel" not in told:
            message = f"表达式语言“{told}”不执行，请改用 FEEL。"
            yield Finding("error", "expression-language", file, node.get("id"), line_of(node), message)


def _wrong(table: Table, feel: Feel) -> Iterator[tuple[str, str, int | None]]:
    if table.literal is not None:
        yield from _unread(table.literal, feel, False, table.number)
        return
    if table.hit not in SINGLE | SEVERAL:
        yield (
            "hit-policy",
            f"命中策略“{table.hit}”不支持，请改用唯一、首个、任一、优先、收集、规则顺序或输出顺序。",
            None,
        )
    if table.aggregation and (table.hit != "COLLECT" or table.aggregation not in AGGREGATIONS):
        yield "hit-policy", f"汇总方式“{table.aggregation}”不支持，请改用收集策略的 SUM、MIN、MAX、COUNT。", None
    if not table.outputs:
        yield "no-output", "没有输出列，请加一列。", None
    if table.aggregation and len(table.outputs) > 1:
        yield "hit-policy", "有汇总时只能有一个输出列，请拆成几个决策。", None
    names = [output.name for output in table.outputs]
    if len(names) > 1 and (len(set(names)) != len(names) or "" in names):
        yield "no-output", "各输出列要有不同的名称，请改正。", None
    for expression in table.inputs:
        yield from _unread(expression, feel, False, None)
    for line in table.lines:
        if len(line.tests) != len(table.inputs) or len(line.results) != len(table.outputs):
            yield "rule-width", "规则的格数与列数不符，请用建模器重新保存。", line.number
        for test in line.tests:
            if test not in ("", "-"):
                yield from _unread(test, feel, True, line.number)
        for result in line.results:
            if result:
                yield from _unread(result, feel, False, line.number)


def _unread(expression: str, feel: Feel, unary: bool, line: int | None) -> Iterator[tuple[str, str, int | None]]:
    try:
        feel.names(expression, unary)
    except FeelError as error:
        yield "feel-syntax", f"“{expression[:80]}”写法有误：{error.reason}，请改正。", line
