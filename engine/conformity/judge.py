"""A project held against its procedure, clause by clause."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bpmn.clauses import Clause, clauses, noted
from bpmn.model import Element
from bpmn.ways import Ways
from engine.conformity import records
from engine.conformity.rows import Course
from engine.conformity.views import ClauseRow, Conformity, Linked, Standing, StepRow, Told
from engine.facts import SETTLED
from engine.passages import Passage
from engine.record import reason as returned_because
from engine.views import Definition

FIRST: tuple[Standing, ...] = ("running", "skipped", "done", "cut", "ahead", "ended", "not_applicable")
"""Of the standings of its steps a clause has the first that one of them has."""
STOPPED = "terminated"


@dataclass(frozen=True)
class Measure:
    """What a definition demands, made once for all projects that run on it."""

    definition: Definition

    @cached_property
    def clauses(self) -> Sequence[Clause]:
        """Its clauses with the steps that carry them out."""
        return clauses(self.definition.elements)

    @cached_property
    def ways(self) -> Ways:
        """Where one can get to in it."""
        return Ways(self.definition.key, self.definition.elements, self.definition.flows)

    @cached_property
    def demands(self) -> Mapping[str, Sequence[records.Demand]]:
        """The records that each clause demands."""
        return {clause.number: records.demands(clause) for clause in self.clauses}

    @cached_property
    def home(self) -> str | None:
        """The clause under which the whole process is started for a project: that of its first event."""
        own = (e for e in self.definition.elements if e.process == self.definition.key and e.type == "startEvent")
        return next((element.clause for element in own), None)


def judged(course: Course, measure: Measure, homes: Mapping[str, str | None]) -> Conformity:
    """The project as it stands. `homes`: under which clause each definition is started for a project, by its id."""
    return _Judge(course, measure, homes).whole()


class _Judge:
    """One project and its measure, with what is asked of both more than once."""

    def __init__(self, course: Course, measure: Measure, homes: Mapping[str, str | None]) -> None:
        self.course, self.measure, self.homes = course, measure, homes
        self.passed: dict[str, list[Passage]] = {}
        for passage in course.passages:
            self.passed.setdefault(passage.element, []).append(passage)
        self.ahead: Set[str] = measure.ways.ahead(course.active) if course.head["ended_at"] is None else frozenset()
        self.moves = [(row, move) for row in course.interventions for move in self._moves(row)]
        self.skipped = self._skipped()
        self.clause_of = {step.id: clause.number for clause in measure.clauses for step in clause.steps}

    def whole(self) -> Conformity:
        head, definition = self.course.head, self.measure.definition
        names = ("id", "title", "business_key", "status", "created_at", "ended_at")
        placed = {row.seq: self._concerned(row) for row in self.course.interventions}
        rows = [self._clause(clause, placed) for clause in self.measure.clauses]
        return Conformity(
            **{name: head[name] for name in names},
            key=definition.key,
            version=definition.version,
            clauses=tuple(rows),
            interventions=tuple(self._told(row, "") for row in self.course.interventions if not placed[row.seq]),
        )

    def _clause(self, clause: Clause, placed: Mapping[int, Mapping[str, str]]) -> ClauseRow:
        steps = tuple(self._step(element) for element in clause.steps)
        standing = self._standing(clause, steps)
        skips = [(row, element) for row, element in self.skipped if self.clause_of.get(element) == clause.number]
        over = {row.seq for row, _ in skips}
        made = tuple(
            records.row(demand, self.course, self.passed, self.measure.ways, self.ahead, {e for _, e in self.skipped})
            for demand in self.measure.demands[clause.number]
        )
        return ClauseRow(
            clause=clause.number,
            standing=standing,
            reason=self._why_not(clause.number) if standing == "not_applicable" else "",
            steps=steps,
            returns=tuple(self._returns({step.id for step in clause.steps})),
            skips=tuple(self._told(row, element) for row, element in skips),
            interventions=tuple(
                self._told(row, placed[row.seq][clause.number])
                for row in self.course.interventions
                if clause.number in placed[row.seq] and row.seq not in over
            ),
            records=made,
            linked=tuple(
                Linked(row.id, row.definition_key, row.title, row.status)
                for row in self.course.linked
                if self.homes.get(row.definition) == clause.number
            ),
        )

    def _standing(self, clause: Clause, steps: Sequence[StepRow]) -> Standing:
        """The first of all; what is done in part, and still goes on to a step of people, is being worked."""
        has = {step.standing for step in steps}
        people = {
            step.standing for step, element in zip(steps, clause.steps, strict=True) if element.type == "userTask"
        }
        if "done" in has and "ahead" in people:
            return "running"
        return next(one for one in FIRST if one in has)

    def _step(self, element: Element) -> StepRow:
        found = [one for one in self.passed.get(element.id, ()) if not one.turn] or self.passed.get(element.id, [])
        finished = [one for one in found if one.left is not None and not one.cancelled]
        done = self.course.done.get(element.id, ())
        last = done[-1] if done else None
        return StepRow(
            element=element.id,
            name=element.name or element.id,
            type=element.type,
            standing=self._stands(element, found, bool(finished)),
            times=len(finished),
            reached_at=min((one.entered for one in found), default=None),
            left_at=max((one.left for one in finished if one.left is not None), default=None),
            by=last.completed_by if last else None,
            on_behalf_of=last.on_behalf_of if last else None,
            late=sum(row.due_at is not None and row.due_at < row.closed_at for row in done),
        )

    def _stands(self, element: Element, found: Sequence[Passage], finished: bool) -> Standing:
        head = self.course.head
        if head["ended_at"] is None and any(one.left is None for one in found):
            return "running"
        if finished:
            return "done"
        if any(element.id == skipped for _, skipped in self.skipped):
            return "skipped"
        if element.id in self.ahead:
            return "ahead"
        if found:
            return "cut"
        return "ended" if head["status"] == STOPPED else "not_applicable"

    def _moves(self, row: Any) -> list[Mapping[str, str]]:
        entry = self.course.entries.get(row.seq)
        return list(entry.data.get("moves") or ()) if entry is not None and row.kind == "modified" else []

    def _skipped(self) -> list[tuple[Any, str]]:
        """The steps that an operator passed over: what was waited at, and what lies before where it went on."""
        found: list[tuple[Any, str]] = []
        for row, move in self.moves:
            source, target, after = move["element"], move["to"], move["how"] == "after"
            if not after and any(one.entered < row.at for one in self.passed.get(target, ())):
                continue  # it went back
            over = [source]
            if target != source:
                over += sorted(id for id in self.measure.ways.between(source, target) if id not in self.passed)
                over += [target] if after else []
            found += [(row, id) for id in over]
        return found

    def _concerned(self, row: Any) -> Mapping[str, str]:
        """The clauses that an intervention is about, each with the element; none where it is about the project."""
        entry = self.course.entries.get(row.seq)
        if entry is None:
            return {}
        named = [name for move in self._moves(row) for name in (move["element"], move["to"])]
        task = next((one.element for one in self.course.tasks if one.id == entry.task), None)
        every = [*named, entry.element or task or ""]
        return {self.clause_of[id]: id for id in reversed(every) if id in self.clause_of}

    def _told(self, row: Any, element: str) -> Told:
        entry = self.course.entries.get(row.seq)
        data = entry.data if entry is not None else {}
        actor, why = data.get(SETTLED) or row.actor, data.get("reason") or ""
        return Told(row.kind, row.seq, row.at, str(actor), element, self._name(element), str(why))

    def _name(self, id: str) -> str:
        element = self.measure.definition.element(id)
        return element.name or id if element is not None else id

    def _returns(self, steps: Set[str]) -> list[Told]:
        """What was sent back to these steps: an entry each, however many tasks it opened again."""
        found: dict[int, Told] = {}
        for row in self.course.tasks:
            seq = row.returned_seq
            if row.element in steps and seq is not None and seq not in found and seq in self.course.entries:
                entry = self.course.entries[seq]
                why = returned_because(entry.data.get("data") or {}) or ""
                name = self._name(row.element)
                found[seq] = Told("returned", seq, entry.at, entry.actor, row.element, name, why)
        return list(found.values())

    def _why_not(self, number: str) -> str:
        """What a script of the diagram noted, where it was passed."""
        for element in self.measure.definition.elements:
            said = noted(element) if element.id in self.passed else {}
            if number in said:
                return said[number]
        return ""
