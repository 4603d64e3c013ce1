"""One job: taken, run, its result an entry; or tried again later; or an incident."""

from collections.abc import Mapping
from typing import Any

import structlog
from sqlalchemy import Connection, select, update

from bpmn.errors import GuichengError
from bpmn.sentence import Said, of, say
from engine import folds, journal, reasons
from engine.actor import ENGINE
from engine.acts import guarded, move
from engine.contract import Completer, Job, PermanentFailure, TaskHandler
from engine.folds import NeedsCheckpoint
from engine.forms import own
from engine.jobs import letters, mail, message, rows, stranded
from engine.room import Room
from engine.services import JobServices, deeds
from engine.step import Work, run, step, values
from engine.store import tables as t

log = structlog.get_logger()
j = t.job.c
OWN = {message.TOPIC: message.deliver_thrown, mail.TOPIC: mail.send, letters.TOPIC: letters.send}
"""What the engine does itself, without a service task."""


def run_once(room: Room, limit: int = 20) -> int:
    """Run what is due, longest due first; answers how many were run."""
    return sum(one(room, id) for id in rows.due(room, limit))


def one(room: Room, id: str) -> int:
    """Run a job if it is due; answers how many were run. Whatever it does, the runner goes on."""
    row = rows.take(room, id)
    if row is None:
        return 0
    try:
        if row["attempts"] > _most(room, row):
            raise PermanentFailure("多次中断，未能完成")
        if row["topic"] in OWN:
            _own(room, row)
            return 1
        handler = room.topics.get(row["topic"])
        if handler is None:
            raise PermanentFailure(say("没有主题“{topic}”的服务", topic=row["topic"]))
        _result(room, row, handler)
    except NeedsCheckpoint as error:
        stranded.leave(room, row["instance"], error)
        rows.put_back(room, id)
    except PermanentFailure as error:
        _fail(room, row, of(error))
    except GuichengError as error:
        _again(room, row, of(error))
    except Exception as error:  # the runner must outlive whatever one job does; the reason is kept and shown
        log.exception("job failed", job=id, topic=row["topic"])
        _again(room, row, f"{type(error).__name__}: {error}")
    return 1


def _own(room: Room, row: Mapping[str, Any]) -> None:
    try:
        OWN[row["topic"]](room, row)
    except NeedsCheckpoint as error:  # a receiver's, not the job's own instance's: tried again like any other
        _again(room, row, of(error))


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
        if room.lives.get(row["instance"]) is None:
            folds.base(journal.read(connection, row["instance"]))  # or the work would be done, and its result refused
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
            payload=line.entry.data.get("payload") or {} if line.entry.kind == "message" else {},
        ), line.entry.at


def _then(room: Room, connection: Connection, instance: str, seq: int) -> dict[str, Any]:
    kept = room.variables.get(instance)
    found = values(room, connection, instance, seq)
    if kept is not None:
        room.variables.put(instance, kept)  # reading the past must not put it in the place of the present
    return found


def _again(room: Room, row: Mapping[str, Any], reason: Said) -> None:
    """Try later; after the last attempt it is an operator's."""
    if row["attempts"] >= _most(room, row):
        _fail(room, row, reason)
    else:
        rows.again(room, row["id"], row["attempts"])


def _most(room: Room, row: Mapping[str, Any]) -> int:
    return mail.most(room) if row["topic"] in (mail.TOPIC, letters.TOPIC) else room.settings.job_attempts


def _fail(room: Room, row: Mapping[str, Any], reason: Said) -> None:
    """An incident: the job waits for an operator, who lets it run again or says what came of it."""
    data = {**reasons.kept(reason), "rejected": {"kind": "job"}}

    def case(work: Work) -> None:
        head = work.head(row["instance"])
        open_still = work.connection.execute(select(j.id).where(j.id == row["id"], j.state == "ready")).first()
        if head is not None and head["ended_at"] is None and open_still is not None:
            step(work, head, "incident", ENGINE, element=row["element"], task=row["id"], data=data)
        else:
            log.warning("job given up after its instance ended", job=row["id"], topic=row["topic"], reason=str(reason))
            work.connection.execute(update(t.job).where(j.id == row["id"]).values(state="failed"))

    run(room, case)
