"""Journals of instances that have ended are packed, an hour later: a fraction of the bytes, and nothing is lost.

Entries that no segment would give back exactly (somebody has changed them) stay as they lie, for `verify` to find.
"""

from collections.abc import Iterator
from functools import partial

import zstandard
from sqlalchemy import Connection, bindparam, delete, insert, literal_column, select, update

from engine import journal
from engine.clock import SECOND
from engine.room import Room
from engine.segments import Part, closed, kept, opened
from engine.store import tables as t
from engine.store import turns
from engine.store.prepared import Prepared

QUIET = 3600 * SECOND
MOST = 512  # entries in a segment: to read one of them, all are opened
TURN = "pack"  # a segment holds several instances: of two processes that write one, only one may at a time
AT_ONCE = 16  # instances in a transaction: whoever works waits for it
e, i = t.entry.c, t.instance.c
_ended = Prepared(
    select(e.instance)
    .join_from(t.entry, t.instance, i.id == e.instance)
    .where(e.seq == literal_column("1"), i.ended_at < bindparam("before"), e.instance > bindparam("after"))
    .order_by(e.instance)
    .limit(AT_ONCE)
)
_place = Prepared(insert(t.packed))
_bare = [
    Prepared(delete(table).where(table.c.instance == bindparam("wanted"), table.c.seq <= bindparam("last")))
    for table in (t.payload, t.entry)
]


def pack(room: Room, quiet: int = QUIET) -> int:
    """Pack what ended longer ago than `quiet` microseconds; answers how many instances."""
    packed, after, before = 0, "", room.clock.now() - quiet
    while True:
        found, done = room.database.run(partial(_pack_some, before=before, after=after))
        packed += done
        if len(found) < AT_ONCE:
            return packed
        after = found[-1]


def _pack_some(connection: Connection, before: int, after: str) -> tuple[list[str], int]:
    turns.alone(connection, TURN)
    found = [id for (id,) in _ended.rows(connection, before=before, after=after)]
    for id in found:
        turns.instance(connection, id)  # nothing is erased while it is packed
    return found, _pack(connection, found)


def _pack(connection: Connection, instances: list[str]) -> int:
    """Put the entries of these into segments; answers of how many there were any to put."""
    together: list[Part] = []
    done = set()
    for part in (part for id in instances for part in _parts(connection, id)):
        if together and sum(len(one.rows) for one in together) + len(part.rows) > MOST:
            _keep(connection, together)
            together = []
        together.append(part)
        done.add(part.instance)
    if together:
        _keep(connection, together)
    return len(done)


def _parts(connection: Connection, id: str) -> Iterator[Part]:
    """The stretches of one instance that can be packed: up to the first that cannot."""
    rows = list(journal.rows(connection, id))
    previous = journal.GENESIS
    for at in range(0, len(rows), MOST):
        stretch = rows[at : at + MOST]
        if [row.seq for row in stretch] != list(range(at + 1, at + len(stretch) + 1)):
            return
        try:
            part = Part(id, at + 1, previous, [journal.plain(row) for row in stretch])
        except zstandard.ZstdError:
            return
        if not kept(part):
            return
        previous = stretch[-1].hash
        yield part


def _keep(connection: Connection, parts: list[Part]) -> None:
    made = connection.execute(insert(t.segment).values(body=closed(parts)).returning(t.segment.c.id)).scalar_one()
    for part in parts:
        _place.run(connection, instance=part.instance, first=part.first, last=part.last, segment=made)
        for statement in _bare:
            statement.run(connection, wanted=part.instance, last=part.last)


def drop(connection: Connection, instance: str) -> None:
    """Take an instance out of its segments, for good."""
    turns.alone(connection, TURN)
    p, s = t.packed.c, t.segment.c
    ids = list(connection.execute(select(p.segment).where(p.instance == instance).distinct()).scalars())
    connection.execute(delete(t.packed).where(p.instance == instance))
    for id in ids:
        parts = opened(connection.execute(select(s.body).where(s.id == id)).scalar_one())
        left = [part for part in parts if part.instance != instance]
        mine = s.id == id
        connection.execute(
            update(t.segment).where(mine).values(body=closed(left)) if left else delete(t.segment).where(mine)
        )
