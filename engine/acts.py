"""What people do with tasks: claim, release, assign, complete. One use case, one function, one transaction."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection, bindparam, delete, func, select, update

from bpmn.errors import FieldError, Invalid, NotFound
from engine import errors, forms, idempotency, people, reasons, roles
from engine.actor import Actor
from engine.journal import Line
from engine.room import Room
from engine.spiff import NotOpen, StepFailed, variables
from engine.step import Work, run, step
from engine.store import tables as t
from engine.store import turns
from engine.store.prepared import Prepared
from forms.errors import Fault

T = TypeVar("T")
LARGEST = forms.LARGEST
_task = Prepared(
    select(t.task, t.instance)
    .join_from(t.task, t.instance, t.instance.c.id == t.task.c.instance)
    .where(t.task.c.id == bindparam("wanted"))
)
TASK, HEAD = tuple(t.task.c.keys()), tuple(t.instance.c.keys())
_no_draft = Prepared(delete(t.draft).where(t.draft.c.task == bindparam("closing")))


def require_reason(reason: str) -> str:
    """A reason that says something. Raises ReasonMissing."""
    if not isinstance(reason, str) or not reason.strip():
        raise errors.ReasonMissing(errors=[FieldError("reason", "必须写明原因")])
    return reason.strip()[:4000]


def find(work: Work, task: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The task's row and its instance's head, locked before they are read. Raises NotFound."""
    turns.of_task(work.connection, task)
    row, head = look(work.connection, task)
    return row, work.keep(head)


