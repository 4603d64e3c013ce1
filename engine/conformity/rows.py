"""What conformity is read from: one query a table for all projects at once, and the entries that give reasons."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import msgspec
import zstandard
from sqlalchemy import Connection, select

from engine import journal, passages
from engine.entry import Entry
from engine.errors import Tampered
from engine.passages import Passage
from engine.store import tables as t

i, p, k, d, v, a = t.instance.c, t.passage.c, t.task.c, t.document.c, t.intervention.c, t.active.c
NEAR = 32
HEAD = (i.id, i.definition, i.title, i.business_key, i.status, i.created_at, i.ended_at, i.head_seq, p.seq, p.body)
TASK = (
    *(k.id, k.instance, k.element, k.state, k.due_at, k.returned_seq, k.created_at, k.closed_at, k.closed_seq),
    *(k.completed_by, k.on_behalf_of),
)
DOCUMENT = (d.id, d.instance, d.number, d.document_number, d.version, d.created_at, d.element, d.seq)


@dataclass
class Course:
    """How one project went, as the tables have it; `entries` are those of its interventions and returns, by number."""

    head: Mapping[str, Any]
    passages: list[Passage]
    tasks: list[Any] = field(default_factory=list)
    documents: list[Any] = field(default_factory=list)
    interventions: list[Any] = field(default_factory=list)
    active: list[str] = field(default_factory=list)
    linked: list[Any] = field(default_factory=list)
    entries: dict[int, Entry] = field(default_factory=dict)

    @cached_property
    def done(self) -> Mapping[str, Sequence[Any]]:
        """The tasks that people completed, by element, oldest first."""
        found: dict[str, list[Any]] = {}
        for row in sorted((row for row in self.tasks if row.state == "done"), key=lambda row: row.closed_seq):
            found.setdefault(row.element, []).append(row)
        return found


def courses(connection: Connection, ids: Sequence[str]) -> list[Course]:
    """The courses of these projects, in their order; what was purged meanwhile is left out. Raises Tampered."""
    joined = select(*HEAD).outerjoin(t.passage, p.instance == i.id).where(i.id.in_(ids))
    found = {row.id: Course(dict(row._mapping), _passed(connection, row)) for row in connection.execute(joined)}
    asked: list[tuple[str, Any]] = [
        ("tasks", select(*TASK).where(k.instance.in_(ids)).order_by(k.created_seq, k.id)),
        ("documents", select(*DOCUMENT).where(d.instance.in_(ids)).order_by(d.created_at, d.seq)),
        ("interventions", select(t.intervention).where(v.instance.in_(ids)).order_by(v.seq)),
        ("active", select(a.instance, a.element).where(a.instance.in_(ids))),
        ("linked", _linked(ids)),
    ]
    for name, query in asked:
        for row in connection.execute(query):
            if row.instance in found:
                getattr(found[row.instance], name).append(row.element if name == "active" else row)
    for course in found.values():
        _tell(connection, course)
    return [found[id] for id in ids if id in found]


def _linked(ids: Collection[str]) -> Any:
    columns = (i.parent.label("instance"), i.id, i.definition, i.definition_key, i.title, i.status)
    return select(*columns).where(i.parent.in_(ids)).order_by(i.created_at, i.id)


def _passed(connection: Connection, row: Any) -> list[Passage]:
    """As far as it is kept, and what was stepped since from the journal."""
    kept = passages.opened(row.seq, row.body) if row.seq == row.head_seq else None
    if kept is None or not kept.seq:
        kept = passages.trail(connection, row.id, row.seq, row.body)
    return list(kept.passages())


def _tell(connection: Connection, course: Course) -> None:
    """Read the entries of returns and interventions: one stretch of the journal, of which most is passed over."""
    wanted = {row.seq for row in course.interventions}
    wanted |= {row.returned_seq for row in course.tasks if row.returned_seq is not None}
    # What has ended is packed, and unpacked whole; of what runs only what lies near together is read at once.
    gap = journal.END if course.head["ended_at"] is not None else NEAR
    for first, last in _stretches(sorted(wanted), gap):
        for stored in journal.rows(connection, course.head["id"], after=first - 1, to=last):
            if stored.seq in wanted:
                try:
                    course.entries[stored.seq] = journal.told(stored)[0]
                except (msgspec.DecodeError, zstandard.ZstdError, KeyError) as error:
                    raise Tampered(instance=stored.instance, seq=stored.seq, reason="无法读取") from error


def _stretches(wanted: Iterable[int], gap: int) -> list[tuple[int, int]]:
    """First and last of numbers of which none lies further than the gap from the one before."""
    found: list[tuple[int, int]] = []
    for seq in wanted:
        if found and seq - found[-1][1] <= gap:
            found[-1] = found[-1][0], seq
        else:
            found.append((seq, seq))
    return found
