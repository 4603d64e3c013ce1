"""/api/v1/tasks"""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask_babel import gettext

from web import audited
from web.api import shape
from web.api.body import key, member, only, reply, sent, window, wrong
from web.here import actor, engine
from web.language import told
from web.uploads import received

routes = Blueprint("api_tasks", __name__)


@routes.get("/tasks")
def listed() -> Response:
    """Tasks that the caller may see, by state, instance, candidate and assignee."""
    cursor, limit = window()
    state = request.args.get("state", "open")
    if not set(state.split(",")) <= {"open", "done"}:
        raise wrong("state", gettext("须为 open、done 或两者"))
    found = engine().tasks(
        actor(),
        state=state,
        instance=request.args.get("instance") or None,
        candidate=request.args.get("candidate") or None,
        assignee=request.args.get("assignee") or None,
        cursor=cursor,
        limit=limit,
    )
    return reply(shape.page(found, shape.task))


@routes.get("/tasks/<id>")
def one(id: str) -> Response:
    """A task with its form and initial values."""
    view = engine().task(actor(), id, whole=False)
    if view.state != "open":
        audited.over()
    return reply(shape.whole_task(view))


@routes.post("/tasks/<id>/claim")
def claim(id: str) -> Response:
    """Take a task of one's role."""
    sent(optional=True)
    key()  # claiming again changes nothing anyhow; a key that is none is still told
    engine().claim(actor(), id)
    return reply({"id": id, "assignee": actor().user})


@routes.post("/tasks/<id>/unclaim")
def unclaim(id: str) -> Response:
    """Put a task back to its role."""
    sent(optional=True)
    engine().unclaim(actor(), id, key())
    return reply({"id": id, "assignee": None})


@routes.post("/tasks/<id>/complete")
def complete(id: str) -> Response:
    """Submit a task, or do it on an outside role's behalf with evidence; `warnings` refused nothing."""
    body = sent()
    only(body, "data", "on_behalf_of", "evidence")
    evidence = member(body, "evidence", list) or []
    if not all(isinstance(one, str) for one in evidence):
        raise wrong("evidence", gettext("须为附件编号的列表"))
    unusual = engine().complete(
        actor(),
        id,
        member(body, "data", dict) or {},
        on_behalf_of=member(body, "on_behalf_of", str),
        evidence=tuple(evidence),
        idempotency_key=key(),
    )
    warnings = [{"field": one.field, "message": told(one)} for one in unusual]
    return reply({"id": id, "state": "done", "warnings": warnings})


@routes.post("/tasks/<id>/attachments")
def attach(id: str) -> Response:
    """Upload one file to a task."""
    file = received("file")
    made = engine().attach(actor(), id, file.name, file.content, file.media_type, key())
    return reply(shape.attachment(made), 201)
