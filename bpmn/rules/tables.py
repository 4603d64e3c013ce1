"""Decision tables: each can be asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lxml import etree

from bpmn.dmn import AGGREGATIONS, SEVERAL, SINGLE, Decision, Line, Table, decisions_of
from bpmn.feel import Feel, FeelError
from bpmn.markup import line_of, local
from bpmn.model import Finding
from bpmn.sentence import Said, as_sentence, say

FEEL = ("", "feel")


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
        for rule, message, line in _wrong(decision, feel):
            yield Finding.of(
                "error",
                rule,
                file,
                decision.id,
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


def _wrong(decision: Decision, feel: Feel) -> Iterator[tuple[str, Said, int | None]]:
    """Rule, message and line of each fault of a decision."""
    if decision.odd is not None:
        yield "decision-logic", say("这种逻辑（{odd}）不执行，请改用决策表或文字表达式。", odd=decision.odd), None
    elif decision.table is not None:
        yield from _policy(decision.table)
        yield from _columns(decision.table, feel)
        for line in decision.table.lines:
            for rule, message in _row(decision.table, line, feel):
                yield rule, say("第 {row} 行：{message}", row=line.row, message=as_sentence(message)), line.number
    elif decision.literal:
        yield from ((rule, message, None) for rule, message in _unread(decision.literal, feel))
    else:
        yield "decision-logic", "既没有决策表，也没有表达式，请写上一种。", None
    if not decision.type.known:
        yield "unknown-type", say("类型“{name}”没有定义，请改用 FEEL 的类型。", name=decision.type.name), None


def _policy(table: Table) -> Iterator[tuple[str, Said, int | None]]:
    if table.hit not in SINGLE | SEVERAL:
        message = "命中策略“{hit}”不支持，请改用唯一、首个、任一、优先、收集、规则顺序或输出顺序。"
        yield "hit-policy", say(message, hit=table.hit), None
    if table.aggregation and (table.hit != "COLLECT" or table.aggregation not in AGGREGATIONS):
        yield (
            "hit-policy",
            say(
                "汇总方式“{aggregation}”不支持，请改用收集策略的 SUM、MIN、MAX、COUNT。", aggregation=table.aggregation
            ),
            None,
        )
    if table.aggregation and len(table.outputs) > 1:
        yield "hit-policy", "有汇总时只能有一个输出列，请拆成几个决策。", None
    if table.hit in ("PRIORITY", "OUTPUT ORDER") and not any(output.values for output in table.outputs):
        yield "hit-policy", say("命中策略“{hit}”按输出值的先后取，请写上输出列的允许值。", hit=table.hit), None


def _columns(table: Table, feel: Feel) -> Iterator[tuple[str, Said, int | None]]:
    names = [output.name for output in table.outputs]
    if not names:
        yield "no-output", "没有输出列，请加一列。", None
    if len(names) > 1 and (len(set(names)) != len(names) or "" in names):
        yield "no-output", "各输出列要有不同的名称，请改正。", None
    for type in [*(column.type for column in table.inputs), *(output.type for output in table.outputs)]:
        if not type.known:
            yield "unknown-type", say("类型“{name}”没有定义，请改用 FEEL 的类型。", name=type.name), None
    read = [(column.expression, False) for column in table.inputs]
    read += [(column.values, True) for column in table.inputs if column.values]
    read += [(text, False) for output in table.outputs for text in (output.default,) if text]
    read += [(text, True) for output in table.outputs for text in (output.values,) if text]
    for expression, unary in read:
        yield from ((rule, message, None) for rule, message in _unread(expression, feel, unary))


def _row(table: Table, line: Line, feel: Feel) -> Iterator[tuple[str, Said]]:
    if len(line.tests) != len(table.inputs) or len(line.results) != len(table.outputs):
        yield "rule-width", "格数与列数不符，请用建模器重新保存。"
    for test in line.tests:
        if test not in ("", "-"):
            yield from _unread(test, feel, unary=True)
    for result in line.results:
        if result:
            yield from _unread(result, feel)


def _unread(expression: str, feel: Feel, unary: bool = False) -> Iterator[tuple[str, Said]]:
    try:
        feel.names(expression, unary)
    except FeelError as error:
        yield (
            "feel-syntax",
            say("“{expression}”写法有误：{reason}，请改正。", expression=expression[:80], reason=error.reason),
        )
