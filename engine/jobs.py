"""What the outside does for an instance: at least once run, exactly once counted."""

import uuid
from collections.abc import Mapping
from typing import Any

import structlog
from sqlalchemy import or_, select, update

from bpmn.errors import GuichengError
from engine import journal
from engine.actor import ENGINE, Actor
from engine.acts import guarded, move
from engine.clock import SECOND
from engine.contract import Completer, Job, PermanentFailure, TaskHandler
from engine.forms import own
from engine.room import Room
from engine.runs import deliver, waiting
from engine.services import JobServices, deeds
from engine.step import Work, run, step, values
from engine.store import tables as t

LEASE = 600 * SECOND
log = structlog.get_logger()
j = t.job.c


def run_once(room: Room, limit: int = 20) -> int:
    """Run what is due, oldest first; answers how many were run."""
    now = room.clock.now()
    with room.database.read() as connection:
        query = select(j.id).where(j.state == "ready", j.due_at <= now).order_by(j.due_at, j.seq, j.id).limit(limit)
        due = list(connection.execute(query).scalars())
    return sum(_one(room, id) for id in due)


def release(room: Room) -> None:
    """Give back what a process that died had taken; for a house that runs its jobs alone."""
    with room.database.write() as connection:
        now = room.clock.now()
        connection.execute(update(t.job).where(j.state == "ready", j.due_at > now).values(due_at=now))


def _take(room: Room, id: str) -> dict[str, Any] | None:
    """Count the attempt and lease the job before anything is run: a crash counts too."""
    with room.database.write() as connection:
        now = room.clock.now()
        mine = (j.id == id) & (j.state == "ready") & (j.due_at <= now)
        taken = connection.execute(
            update(t.job).where(mine).values(attempts=j.attempts + 1, due_at=now + LEASE)
        ).rowcount
        if not taken:
            return None
        return dict(connection.execute(select(t.job).where(j.id == id)).mappings().one())


def _one(room: Room, id: str) -> int:
    row = _take(room, id)
    if row is None:
        return 0
    try:
        if row["attempts"] > room.settings.job_attempts:
            raise PermanentFailure("多次中断，未能完成")
        if row["topic"] == "@message":
            _throw(room, row)
            return 1
        handler = room.topics.get(row["topic"])
        if handler is None:
            raise PermanentFailure(f"没有主题“{row['topic']}”的服务")
        _result(room, row, handler)
    except PermanentFailure as error:
        _fail(room, row, str(error))
    except GuichengError as error:
        _again(room, row, str(error))
    except Exception as error:  # the runner must outlive whatever one job does; the reason is kept and shown
        log.exception("job failed", job=id, topic=row["topic"])
        _again(room, row, f"{type(error).__name__}: {error}")
    return 1


def _result(room: Room, row: Mapping[str, Any], handler: TaskHandler) -> None:
    job, at = _job(room, row)
    services = JobServices(room, job, room.settings.company_name, at)
    result = dict(handler(job, services) or {})
    data: dict[str, Any] = {"result": result} | ({"documents": services.made} if services.made else {})
    rejected = {"kind": "job", "instance": row["instance"], "element": row["element"], "task": row["id"], "data": data}

    def case(work: Work) -> None:
        head = work.head(row["instance"])
        if head is not None and work.connection.execute(select(j.id).where(j.id == row["id"])).first() is not None:
            move(work, head, "job_completed", ENGINE, row["element"], row["id"], data)

    guarded(room, ENGINE, case, lambda: rejected)


def _job(room: Room, row: Mapping[str, Any]) -> tuple[Job, int]:
    """The job as its handler sees it, and the time of the step that opened it."""
    with room.database.read() as connection:
        head = connection.execute(select(t.instance).where(t.instance.c.id == row["instance"])).mappings().one()
        line = journal.read(connection, row["instance"], after=row["seq"] - 1, to=row["seq"])[0]
        opened = next(e for e in line.effects if e["type"] == "job_opened" and e["job"] == row["id"])
        # The variables as they were when the job was opened: the same at every attempt.
        scope = _then(room, connection, row["instance"], row["seq"])
        did = deeds(room, connection, row["instance"], row["seq"])
        actors = {d.element: Completer(d.user, d.name, d.post, d.at, d.on_behalf_of) for d in did}
        variables = {**scope, **(opened.get("local") or {}), **own(head)}  # type: ignore[arg-type]  # a RowMapping
        return Job(
            id=row["id"],
            topic=row["topic"],
            instance=row["instance"],
            element=row["element"],
            seq=row["seq"],
            inputs=opened.get("inputs") or {},
            variables=variables,
            attempt=row["attempts"],
            business_key=head["business_key"],
            definition=head["definition_key"],
            actors=actors,
        ), line.entry.at


