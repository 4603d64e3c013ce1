"""When an instance reached each element, when it left and by which flows: read from its effects, kept in short.

Steps write nothing of it. What is kept is a cache, like a snapshot: brought up every hour, made again by `rebuild`, and
what was stepped since is read from the journal when somebody asks. So it costs a step nothing, and is never behind.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, bindparam, delete, insert, or_, select

from engine import journal
from engine.errors import Tampered
from engine.room import Room
from engine.store import tables as t
from engine.store import turns
from engine.store.prepared import Prepared

AT_ONCE = 64
FORM = 2
OPEN = -1
TURN, CANCELLED = 1, 2
i, p = t.instance.c, t.passage.c
_behind = Prepared(
    select(i.id, p.seq, p.body)
    .select_from(t.instance)
    .outerjoin(t.passage, p.instance == i.id)
    .where(or_(p.seq.is_(None), p.seq < i.head_seq), i.id > bindparam("after"))
    .order_by(i.id)
    .limit(AT_ONCE)
)
_forget = Prepared(delete(t.passage).where(p.instance == bindparam("wanted")))
_keep = Prepared(insert(t.passage))
_there = Prepared(select(i.id).where(i.id == bindparam("wanted")))


class Passage(NamedTuple):
    """One time that a token was at an element. Times are microseconds; `left` is None while it is there.

    `turn`: one of the turns of an activity that repeats, told besides the whole of it."""

    element: str
    definition_set: str
    entered: int
    left: int | None
    cancelled: bool
    turn: bool


class Taken(NamedTuple):
    """One time that a sequence flow was taken. The time is microseconds."""

    flow: str
    definition_set: str
    at: int


@dataclass
class Trail:
    """The passages of one instance up to entry `seq`, by column, and the flows that it took, by column; `open` tells
    where each token's passage stands."""

    seq: int = 0
    sets: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    element: list[int] = field(default_factory=list)
    of: list[int] = field(default_factory=list)
    entered: list[int] = field(default_factory=list)
    lasted: list[int] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)
    flow: list[int] = field(default_factory=list)
    flow_of: list[int] = field(default_factory=list)
    taken: list[int] = field(default_factory=list)
    open: dict[int, int] = field(default_factory=dict)

    def follow(self, seq: int, at: int, definition_set: str, effects: Iterable[Mapping[str, Any]]) -> None:
        """Bring the trail from before an entry to after it."""
        self.seq = seq
        for effect in effects:
            if effect["type"] == "entered":
                self.open[effect["token"]] = len(self.element)
                self.element.append(_place(self.names, effect["element"]))
                self.of.append(_place(self.sets, definition_set))
                self.entered.append(at)
                self.lasted.append(OPEN)
                self.marks.append(0 if effect.get("loop") is None else TURN)
            elif effect["type"] == "flow":
                self.flow.append(_place(self.names, effect["element"]))
                self.flow_of.append(_place(self.sets, definition_set))
                self.taken.append(at)
            elif effect["type"] == "left":
                row = self.open.pop(effect["token"], None)
                if row is not None:
                    self.lasted[row] = at - self.entered[row]
                    self.marks[row] |= CANCELLED if effect.get("cancelled") else 0
            elif effect["type"] == "moved" and effect["token"] in self.open:
                # Of a migrated instance: the same stay, at what the element became in the other version.
                row = self.open[effect["token"]]
                self.element[row] = _place(self.names, effect["element"])
                self.of[row] = _place(self.sets, definition_set)

    def passages(self) -> Iterator[Passage]:
        """Each passage, in the order in which the elements were reached."""
        columns = (self.element, self.of, self.entered, self.lasted, self.marks)
        for element, of, entered, lasted, marks in zip(*columns, strict=True):
            left = None if lasted == OPEN else entered + lasted
            yield Passage(
                self.names[element], self.sets[of], entered, left, bool(marks & CANCELLED), bool(marks & TURN)
            )

    def flows(self) -> Iterator[Taken]:
        """Each flow, in the order in which they were taken."""
        for flow, of, at in zip(self.flow, self.flow_of, self.taken, strict=True):
            yield Taken(self.names[flow], self.sets[of], at)

    def packed(self) -> bytes:
        """Its stored form: instants as steps from the one before, which pack to little."""
        sets = [bytes.fromhex(name) for name in self.sets]
        reached = (self.element, self.of, _steps(self.entered), self.lasted, self.marks)
        told = (FORM, sets, self.names, reached, (self.flow, self.flow_of, _steps(self.taken)), self.open)
        return journal.pack(msgspec.msgpack.encode(told))


def _steps(instants: list[int]) -> list[int]:
    return [later - earlier for earlier, later in pairwise((0, *instants))]


def _place(names: list[str], name: str) -> int:
    """Where a name stands in the list; it is put there where it does not."""
    if name not in names:
        names.append(name)
    return names.index(name)


def opened(seq: int | None, body: bytes | None) -> Trail:
    """A trail as it was kept; an empty one where none is kept, or one of another form."""
    if seq is None or body is None:
        return Trail()
    form, *told = msgspec.msgpack.decode(journal.unpack(body))
    if form != FORM:
        return Trail()
    sets, names, (element, of, entered, lasted, marks), (flow, flow_of, taken), open = told
    reached = (element, of, list(accumulate(entered)), lasted, marks)
    return Trail(seq, [name.hex() for name in sets], names, *reached, flow, flow_of, list(accumulate(taken)), open)


def trail(connection: Connection, instance: str, seq: int | None, body: bytes | None) -> Trail:
    """The trail of an instance as of now, from what is kept of it and its journal since. Raises Tampered."""
    found = opened(seq, body)
    for shape in journal.shapes(connection, instance, after=found.seq):
        found.follow(*shape)
    return found


def keep(room: Room) -> int:
    """Keep what instances passed since the last time; answers how many instances."""
    kept, after = 0, ""
    while True:
        with room.database.read() as connection:
            rows = _behind.rows(connection, after=after)
            found = [(id, made) for id, seq, body in rows if (made := _read(connection, id, seq, body)) is not None]
        if found:
            room.database.run(partial(_write, found))
        kept += len(found)
        if len(rows) < AT_ONCE:
            return kept
        after = rows[-1][0]


def _read(connection: Connection, id: str, seq: int | None, body: bytes | None) -> Trail | None:
    """None where somebody has changed the journal: `verify` names the entry."""
    try:
        return trail(connection, id, seq, body)
    except Tampered:
        return None


def _write(found: list[tuple[str, Trail]], connection: Connection) -> None:
    turns.alone(connection, "passages")
    for id, made in found:
        _forget.run(connection, wanted=id)
        # What was purged meanwhile leaves nothing behind.
        if _there.first(connection, wanted=id) is not None:
            _keep.run(connection, instance=id, seq=made.seq, body=made.packed())


def put(connection: Connection, instance: str, made: Trail) -> None:
    """Keep a trail where none is kept."""
    _keep.run(connection, instance=instance, seq=made.seq, body=made.packed())
