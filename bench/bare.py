"""The floor of HTTP: three calls of a bare Flask application behind the same server, answering as much JSON."""

from __future__ import annotations

import sys
from typing import Any

import msgspec
import waitress
from flask import Flask, Response, request

import server
from bench import model

ROW = {"id": "x" * 36, "name": "第 1 步", "element": "step_1", "instance": "x" * 36, "business_key": "K-1"}
ROW |= {"roles": "project_manager", "created_at": "2026-01-01T00:00:00Z", "title": "K-1", "state": "open"}


def application() -> Flask:
    """Lists, shows and takes; nothing is behind it."""
    app = Flask(__name__)
    listed = msgspec.json.encode({"items": [ROW] * 10, "next": None})
    form: Any = msgspec.json.decode((model.FOLDER / "step_1.form").read_bytes())
    shown = msgspec.json.encode({**ROW, "form": form, "data": {}})

    @app.get("/tasks")
    def tasks() -> Response:
        return Response(listed, content_type="application/json")

    @app.get("/tasks/<id>")
    def task(id: str) -> Response:
        return Response(shown, content_type="application/json")

    @app.post("/tasks/<id>/complete")
    def complete(id: str) -> Response:
        msgspec.json.decode(request.get_data(cache=False))
        return Response(b"{}", content_type="application/json")

    return app


if __name__ == "__main__":
    waitress.serve(application(), host="127.0.0.1", port=int(sys.argv[1]), threads=server.THREADS, ident=None)
