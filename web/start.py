"""Starting a procedure: a project, a ticket for a project, a request to end one."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import login_required

from bpmn.errors import GuichengError
from engine.errors import NotYours
from web.api.body import reply
from web.forms import sent
from web.forms.macros import Errors, errors_of
from web.forms.standing import Standing, standing
from web.here import actor, engine
from web.language import sentence
from web.page import show

routes = Blueprint("start", __name__)
MAIN = "CBS00P004"
TICKETS = ("CBS00P017", "CBS00P018", "CBS00P019", "CBS00P020")
TERMINATION = "project_termination"
LINKED = (*TICKETS, TERMINATION, "CBS00P005", "CBS00P006", "CBS00P007")
"""What a project starts or is started from a project's page: without a project it has neither team nor agreement."""


@routes.get("/start")
@login_required
def choose() -> ResponseReturnValue:
    """The procedures that can be started by themselves, the project first."""
    found: list[Any] = list(engine().definitions())
    called = {key for one in found for key in engine().definition(one.key).called}
    open_ones = [one for one in found if one.key not in called and one.key not in LINKED]
    return show("start/choose", definitions=sorted(open_ones, key=lambda one: (one.key != MAIN, one.key)), main=MAIN)


def _draw(key: str, values: dict[str, Any] | None = None, errors: Errors | None = None, said: str = "") -> str:
    who, house = actor(), engine()
    definition = house.definition(key)
    parent_id = request.values.get("parent") or None
    form = house.start_form(who, key, parent_id)
    parent = house.instance(who, parent_id) if parent_id else None
    opening = {**(parent_values(parent, form) if parent else {}), **(form.data if form else {})}
    values = opening if values is None else values
    stands = standing(form.schema, house.arranged_start(who, key, parent_id, values)) if form else Standing()
    return show(
        "start/start", definition=definition, form=form, parent=parent, said=said, values=values,
        errors=errors or errors_of(()), business_key=request.form.get("business_key", ""), standing=stands,
    )  # fmt: skip


def parent_values(parent: Any, form: Any) -> dict[str, Any]:
    """What a linked procedure's form takes from its project: facts with the same key."""
    if form is None:
        return {}
    keys = {sent.key_of(component) for component in sent.inputs(form.schema["components"])}
    return {key: value for key, value in parent.variables.items() if key in keys}


@routes.get("/start/<key>")
@login_required
def form(key: str) -> ResponseReturnValue:
    """The start form."""
    return _draw(key)


@routes.post("/start/<key>/standing")
@login_required
def stand(key: str) -> ResponseReturnValue:
    """How the start form stands with what was typed so far."""
    who, house, parent = actor(), engine(), request.form.get("parent") or None
    served = house.start_form(who, key, parent)
    schema = served.schema if served else {"components": []}
    return reply(standing(schema, house.arranged_start(who, key, parent, sent.data(schema, request.form))).plain())


@routes.post("/start/<key>")
@login_required
def submit(key: str) -> ResponseReturnValue:
    """Start it."""
    who, house = actor(), engine()
    served = house.start_form(who, key, request.form.get("parent") or None)
    schema = served.schema if served else {}
    values = sent.data(schema, request.form)
    if sent.add_or_remove(values, request.form) is not None:
        return _draw(key, values)
    try:
        made = house.start(
            who,
            key,
            request.form.get("business_key", "").strip() or None,
            {name: value for name, value in values.items() if value is not None},
            parent=request.form.get("parent") or None,
            idempotency_key=request.form.get("once") or None,
        )
    except GuichengError as error:
        if error.status == 403:
            raise
        return _draw(key, values, errors_of(error.errors), sentence(error)), error.status
    flash(gettext("已发起。"), "success")
    first = _first_task(made) if made.parent else None
    return redirect(url_for("task.task", id=first) if first else url_for("project.project", id=made.id))


def _first_task(made: Any) -> str | None:
    """The open task of what was just started that I may do, if there is one: a ticket is written down at once."""
    who, house = actor(), engine()
    for row in house.tasks(who, state="open", instance=made.id, limit=10).items:
        try:
            if house.task(who, row.id, whole=False).may_act:
                return str(row.id)
        except NotYours:
            continue
    return None
