"""What happens to whole instances: start, suspend, resume, cancel, hand over, comment, messages, retries."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import or_, select

from bpmn.errors import Conflict, FieldError, Invalid, NotFound
from bpmn.roles import ROLES, role_by_key
from engine import errors, folds, forms, idempotency, journal, numbers, people, roles
from engine.actor import Actor
from engine.acts import LARGEST, guarded, move, new_id, require_reason
from engine.clock import BEIJING, SECOND
from engine.definitions import begun_by, by_key, pinned
from engine.room import Held, Room
from engine.spiff import Program, StepFailed, new
from engine.step import Work, run, step
from engine.store import tables as t
from engine.views import Definition


class NotErasable(Conflict):
    """流程结束后才能抹去，且只能抹去所填写的内容；领取、指派、附件、移交等记录须保留。"""


ERASABLE = frozenset({"started", "completed", "message", "commented", "checkpoint"})


def start(
    room: Room,
    actor: Actor,
    key: str,
    business_key: str | None,
    variables: Mapping[str, Any],
    parent: str | None = None,
    idempotency_key: str | None = None,
) -> str:
    """Start an instance of the newest definition; answers its id. Raises FormInvalid, StartRefused, NotVisible."""
    if not isinstance(variables, Mapping):
        raise Invalid(errors=[FieldError("variables", "应为字段和值")])
    if business_key is not None and not 0 < len(business_key) <= 200:
        raise Invalid(errors=[FieldError("business_key", "长度应为 1 至 200")])
    asked = [key, business_key, dict(variables), parent]
    if len(msgspec.json.encode(asked)) > LARGEST:
        raise Invalid(errors=[FieldError("variables", "内容超过 1 MB")])
    body = idempotency.digest("start", *asked)

    def case(work: Work) -> str:
        before = idempotency.answered(work, actor.user, idempotency_key, body)
        if before is not None:
            return str(before["instance"])
        _may_start(work, actor, parent)
        id = begin(work, actor, by_key(room, work.connection, key), business_key, variables, parent)
        idempotency.keep(work, actor.user, idempotency_key, body, {"instance": id})
        return id

    try:
        return run(room, case)
    except StepFailed as error:
        raise errors.StartRefused(reason=error.reason) from error


def _may_start(work: Work, actor: Actor, parent: str | None) -> None:
    """Staff may start; something linked to a project is started by those who see the project."""
    _require_staff(work, actor)
    if parent is not None:
        head = work.head(parent)
        if head is None:
            raise NotFound()
        roles.see(work.connection, actor, head["root"])


def _require_staff(work: Work, actor: Actor) -> None:
    """An auditor sees everything and moves nothing; outside parties have their tasks only."""
    people.require(work.connection, actor, *(r.key for r in ROLES if r.kind != "outside" and r.key != "auditor"))


def begin(
    work: Work,
    actor: Actor,
    definition: Definition,
    business_key: str | None,
    variables: Mapping[str, Any],
    parent: str | None,
    cause: Mapping[str, Any] | None = None,
    check: bool = True,
    element: str | None = None,
) -> str:
    """The first entry of a new instance, its variables checked against the start form; `element`: where it begins.

    Whoever gives it no business key lets the house number it, within its project where it has one."""
    id, room = new_id(), work.room
    over = work.head(parent) if parent is not None else None
    root = over["root"] if over is not None else id
    if business_key is None:
        business_key = _number(work, id, definition.key, over)
    cleaned, sha = dict(variables), None
    if definition.start_form and check:
        given = {"instance_id": id, "business_key": business_key, "started_by": actor.user, "parent_id": parent}
        context = forms.context(room, work.connection, root, id, given, work.now)
        cleaned, sha = forms.checked(
            room, work.connection, definition.set_hash, definition.start_form, variables, context
        )
    data = {
        "variables": cleaned,
        "business_key": business_key,
        "parent": parent,
        "root": root,
        "definition": {"id": definition.id, "key": definition.key, "version": definition.version}
        | {"name": definition.name},
        **(cause or {}),
    }
    head = {"id": id, "definition": definition.id, "head_seq": 0, "head_hash": journal.GENESIS, "head_at": 0}
    program = pinned(room, work.connection, definition.set_hash).program
    work.taken[id] = Held(new(program, id), 0)
    work.heads[id] = head
    move(work, head, "started", actor, element, None, data, form=sha)
    return id


def _number(work: Work, id: str, key: str, over: Mapping[str, Any] | None) -> str:
    """The next number of a procedure: of the year in Beijing, or of the project that it is for."""
    if over is not None:
        return numbers.take(work.connection, id, numbers.within(over["business_key"] or over["id"], key))
    year = datetime.fromtimestamp((work.now + BEIJING) / SECOND, UTC).year
    return numbers.take(work.connection, id, f"{key}-{year}-", 3)


def operate(
    room: Room, actor: Actor, instance: str, kind: str, reason: str, idempotency_key: str | None = None
) -> None:
    """Suspend, resume or cancel: an administrator does, or whoever manages the project."""
    reason = require_reason(reason)
    body = idempotency.digest(kind, instance, reason)

    def case(work: Work) -> None:
        if idempotency.answered(work, actor.user, idempotency_key, body) is not None:
            return
        head = work.head(instance)
        if head is None:
            raise NotFound()
        _may_operate(work, actor, head)
        if head["ended_at"] is not None:
            raise errors.InstanceEnded()
        if kind == "suspended" and head["suspended"]:
            raise errors.InstanceSuspended()
        if kind == "resumed" and not head["suspended"]:
            raise errors.NotSuspended()
        step(work, head, kind, actor, data={"reason": reason})
        idempotency.keep(work, actor.user, idempotency_key, body, {})

    run(room, case)


def _may_operate(work: Work, actor: Actor, head: Mapping[str, Any]) -> None:
    """Ending a project by hand is the administrator's: staff ask for it by the procedure made for that."""
    if head["parent"] is not None and "project_manager" in roles.held(work.connection, head["root"], actor.user):
        roles.see(work.connection, actor, head["root"])
        return
    people.require(work.connection, actor, "admin")


