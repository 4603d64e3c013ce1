"""Random samples of projects: drawn by a seed, so that anybody can draw the same again, and kept."""

import hashlib
import secrets
from typing import Any

import msgspec
from sqlalchemy import Connection, and_, insert, or_, select

from bpmn.errors import FieldError, Invalid, NotFound
from bpmn.sentence import say
from engine import auditing, idempotency, paging, people
from engine.actor import Actor
from engine.acts import new_id
from engine.clock import BEIJING, DAY
from engine.conformity.views import Sample
from engine.definitions import versions
from engine.journal import encode
from engine.lists import AUDITORS
from engine.room import Room
from engine.step import Work, run
from engine.store import tables as t
from engine.views import Page

MOST = 200
LONGEST_SEED = 80
i, s = t.instance.c, t.sample.c


def draw(
    room: Room,
    actor: Actor,
    key: str,
    size: int,
    seed: str = "",
    since: int | None = None,
    until: int | None = None,
    idempotency_key: str | None = None,
) -> Sample:
    """Draw projects of a procedure that began from `since` on and before `until`, by default before today in Beijing.

    Each project's place is SHA-256(seed, blank, id); those with the first places are drawn. Without a seed one is made
    up. Raises NeedsRole, UnknownDefinition, Invalid."""
    body = idempotency.digest("sample", key, size, seed, since, until)
    seed = _checked(size, seed)
    now = room.clock.now()
    before = min(until if until is not None else (now + BEIJING) // DAY * DAY - BEIJING, now + 1)

    def case(work: Work) -> Sample:
        connection = work.connection
        people.require(connection, actor, *AUDITORS)
        asked = idempotency.answered(work, actor.user, idempotency_key, body)
        if asked is not None:
            return _kept(connection, asked["sample"])
        versions(connection, key)
        ids = population(connection, key, since, before)
        made = Sample(
            id=new_id(),
            key=key,
            seed=seed,
            size=size,
            since=since,
            until=before,
            population=len(ids),
            digest=hashlib.sha256("\n".join(ids).encode()).hexdigest(),
            drawn_by=actor.user,
            drawn_at=now,
            instances=tuple(drawn(ids, seed, size)),
        )
        connection.execute(insert(t.sample), {**vars(made), "instances": encode(made.instances).decode()})
        idempotency.keep(work, actor.user, idempotency_key, body, {"sample": made.id})
        auditing.note(connection, room, actor, "sample", key, sample=made.id, seed=seed, instances=len(made.instances))
        return made

    return run(room, case)


def _checked(size: int, seed: str) -> str:
    """The seed to draw by. Raises Invalid."""
    if type(size) is not int or not 1 <= size <= MOST:
        raise Invalid(errors=[FieldError("size", say("应为 1 至 {most} 的整数", most=MOST))])
    if not isinstance(seed, str) or len(seed) > LONGEST_SEED:
        raise Invalid(errors=[FieldError("seed", say("不超过 {most} 个字符", most=LONGEST_SEED))])
    return seed.strip() or secrets.token_hex(8)


def population(connection: Connection, key: str, since: int | None, until: int) -> list[str]:
    """The ids of the projects that may be drawn, in order; what is started for a project goes with it."""
    query = select(i.id).where(i.definition_key == key, i.parent.is_(None), i.created_at < until)
    if since is not None:
        query = query.where(i.created_at >= since)
    return list(connection.execute(query.order_by(i.id)).scalars())


def drawn(ids: list[str], seed: str, size: int) -> list[str]:
    """The same for the same ids and seed, on any machine and in any language."""
    return sorted(ids, key=lambda id: hashlib.sha256(f"{seed} {id}".encode()).digest())[:size]


def sample(room: Room, actor: Actor, id: str) -> Sample:
    """One that was drawn. Raises NeedsRole, NotFound."""
    with room.database.read() as connection:
        people.require(connection, actor, *AUDITORS)
        return _kept(connection, id)


def _kept(connection: Connection, id: str) -> Sample:
    row = connection.execute(select(t.sample).where(s.id == id)).mappings().one_or_none()
    if row is None:
        raise NotFound()
    return _view(row)


def samples(room: Room, actor: Actor, key: str = "", cursor: str = "", limit: int = 50) -> Page[Sample]:
    """Those of a procedure, or all, the newest first. Raises NeedsRole."""
    limit, after = paging.limit_of(limit), paging.read(cursor, 2)
    query = select(t.sample)
    if key:
        query = query.where(s.key == key)
    if after:
        query = query.where(or_(s.drawn_at < after[0], and_(s.drawn_at == after[0], s.id < after[1])))
    with room.database.read() as connection:
        people.require(connection, actor, *AUDITORS)
        rows = connection.execute(query.order_by(s.drawn_at.desc(), s.id.desc()).limit(limit + 1)).mappings().all()
    items, following = paging.cut(rows, limit, lambda row: (row["drawn_at"], row["id"]))
    return Page([_view(row) for row in items], following)


def _view(row: Any) -> Sample:
    return Sample(**{**row, "instances": tuple(msgspec.json.decode(row["instances"]))})
