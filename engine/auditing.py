"""Telling the audit log: within somebody's transaction, before an answer, or within a second."""

from typing import Any

from sqlalchemy import Connection

from engine import audit
from engine.actor import Actor
from engine.audit import Deed
from engine.room import Room


def note(
    connection: Connection, room: Room, actor: Actor, action: str, subject: str | None = None, **data: Any
) -> None:
    """Write a deed with what it did: both take hold, or neither. The last statement of the transaction."""
    deed = Deed(room.clock.now(), actor, action, subject, None, data)
    audit.write(connection, room.keys, room.chain, [deed])


def now(
    room: Room, actor: Actor, action: str, subject: str | None = None, instance: str | None = None, **data: Any
) -> None:
    """Write a deed before it is answered. Raises what the store says: what cannot be written down is not done."""
    deed = Deed(room.clock.now(), actor, action, subject, instance, data)
    room.database.run(lambda connection: audit.write(connection, room.keys, room.chain, [deed]))


def soon(
    room: Room, actor: Actor, action: str, subject: str | None = None, instance: str | None = None, **data: Any
) -> None:
    """Have a deed written within a second; a killed process loses those of its last second."""
    room.gathered.add(Deed(room.clock.now(), actor, action, subject, instance, data))
