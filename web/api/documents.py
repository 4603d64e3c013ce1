"""/api/v1/documents"""

from __future__ import annotations

from flask import Blueprint, Response

from web.api import shape
from web.api.body import reply
from web.downloads import document_file
from web.here import actor, engine

routes = Blueprint("api_documents", __name__)


@routes.get("/documents/<id>")
def one(id: str) -> Response:
    """A record."""
    return reply(shape.document(engine().document(actor(), id)))


@routes.get("/documents/<id>/content")
def content(id: str) -> Response:
    """The Word file of a record."""
    return document_file(id)
