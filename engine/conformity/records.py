"""The records that clauses demand: found, missing, late, made after the fact; who wrote, checked and approved them."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from bpmn.clauses import Clause
from bpmn.ways import Ways
from engine.conformity.rows import Course
from engine.conformity.views import AfterFact, FourEyes, Made, RecordRow, RecordStanding, Signed
from engine.passages import Passage
from forms.word.record import Record, records

TOPIC = "record"
WRITTEN, CHECKED, APPROVED = ("编制",), ("审核", "评审"), ("批准",)
"""What record.json calls it to write, to check and to approve a record."""
Passed = Mapping[str, Sequence[Passage]]


@dataclass(frozen=True)
class Demand:
    """A record that a clause leaves behind: the steps that make it, and those by whom it is written, by action."""

    record: Record
    makers: tuple[str, ...]
    deeds: Mapping[str, tuple[str, ...]]

    @property
    def documented(self) -> Set[str]:
        """The steps that the record tells of."""
        return {element for elements in self.deeds.values() for element in elements}


def demands(clause: Clause) -> list[Demand]:
    """What the steps of a clause make, in their order; what declares a record void demands none."""
    made: dict[str, list[str]] = {}
    for step in clause.steps:
        inputs = dict(step.inputs)
        if step.topic == TOPIC and inputs.get("void") != "true":
            made.setdefault(inputs.get("form", "").strip().strip('="'), []).append(step.id)
    known = {name: record for record in records().values() for name in (record.key, record.number) if name}
    return [_demand(known[name], makers, clause) for name, makers in made.items() if name in known]


def _demand(record: Record, makers: Sequence[str], clause: Clause) -> Demand:
    """A record that says nothing of who did what is written where its forms are filled in."""
    written = tuple(step.id for step in clause.steps if step.form in record.forms)
    return Demand(record, tuple(makers), record.deeds or {WRITTEN[0]: written})


def row(demand: Demand, course: Course, passed: Passed, ways: Ways, ahead: Set[str], skipped: Set[str]) -> RecordRow:
    """What is there of a record in a project."""
    record = demand.record
    own = [one for one in course.documents if one.element in demand.makers and one.number == record.listed]
    signed = _signed(demand, course.done, own[-1].seq) if own else ()
    return RecordRow(
        key=record.key,
        number=record.number,
        title=record.title,
        standing="found" if own else _without(demand, course, passed, ahead, skipped),
        versions=tuple(_made(demand, one, course, passed, ways) for one in own),
        signed=signed,
        four_eyes=_four_eyes(signed),
    )


def _without(demand: Demand, course: Course, passed: Passed, ahead: Set[str], skipped: Set[str]) -> RecordStanding:
    """How it stands with a record that is not there: its step was passed, or passed over, or nobody came there."""
    reached = [one for maker in demand.makers for one in passed.get(maker, ())]
    if course.head["ended_at"] is None and any(one.left is None for one in reached):
        return "running"
    if reached or skipped & set(demand.makers):
        return "missing"
    return "ahead" if ahead & set(demand.makers) else "not_applicable"


def _made(demand: Demand, document: Any, course: Course, passed: Passed, ways: Ways) -> Made:
    """A version, held against the last step that it tells of."""
    before = [
        one for element in demand.documented for one in course.done.get(element, ()) if one.closed_seq <= document.seq
    ]
    told = max(before, key=lambda one: one.closed_seq, default=None)
    due = told.due_at if told is not None else None
    late = max(told.closed_at - due, 0) if told is not None and due is not None else 0
    after: AfterFact = ""
    if _after_stage(document, course, passed, ways):
        after = "stage"
    elif due is not None and not late and document.created_at > due:
        after = "due"
    return Made(
        document.id, document.document_number, document.version, document.created_at, document.element, due, late, after
    )


def _after_stage(document: Any, course: Course, passed: Passed, ways: Ways) -> bool:
    """Whether a later stage had begun before it was made: after its own stage was reached, not counting by a move."""
    moved = {one.at for one in course.interventions if one.kind == "modified"}
    stage = ways.stage(document.element)
    reached = [one.entered for one in passed.get(stage, ()) if one.entered <= document.created_at]
    own = max((at for at in reached if at not in moved), default=None)
    if own is None:
        return False
    later = (one.entered for id in ways.later(stage) for one in passed.get(id, ()))
    return any(own < at < document.created_at for at in later)


def _signed(demand: Demand, tasks: Mapping[str, Sequence[Any]], seq: int) -> tuple[Signed, ...]:
    """Who did what to it up to an entry, oldest first: what was checked before it was last written was another text."""
    actions = {element: action for action, elements in demand.deeds.items() for element in elements}
    every = (one for element in actions for one in tasks.get(element, ()) if one.closed_seq <= seq)
    done = sorted(every, key=lambda one: one.closed_seq)
    written = max((one.closed_seq for one in done if actions[one.element] in WRITTEN), default=0)
    latest = [one for one in done if one.closed_seq >= written or actions[one.element] not in (*CHECKED, *APPROVED)]
    last = {(actions[one.element], one.completed_by, one.on_behalf_of): one for one in latest}
    if written:
        last = {k: one for k, one in last.items() if k[0] not in WRITTEN or one.closed_seq == written}
    return tuple(Signed(action, user, behalf, one.closed_at) for (action, user, behalf), one in last.items())


def _four_eyes(signed: Sequence[Signed]) -> FourEyes:
    """Whether who wrote, checked and approved are different people; nothing where only one of these was done."""
    groups = [{one.user for one in signed if one.action in actions} for actions in (WRITTEN, CHECKED, APPROVED)]
    there = [group for group in groups if group]
    if len(there) < 2:
        return ""
    return "broken" if sum(map(len, there)) > len(set().union(*there)) else "kept"
