"""Decision tables, evaluated with FEEL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lxml import etree

from bpmn.errors import Invalid
from bpmn.feel import Feel
from bpmn.markup import line_of, local, parse
from bpmn.model import File, Json

SINGLE = frozenset(["UNIQUE", "FIRST", "ANY", "PRIORITY"])
SEVERAL = frozenset(["COLLECT", "RULE ORDER", "OUTPUT ORDER"])
AGGREGATIONS = frozenset(["SUM", "MIN", "MAX", "COUNT"])


class Undecided(Invalid):
    """决策表“{decision}”：{reason}。"""


@dataclass(frozen=True)
class Output:
    """A result column: its name, and its allowed values in falling priority (FEEL)."""

    name: str
    values: str | None


@dataclass(frozen=True)
class Line:
    """A rule: a unary test for each input, an expression for each output."""

    id: str
    tests: tuple[str, ...]
    results: tuple[str, ...]
    number: int | None


@dataclass(frozen=True)
class Table:
    """A decision: a table, or one literal expression; `requires` are the decisions that it builds on."""

    id: str
    name: str
    hit: str
    aggregation: str | None
    inputs: tuple[str, ...]
    outputs: tuple[Output, ...]
    lines: tuple[Line, ...]
    literal: str | None
    requires: tuple[str, ...]
    number: int | None


def read(file: File) -> dict[str, Table]:
    """The decisions of a .dmn file by id. Raises bpmn.markup.Unreadable."""
    return tables_of(parse(file.content, file.name))


def tables_of(root: etree._Element) -> dict[str, Table]:
    """The decisions under a root already parsed."""
    return {table.id: table for table in (_table(node) for node in _each(root, "decision"))}


def decide(tables: Mapping[str, Table], id: str, variables: Mapping[str, Json], feel: Feel, now_us: int) -> Json:
    """What decision `id` says: a value, or a context where it has several outputs; a list of them where the hit
    policy gives several. No rule met is null or an empty list. Raises Undecided and FeelError.
    """
    return _decide(tables, id, dict(variables), feel, now_us, ())


def _decide(
    tables: Mapping[str, Table], id: str, variables: dict[str, Json], feel: Feel, now_us: int, above: tuple[str, ...]
) -> Json:
    table = tables.get(id)
    if table is None:
        raise Undecided(decision=id, reason="不存在")
    if id in above:
        raise Undecided(decision=id, reason="经由所依据的决策又依据自己")
    for needed in table.requires:
        value = _decide(tables, needed, variables, feel, now_us, (*above, id))
        variables[needed] = value
        if isinstance(value, Mapping):
            variables.update(value)
        elif needed in tables and len(tables[needed].outputs) == 1:
            variables[tables[needed].outputs[0].name] = value
    asked = _Asked(table, variables, feel, now_us)
    return asked.value(table.literal) if table.literal is not None else asked.answer()


@dataclass(frozen=True)
class _Asked:
    """A table, asked once."""

    table: Table
    variables: Mapping[str, Json]
    feel: Feel
    now_us: int

    def value(self, expression: str) -> Json:
        given = {name: self.variables.get(name) for name in self.feel.names(expression)}
        return self.feel.evaluate(expression, given, self.now_us)

    def holds(self, test: str, value: Json) -> bool:
        if test in ("", "-"):
            return True
        given = {name: self.variables.get(name) for name in self.feel.names(test, unary=True)}
        return self.feel.test(test, value, given, self.now_us) is True

    def met(self) -> Iterator[Line]:
        values = [self.value(expression) for expression in self.table.inputs]
        for line in self.table.lines:
            if all(self.holds(test, value) for test, value in zip(line.tests, values, strict=True)):
                yield line

    def result(self, line: Line) -> Json:
        values = [None if not written else self.value(written) for written in line.results]
        if len(self.table.outputs) == 1:
            return values[0]
        return {output.name: value for output, value in zip(self.table.outputs, values, strict=True)}

    def answer(self) -> Json:
        table = self.table
        if table.hit == "FIRST":
            found = next(self.met(), None)
            return None if found is None else self.result(found)
        results = [self.result(line) for line in self.met()]
        if table.hit in ("PRIORITY", "OUTPUT ORDER"):
            results = self.ranked(results)
        if table.hit == "COLLECT" and table.aggregation:
            return self.aggregated(results)
        if table.hit in SEVERAL:
            return results
        if table.hit == "UNIQUE" and len(results) > 1:
            raise Undecided(decision=table.id, reason=f"有 {len(results)} 条规则同时成立，而命中策略是“唯一”")
        if table.hit == "ANY" and any(result != results[0] for result in results):
            raise Undecided(decision=table.id, reason="同时成立的规则结果不一致，而命中策略是“任一”")
        return results[0] if results else None

    def ranked(self, results: list[Json]) -> list[Json]:
        orders = [self.value(f"[{output.values}]") if output.values else [] for output in self.table.outputs]

        def rank(result: Json) -> tuple[int, ...]:
            values = list(result.values()) if isinstance(result, Mapping) else [result]
            places = []
            for value, order in zip(values, orders, strict=False):
                known = order if isinstance(order, list) else []
                places.append(known.index(value) if value in known else len(known))
            return tuple(places)

        return sorted(results, key=rank)

    def aggregated(self, results: list[Json]) -> Json:
        if self.table.aggregation == "COUNT":
            return len(results)
        numbers = [n for n in results if isinstance(n, int | float) and not isinstance(n, bool)]
        if len(numbers) != len(results):
            raise Undecided(decision=self.table.id, reason="要汇总的结果不是数")
        if not numbers:
            return None
        if self.table.aggregation == "SUM":
            return sum(numbers)
        return min(numbers) if self.table.aggregation == "MIN" else max(numbers)


def _each(node: etree._Element, name: str) -> Iterator[etree._Element]:
    """Children of that name: DMN's name space changes with each version, its names do not."""
    return (child for child in node if local(child) == name)


def _text(node: etree._Element | None) -> str:
    held = None if node is None else next(_each(node, "text"), None)
    return "" if held is None else (held.text or "").strip()


def _table(node: etree._Element) -> Table:
    id = node.get("id") or ""
    table = next(_each(node, "decisionTable"), None)
    literal = next(_each(node, "literalExpression"), None)
    requires = tuple(
        (needed.get("href") or "").lstrip("#")
        for link in _each(node, "informationRequirement")
        for needed in _each(link, "requiredDecision")
    )
    parts: list[etree._Element] = [] if table is None else list(table)
    inputs = [part for part in parts if local(part) == "input"]
    outputs = [part for part in parts if local(part) == "output"]
    return Table(
        id=id,
        name=node.get("name") or id,
        hit="UNIQUE" if table is None else (table.get("hitPolicy") or "UNIQUE"),
        aggregation=None if table is None else table.get("aggregation"),
        inputs=tuple(_text(next(_each(part, "inputExpression"), None)) for part in inputs),
        outputs=tuple(
            Output(part.get("name") or part.get("id") or "", _text(next(_each(part, "outputValues"), None)) or None)
            for part in outputs
        ),
        lines=tuple(_line(part) for part in parts if local(part) == "rule"),
        literal=None if literal is None else _text(literal),
        requires=requires,
        number=line_of(node),
    )


def _line(rule: etree._Element) -> Line:
    return Line(
        id=rule.get("id") or "",
        tests=tuple(_text(entry) for entry in _each(rule, "inputEntry")),
        results=tuple(_text(entry) for entry in _each(rule, "outputEntry")),
        number=line_of(rule),
    )
