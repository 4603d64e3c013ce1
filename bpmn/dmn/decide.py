"""Asks decisions: hit policies, aggregations, requirements and types as DMN 1.3 says (section 8.2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bpmn.dmn.model import SEVERAL, Decision, Input, Line, Output, Table
from bpmn.dmn.types import TEMPORAL, WORDS, fits
from bpmn.errors import Invalid
from bpmn.feel import Feel, FeelError
from bpmn.model import Json
from bpmn.sentence import Said, Sentence, as_sentence, say


class Undecided(Invalid):
    """决策“{decision}”：{reason}。"""


def decide(decisions: Mapping[str, Decision], id: str, variables: Mapping[str, Json], feel: Feel, now_us: int) -> Json:
    """What decision `id` says: a value, or a context where it has several outputs; a list of them where the hit
    policy gives several. No rule met is null or an empty list. Raises Undecided, naming table, row and column.
    """
    return _Graph(decisions, feel, now_us, dict(variables)).value(id)


@dataclass
class _Graph:
    """A decision with what it builds on; each is asked once."""

    decisions: Mapping[str, Decision]
    feel: Feel
    now_us: int
    given: dict[str, Json]
    answers: dict[str, Json] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)

    def value(self, id: str) -> Json:
        if id in self.answers:
            return self.answers[id]
        decision = self.decisions.get(id)
        if decision is None:
            raise Undecided(decision=id, reason="不存在")
        if id in self.open:
            raise Undecided(decision=decision.name, reason="经由所依据的决策又依据自己")
        self.open.add(id)
        variables = dict(self.given)
        for needed in decision.requires:
            variables.update(self.told(needed))
        asked = _Asked(decision, variables, self.feel, self.now_us)
        self.answers[id] = asked.answer()
        self.open.discard(id)
        return self.answers[id]

    def told(self, needed: str) -> dict[str, Json]:
        """A decision's value under each name that those which build on it may use."""
        value, decision = self.value(needed), self.decisions[needed]
        names: dict[str, Json] = {needed: value, decision.variable: value}
        if isinstance(value, Mapping):
            names.update(value)
        elif decision.table is not None and len(decision.table.outputs) == 1:
            names[decision.table.outputs[0].name] = value
        return names


