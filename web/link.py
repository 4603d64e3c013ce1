"""The page behind a one-time link: an outside party does one task, and nothing else."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from bpmn.errors import GuichengError
from web import uploads
from web.api.body import reply
from web.forms import sent
from web.forms.macros import Errors, errors_of
from web.forms.standing import standing
from web.here import engine
from web.language import sentence
from web.page import show
from web.security import limiter

routes = Blueprint("link", __name__)


def _draw(view: Any, token: str, values: dict[str, Any], errors: Errors, said: str = "") -> str:
    schema = view.form.schema if view.form else {}
    stands = standing(schema, engine().arranged_by_link(token, values))
    return show("link/link", task=view, token=token, values=values, errors=errors, said=said, standing=stands)


@routes.get("/l/<token>")
@limiter.limit("60 per minute")
def link(token: str) -> ResponseReturnValue:
    """Open the task; a used, revoked or expired link says so."""
    view = engine().open_link(token)
    return _draw(view, token, dict(view.form.data) if view.form else {}, errors_of(()))


@routes.post("/l/<token>/standing")
@limiter.limit("120 per minute")
def stand(token: str) -> ResponseReturnValue:
    """How the form stands with what was typed so far. Nothing is kept."""
    view = engine().open_link(token)
    schema = view.form.schema if view.form else {"components": []}
    return reply(standing(schema, engine().arranged_by_link(token, sent.data(schema, request.form))).plain())


@routes.post("/l/<token>")
@limiter.limit("30 per minute")
def submit(token: str) -> ResponseReturnValue:
    """Do the task. Nothing is stored before the whole form is right, so a refusal asks for the files again."""
    view = engine().open_link(token)
    opening = dict(view.form.data) if view.form else {}
    schema = view.form.schema if view.form else {"components": []}
    values = sent.data(schema, request.form)
    if sent.add_or_remove(values, request.form) is not None:
        return _draw(view, token, {**opening, **values}, errors_of(()))
    files = {
        sent.key_of(component): [
            (one.name, one.content) for one in uploads.all_received(f"{sent.key_of(component)}#files")
        ]
        for component in sent.inputs(schema["components"])
        if component.get("type") == "filepicker"
    }
    try:
        engine().complete_by_link(
            token, values, {key: chosen for key, chosen in files.items() if chosen}, request.remote_addr
        )
    except GuichengError as error:
        if error.status == 403:
            raise
        return _draw(view, token, {**opening, **values}, errors_of(error.errors), sentence(error)), error.status
    return show("link/done", task=view)
