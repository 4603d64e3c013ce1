"""/api/v1/attachments"""

from __future__ import annotations

from flask import Blueprint, Response

from web.api import shape
from web.api.body import reply
from web.downloads import attachment_file
from web.here import actor, engine

routes = Blueprint("api_attachments", __name__)


@routes.get("/attachments/<id>")
def one(id: str) -> Response:
    """What is known of an uploaded file."""
    meta, _ = engine().attachment(actor(), id)
    return reply(shape.attachment(meta))


@routes.get("/attachments/<id>/content")
def content(id: str) -> Response:
    """The uploaded file."""
    return attachment_file(id)
