"""Making the read tables again from the journal alone, and checkpoints before a release that raises the fold."""

import hashlib
from typing import Any

from sqlalchemy import Connection, delete, select

from engine import journal, record
from engine.actor import OPERATOR
from engine.room import Room
from engine.spiff import state
from engine.step import Work, run, step
from engine.store import tables as t
from engine.verify import canonical


def rebuild(room: Room) -> int:
    """Empty the read tables and the snapshots, then follow every journal again; answers how many instances."""
    with room.database.write() as connection:
        before = set(connection.execute(select(t.job.c.id)).scalars())
        for table in (*t.READ_TABLES, t.snapshot):
            connection.execute(delete(table))
        e = t.entry.c
        # Parents before their children: a child's team is its root's.
        ids = list(connection.execute(select(e.instance).where(e.seq == 1)).scalars())
        starts = {id: journal.read(connection, id, to=1)[0].entry for id in ids}
        for id in sorted(ids, key=lambda id: (starts[id].at, bool(starts[id].data.get("parent")), id)):
            head: dict[str, Any] = {}
            for line in journal.read(connection, id):
                record.record(connection, head, line.entry, line.effects, line.hash)
        _jobs(connection, before)
    room.lives.clear()
    room.variables.clear()
    return len(ids)


def _jobs(connection: Connection, before: set[str]) -> None:
    """A message already delivered must not go out again: what the job table no longer had is done."""

    j = t.job.c

    thrown = connection.execute(select(j.id).where(j.topic == "@message")).scalars().all()
    gone = [id for id in thrown if id not in before]
    if gone:
        connection.execute(delete(t.job).where(j.id.in_(gone)))


def checkpoint(room: Room) -> int:
    """Write the full state of each running instance as an entry; answers how many."""
    i = t.instance.c
    with room.database.read() as connection:
        ids = list(connection.execute(select(i.id).where(i.ended_at.is_(None)).order_by(i.created_at, i.id)).scalars())

    def one(id: str) -> bool:
        def case(work: Work) -> bool:
            head = work.head(id)
            if head is None or head["ended_at"] is not None:
                return False
            text = canonical(state(work.live(head).live))
            data = {"state": text.decode(), "sha256": hashlib.sha256(text).hexdigest()}
            step(work, head, "checkpoint", OPERATOR, data=data)
            return True

        return run(room, case)

    return sum(one(id) for id in ids)