def comment(room: Room, actor: Actor, instance: str, text: str) -> None:
    """Write a remark into the journal."""
    if not isinstance(text, str) or not 0 < len(text.strip()) <= 4000:
        raise Invalid(errors=[FieldError("text", "请填写，不超过 4000 字")])

    def case(work: Work) -> None:
        head = work.head(instance)
        if head is None:
            raise NotFound()
        roles.see(work.connection, actor, head["root"])
        if people.roles_of(work.connection, actor.user) == {"auditor"}:
            raise errors.NotYours()
        step(work, head, "commented", actor, data={"text": text.strip()})

    run(room, case)


def close_finding(room: Room, actor: Actor, instance: str, element: str, position: int, text: str) -> None:
    """A remark by the project's QA that says how a finding was verified: it is open no longer."""
    text = require_reason(text)

    def case(work: Work) -> None:
        head, f = work.head(instance), t.finding.c
        mine = (f.instance == instance) & (f.element == element) & (f.position == position)
        found = work.connection.execute(select(f.finding).where(mine)).scalar()
        if head is None or found is None:
            raise NotFound()
        roles.see(work.connection, actor, head["root"])
        if "department_qa" not in roles.held(work.connection, head["root"], actor.user):
            raise errors.NeedsRole(role=role_by_key["department_qa"].title)
        closes = {"element": element, "position": position}
        step(work, head, "commented", actor, data={"text": f"{found}：{text}", "closes_finding": closes})

    run(room, case)


def hand_over(
    room: Room, actor: Actor, old: str, new_user: str, reason: str, on: str, instances: Sequence[str] | None = None
) -> list[str]:
    """A leaving person's projects and open tasks go to another, with reason and date. Answers the instances."""
    reason = require_reason(reason)

    def case(work: Work) -> list[str]:
        connection = work.connection
        people.require(connection, actor, "admin")
        have, need = people.user(connection, new_user), people.user(connection, old)
        if not have.active or old == new_user:
            raise Invalid(errors=[FieldError("to_user", "请选择另一位在岗人员")])
        found = _concerned(work, need.name, instances)
        for id in found:
            head = work.head(id)
            assert head is not None  # just selected
            seats = roles.team(connection, head["root"])
            missing = [r for r, users in seats.items() if old in users and r not in have.roles]
            if missing:
                raise errors.NotHolder(user=new_user, role=missing[0])
            step(work, head, "handed_over", actor, data={"from": old, "to": new_user, "reason": reason, "on": on})
        return found

    return run(room, case)


def _concerned(work: Work, user: str, only: Sequence[str] | None) -> list[str]:
    """Running instances in which somebody has a seat or an open task."""
    i, m, k = t.instance.c, t.membership.c, t.task.c
    seats = select(m.root).where(m.user == user)
    tasks = select(k.instance).where(k.assignee == user, t.OPEN)
    query = select(i.id).where(or_(i.id.in_(seats), i.id.in_(tasks)), i.ended_at.is_(None))
    if only is not None:
        query = query.where(i.id.in_(list(only)))
    return list(work.connection.execute(query.order_by(i.id)).scalars())


