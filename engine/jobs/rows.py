"""The job table as runners use it: what is due, taking a job, giving it back for later."""

import hashlib
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, or_, select, update

from engine.clock import SECOND
from engine.jobs import stranded
from engine.room import Room
from engine.store import tables as t

LEASE = 600 * SECOND
LONGEST_WAIT = 3600 * SECOND
FIRST_WAIT = 2 * SECOND
j = t.job.c
_untried = update(t.job).where(j.id == bindparam("wanted")).values(attempts=j.attempts - 1)


def is_due(now: int) -> ColumnElement[bool]:
    """Ready and due. A job not tried yet always is, and so is one that waits longer than any can: the clock was set
    back since."""
    far = now + max(LEASE, 2 * LONGEST_WAIT)
    return (j.state == "ready") & or_(j.due_at <= now, j.attempts == 0, j.due_at > far)


def due(room: Room, limit: int) -> list[str]:
    """The jobs that are due, longest due first."""
    with room.database.read() as connection:
        return list(connection.execute(waiting(room).limit(limit)).scalars())


def waiting(room: Room) -> Select[Any]:
    """All that is due and can be run."""
    query, alone = select(j.id).where(is_due(room.clock.now())), stranded.left(room)
    if alone:
        query = query.where(j.instance.not_in(alone))
    return query.order_by(j.due_at, j.seq, j.id)


def take(room: Room, id: str) -> dict[str, Any] | None:
    """Count the attempt and lease the job before anything is run: a crash counts too. None when it is not due."""

    def case(connection: Connection) -> dict[str, Any] | None:
        now = room.clock.now()
        mine = (j.id == id) & is_due(now)
        taken = connection.execute(update(t.job).where(mine).values(attempts=j.attempts + 1, due_at=now + LEASE))
        if not taken.rowcount:
            return None
        return dict(connection.execute(select(t.job).where(j.id == id)).mappings().one())

    return room.database.run(case)


def put_back(room: Room, id: str) -> None:
    """Nothing was tried, and no attempt is counted."""
    room.database.run(lambda connection: connection.execute(_untried, {"wanted": id}))


def give_back(room: Room, id: str | None = None) -> None:
    """Let a job, or all of them, run again at once: whoever had taken it has died."""

    def case(connection: Connection) -> None:
        now = room.clock.now()
        leased = (j.state == "ready") & (j.due_at > now)
        connection.execute(update(t.job).where(leased if id is None else leased & (j.id == id)).values(due_at=now))

    room.database.run(case)


def wait(id: str, attempts: int) -> int:
    """How long (us) to wait after that many attempts: four times as long each time, at most an hour, and up to a
    quarter more by the job's id, so that what failed together does not come back together."""
    plain: int = min(FIRST_WAIT * 4 ** (attempts - 1), LONGEST_WAIT)
    share = int.from_bytes(hashlib.sha256(f"{id} {attempts}".encode()).digest()[:2], "big")
    return plain + plain * share // (4 * 0xFFFF)


def again(room: Room, id: str, attempts: int) -> None:
    """Let a job that failed be tried later."""
    later = wait(id, attempts)

    def case(connection: Connection) -> None:
        ready = (j.id == id) & (j.state == "ready")
        if connection.execute(update(t.job).where(ready).values(due_at=room.clock.now() + later)).rowcount:
            room.queue.later(connection, id, later)

    room.database.run(case)
