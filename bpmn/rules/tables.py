"""Decision tables: each can be asked. A finding's element is the cell, column or row, else the decision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from lxml import etree

from bpmn.dmn import AGGREGATIONS, SEVERAL, SINGLE, Decision, Line, Table, Type, decisions_of
from bpmn.feel import Feel, FeelError
from bpmn.markup import line_of, local
from bpmn.model import Finding
from bpmn.sentence import Said, as_sentence, say

FEEL = ("", "feel")


class Fault(NamedTuple):
    """What is wrong in a decision, and where it is known: the line and the id of a cell, a column or a row."""

    rule: str
    message: Said
    line: int | None = None
    element: str = ""


def tables(file: str, root: etree._Element, feel: Feel) -> Iterator[Finding]:
    """What is wrong in a .dmn file."""
    if local(root) != "definitions":
        yield Finding.of(
            "error", "not-dmn", file, None, 1, "不是 DMN 文件（根元素应为 definitions），请用建模器重新保存。"
        )
        return
    yield from _languages(file, root)
    seen: set[str] = set()
    known = decisions_of(root)
    for node in (node for node in root if local(node) == "decision"):
        id = node.get("id") or ""
        if not id or id in seen:
            wrong = say("决策的 id“{id}”缺少或重复，请改正。", id=id)
            yield Finding.of("error", "duplicate-id", file, id or None, line_of(node), wrong)
        seen.add(id)
    for decision in known.values():
        for rule, message, line, element in _wrong(decision, feel):
            yield Finding.of(
                "error",
                rule,
                file,
                element or decision.id,
                line or decision.number,
                say("决策“{name}”：{message}", name=decision.name, message=as_sentence(message)),
            )
        for needed in decision.requires:
            if needed not in known:
                message = say("决策“{name}”所依据的“{needed}”不存在，请补上。", name=decision.name, needed=needed)
                yield Finding.of("error", "unknown-decision", file, decision.id, decision.number, message)
    for id in _circles(known):
        message = say("决策“{name}”经由所依据的决策又依据自己，请去掉一个依据。", name=known[id].name)
        yield Finding.of("error", "cyclic-decision", file, id, known[id].number, message)


def _circles(known: Mapping[str, Decision]) -> list[str]:
    """The decisions that lie on a circle or build on one: what is left when all that need nothing more are taken."""
    left = {id: {needed for needed in decision.requires if needed in known} for id, decision in known.items()}
    while ready := [id for id, needed in left.items() if not needed]:
        for id in ready:
            del left[id]
        for needed in left.values():
            needed.difference_update(ready)
    return sorted(left)


def _languages(file: str, root: etree._Element) -> Iterator[Finding]:
    for node in root.iter(etree.Element):
        told = (node.get("expressionLanguage") or "").lower()
        if told not in FEEL and "feel" not in told:
            message = say("表达式语言“{told}”不执行，请改用 FEEL。", told=told)
            yield Finding.of("error", "expression-language", file, node.get("id"), line_of(node), message)


def _wrong(decision: Decision, feel: Feel) -> Iterator[Fault]:
    if decision.odd is not None:
        message = say("这种逻辑（{odd}）不执行，请改用决策表或文字表达式。", odd=decision.odd)
        yield Fault("decision-logic", message)
    elif decision.table is not None:
        yield from _policy(decision.table)
        yield from _columns(decision.table, feel)
        for line in decision.table.lines:
            for fault in _row(decision.table, line, feel):
                message = say("第 {row} 行：{message}", row=line.row, message=as_sentence(fault.message))
                yield fault._replace(message=message, line=line.number, element=fault.element or line.id)
    elif decision.literal:
        yield from _unread(decision.literal, feel)
    else:
        yield Fault("decision-logic", "既没有决策表，也没有表达式，请写上一种。")
    yield from _unknown(decision.type)


def _policy(table: Table) -> Iterator[Fault]:
    if table.hit not in SINGLE | SEVERAL:
        message = "命中策略“{hit}”不支持，请改用唯一、首个、任一、优先、收集、规则顺序或输出顺序。"
        yield Fault("hit-policy", say(message, hit=table.hit))
    if table.aggregation and (table.hit != "COLLECT" or table.aggregation not in AGGREGATIONS):
        message = "汇总方式“{aggregation}”不支持，请改用收集策略的 SUM、MIN、MAX、COUNT。"
        yield Fault("hit-policy", say(message, aggregation=table.aggregation))
    if table.aggregation and len(table.outputs) > 1:
        yield Fault("hit-policy", "有汇总时只能有一个输出列，请拆成几个决策。")
    if table.hit in ("PRIORITY", "OUTPUT ORDER") and not any(output.values for output in table.outputs):
        yield Fault("hit-policy", say("命中策略“{hit}”按输出值的先后取，请写上输出列的允许值。", hit=table.hit))


def _columns(table: Table, feel: Feel) -> Iterator[Fault]:
    names = [output.name for output in table.outputs]
    if not names:
        yield Fault("no-output", "没有输出列，请加一列。")
    if len(names) > 1 and (len(set(names)) != len(names) or "" in names):
        wrong = next(one for at, one in enumerate(table.outputs) if not one.name or one.name in names[:at])
        yield Fault("no-output", "各输出列要有不同的名称，请改正。", element=wrong.id)
    for column in table.inputs:
        read = [(column.expression, False)] + ([(column.values, True)] if column.values else [])
        yield from _column(column.label, column.id, column.type, read, feel)
    for output in table.outputs:
        read = [(text, unary) for text, unary in ((output.default, False), (output.values, True)) if text]
        yield from _column(output.name, output.id, output.type, read, feel)


def _column(name: str, id: str, type: Type, read: list[tuple[str, bool]], feel: Feel) -> Iterator[Fault]:
    yield from (_within(fault, name, id) for fault in _unknown(type))
    for expression, unary in read:
        yield from (_within(fault, name, id) for fault in _unread(expression, feel, unary))


def _within(fault: Fault, column: str, element: str) -> Fault:
    if column:
        fault = fault._replace(
            message=say("列“{column}”：{message}", column=column, message=as_sentence(fault.message))
        )
    return fault._replace(element=element)


def _row(table: Table, line: Line, feel: Feel) -> Iterator[Fault]:
    if len(line.tests) != len(table.inputs) or len(line.results) != len(table.outputs):
        yield Fault("rule-width", "格数与列数不符，请用建模器重新保存。")
        return
    columns = [*(column.label for column in table.inputs), *(output.name for output in table.outputs)]
    for at, text in enumerate((*line.tests, *line.results)):
        unary = at < len(line.tests)
        if text and not (unary and text == "-"):
            yield from (_within(fault, columns[at], line.cells[at]) for fault in _unread(text, feel, unary))


def _unknown(type: Type) -> Iterator[Fault]:
    if not type.known:
        yield Fault("unknown-type", say("类型“{name}”没有定义，请改用 FEEL 的类型。", name=type.name))


def _unread(expression: str, feel: Feel, unary: bool = False) -> Iterator[Fault]:
    try:
        feel.names(expression, unary)
    except FeelError as error:
        message = say("“{expression}”写法有误：{reason}，请改正。", expression=expression[:80], reason=error.reason)
        yield Fault("feel-syntax", message)
