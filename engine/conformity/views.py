"""What is told of conformity: plain frozen values. Times are microseconds UTC."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Standing = Literal["running", "skipped", "done", "cut", "ahead", "ended", "not_applicable"]
"""Being worked; skipped by an operator; done; taken away by an event; still to come; never done because the project was
ended by hand; not on the way that was taken."""
RecordStanding = Literal["found", "missing", "running", "ahead", "not_applicable"]
FourEyes = Literal["", "kept", "broken"]
AfterFact = Literal["", "due", "stage"]
"""Made after its step should have ended although that was done in time; made after the next stage had begun."""


@dataclass(frozen=True)
class Told:
    """A return, a skip or another intervention: what, by whom, when, why. `seq` is its entry."""

    kind: str
    seq: int
    at: int
    actor: str
    element: str
    element_name: str
    reason: str


@dataclass(frozen=True)
class StepRow:
    """A step in a project: how often done, when first reached and last left, by whom last, how often late."""

    element: str
    name: str
    type: str
    standing: Standing
    times: int
    reached_at: int | None
    left_at: int | None
    by: str | None
    on_behalf_of: str | None
    late: int


@dataclass(frozen=True)
class Signed:
    """Who did what to a record: the action as record.json names it, and for whom where it was on behalf."""

    action: str
    user: str
    on_behalf_of: str | None
    at: int


@dataclass(frozen=True)
class Made:
    """A version of a record; `late`: its step was done after it was due, by so many microseconds."""

    id: str
    document_number: str | None
    version: str
    at: int
    element: str
    due_at: int | None
    late: int
    after_fact: AfterFact


@dataclass(frozen=True)
class RecordRow:
    """A record that a clause demands, in a project. `number` is empty where the company gave the form none."""

    key: str
    number: str
    title: str
    standing: RecordStanding
    versions: tuple[Made, ...]
    signed: tuple[Signed, ...]
    four_eyes: FourEyes

    @property
    def late(self) -> bool:
        """Whether any version was."""
        return any(one.late for one in self.versions)

    @property
    def after_fact(self) -> bool:
        """Whether any version was made after the fact."""
        return any(one.after_fact for one in self.versions)

    def by(self, *actions: str) -> tuple[Signed, ...]:
        """Who did these to it."""
        return tuple(one for one in self.signed if one.action in actions)


@dataclass(frozen=True)
class Linked:
    """An instance that was started for the project under the clause."""

    id: str
    key: str
    title: str
    status: str


@dataclass(frozen=True)
class ClauseRow:
    """A clause in a project. `reason`: why it does not apply, where the diagram says so.

    `interventions` are those besides the skips."""

    clause: str
    standing: Standing
    reason: str
    steps: tuple[StepRow, ...]
    returns: tuple[Told, ...]
    skips: tuple[Told, ...]
    interventions: tuple[Told, ...]
    records: tuple[RecordRow, ...]
    linked: tuple[Linked, ...]

    @property
    def late(self) -> int:
        """How often a step of it was late."""
        return sum(step.late for step in self.steps)

    @property
    def deviates(self) -> bool:
        """Whether there is anything that an auditor would ask about."""
        kept = (r.standing == "missing" or r.late or r.after_fact or r.four_eyes == "broken" for r in self.records)
        return bool(self.returns or self.skips or self.interventions or self.late) or any(kept)


@dataclass(frozen=True)
class Conformity:
    """A project, clause by clause; `interventions` are those that concern no clause alone."""

    id: str
    key: str
    version: int
    title: str
    business_key: str | None
    status: str
    created_at: int
    ended_at: int | None
    clauses: tuple[ClauseRow, ...]
    interventions: tuple[Told, ...]

    def clause(self, number: str) -> ClauseRow | None:
        """The clause of that number, or None."""
        return next((row for row in self.clauses if row.clause == number), None)


@dataclass(frozen=True)
class Sample:
    """Projects drawn at random, kept. `digest` names the population from which they were drawn."""

    id: str
    key: str
    seed: str
    size: int
    since: int | None
    until: int
    population: int
    digest: str
    drawn_by: str
    drawn_at: int
    instances: tuple[str, ...]


@dataclass(frozen=True)
class Sum:
    """A clause over several projects: in how many it stands how, and what was found in them."""

    clause: str
    standings: dict[Standing, int]
    returns: int
    skips: int
    interventions: int
    late: int
    found: int
    missing: int
    late_records: int
    after_fact: int
    broken: int


def summed(projects: Iterable[Conformity], numbers: Iterable[str]) -> list[Sum]:
    """The figures of each of these clauses over the projects."""
    every = list(projects)
    return [_sum(number, [row for one in every if (row := one.clause(number))]) for number in numbers]


def _sum(number: str, rows: list[ClauseRow]) -> Sum:
    standings: dict[Standing, int] = {}
    for row in rows:
        standings[row.standing] = standings.get(row.standing, 0) + 1
    records = [record for row in rows for record in row.records]
    return Sum(
        number,
        standings,
        returns=sum(len(row.returns) for row in rows),
        skips=sum(len(row.skips) for row in rows),
        interventions=sum(len(row.interventions) for row in rows),
        late=sum(row.late for row in rows),
        found=sum(one.standing == "found" for one in records),
        missing=sum(one.standing == "missing" for one in records),
        late_records=sum(one.late for one in records),
        after_fact=sum(one.after_fact for one in records),
        broken=sum(one.four_eyes == "broken" for one in records),
    )
