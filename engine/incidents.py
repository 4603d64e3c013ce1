"""系统异常: steps and jobs that failed, listed, tried again, or given a result by an administrator."""

from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Any

import msgspec
from sqlalchemy import and_, or_, select

from bpmn.errors import Conflict, FieldError, Invalid, NotFound
from engine import errors, idempotency, journal, paging, people, reasons
from engine.actor import Actor
from engine.acts import LARGEST, move, require_reason
from engine.contract import results_of
from engine.room import Room
from engine.spiff import NotOpen, StepFailed
from engine.step import Work, run, step
from engine.store import tables as t
from engine.views import Incident, Page
from forms.errors import Wrong

DIGITS = 10**15
STRANGE = "这项作业没有“{name}”这个结果，可以有：{names}"
NOTHING = "这项作业不给出结果，只需写明原因"
c = t.incident.c


class RetryTooLate(Conflict):
    """这个系统异常已经处理过。"""


class NoJob(Conflict):
    """这个系统异常不是系统作业的，只能重试，不能直接给出结果。"""


def listed(room: Room, actor: Actor, resolved: bool = False, cursor: str = "", limit: int = 200) -> Page[Incident]:
    """What failed, newest first; for administrators and auditors."""
    limit, after = paging.limit_of(limit), paging.read(cursor, 2)
    with room.database.read() as connection:
        people.require(connection, actor, "admin", "auditor")
        query = select(*c, t.instance.c.title, t.job.c.id.is_not(None).label("job"))
        query = query.join(t.instance, t.instance.c.id == c.instance).outerjoin(t.job, t.job.c.id == c.subject)
        query = query.where(c.resolved_at.is_not(None) if resolved else c.resolved_at.is_(None))
        if after:
            query = query.where(or_(c.opened_at < after[0], and_(c.opened_at == after[0], c.id < after[1])))
        rows = list(connection.execute(query.order_by(c.opened_at.desc(), c.id.desc()).limit(limit + 1)).mappings())
        items, following = paging.cut(rows, limit, lambda row: (row["opened_at"], row["id"]))
        return Page(
            [Incident(**row, said=reasons.told(connection, row["instance"], row["seq"])) for row in items], following
        )


def retry(room: Room, actor: Actor, incident: str, reason: str, idempotency_key: str | None = None) -> None:
    """Apply the rejected input again as its first actor's, naming the operator; a job is simply run again."""
    reason = require_reason(reason)

    def case(work: Work, found: Any, head: dict[str, Any]) -> None:
        line = journal.read(work.connection, found.instance, after=found.seq - 1, to=found.seq)[0]
        rejected = line.entry.data["rejected"]
        note = {"reason": reason, "incident": incident, "retried_by": actor.user}
        step(work, head, "retried", actor, element=found.element, task=found.subject, data=note)
        if rejected["kind"] == "job":
            return
        first = Actor(rejected["actor"], rejected["channel"])
        data = {**rejected["data"], "retried_by": actor.user}
        behalf, form = rejected.get("on_behalf_of"), rejected.get("form")
        move(work, head, rejected["kind"], first, rejected["element"], rejected["task"], data, behalf, form)

    _deal(room, actor, incident, idempotency_key, idempotency.digest("retry", incident, reason), case)


def settle(
    room: Room,
    actor: Actor,
    incident: str,
    result: Mapping[str, Any],
    reason: str,
    idempotency_key: str | None = None,
) -> None:
    """Say what came of a job that keeps failing: its result, by an administrator and with a reason. It runs no more."""
    reason, given = require_reason(reason), _plain(result)

    def case(work: Work, found: Any, head: dict[str, Any]) -> None:
        topic = work.connection.execute(select(t.job.c.topic).where(t.job.c.id == found.subject)).scalar()
        if topic is None:
            raise NoJob()
        _known(room, topic, given)
        data = {"result": given, "reason": reason, "incident": incident, "settled_by": actor.user}
        move(work, head, "job_completed", actor, found.element, found.subject, data)

    _deal(room, actor, incident, idempotency_key, idempotency.digest("settle", incident, given, reason), case)


def _deal(
    room: Room,
    actor: Actor,
    incident: str,
    key: str | None,
    body: bytes,
    deal: Callable[[Work, Any, dict[str, Any]], None],
) -> None:
    """Deal with an open incident, once. Raises NotFound, RetryTooLate, StepRefused."""

    def case(work: Work) -> None:
        if idempotency.answered(work, actor.user, key, body) is not None:
            return
        people.require(work.connection, actor, "admin")
        instance = work.connection.execute(select(c.instance).where(c.id == incident)).scalar()
        head = work.head(instance) if instance is not None else None
        # Read behind the lock: whoever had it may have dealt with the incident.
        found = work.connection.execute(select(t.incident).where(c.id == incident)).one_or_none()
        if found is None or head is None:
            raise NotFound()
        if found.resolved_at is not None or head["ended_at"] is not None:
            raise RetryTooLate()
        deal(work, found, head)
        idempotency.keep(work, actor.user, key, body, {})

    try:
        run(room, case)
    except NotOpen as error:
        raise RetryTooLate() from error
    except StepFailed as error:
        raise errors.StepRefused(reason=error.reason) from error


def promised(room: Room, topic: str) -> frozenset[str] | None:
    """The fields that a job of that topic answers, `name*` for what begins so; None where it may answer anything.

    What the house does itself, a mail or a message, answers nothing."""
    handler = room.topics.get(topic)
    if handler is not None:
        return results_of(handler)
    return frozenset() if topic.startswith("@") else None


def _known(room: Room, topic: str, given: Mapping[str, Any]) -> None:
    """Raises Invalid for a field that such a job never answers: a slip would become a variable that nobody reads."""
    names = promised(room, topic)
    if names is None:
        return
    told = {"names": "、".join(sorted(names))}
    strange = [name for name in given if not any(fnmatchcase(name, known) for known in names)]
    if strange:
        template = STRANGE if names else NOTHING
        raise Invalid(errors=[Wrong(template, name=name, **told).fault(f"result.{name}") for name in strange])


def _plain(result: Mapping[str, Any]) -> dict[str, Any]:
    """A result as a journal can keep it. Raises Invalid."""
    if not isinstance(result, Mapping) or not all(isinstance(name, str) and name for name in result):
        raise Invalid(errors=[FieldError("result", "应为字段和值")])
    try:
        text = msgspec.json.encode(dict(result))
    except (TypeError, ValueError, RecursionError) as error:
        raise Invalid(errors=[FieldError("result", "应为字段和值")]) from error
    if len(text) > LARGEST:
        raise Invalid(errors=[FieldError("result", "内容超过 1 MB")])
    given: dict[str, Any] = msgspec.json.decode(text)
    if _lossy(given):
        raise Invalid(errors=[FieldError("result", "数字不得超过 15 位")])
    return given


def _lossy(value: Any) -> bool:
    """Whether there is a number that FEEL would change."""
    if isinstance(value, int | float):
        return abs(value) >= DIGITS
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(_lossy(one) for one in inner)