def _then(room: Room, connection: Any, instance: str, seq: int) -> dict[str, Any]:
    kept = room.variables.get(instance)
    found = values(room, connection, instance, seq)
    if kept is not None:
        room.variables.put(instance, kept)  # reading the past must not put it in the place of the present
    return found


def _again(room: Room, row: Mapping[str, Any], reason: str) -> None:
    """Try later, each time twice as late; after the last attempt it is an operator's."""
    if row["attempts"] >= room.settings.job_attempts:
        _fail(room, row, reason)
        return
    with room.database.write() as connection:
        wait = SECOND * 2 ** row["attempts"]
        ready = (j.id == row["id"]) & (j.state == "ready")
        connection.execute(update(t.job).where(ready).values(due_at=room.clock.now() + wait))


def _fail(room: Room, row: Mapping[str, Any], reason: str) -> None:
    """An incident: the job waits for an operator's retry."""
    data = {"reason": reason, "rejected": {"kind": "job"}}

    def case(work: Work) -> None:
        head = work.head(row["instance"])
        open_still = work.connection.execute(select(j.id).where(j.id == row["id"], j.state == "ready")).first()
        if head is not None and head["ended_at"] is None and open_still is not None:
            step(work, head, "incident", ENGINE, element=row["element"], task=row["id"], data=data)
        else:
            work.connection.execute(update(t.job).where(j.id == row["id"]).values(state="failed"))

    run(room, case)


def _throw(room: Room, row: Mapping[str, Any]) -> None:
    """Deliver a message that an instance threw, to each waiting instance of its business key, once."""
    with room.database.read() as connection:
        line = journal.read(connection, row["instance"], after=row["seq"] - 1, to=row["seq"])[0]
    thrown = [(position, e) for position, e in enumerate(line.effects) if e["type"] == "thrown"]
    base = uuid.UUID(row["instance"])
    effect = next(e for p, e in thrown if str(uuid.uuid5(base, f"thrown {row['seq']} {p}")) == row["id"])
    kept: dict[str, Any] = {}

    def case(work: Work) -> None:
        head = work.head(row["instance"])
        rows = waiting(work, effect["message"], head["business_key"] if head else None)
        if not rows:
            raise NobodyYet(name=effect["message"])
        data = {"message": effect["message"], "payload": effect.get("payload") or {}, "from": row["instance"]}
        deliver(work, Actor(ENGINE.user, "job"), rows, {**data, "job": row["id"]}, kept)
        work.connection.execute(t.job.delete().where(j.id == row["id"]))

    guarded(room, ENGINE, case, lambda: kept)


class NobodyYet(GuichengError):
    """还没有流程在等待消息“{name}”。"""


def fire_timers(room: Room, limit: int = 100) -> int:
    """Fire every timer that is due, one entry each; answers how many. A failed one waits for its operator."""
    m, i = t.timer.c, t.instance.c
    with room.database.read() as connection:
        query = select(m.id, m.instance, m.element).join(t.instance, i.id == m.instance)
        open_ = (
            (m.due_at <= room.clock.now()) & m.failed.is_(False) & or_(i.suspended.is_(False), i.suspended.is_(None))
        )
        due = list(connection.execute(query.where(open_).order_by(m.due_at, m.id).limit(limit)))
    for row in due:
        _fire(room, row)
    return len(due)


def _fire(room: Room, row: Any) -> None:
    actor = Actor(ENGINE.user, "timer")
    rejected = {"kind": "timer", "instance": row.instance, "element": row.element, "task": row.id, "data": {}}

    def case(work: Work) -> None:
        head = work.head(row.instance)
        found = work.connection.execute(select(t.timer.c.id).where(t.timer.c.id == row.id)).first()
        if head is not None and found is not None:
            move(work, head, "timer", actor, row.element, row.id, {})

    try:
        guarded(room, actor, case, lambda: rejected)
    except GuichengError as error:
        log.warning("timer failed", timer=row.id, instance=row.instance, reason=str(error))
