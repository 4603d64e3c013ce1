"""/engine-rest: deploy from a desktop modeler, as its Deploy button asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, request
from flask_babel import gettext

from bpmn.model import File
from engine.views import DeploymentRow
from web import uploads
from web.api.body import reply
from web.engine_rest import shape
from web.engine_rest.auth import by_password, guessed, require_user
from web.engine_rest.fault import PREFIX, Refused
from web.here import actor, engine
from web.security import limiter

VERSION = "7.24.0"
"""The release of Camunda 7 whose REST API answers are given as: the modeler compares it with the diagram's platform."""
TEXTS = (
    *("deployment-name", "deployment-source", "enable-duplicate-filtering", "deploy-changed-only"),
    *("tenant-id", "deployment-activation-time"),
)
"""The parts of a deployment that are no files."""
SORTED: dict[str, Callable[[DeploymentRow], Any]] = {
    "id": lambda row: row.id,
    "name": lambda row: row.name or "",
    "deploymentTime": lambda row: row.at,
}

routes = Blueprint("engine_rest", __name__, url_prefix=PREFIX)
routes.before_request(require_user)
# Guessing passwords is as slow here as on the page.
limiter.limit(
    "30 per minute", exempt_when=lambda: not by_password(), deduct_when=lambda answer: answer.status_code == 401
)(routes)
limiter.limit(
    "10 per minute",
    key_func=guessed,
    exempt_when=lambda: not by_password(),
    deduct_when=lambda answer: answer.status_code == 401,
)(routes)


@routes.get("/version")
def version() -> Response:
    """Whose words are spoken here."""
    return reply({"version": VERSION})


@routes.post("/deployment/create")
def create() -> Response:
    """Deploy the files of the form, whatever their parts are called; 400 with what is wrong in each, none stored."""
    if request.mimetype != "multipart/form-data":
        raise Refused(415, gettext("请求内容须为 multipart/form-data。"))
    for name in ("tenant-id", "deployment-activation-time"):
        if _text(name):
            raise Refused(400, gettext("不支持 %(name)s，请留空。", name=name))
    unknown = next((name for name in request.form if name not in TEXTS), None)
    if unknown is not None:
        raise Refused(400, gettext("“%(name)s”不是文件。", name=unknown))
    received = [uploads.read(part) for _, part in request.files.items(multi=True) if part.filename]
    if not received:
        raise Refused(400, "No deployment resources contained in the form upload.")
    row, made = engine().deploy_named(
        actor(),
        [File(file.name, file.content) for file in received],
        _text("deployment-name"),
        _text("deployment-source"),
        unchanged=_flag("enable-duplicate-filtering"),
        changed_only=_flag("deploy-changed-only"),
    )
    definitions = None if made is None else [engine().definition(one.key, one.version) for one in made.definitions]
    return reply(shape.made(row, definitions))


@routes.get("/deployment")
def listed() -> Response:
    """The deployments, the oldest first unless `sortBy` and `sortOrder` say otherwise."""
    rows = [row for row in engine().deployments() if _wanted(row)]
    rows.sort(key=SORTED[_choice("sortBy", tuple(SORTED), "deploymentTime")])
    if _choice("sortOrder", ("asc", "desc"), "asc") == "desc":
        rows.reverse()
    first, most = _number("firstResult", 0), _number("maxResults", len(rows))
    return reply([shape.deployment(row) for row in rows[first : first + most]])


@routes.get("/deployment/count")
def counted() -> Response:
    """How many there are."""
    return reply({"count": sum(_wanted(row) for row in engine().deployments())})


@routes.get("/deployment/<id>")
def one(id: str) -> Response:
    """One deployment."""
    return reply(shape.deployment(engine().deployment(id)))


def _text(name: str) -> str | None:
    told = (request.form.get(name) or "").strip()
    if len(told) > 400:
        raise Refused(400, gettext("“%(name)s”过长。", name=name))
    return told or None


def _flag(name: str) -> bool:
    return (request.form.get(name) or "").strip().lower() == "true"


def _wanted(row: DeploymentRow) -> bool:
    """Whether the filters of the query leave it in."""
    asked = request.args
    like = asked.get("nameLike")
    return (
        asked.get("id", row.id) == row.id
        and asked.get("name", row.name) == row.name
        and asked.get("source", row.source) == row.source
        and (like is None or like.strip("%") in (row.name or ""))
    )


def _number(name: str, otherwise: int) -> int:
    told = request.args.get(name)
    if told is None:
        return otherwise
    if not (told.isascii() and told.isdigit() and len(told) < 10):
        raise Refused(400, gettext("“%(name)s”须为整数。", name=name))
    return int(told)


def _choice(name: str, among: tuple[str, ...], otherwise: str) -> str:
    told = request.args.get(name, otherwise)
    if told not in among:
        raise Refused(400, gettext("“%(name)s”只能是 %(among)s。", name=name, among="、".join(among)))
    return told
