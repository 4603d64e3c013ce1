"""/api/v1/simulations"""

from __future__ import annotations

from typing import Any

import msgspec
from flask import Blueprint, Response, request
from flask_babel import gettext

from bpmn.model import File
from web.api import shape
from web.api.body import reply, wrong
from web.api.problem import Problem
from web.here import actor, engine
from web.uploads import all_received

routes = Blueprint("api_simulations", __name__)


@routes.post("/simulations")
def simulate() -> Response:
    """Walk the files with chosen or random answers; nothing is stored."""
    if request.mimetype != "multipart/form-data":
        raise Problem(415, gettext("请求内容须为 multipart/form-data。"))
    files = [File(file.name, file.content) for file in all_received("files")]
    if not files:
        raise wrong("files", gettext("必填"))
    numbers = {name: _whole(name) for name in ("runs", "seed") if request.form.get(name)}
    key = request.form.get("definition") or None
    return reply(shape.outcome(engine().simulate(actor(), files, _answers(), key=key, **numbers)))


def _answers() -> dict[str, Any]:
    try:
        told = msgspec.json.decode(request.form.get("answers") or "{}")
    except msgspec.DecodeError:
        raise wrong("answers", gettext("须为 JSON 对象")) from None
    if not isinstance(told, dict):
        raise wrong("answers", gettext("须为 JSON 对象"))
    return told


def _whole(name: str) -> int:
    text = request.form[name]
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise wrong(name, gettext("须为整数"))
    return int(text)
