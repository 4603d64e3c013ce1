"""Attachments of tasks and records of instances: who may add, who may read."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
from sqlalchemy import Connection, select

from bpmn.errors import NotFound
from engine import errors, files, idempotency, roles
from engine.actor import Actor
from engine.acts import check_open, find, new_id
from engine.instances import find as find_instance
from engine.room import Room
from engine.step import Work, run, step
from engine.store import tables as t
from engine.views import Attachment, Document


def attach(
    room: Room,
    actor: Actor,
    task: str,
    name: str,
    content: bytes | BinaryIO,
    media_type: str | None = None,
    idempotency_key: str | None = None,
    invited: bool = False,
) -> Attachment:
    """Attach a file to a task of one's own. The media type told is not believed: the content decides."""
    given = files.read(room.settings, content)
    bare, media = files.check(name, given)

    def case(work: Work) -> Attachment:
        row, head = find(work, task)
        held = roles.held(work.connection, head["root"], actor.user)
        if not (invited or roles.may_do(row, actor.user, held) or roles.may_behalf(row, actor.user, held)):
            raise errors.NotYours()
        check_open(row, head)
        sha = files.keep(room.settings, given)
        body = idempotency.digest("attach", task, bare, sha)
        before = idempotency.answered(work, actor.user, idempotency_key, body)
        told = before or {"id": new_id(), "name": bare, "size": len(given), "sha256": sha, "media_type": media}
        if before is None:
            step(work, head, "attached", actor, element=row["element"], task=task, data=dict(told))
            idempotency.keep(work, actor.user, idempotency_key, body, told)
        return Attachment(**told, instance=head["id"], task=task, user=actor.user, at=work.now)

    return run(room, case)


def attachment(room: Room, actor: Actor, id: str, invited: str | None = None) -> tuple[Attachment, Path]:
    """A file and where it lies, for whoever attached it or may see the project; by a link, for its task only."""
    a = t.attachment.c
    with room.database.read() as connection:
        row = connection.execute(select(t.attachment).where(a.id == id)).mappings().one_or_none()
        if row is None:
            raise NotFound()
        if invited is None and row["user"] != actor.user:
            find_instance(connection, actor, row["instance"])
        if invited is not None and row["task"] != invited:
            raise NotFound()
        return Attachment(**row), files.path(room.settings, row["sha256"])


def documents(room: Room, actor: Actor, instance: str) -> list[Document]:
    """The records of an instance, oldest first."""
    with room.database.read() as connection:
        find_instance(connection, actor, instance)
        return of(connection, instance)


def of(connection: Connection, instance: str, seq: int | None = None) -> list[Document]:
    """The records of an instance, or of one of its entries, oldest first, for whoever was let in."""
    d = t.document.c
    own = [] if seq is None else [d.seq == seq]
    query = select(t.document).where(d.instance == instance, *own).order_by(d.created_at, d.seq, d.id)
    return [_document(dict(row)) for row in connection.execute(query).mappings()]


def attached(connection: Connection, instance: str) -> list[Attachment]:
    """The files that were attached in an instance, oldest first, for whoever was let in."""
    a = t.attachment.c
    query = select(t.attachment).where(a.instance == instance).order_by(a.at, a.id)
    return [Attachment(**row) for row in connection.execute(query).mappings()]


def _document(row: Mapping[str, Any]) -> Document:
    return Document(**{**row, "meta": msgspec.json.decode(row["meta"])})


def document(room: Room, actor: Actor, id: str) -> Document:
    """One record."""
    with room.database.read() as connection:
        row = connection.execute(select(t.document).where(t.document.c.id == id)).mappings().one_or_none()
        if row is None:
            raise NotFound()
        find_instance(connection, actor, row["instance"])
        return _document(dict(row))


def document_path(room: Room, actor: Actor, id: str) -> Path:
    """Where the bytes of a record lie."""
    return files.path(room.settings, document(room, actor, id).sha256)
