"""/api/v1/process-instances"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request
from flask_babel import gettext

from web import pack
from web.api import shape
from web.api.body import key, member, only, reply, sent, whole, window, wrong
from web.here import actor, engine

routes = Blueprint("api_instances", __name__)
STATES = frozenset({"active", "suspended", "failed", "completed", "terminated"})


@routes.get("/process-instances")
def listed() -> Response:
    """Instances that the caller may see."""
    cursor, limit = window()
    given = request.args
    if not set((given.get("status") or "active").split(",")) <= STATES:
        raise wrong("status", gettext("未知状态"))
    found = engine().instances(
        actor(),
        q=given.get("q", ""),
        definition=given.get("definition") or None,
        status=given.get("status") or None,
        parent=given.get("parent") or None,
        cursor=cursor,
        limit=limit,
    )
    return reply(shape.page(found, shape.instance))


@routes.post("/process-instances")
def start() -> Response:
    """Start an instance."""
    body = sent()
    only(body, "definition", "business_key", "variables", "parent")
    made = engine().start(
        actor(),
        member(body, "definition", str, required=True),
        member(body, "business_key", str),
        member(body, "variables", dict) or {},
        parent=member(body, "parent", str),
        idempotency_key=key(),
    )
    return reply(shape.instance(made), 201)


@routes.get("/process-instances/<id>")
def one(id: str) -> Response:
    """An instance, its variables and where it stands."""
    return reply(shape.instance(engine().instance(actor(), id)))


def _reason(*, required: bool) -> str:
    body = sent(optional=not required)
    only(body, "reason")
    return member(body, "reason", str, required=required) or ""


def _why(body: dict[str, Any]) -> str:
    return str(member(body, "reason", str, required=True))


@routes.post("/process-instances/<id>/suspend")
def suspend(id: str) -> Response:
    """Hold an instance."""
    engine().suspend(actor(), id, _reason(required=True), key())
    return one(id)


@routes.post("/process-instances/<id>/resume")
def resume(id: str) -> Response:
    """Let a held instance go on."""
    engine().resume(actor(), id, _reason(required=False), key())
    return one(id)


@routes.post("/process-instances/<id>/cancel")
def cancel(id: str) -> Response:
    """End an instance from outside."""
    engine().cancel(actor(), id, _reason(required=True), key())
    return one(id)


@routes.post("/process-instances/<id>/migrate")
def migrate(id: str) -> Response:
    """Let an instance go on on another version of its process, the newest without one; `definition`, where it is
    named, must be that process."""
    body = sent()
    only(body, "definition", "version", "mapping", "reason")
    version, mapping = whole(body, "version"), member(body, "mapping", dict) or {}
    expected = member(body, "definition", str)
    return reply(shape.instance(engine().migrate(actor(), id, version, mapping, _why(body), key(), expected)))


@routes.post("/process-instances/<id>/modify")
def modify(id: str) -> Response:
    """Move tokens of an instance: skip, go back, go ahead."""
    body = sent()
    only(body, "moves", "reason")
    moves = member(body, "moves", list, required=True)
    return reply(shape.instance(engine().modify(actor(), id, moves, _why(body), key())))


@routes.post("/process-instances/<id>/modify/preview")
def preview(id: str) -> Response:
    """What would come of moves, or without any where the instance stands; nothing is stored."""
    body = sent(optional=True)
    only(body, "moves")
    key()  # a preview twice changes nothing; a key that is none is still told
    return reply(shape.rehearsal(engine().preview(actor(), id, member(body, "moves", list) or [])))


@routes.get("/process-instances/<id>/journal")
def journal(id: str) -> Response:
    """The instance's entries, oldest first."""
    cursor, limit = window()
    return reply(shape.page(engine().journal(actor(), id, cursor, limit), shape.entry))


@routes.get("/process-instances/<id>/evidence.zip")
def evidence(id: str) -> Response:
    """The evidence pack: everything that proves the instance, checked without this house."""
    return pack.answer(id)


@routes.get("/process-instances/<id>/documents")
def documents(id: str) -> Response:
    """The records that the instance made."""
    return reply({"items": [shape.document(made) for made in engine().documents(actor(), id)], "next": None})
