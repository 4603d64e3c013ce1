"""Projects whose time is over are purged by an administrator's order, never by themselves; the chain's head stays.

What is left of an instance is one sealed row: which entry was its last, with which hash, who purged it and when.
Anchors that cover the instance still hold, and `verify` says "purged", not "missing". Files go when nothing names them.
"""

import hashlib
import hmac
from collections.abc import Mapping
from functools import partial
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, exists, insert, select

from bpmn.errors import FieldError, Invalid
from engine import archive, auditing, files, people
from engine.actor import Actor
from engine.clock import DAY
from engine.definitions import by_key
from engine.room import Room
from engine.store import tables as t
from engine.store import turns

i = t.instance.c
# Whatever table comes to hold something of an instance or a project: what refers to another goes before it.
KEPT = (t.purged, t.packed, t.instance, t.audit)  # who read what of it stays known
_tables = [table for table in reversed(t.metadata.sorted_tables) if table not in KEPT]
OF_TASK, OF_INSTANCE, OF_ROOT = (
    [table for table in _tables if name in table.c] for name in ("task", "instance", "root")
)


def seal(audit: Mapping[str, bytes], kid: str, row: Mapping[str, Any]) -> bytes:
    """What nobody can make who has the database only."""
    told = [row[name] for name in ("instance", "definition_key", "seq", "at", "actor")]
    text = msgspec.json.encode(["purged", *told, bytes(row["hash"]).hex()])
    return hmac.digest(audit[kid], hashlib.sha256(text).digest(), "sha256")


def due(room: Room, actor: Actor, key: str, days: int) -> list[str]:
    """Projects of that procedure that ended, with all that is linked to them, more than so many days ago."""
    if not isinstance(days, int) or days < 1:
        raise Invalid(errors=[FieldError("days", "应为大于零的整数")])
    with room.database.read() as connection:
        people.require(connection, actor, "admin")
        by_key(room, connection, key)
        before = room.clock.now() - days * DAY
        linked = t.instance.alias()
        running = exists().where(linked.c.root == i.id, linked.c.ended_at.is_(None) | (linked.c.ended_at >= before))
        over = select(i.id).where(i.definition_key == key, i.root == i.id, i.ended_at < before, ~running)
        return list(connection.execute(over.order_by(i.created_at, i.id)).scalars())


def purge(room: Room, actor: Actor, key: str, days: int, reason: str) -> list[str]:
    """Remove what is due, a transaction a project; answers the projects. Raises NeedsRole, UnknownDefinition."""
    found = due(room, actor, key, days)
    if not reason.strip():
        raise Invalid(errors=[FieldError("reason", "必须写明原因")])
    purged = []
    for root in found:
        gone = room.database.run(partial(_project, room, actor, root, reason))
        if gone is not None:
            purged.append(root)
            _files(room, gone)
    room.lives.clear()
    room.variables.clear()
    return purged


def _project(room: Room, actor: Actor, root: str, reason: str, connection: Connection) -> set[str] | None:
    """Remove a project with what is linked to it; answers the files that it had, None where it moves again."""
    turns.alone(connection, archive.TURN)
    turns.instance(connection, root)
    columns = (i.id, i.definition_key, i.head_seq, i.head_hash, i.ended_at)
    rows = connection.execute(select(*columns).where(i.root == root).order_by(i.id)).all()
    gone: set[str] = set()
    if any(row.ended_at is None for row in rows):
        return None  # something was linked to it meanwhile
    for id, key, seq, hash, _ in rows:
        kept = {"instance": id, "definition_key": key, "seq": seq, "hash": bytes(hash)}
        kept |= {"at": room.clock.now(), "actor": actor.user, "kid": room.keys.kid}
        connection.execute(insert(t.purged), {**kept, "seal": seal(room.keys.audit, room.keys.kid, kept)})
        gone |= _rows(connection, id)
    for table in OF_ROOT:
        connection.execute(delete(table).where(table.c.root == root))
    connection.execute(delete(t.instance).where(i.root == root))
    auditing.note(connection, room, actor, "purge", root, instances=len(rows), reason=reason.strip())
    return gone


def _rows(connection: Connection, id: str) -> set[str]:
    """Remove the rows of one instance; answers the files that they named."""
    gone: set[str] = set()
    for table in (t.attachment, t.document):
        gone |= set(connection.execute(select(table.c.sha256).where(table.c.instance == id)).scalars())
    tasks = select(t.task.c.id).where(t.task.c.instance == id)
    for table in OF_TASK:
        connection.execute(delete(table).where(table.c.task.in_(tasks)))
    archive.drop(connection, id)
    for table in OF_INSTANCE:
        connection.execute(delete(table).where(table.c.instance == id))
    return gone


def _files(room: Room, gone: set[str]) -> None:
    """Remove the files that nothing names any more; not one that came in today, for its row may be on the way."""
    young = room.clock.now() - DAY
    with room.database.read() as connection:
        for sha in sorted(gone):
            named = (select(table.c.id).where(table.c.sha256 == sha).limit(1) for table in (t.attachment, t.document))
            if not any(connection.execute(query).first() for query in named):
                files.remove(room.settings, sha, young)