@dataclass(frozen=True)
class _Asked:
    """A decision, asked once."""

    decision: Decision
    variables: Mapping[str, Json]
    feel: Feel
    now_us: int

    def fault(self, reason: Said) -> Undecided:
        return Undecided(decision=self.decision.name, reason=as_sentence(reason))

    def answer(self) -> Json:
        if self.decision.table is None:
            value = self.value(self.decision.literal or "", say("表达式"))
            if not fits(self.decision.type, value, self.feel, self.now_us):
                raise self.fault(say("结果应为{kind}", kind=_word(self.decision.type.kind)))
            return value
        return self.of_table(self.decision.table)

    def value(self, expression: str, place: Sentence) -> Json:
        try:
            given = {name: self.variables.get(name) for name in self.feel.names(expression)}
            return self.feel.evaluate(expression, given, self.now_us)
        except FeelError as error:
            raise self.fault(say("{place}：{error}", place=place, error=error)) from error

    def asked(self, column: Input) -> Json:
        """The value of a condition column, held against its type and its allowed values."""
        place = say("输入“{label}”", label=column.label)
        value = self.value(column.expression, place)
        if not fits(column.type, value, self.feel, self.now_us):
            raise self.fault(say("{place}应为{kind}", place=place, kind=_word(column.type.kind)))
        if column.values and value is not None and not self.holds(column.values, value, column.type.kind, place):
            raise self.fault(say("{place}的值不在允许的范围内", place=place))
        return value

    def holds(self, test: str, value: Json, kind: str | None, place: Sentence) -> bool:
        if test in ("", "-"):
            return True
        try:
            given = {name: self.variables.get(name) for name in self.feel.names(test, unary=True)}
            return self.feel.test(test, value, given, self.now_us, kind if kind in TEMPORAL else None) is True
        except FeelError as error:
            raise self.fault(say("{place}：{error}", place=place, error=error)) from error

    def met(self, table: Table) -> Iterator[Line]:
        values = [self.asked(column) for column in table.inputs]
        for line in table.lines:
            cells = zip(table.inputs, line.tests, values, strict=True)
            if all(
                self.holds(test, value, column.type.kind, say("第 {row} 行“{label}”", row=line.row, label=column.label))
                for column, test, value in cells
            ):
                yield line

    def result(self, table: Table, written: tuple[str, ...], place: Sentence) -> Json:
        values = [
            None if not text else self.cell(output, text, say("{place}“{name}”", place=place, name=output.name))
            for output, text in zip(table.outputs, written, strict=True)
        ]
        if len(table.outputs) == 1:
            return values[0]
        return {output.name: value for output, value in zip(table.outputs, values, strict=True)}

    def cell(self, output: Output, text: str, place: Sentence) -> Json:
        value = self.value(text, place)
        if not fits(output.type, value, self.feel, self.now_us):
            raise self.fault(say("{place}应为{kind}", place=place, kind=_word(output.type.kind)))
        if output.values and value is not None and not self.holds(output.values, value, output.type.kind, place):
            raise self.fault(say("{place}的值不在允许的范围内", place=place))
        return value

    def of_table(self, table: Table) -> Json:
        if table.hit == "FIRST":
            found = next(self.met(table), None)
            return self.nothing(table) if found is None else self.of_line(table, found)
        lines = list(self.met(table))
        results = [self.of_line(table, line) for line in lines]
        if table.hit in ("PRIORITY", "OUTPUT ORDER"):
            results = self.ranked(table, results)
        if table.hit == "COLLECT" and table.aggregation:
            return self.aggregated(table, results)
        if table.hit in SEVERAL:
            return results
        rows = [str(line.row) for line in lines]
        if table.hit == "UNIQUE" and len(results) > 1:
            raise self.fault(say("第 {rows} 行同时成立，而命中策略是“唯一”", rows=rows))
        if table.hit == "ANY" and any(result != results[0] for result in results):
            raise self.fault(say("第 {rows} 行同时成立而结果不一致，命中策略却是“任一”", rows=rows))
        return results[0] if results else self.nothing(table)

    def of_line(self, table: Table, line: Line) -> Json:
        return self.result(table, line.results, say("第 {row} 行", row=line.row))

    def nothing(self, table: Table) -> Json:
        """What is said where no rule is met: the default outputs, or null."""
        if not any(output.default for output in table.outputs):
            return None
        return self.result(table, tuple(output.default or "" for output in table.outputs), say("默认输出"))

    def ranked(self, table: Table, results: list[Json]) -> list[Json]:
        orders = [
            self.value(f"[{output.values}]", say("“{name}”的允许值", name=output.name)) if output.values else []
            for output in table.outputs
        ]

        def rank(result: Json) -> tuple[int, ...]:
            values = list(result.values()) if isinstance(result, Mapping) else [result]
            places = []
            for value, order in zip(values, orders, strict=False):
                known = order if isinstance(order, list) else []
                places.append(known.index(value) if value in known else len(known))
            return tuple(places)

        return sorted(results, key=rank)

    def aggregated(self, table: Table, results: list[Json]) -> Json:
        if table.aggregation == "COUNT":
            return len(results)
        numbers = [n for n in results if isinstance(n, int | float) and not isinstance(n, bool)]
        if len(numbers) != len(results):
            raise self.fault("要汇总的结果不是数")
        if not numbers:
            return self.nothing(table)
        if table.aggregation == "SUM":
            return sum(numbers)
        return min(numbers) if table.aggregation == "MIN" else max(numbers)


def _word(kind: str | None) -> Sentence:
    return say(WORDS.get(kind or "", kind or ""))