def look(connection: Connection, task: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The same for somebody who changes nothing. Raises NotFound."""
    found = _task.first(connection, wanted=task)
    if found is None:
        raise NotFound()
    return dict(zip(TASK, found, strict=False)), dict(zip(HEAD, found[len(TASK) :], strict=True))


def check_open(row: Mapping[str, Any], head: Mapping[str, Any]) -> None:
    """Raises where nothing can be done with the task now."""
    if row["state"] != "open":
        raise errors.TaskClosed()
    if head["suspended"]:
        raise errors.InstanceSuspended()


def claim(room: Room, actor: Actor, task: str) -> None:
    """Take a task of one's role, or of an outsider that one may act for. Claiming one's own again changes nothing."""

    def case(work: Work) -> None:
        row, head = find(work, task)
        held = roles.held(work.connection, head["root"], actor.user)
        free = {**row, "assignee": None}
        if not (roles.may_do(free, actor.user, held) or roles.may_behalf(free, actor.user, held)):
            if row["assignee"] == actor.user:
                return
            raise errors.NotYours()
        check_open(row, head)
        if row["assignee"] == actor.user:
            return
        if row["assignee"] is not None:
            raise errors.TaskTaken()
        step(work, head, "claimed", actor, element=row["element"], task=task)

    run(room, case)


def unclaim(room: Room, actor: Actor, task: str, idempotency_key: str | None = None) -> None:
    """Put a claimed task back. One that was assigned by name stays with its holder."""
    body = idempotency.digest("unclaim", task)

    def case(work: Work) -> None:
        if idempotency.answered(work, actor.user, idempotency_key, body) is not None:
            return
        row, head = find(work, task)
        if row["assignee"] != actor.user:
            raise errors.NotYours()
        check_open(row, head)
        if not row["claimed"]:
            raise errors.TaskTaken()
        step(work, head, "unclaimed", actor, element=row["element"], task=task)
        idempotency.keep(work, actor.user, idempotency_key, body, {})

    run(room, case)


def assign(room: Room, actor: Actor, task: str, user: str, reason: str) -> None:
    """Give a task to a person: an administrator, its holder, or the project's manager does so, with a reason."""
    reason = require_reason(reason)

    def case(work: Work) -> None:
        row, head = find(work, task)
        connection = work.connection
        held = roles.held(connection, head["root"], actor.user)
        if row["assignee"] != actor.user and "project_manager" not in held:
            people.require(connection, actor, "admin")
        check_open(row, head)
        able = roles.held(connection, head["root"], user) & set((row["roles"] + "," + row["behalf"]).split(","))
        if not people.user(connection, user).active or not (able or row["assignee"] is not None and not row["roles"]):
            raise Invalid(errors=[FieldError("user", "此人没有办理这项任务的岗位")])
        step(work, head, "assigned", actor, element=row["element"], task=task, data={"user": user, "reason": reason})

    run(room, case)


def complete(
    room: Room,
    actor: Actor,
    task: str,
    data: Mapping[str, Any],
    on_behalf_of: str | None = None,
    evidence: Sequence[str] = (),
    idempotency_key: str | None = None,
    invited: str | None = None,
    after: Callable[[Work], None] | None = None,
) -> list[Fault]:
    """Hand in a task; answers what is unusual in it. `invited` is the outside role of whoever came by a signed link:
    the link is their right.

    Checks who, then what, then moves; `after` runs in the same transaction. A failing step keeps the input."""
    if not isinstance(data, Mapping):
        raise Invalid(errors=[FieldError("data", "应为字段和值")])
    body, size = idempotency.weighed("complete", task, dict(data), on_behalf_of, list(evidence))
    if size > LARGEST:
        raise Invalid(errors=[FieldError("data", "内容超过 1 MB")])
    kept: dict[str, Any] = {}

    def case(work: Work) -> list[Fault]:
        if idempotency.again(work, actor.user, idempotency_key, body):
            before = idempotency.answered(work, actor.user, idempotency_key, body) or {}
            return [Fault(*one) for one in before.get("warnings", ())]
        row, head = find(work, task)
        post = _right(work, row, head, actor, on_behalf_of, invited)
        check_open(row, head)
        proof = _evidence(work, row, on_behalf_of, evidence)
        _other_person(work, row, head, actor)
        cleaned, form, unusual = _checked(work, row, head, data)
        entry = {"data": cleaned, "post": post} | ({"evidence": proof} if proof else {})
        kept.update(instance=head["id"], element=row["element"], data=entry, form=form)
        move(work, head, "completed", actor, row["element"], task, entry, on_behalf_of or invited, form)
        _no_draft.run(work.connection, closing=task)
        if after is not None:
            after(work)
        if unusual:
            told = [(one.field, one.message, one.template, dict(one.details)) for one in unusual]
            idempotency.amend(work, actor.user, idempotency_key, {"warnings": told})
        return unusual

    def rejected() -> dict[str, Any]:
        return {**kept, "kind": "completed", "task": task, "on_behalf_of": on_behalf_of or invited}

    return guarded(room, actor, case, rejected)


def move(
    work: Work,
    head: dict[str, Any],
    kind: str,
    actor: Actor,
    element: str | None,
    task: str | None,
    data: dict[str, Any],
    on_behalf_of: str | None = None,
    form: str | None = None,
) -> Line:
    """A step that moves tokens; nobody gets into a team without holding the role."""
    line = step(work, head, kind, actor, element=element, task=task, data=data, on_behalf_of=on_behalf_of, form=form)
    roles.check_team(work.connection, line.effects)
    return line


def guarded(room: Room, actor: Actor, case: Callable[[Work], T], rejected: Callable[[], dict[str, Any]]) -> T:
    """Run a use case; a step that fails leaves nothing but an incident with what was handed in."""
    try:
        return run(room, case)
    except NotOpen as error:
        raise errors.TaskClosed() from error
    except StepFailed as error:
        open_incident(room, actor, rejected(), error)
        raise errors.StepRefused(reason=error.reason) from error


def open_incident(room: Room, actor: Actor, rejected: dict[str, Any], error: StepFailed) -> None:
    """Write down that a step failed, why, and what it was given."""
    told = {"actor": actor.user, "channel": actor.channel, **rejected}
    data = {**reasons.kept(error.reason), "at_element": error.element, "rejected": told}

    def case(work: Work) -> None:
        head = work.head(rejected["instance"])
        if head is not None and head["ended_at"] is None:
            step(work, head, "incident", actor, element=rejected["element"], task=rejected["task"], data=data)

    run(room, case)


def _right(
    work: Work, row: Mapping[str, Any], head: Mapping[str, Any], actor: Actor, behalf: str | None, invited: str | None
) -> str | None:
    """The post under which this person may hand the task in. Raises NotYours, TaskTaken, BehalfRefused."""
    if invited is not None:
        return invited
    held = roles.held(work.connection, head["root"], actor.user)
    mine, wanted = roles.may_do(row, actor.user, held), [role for role in row["roles"].split(",") if role]
    if behalf is not None:
        if not roles.may_behalf(row, actor.user, held) or behalf not in wanted:
            raise errors.BehalfRefused(role=behalf)
        return str(next(role for role in row["behalf"].split(",") if role in held))
    if mine and wanted and not held & set(wanted) and held & set(row["behalf"].split(",")):
        # Claimed in order to act for an outsider, but then handed in as if by the outsider.
        raise errors.NeedsEvidence(errors=[FieldError("on_behalf_of", "请写明代表谁办理")])
    if not mine:
        if row["state"] == "open" and held & set(wanted):
            raise errors.TaskTaken()
        raise errors.NotYours()
    return next((role for role in wanted if role in held), next(iter(sorted(held)), None))


def _evidence(work: Work, row: Mapping[str, Any], behalf: str | None, evidence: Sequence[str]) -> list[str]:
    """The files that prove what an outsider did, each attached to this task."""
    given = list(dict.fromkeys(evidence))
    if behalf is not None and not given:
        raise errors.NeedsEvidence(errors=[FieldError("evidence", "请附上客观证据")])
    a = t.attachment.c
    if given:
        found = set(work.connection.execute(select(a.id).where(a.id.in_(given), a.task == row["id"])).scalars())
        if found != set(given):
            raise Invalid(errors=[FieldError("evidence", "附件不属于这项任务")])
    return given


def _other_person(work: Work, row: Mapping[str, Any], head: Mapping[str, Any], actor: Actor) -> None:
    """Author, reviewer and approver are different people. Raises SamePerson."""
    definition = work.definition(head)
    element = definition.element(row["element"])
    told = element.properties.get("differentFrom", "") if element else ""
    for other in filter(None, map(str.strip, told.split(","))):
        known = definition.element(other)
        begun = known is not None and known.type == "startEvent"
        before = head["started_by"] if begun else last_completer(work, head["id"], other)
        if before == actor.user:
            raise errors.SamePerson(element=known.name if known else other)


def last_completer(work: Work, instance: str, element: str) -> str | None:
    """Who completed that element last."""
    query = select(t.task.c.completed_by).where(
        t.task.c.instance == instance, t.task.c.element == element, t.task.c.state == "done"
    )
    latest = query.order_by(t.task.c.round.desc(), t.task.c.closed_seq.desc()).limit(1)
    user: str | None = work.connection.execute(latest).scalar()
    return user


def _checked(
    work: Work, row: Mapping[str, Any], head: Mapping[str, Any], data: Mapping[str, Any]
) -> tuple[dict[str, Any], str | None, list[Fault]]:
    if row["form"] is None:
        return dict(data), None, []
    scope = {**variables(work.live(head).live), **forms.local(row), **forms.own(head)}
    context = forms.context(work.room, work.connection, head["root"], head["id"], scope, work.now)
    set_hash = work.definition(head).set_hash
    cleaned, sha = forms.checked(work.room, work.connection, set_hash, row["form"], data, context)
    return cleaned, sha, forms.warnings(work.room, work.connection, set_hash, row["form"], cleaned, context)


def save_draft(room: Room, actor: Actor, task: str, data: Mapping[str, Any]) -> None:
    """Keep what somebody has typed so far; it is checked only when handed in."""
    if not isinstance(data, Mapping) or len(text := msgspec.json.encode(dict(data)).decode()) > LARGEST:
        raise Invalid(errors=[FieldError("data", "应为字段和值，不超过 1 MB")])

    def case(work: Work) -> None:
        row, head = find(work, task)
        held = roles.held(work.connection, head["root"], actor.user)
        if not (roles.may_do(row, actor.user, held) or roles.may_behalf(row, actor.user, held)):
            raise errors.NotYours()
        check_open(row, head)
        mine = (t.draft.c.task == task) & (t.draft.c.user == actor.user)
        if work.connection.execute(update(t.draft).where(mine).values(data=text, at=work.now)).rowcount == 0:
            row = {"task": task, "user": actor.user, "data": text, "at": work.now}
            work.connection.execute(t.draft.insert(), row)

    run(room, case)


def new_id() -> str:
    """A public id that chance gives."""
    return str(uuid.uuid4())


def opened(work: Work, instance: str) -> int:
    """How many tasks of an instance are open."""
    query = select(func.count()).select_from(t.task).where(t.task.c.instance == instance, t.OPEN)
    return int(work.connection.execute(query).scalar_one())
