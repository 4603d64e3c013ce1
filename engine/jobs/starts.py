"""Processes that begin by themselves: each turn of a start event's timer begins one instance, however many look."""

from typing import Any

import structlog
from sqlalchemy import Select, insert, select, update

from bpmn.errors import GuichengError
from bpmn.sentence import say
from engine import people
from engine.actor import CLOCKWORK
from engine.acts import new_id
from engine.definitions import by_id
from engine.room import Room
from engine.runs import begin
from engine.schedule import turn
from engine.spiff import StepFailed
from engine.step import Work, run
from engine.store import tables as t

log = structlog.get_logger()
s = t.start_timer.c


def due(now: int, limit: int) -> Select[Any]:
    """The timers whose turn has come, longest due first. One that failed waits until it is deployed again."""
    return select(s.id).where(s.due_at <= now, s.failed.is_(False)).order_by(s.due_at, s.id).limit(limit)


def fire_due(room: Room, limit: int = 100) -> int:
    """Begin an instance for every timer that is due; answers how many. Of missed turns one each time."""
    with room.database.read() as connection:
        ids = list(connection.execute(due(room.clock.now(), limit)).scalars())
    return sum(fire(room, id) for id in ids)


def fire(room: Room, id: str) -> int:
    """Begin the instance of a timer's turn if it is still due; answers how many were begun."""
    begun: list[str] = []
    rows: list[Any] = []

    def case(work: Work) -> None:
        begun.clear()
        rows[:] = work.connection.execute(select(t.start_timer).where(s.id == id, s.due_at <= work.now)).all()
        for row in rows:
            if turn(work.connection, row, work.now):
                definition = by_id(room, work.connection, row.definition)
                cause = {"timer": row.element, "due": row.due_at}
                begun.append(begin(work, CLOCKWORK, definition, None, {}, None, cause, False, row.element))

    try:
        run(room, case)
    except StepFailed as error:
        _fail(room, rows[0], error)
        return 0
    except GuichengError as error:
        log.warning("timer start failed", timer=id, reason=str(error))
        return 0
    except Exception:  # the clockwork must outlive whatever one timer does
        log.exception("timer start failed", timer=id)
        return 0
    return len(begun)


def _fail(room: Room, row: Any, error: StepFailed) -> None:
    """Nothing has begun: the administrators are told why, once, and the timer waits until it is deployed again."""

    def case(work: Work) -> None:
        mine = (s.id == row.id) & (s.due_at == row.due_at) & s.failed.is_(False)
        if work.connection.execute(update(t.start_timer).where(mine).values(failed=True)).rowcount == 0:
            return
        definition = by_id(room, work.connection, row.definition)
        text = str(
            say(
                "{name}：到了“{element}”的时间，但未能开始：{reason}。请改正后重新部署。",
                name=definition.name,
                element=row.element,
                reason=error.reason,
            )
        )
        told = {"at": work.now, "text": text, "link": f"/procedures/{definition.key}", "kind": "told"}
        for admin in people.holders(work.connection, "admin"):
            work.connection.execute(insert(t.notice), {**told, "id": new_id(), "user": admin.name})

    log.warning("timer start failed", timer=row.id, element=row.element, reason=str(error.reason))
    run(room, case)
