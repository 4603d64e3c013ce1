"""Running instances and another version: rehearsed on copies, then moved, each by an entry of its own; and what an
operator moves in one instance that is stuck."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select

from bpmn.errors import Conflict, FieldError, Invalid, NotFound
from engine import errors, idempotency, paging, people
from engine.actor import Actor
from engine.acts import require_reason
from engine.definitions import by_key
from engine.entry import Entry
from engine.folds import NeedsCheckpoint
from engine.obstacle import CannotMigrate, Obstacle
from engine.room import Room
from engine.spiff import FOLD, Live, NotOpen, StepFailed, apply, migrate, restore, snapshot
from engine.step import Work, run, step, work
from engine.store import tables as t
from engine.views import Definition, Page, Place, Rehearsal, RunningVersion


class CannotMove(Conflict):
    """不能这样移动：{reason}"""


class OtherProcess(Invalid):
    """这个项目不按规程“{key}”办理，没有迁移。请在它自己的规程中迁移。"""


OWNERS = ("process_owner", "admin")
HOW = ("before", "after")


def running_versions(room: Room, actor: Actor, key: str) -> list[RunningVersion]:
    """The versions of a process, the newest first, each with how many instances run on it.

    Raises UnknownDefinition, NeedsRole."""
    d, i = t.definition.c, t.instance.c
    with room.database.read() as connection:
        people.require(connection, actor, *OWNERS)
        by_key(room, connection, key)
        held = select(i.definition, func.count()).where(i.definition_key == key, i.ended_at.is_(None))
        running: dict[str, int] = {id: count for id, count in connection.execute(held.group_by(i.definition))}
        known = select(d.id, d.version, d.version_tag, t.deployment.c.at).join(t.deployment)
        rows = connection.execute(known.where(d.key == key).order_by(d.version.desc()))
        return [RunningVersion(row.version, row.version_tag, row.at, running.get(row.id, 0)) for row in rows]


def rehearse(
    room: Room,
    actor: Actor,
    key: str,
    version: int | None = None,
    mapping: Mapping[str, str] | None = None,
    cursor: str = "",
    limit: int = 50,
) -> Page[Rehearsal]:
    """What would come of each running instance of that key on that version, the newest without one; oldest first.

    Tried on copies: nothing is stored. Raises UnknownDefinition, Invalid, NeedsRole."""
    limit, after = paging.limit_of(limit), paging.read(cursor, 2)
    names = _mapping(mapping or {})
    i = t.instance.c
    with room.database.read() as connection:
        people.require(connection, actor, *OWNERS)
        onto = by_key(room, connection, key, version)
        query = select(i.id, i.created_at)
        query = query.where(i.definition_key == key, i.ended_at.is_(None), i.definition != onto.id)
        if after:
            query = query.where((i.created_at > after[0]) | ((i.created_at == after[0]) & (i.id > after[1])))
        rows = list(connection.execute(query.order_by(i.created_at, i.id).limit(limit + 1)))
    found, following = paging.cut(rows, limit, lambda row: (row.created_at, row.id))
    tried = (_rehearsed(room, row.id, onto, names) for row in found)
    return Page([one for one in tried if one is not None], following)


def _rehearsed(room: Room, instance: str, onto: Definition, names: dict[str, str]) -> Rehearsal | None:
    """One of them, in a transaction of its own, so that nobody waits for all; None where it has ended meanwhile."""
    before: tuple[Place, ...] = ()
    after: tuple[Place, ...] = ()
    obstacles: tuple[Obstacle, ...] = ()
    with work(room) as current:
        head = current.head(instance)
        if head is None or head["ended_at"] is not None:
            return None
        now = current.definition(head)
        try:
            copy = _copy(current, head)
            before = _places(copy, now)
            entry = _entry(current, head, "migrated", {"mapping": names}, onto.set_hash)
            moved, _ = migrate(copy, current.program({**head, "definition": onto.id}), entry, room.feel)
            after = _places(moved, onto)
        except CannotMigrate as error:
            obstacles = error.obstacles
        except StepFailed as error:
            obstacles = (_failed(now, error),)
        except NeedsCheckpoint as error:
            obstacles = (Obstacle("", "", str(error)),)
        return Rehearsal(head["id"], head["business_key"], head["title"], now.version, before, after, obstacles)


def _failed(definition: Definition, error: StepFailed) -> Obstacle:
    return Obstacle(error.element or "", _name(definition, error.element or ""), str(error.reason))


def migrated(
    room: Room,
    actor: Actor,
    instance: str,
    version: int | None,
    mapping: Mapping[str, str],
    reason: str,
    idempotency_key: str | None = None,
    key: str | None = None,
) -> None:
    """One instance goes on on another version of its process, the newest without one. `key`: the process that whoever
    asks holds it for, if they say so.

    Raises CannotMigrate with every obstacle, OtherProcess, InstanceEnded, ReasonMissing; nothing has changed then."""
    reason, names = require_reason(reason), _mapping(mapping)
    body = idempotency.digest("migrated", instance, version, names, reason, *([] if key is None else [key]))

    def case(current: Work) -> None:
        if idempotency.answered(current, actor.user, idempotency_key, body) is not None:
            return
        people.require(current.connection, actor, *OWNERS)
        head = _running(current, instance)
        if key not in (None, head["definition_key"]):
            raise OtherProcess(errors=[FieldError("definition", "项目不属于这个规程")], key=key)
        now = current.definition(head)
        onto = by_key(room, current.connection, head["definition_key"], version)
        if onto.id == now.id:
            raise Invalid(errors=[FieldError("version", "已经在这个版本上")])
        data = {
            "definition": {"id": onto.id, "key": onto.key, "version": onto.version, "name": onto.name},
            "from": now.set_hash,
            "from_version": now.version,
            "mapping": names,
            "reason": reason,
        }
        step(current, head, "migrated", actor, data=data, onto=onto)
        idempotency.keep(current, actor.user, idempotency_key, body, {})

    run(room, case)


def preview(room: Room, actor: Actor, instance: str, moves: Sequence[Mapping[str, Any]] = ()) -> Rehearsal:
    """What would come of an operator's moves in one instance, tried on a copy; without moves, where it stands.

    Raises Invalid, NeedsRole, NotFound, InstanceEnded."""
    asked = _moves(moves) if moves or not isinstance(moves, Sequence) else []
    with work(room) as current:
        people.require(current.connection, actor, "admin")
        head = _running(current, instance)
        now, copy = current.definition(head), _copy(current, head)
        before = _places(copy, now)
        obstacles: tuple[Obstacle, ...] = ()
        try:
            entry = _entry(current, head, "modified", {"moves": asked}, now.set_hash)
            apply(copy, entry, room.feel)
        except StepFailed as error:
            obstacles = (_failed(now, error),)
        after = () if obstacles else _places(copy, now)
        return Rehearsal(head["id"], head["business_key"], head["title"], now.version, before, after, obstacles)


def modified(
    room: Room,
    actor: Actor,
    instance: str,
    moves: Sequence[Mapping[str, Any]],
    reason: str,
    idempotency_key: str | None = None,
) -> None:
    """An operator moves tokens of one instance: skip, go back, go ahead.

    Raises TaskClosed, CannotMove, ReasonMissing; nothing has changed then."""
    reason, asked = require_reason(reason), _moves(moves)
    body = idempotency.digest("modified", instance, asked, reason)

    def case(current: Work) -> None:
        if idempotency.answered(current, actor.user, idempotency_key, body) is not None:
            return
        people.require(current.connection, actor, "admin")
        head = _running(current, instance)
        step(current, head, "modified", actor, data={"moves": asked, "reason": reason})
        idempotency.keep(current, actor.user, idempotency_key, body, {})

    try:
        run(room, case)
    except NotOpen as error:
        raise errors.TaskClosed() from error
    except StepFailed as error:
        raise CannotMove(reason=str(error.reason)) from error


def _running(current: Work, instance: str) -> dict[str, Any]:
    head = current.head(instance)
    if head is None:
        raise NotFound()
    if head["ended_at"] is not None:
        raise errors.InstanceEnded()
    return head


def _copy(current: Work, head: dict[str, Any]) -> Live:
    """The instance as it is, to be used up."""
    held = current.live(head)
    return restore(held.live.program, snapshot(held.live))


def _entry(current: Work, head: Mapping[str, Any], kind: str, data: dict[str, Any], set_hash: str) -> Entry:
    """An entry that nobody will see."""
    seq, at = head["head_seq"] + 1, max(current.now, head["head_at"])
    return Entry(
        instance=head["id"],
        seq=seq,
        at=at,
        kind=kind,
        actor="",
        channel="web",
        fold=FOLD,
        definition_set=set_hash,
        data=data,
    )


def _places(live: Live, definition: Definition) -> tuple[Place, ...]:
    """Where it waits, in the order of its tokens."""
    return tuple(Place(token, id, _name(definition, id), path) for token, id, path in live.places)


def _name(definition: Definition, id: str) -> str:
    element = definition.element(id)
    return element.name if element is not None and element.name else id


def _mapping(given: Mapping[str, str]) -> dict[str, str]:
    if not isinstance(given, Mapping) or not all(isinstance(x, str) for pair in given.items() for x in pair):
        raise Invalid(errors=[FieldError("mapping", "应为旧环节到新环节的对应")])
    return {old: new for old, new in sorted(given.items()) if new and old != new}


def _moves(given: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    wrong = FieldError("moves", "应列出要移动的环节：token、element、how（before 或 after）、to")
    if not isinstance(given, Sequence) or isinstance(given, str) or not given:
        raise Invalid(errors=[wrong])
    found = []
    for one in given:
        known = isinstance(one, Mapping) and type(one.get("token")) is int and one.get("how") in HOW
        if not known or not all(isinstance(one.get(name), str) for name in ("element", "to")):
            raise Invalid(errors=[wrong])
        found.append({name: one[name] for name in ("token", "element", "how", "to")})
    return found
