"""系统异常: steps that could not be taken, what was rejected, and trying them again."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import login_required

from bpmn.errors import FieldError, GuichengError
from engine.errors import ReasonMissing
from web.forms.macros import errors_of
from web.here import actor, engine, roles
from web.language import sentence
from web.page import show
from web.reading import components_of

routes = Blueprint("incidents", __name__)


@routes.get("/incidents")
@login_required
def listed() -> ResponseReturnValue:
    """Incidents that are open, or those that were dealt with; for administrators and auditors."""
    resolved = request.args.get("resolved") == "1"
    found = engine().incidents(actor(), resolved)
    names = {one.id: _element(one) for one in found}
    return show("incidents/list", incidents=found, names=names, resolved=resolved)


def _element(incident: Any) -> str:
    """The name of the step that failed."""
    element = engine().instance_definition(actor(), incident.instance).element(incident.element or "")
    return element.name if element else incident.element or ""


@routes.get("/incidents/<id>")
@login_required
def one(id: str) -> ResponseReturnValue:
    """One incident: where, since when, why, what was rejected, and what can be done."""
    return draw(id)


def draw(id: str, said: str = "", errors: Any = None) -> str:
    """The page of an incident. What an administrator can do stands in the card of its own below."""
    found = engine().rejected(actor(), id)
    definition = engine().instance(actor(), found.incident.instance).definition
    given = found.data.get("data") if isinstance(found.data.get("data"), dict) else found.data
    components = components_of(definition, found.form) if found.kind == "completed" else []
    return show(
        "incidents/one",
        found=found,
        given=given,
        components=components,
        may_act="admin" in roles() and found.incident.resolved_at is None and not found.ended,
        reason=request.form.get("reason", ""),
        said=said,
        errors=errors or errors_of(()),
    )


@routes.post("/incidents/<id>/retry")
@login_required
def retry(id: str) -> ResponseReturnValue:
    """Apply the rejected input again, with a reason."""
    reason = request.form.get("reason", "").strip()
    try:
        if not reason:
            raise ReasonMissing(errors=[FieldError("reason", gettext("必填"))])
        engine().retry(actor(), id, reason)
    except GuichengError as error:
        if error.status in (403, 404):
            raise
        return draw(id, sentence(error), errors_of(error.errors)), error.status
    flash(gettext("已重试。"), "success")
    return redirect(url_for("incidents.listed"))
