"""The form that a procedure is started with: how it is shown, and how it stands half-filled."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from engine import definitions, forms, instances
from engine.actor import Actor
from engine.room import Room
from engine.views import FormView
from forms.arrange import Arrangement
from forms.context import Context


def form(room: Room, actor: Actor, key: str, parent: str | None) -> FormView | None:
    """The start form with its options, or None where a process has none."""
    with room.database.read() as connection:
        definition = definitions.by_key(room, connection, key)
        if definition.start_form is None:
            return None
        context = _context(room, connection, actor, parent)
        return forms.shown(room, connection, definition.set_hash, definition.start_form, context, None)


def arranged(room: Room, actor: Actor, key: str, parent: str | None, data: Mapping[str, Any]) -> Arrangement | None:
    """How the start form stands with what was typed so far."""
    with room.database.read() as connection:
        definition = definitions.by_key(room, connection, key)
        context = _context(room, connection, actor, parent)
        asked = definition.start_form
        return forms.arranged(room, connection, definition.set_hash, asked, data, context) if asked else None


def _context(room: Room, connection: Connection, actor: Actor, parent: str | None) -> Context:
    """What a start form may know: who starts it, and the people of the project that it is started for."""
    known = {"started_by": actor.user, "parent_id": parent, "business_key": None, "instance_id": None}
    root = instances.find(connection, actor, parent)["root"] if parent else ""
    return forms.context(room, connection, root, parent or "", known, room.clock.now())
