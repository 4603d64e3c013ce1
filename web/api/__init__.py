"""What programs call: /api/v1. One module a resource; the list below is the registry."""

from __future__ import annotations

from flask import Blueprint, Response

from web.api import (
    attachments,
    audit,
    conformity,
    definitions,
    deployments,
    documents,
    event_logs,
    incidents,
    instances,
    messages,
    openapi,
    proposals,
    replay,
    simulations,
    tasks,
    verifications,
)
from web.api.auth import require_token
from web.api.body import reply

RESOURCES = (
    deployments.routes,
    definitions.routes,
    instances.routes,
    replay.routes,
    tasks.routes,
    messages.routes,
    documents.routes,
    attachments.routes,
    simulations.routes,
    incidents.routes,
    proposals.routes,
    audit.routes,
    event_logs.routes,
    verifications.routes,
    conformity.routes,
)


def blueprint() -> Blueprint:
    """The whole API; every resource wants a token, its description does not."""
    api = Blueprint("api", __name__, url_prefix="/api/v1")
    for routes in RESOURCES:
        if require_token not in routes.before_request_funcs.get(None, []):
            routes.before_request(require_token)
        api.register_blueprint(routes)

    @api.get("/openapi.json")
    def description() -> Response:
        return reply(openapi.DESCRIPTION)

    return api
