"""What is told to the audit log of reading: who saw the content of what, and everything that an auditor opens.

Lists and start pages of staff are not told: they show names of work, many times an hour. Deeds are told where they are
done. What goes out as a file is told before it is sent (`web/downloads.py`), the rest within a second."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Flask, Response, g, request
from flask_login import current_user

from web.here import actor, engine

INSTANCE, SUBJECT = "instance", "subject"
READ: Mapping[str, str] = {
    "project.project": INSTANCE,
    "conformity.project": INSTANCE,
    "conformity.sample": SUBJECT,
    "api.api_instances.one": INSTANCE,
    "api.api_instances.journal": INSTANCE,
    "project.document": SUBJECT,
    "api.api_documents.one": SUBJECT,
    "api.api_attachments.one": SUBJECT,
    "incidents.one": SUBJECT,
    "users.listed": SUBJECT,
    "users.one": SUBJECT,
    "audit.listed": SUBJECT,
    "api.api_audit.listed": SUBJECT,
}
"""Endpoint -> what its id is the id of."""
INSTANCES = frozenset({"project", "modification", "api.api_instances"})
"""Blueprints whose ids are those of instances."""
TASKS = frozenset({"task.task", "api.api_tasks.one"})
"""A task's form is told where the task is over: whoever has it to do must read it."""
NEVER = frozenset({"static", "health.live", "health.ready", "health.metrics", "health.version", "login.login"})


def register(app: Flask) -> None:
    """Look at every answer before it goes out."""
    app.after_request(note)


def over() -> None:
    """Say that the task that is shown is over."""
    g.task_over = True


def note(response: Response) -> Response:
    """Tell what was read. A page that is not there, or not for the reader, was not read."""
    if request.method != "GET" or response.status_code not in (200, 304) or request.endpoint in NEVER:
        return response
    endpoint = request.endpoint or ""
    if g.get("audited"):
        return response
    ids = request.view_args or {}
    told = next((ids[name] for name in ("id", "name", "key") if isinstance(ids.get(name), str)), None)
    if endpoint in READ or endpoint in TASKS and g.get("task_over"):
        place = {READ.get(endpoint, SUBJECT): told}
        engine().noted_soon(actor(), "read", **place, path=_path())
    elif "auditor" in _roles():
        place = {INSTANCE if request.blueprint in INSTANCES else SUBJECT: told}
        engine().noted_soon(actor(), "open", **place, path=_path())
    return response


def _path() -> str:
    """What was asked for, with its query, which says what was searched for."""
    return request.full_path.rstrip("?")[:400]


def _roles() -> frozenset[str]:
    user = g.get("api_user")
    return frozenset(getattr(user if user is not None else current_user, "roles", ()))
