"""Between forms and the engine: the context of a form, and a completion checked against it."""

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from bpmn.errors import FieldError, Invalid
from engine import roles
from engine.definitions import form as pinned_form
from engine.room import Room
from engine.store import tables as t
from engine.views import FormView
from forms.arrange import Arrangement, arrange
from forms.context import Context
from forms.errors import Fault
from forms.present import initial, serve
from forms.validate import validate
from forms.validate import warnings as unusual

LARGEST = 1024 * 1024
"""Bytes of JSON that a form may hold."""


def context(
    room: Room, connection: Connection, root: str, instance: str, variables: Mapping[str, Any], at: int
) -> Context:
    """What a form may know: the instance's variables, the people of the project, the files of the instance."""

    def people(role: str) -> list[tuple[str, str]]:
        return roles.holders(connection, root, role)

    def attachment(id: str) -> str | None:
        a = t.attachment.c
        name: str | None = connection.execute(select(a.name).where(a.id == id, a.instance == instance)).scalar()
        return name

    return Context(variables=variables, now_us=at, feel=room.feel, people=people, attachments=attachment)


def local(row: Mapping[str, Any]) -> dict[str, Any]:
    """What a task sees beside the instance's variables: the element of a multi-instance, inputs of its stage."""
    found: dict[str, Any] = msgspec.json.decode(row["local"]) if row["local"] else {}
    return found


def own(head: Mapping[str, Any]) -> dict[str, Any]:
    """The variables that the engine provides in every scope."""
    return {
        "instance_id": head["id"],
        "business_key": head["business_key"],
        "started_by": head["started_by"],
        "parent_id": head["parent"],
    }


def shown(
    room: Room, connection: Connection, set_hash: str, key: str, context: Context, draft: Mapping[str, Any] | None
) -> FormView:
    """A form as served, with what it opens with; a draft goes before everything."""
    form, _ = pinned_form(room, connection, set_hash, key)
    return FormView(serve(form, context), {**initial(form, context), **(draft or {})}, key)


def arranged(
    room: Room, connection: Connection, set_hash: str, key: str, data: Mapping[str, Any], context: Context
) -> Arrangement:
    """How a form stands with what was filled in so far. Raises Invalid where that is no data, or too much."""
    if not isinstance(data, Mapping) or len(msgspec.json.encode(dict(data))) > LARGEST:
        raise Invalid(errors=[FieldError("data", "应为字段和值，不超过 1 MB")])
    form, _ = pinned_form(room, connection, set_hash, key)
    return arrange(form, data, context)


def checked(
    room: Room, connection: Connection, set_hash: str, key: str, data: Mapping[str, Any], context: Context
) -> tuple[dict[str, Any], str]:
    """The cleaned data and the form's hash. Raises FormInvalid."""
    form, sha = pinned_form(room, connection, set_hash, key)
    return validate(form, data, context), sha


def warnings(
    room: Room, connection: Connection, set_hash: str, key: str | None, data: Mapping[str, Any], context: Context
) -> list[Fault]:
    """What is allowed yet unusual in filled-in data; nothing where a form is unknown or warns of nothing."""
    if key is None:
        return []
    return unusual(pinned_form(room, connection, set_hash, key)[0], data, context)


def handed_in(
    room: Room, connection: Connection, set_hash: str, key: str | None, data: Mapping[str, Any], at: int
) -> list[Fault]:
    """The same of what was handed in at that time: it says by itself what it was held against."""
    return warnings(room, connection, set_hash, key, data, Context(variables={}, now_us=at, feel=room.feel))
