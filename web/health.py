"""Whether the house lives, is ready, and how busy it is."""

from __future__ import annotations

from flask import Blueprint, Response, current_app
from prometheus_client import CONTENT_TYPE_LATEST, Counter, generate_latest

from web.api.body import reply
from web.here import engine

routes = Blueprint("health", __name__)
ANSWERS = Counter("guicheng_http_answers_total", "HTTP answers by status", ["status"])


@routes.get("/healthz/live")
def live() -> Response:
    """The process answers."""
    return reply({"status": "live"})


@routes.get("/healthz/ready")
def ready() -> Response:
    """The store answers too; an error here is a 500 or 503."""
    engine().ready()
    return reply({"status": "ready"})


@routes.get("/metrics")
def metrics() -> Response:
    """Prometheus' text format."""
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)


@routes.get("/version")
def version() -> Response:
    """The release."""
    return reply({"name": "guicheng", "version": current_app.config["GUICHENG_VERSION"]})


def count(response: Response) -> Response:
    """Count an answer."""
    ANSWERS.labels(str(response.status_code)).inc()
    return response
