"""/api/v1/audit-log"""

from __future__ import annotations

from flask import Blueprint, Response, request

from web.api import shape
from web.api.body import reply, window
from web.audit import asked
from web.here import actor, engine
from web.times import rfc3339

routes = Blueprint("api_audit", __name__)


@routes.get("/audit-log")
def listed() -> Response:
    """Who did what, newest first."""
    cursor, limit = window()
    page = engine().audit_log(actor(), asked(request.args), cursor, limit)
    return reply({**shape.page(page, shape.audit_row), "looked_back_to": rfc3339(page.looked_back_to)})
