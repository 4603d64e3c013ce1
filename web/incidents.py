"""系统异常: steps that could not be taken, what was rejected, trying them again, or saying what came of them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import login_required

from bpmn.errors import FieldError, GuichengError
from engine.errors import ReasonMissing
from web import results
from web.forms.macros import Errors, errors_of
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
    page = engine().incident_list(actor(), resolved, request.args.get("cursor", ""))
    names = {one.id: _element(one) for one in page.items}
    return show("incidents/list", page=page, names=names, resolved=resolved)


def _element(incident: Any) -> str:
    """The name of the step that failed."""
    element = engine().instance_definition(actor(), incident.instance).element(incident.element or "")
    return element.name if element else incident.element or ""


@routes.get("/incidents/<id>")
@login_required
def one(id: str) -> ResponseReturnValue:
    """One incident: where, since when, why, what was rejected, and what can be done."""
    return draw(id)


def draw(id: str, deed: str = "", said: str = "", errors: Errors | None = None) -> str:
    """The page of an incident; `deed` is the one whose refusal is told. What can be done stands in cards below."""
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
        asked=results.asked(found.results),
        sent=request.form,
        deed=deed,
        said=said,
        errors=errors or errors_of(()),
    )


def _reason() -> str:
    """Why, in the administrator's words. Raises ReasonMissing."""
    reason = request.form.get("reason", "").strip()
    if not reason:
        raise ReasonMissing(errors=[FieldError("reason", gettext("必填"))])
    return reason


def _refused(id: str, deed: str, error: GuichengError) -> ResponseReturnValue:
    """What was typed and what is wrong with it; whoever may not act, or asks for nothing, gets the page for that."""
    if error.status in (403, 404):
        raise error
    known = engine().rejected(actor(), id).results
    return draw(id, deed, sentence(error), errors_of(results.placed(error.errors, known))), error.status


@routes.post("/incidents/<id>/retry")
@login_required
def retry(id: str) -> ResponseReturnValue:
    """Apply the rejected input again, with a reason."""
    try:
        engine().retry(actor(), id, _reason(), request.form.get("once") or None)
    except GuichengError as error:
        return _refused(id, "retry", error)
    flash(gettext("已重试。"), "success")
    return redirect(url_for("incidents.listed"))


@routes.post("/incidents/<id>/settle")
@login_required
def settle(id: str) -> ResponseReturnValue:
    """Give a failed job its result, with a reason; it runs no more."""
    found = engine().rejected(actor(), id)
    try:
        given = results.read(found.results, request.form)
        engine().settle(actor(), id, given, _reason(), request.form.get("once") or None)
    except GuichengError as error:
        return _refused(id, "settle", error)
    flash(gettext("已记录结果，流程按它继续。"), "success")
    return redirect(url_for("incidents.listed"))
