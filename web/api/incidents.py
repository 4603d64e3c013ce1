"""/api/v1/incidents"""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask_babel import gettext

from web.api import shape
from web.api.body import key, member, only, reply, sent, window, wrong
from web.here import actor, engine

routes = Blueprint("api_incidents", __name__)


@routes.get("/incidents")
def listed() -> Response:
    """What failed and waits for an administrator, or was dealt with."""
    cursor, limit = window()
    state = request.args.get("state", "open")
    if state not in ("open", "resolved"):
        raise wrong("state", gettext("应为 open 或 resolved"))
    return reply(shape.page(engine().incident_list(actor(), state == "resolved", cursor, limit), shape.incident))


@routes.post("/incidents/<id>/retry")
def retry(id: str) -> Response:
    """Try again, with a reason."""
    body = sent()
    only(body, "reason")
    engine().retry(actor(), id, member(body, "reason", str, required=True), key())
    return reply({})


@routes.post("/incidents/<id>/settle")
def settle(id: str) -> Response:
    """Give a failed job its result, with a reason."""
    body = sent()
    only(body, "result", "reason")
    result, reason = member(body, "result", dict) or {}, member(body, "reason", str, required=True)
    engine().settle(actor(), id, result, reason, key())
    return reply({})