def message(
    room: Room,
    actor: Actor,
    name: str,
    business_key: str | None,
    payload: Mapping[str, Any],
    idempotency_key: str | None = None,
    instance: str | None = None,
) -> list[str]:
    """Deliver a message to every instance that waits for it, in id order, in one transaction; where none waits, it
    begins an instance of each process that begins with it; `instance`: to that one alone. Raises NobodyWaits."""
    if not isinstance(payload, Mapping) or len(msgspec.json.encode(dict(payload))) > LARGEST:
        raise Invalid(errors=[FieldError("payload", "应为字段和值，不超过 1 MB")])
    body = idempotency.digest("message", name, business_key, dict(payload), *filter(None, [instance]))
    kept: dict[str, Any] = {}

    def case(work: Work) -> list[str]:
        before = idempotency.answered(work, actor.user, idempotency_key, body)
        if before is not None:
            return list(before["correlated"])
        _require_staff(work, actor)
        rows = waiting(work, name, business_key, instance)
        mine = [row for row in rows if roles.may_see(work.connection, actor, row.root)]
        found = deliver(work, actor, mine, {"message": name, "payload": dict(payload)}, kept)
        if not rows and instance is None:
            begun = begun_by(room, work.connection, "message", name)
            for definition, element in begun:
                _require_carried(pinned(room, work.connection, definition.set_hash).program, element, payload)
            found = [
                begin(work, actor, definition, business_key, payload, None, {"message": name}, False, element)
                for definition, element in begun
            ]
        if not found:
            raise errors.NobodyWaits(name=name)
        idempotency.keep(work, actor.user, idempotency_key, body, {"correlated": found})
        return found

    return guarded(room, actor, case, lambda: kept)


def waiting(work: Work, name: str, business_key: str | None, instance: str | None = None) -> list[Any]:
    """Who waits for a message of that name; of all, or of that business key, or one instance alone."""
    s, i = t.subscription.c, t.instance.c
    query = select(s.id, s.instance, s.element, i.root).join(t.instance, i.id == s.instance)
    query = query.where(s.message == name, i.ended_at.is_(None), i.suspended.is_(False))
    if business_key is not None:
        query = query.where(i.business_key == business_key)
    if instance is not None:
        query = query.where(s.instance == instance)
    return list(work.connection.execute(query.order_by(s.instance, s.id)))


def deliver(work: Work, actor: Actor, rows: Sequence[Any], data: dict[str, Any], kept: dict[str, Any]) -> list[str]:
    """One entry per instance that still waits when its turn has come."""
    found: list[str] = []
    waits = select(t.subscription.c.id)
    for row in rows:
        head = work.head(row.instance)
        still = work.connection.execute(waits.where(t.subscription.c.id == row.id)).first() is not None
        if head is None or head["suspended"] or not still or row.instance in found:
            continue
        _require_carried(work.program(head), row.element, data["payload"])
        kept.update(kind="message", instance=row.instance, element=row.element, task=row.id, data=data)
        move(work, head, "message", actor, row.element, row.id, data)
        found.append(row.instance)
    return found


def _require_carried(program: Program, element: str | None, payload: Mapping[str, Any]) -> None:
    """Where the diagram names what a message brings, it brings nothing else: it must not overwrite other variables."""
    known = program.elements.get(element or "")
    if known is None or not known.payload:
        return
    others = [name for name in payload if name not in known.payload]
    if others:
        raise Invalid(errors=[FieldError(f"payload.{name}", "流程图没有让消息带来这一项，请去掉") for name in others])


def erase(room: Room, actor: Actor, instance: str, seq: int, reason: str) -> None:
    """Remove the payload of an entry for good, by an entry that says why, and of each later checkpoint, which repeats
    what was said. The chain holds."""
    reason = require_reason(reason)

    def case(work: Work) -> None:
        people.require(work.connection, actor, "admin")
        head = work.head(instance)
        if head is None or not 0 < seq <= head["head_seq"]:
            raise NotFound()
        lines = journal.read(work.connection, instance, after=seq - 1)
        # A running instance is the fold of its journal: without the payload it could not be loaded again.
        if head["ended_at"] is None or lines[0].entry.kind not in ERASABLE:
            raise NotErasable()
        for gone in (seq, *(line.entry.seq for line in lines[1:] if folds.states(line))):
            step(work, head, "erased", actor, data={"seq": gone, "reason": reason})
            journal.erase(work.connection, instance, gone)

    run(room, case)
    room.variables.take(instance)
