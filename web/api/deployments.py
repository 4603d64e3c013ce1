"""/api/v1/deployments"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request
from flask_babel import gettext

from bpmn.model import File
from web.api import shape
from web.api.body import key, reply, wrong
from web.api.problem import Problem
from web.here import actor, engine
from web.uploads import all_received

routes = Blueprint("api_deployments", __name__)


@routes.post("/deployments")
def deploy() -> Response:
    """Check and store diagrams, forms and templates; 422 with findings, and nothing stored, when they are refused."""
    if request.mimetype != "multipart/form-data":
        raise Problem(415, gettext("请求内容须为 multipart/form-data。"))
    files = [File(file.name, file.content) for file in all_received("files")]
    if not files:
        raise wrong("files", gettext("必填"))
    made: Any = engine().deploy(actor(), files, key())
    return reply(
        {
            "id": made.id,
            "definitions": [shape.definition(one) for one in made.definitions],
            "findings": [shape.finding(one) for one in made.findings],
        },
        201,
    )
