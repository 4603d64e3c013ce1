"""Timers: each fires by an entry of its own, which says for which instant."""

from collections.abc import Sequence
from typing import Any

import structlog
from sqlalchemy import Select, or_, select

from bpmn.errors import GuichengError
from engine.actor import CLOCKWORK
from engine.acts import guarded, move
from engine.folds import NeedsCheckpoint
from engine.jobs import stranded
from engine.room import Room
from engine.step import Work
from engine.store import tables as t

log = structlog.get_logger()
m, i = t.timer.c, t.instance.c


def due(now: int, limit: int, alone: Sequence[str] = ()) -> Select[Any]:
    """The timers to fire, longest due first. A failed one waits for its operator, a suspended instance's for it.

    Instances left `alone` have none."""
    open_ = (m.due_at <= now) & m.failed.is_(False) & or_(i.suspended.is_(False), i.suspended.is_(None))
    query = select(m.id).join(t.instance, i.id == m.instance)
    if alone:
        query = query.where(m.instance.not_in(alone))
    return query.where(open_).order_by(m.due_at, m.id).limit(limit)


def fire_due(room: Room, limit: int = 100) -> int:
    """Fire every timer that is due; answers how many. A cycle with missed turns fires one at a time, so it keeps
    nobody else waiting."""
    with room.database.read() as connection:
        ids = list(connection.execute(due(room.clock.now(), limit, stranded.left(room))).scalars())
    return sum(fire(room, id) for id in ids)


def fire(room: Room, id: str) -> int:
    """Fire a timer if it is still open and due; answers how many fired. Of two who try, one finds it closed."""
    fired: list[Any] = []

    def case(work: Work) -> None:
        fired.clear()
        instance = work.connection.execute(select(m.instance).where(m.id == id)).scalar()
        head = work.head(instance) if instance is not None else None
        # Read behind the lock: whoever had it may have fired the timer.
        query = select(m.id, m.instance, m.element, m.due_at).where(m.id == id, m.due_at <= work.now)
        row = work.connection.execute(query).one_or_none()
        if row is not None and head is not None and not head["suspended"]:
            fired.append(row)
            move(work, head, "timer", CLOCKWORK, row.element, id, {"due": row.due_at})

    def rejected() -> dict[str, object]:
        (row,) = fired
        told = {"kind": "timer", "instance": row.instance, "element": row.element, "task": id}
        return {**told, "data": {"due": row.due_at}}

    try:
        guarded(room, CLOCKWORK, case, rejected)
    except NeedsCheckpoint as error:
        stranded.leave(room, fired[0].instance, error)
        return 0
    except GuichengError as error:
        log.warning("timer failed", timer=id, reason=str(error))
        return 0
    except Exception:  # the clockwork must outlive whatever one timer does
        log.exception("timer failed", timer=id)
        return 0
    return len(fired)
