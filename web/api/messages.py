"""/api/v1/messages"""

from __future__ import annotations

from flask import Blueprint, Response
from flask_babel import gettext

from web.api.body import key, member, only, reply, sent
from web.api.problem import Problem
from web.here import actor, engine

routes = Blueprint("api_messages", __name__)


@routes.post("/messages")
def message() -> Response:
    """Tell a message to every instance that waits for it."""
    body = sent()
    only(body, "name", "business_key", "payload")
    reached = engine().message(
        actor(),
        member(body, "name", str, required=True),
        member(body, "business_key", str),
        member(body, "payload", dict) or {},
        idempotency_key=key(),
    )
    if not reached:
        raise Problem(404, gettext("没有实例在等待此消息。"))
    return reply({"correlated": list(reached)})
