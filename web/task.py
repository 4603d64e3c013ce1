"""A task: its form, drafts, submitting, on behalf, and one-time links for outside parties."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import login_required
from werkzeug.datastructures import FileStorage

from bpmn.errors import FieldError, GuichengError, Invalid
from bpmn.roles import role_by_key
from web import audited, uploads
from web.api.body import reply
from web.downloads import attachment_file
from web.forms import sent
from web.forms.macros import Errors, errors_of
from web.forms.standing import Standing, standing
from web.here import actor, engine
from web.language import of_form, sentence, told
from web.page import show
from web.reading import earlier_shown

routes = Blueprint("task", __name__)


class EvidenceMissing(Invalid):
    """代录必须附上客观证据（签字件、邮件或会议纪要的扫描件）。"""


def draw(view: Any, values: dict[str, Any] | None = None, errors: Errors | None = None, said: str = "") -> str:
    """The page of a task, with what was typed, what was wrong and what is unusual."""
    if values is None:
        values = {**(view.form.data if view.form else {}), **(view.draft or {})}
    definition = engine().instance(actor(), view.instance).definition
    return show(
        "task/task",
        task=view,
        values=values,
        errors=errors or errors_of(()),
        said=said,
        behalf=behalf(view),
        links=engine().links(actor(), view.id) if view.may_behalf else [],
        earlier=earlier_shown(definition, view.earlier),
        definition=definition,
        standing=_standing(view, values),
    )


def _standing(view: Any, values: dict[str, Any]) -> Standing:
    """How the form stands, for whoever can fill it in."""
    if view.form is None or not (view.may_act or view.may_behalf):
        return Standing()
    return standing(view.form.schema, engine().arranged(actor(), view.id, values))


def behalf(view: Any) -> list[str]:
    """The outside roles that this task may be done for."""
    if not view.may_behalf:
        return []
    return [role for role in view.roles if (found := role_by_key.get(role)) and found.kind == "outside"]


@routes.get("/tasks/<id>")
@login_required
def task(id: str) -> ResponseReturnValue:
    """Open a task."""
    view = engine().task(actor(), id)
    if view.state != "open":
        audited.over()
    return draw(view)


@routes.post("/tasks/<id>")
@login_required
def submit(id: str) -> ResponseReturnValue:
    """Submit, save a draft, or add and remove rows: the button that was pressed says which."""
    view = engine().task(actor(), id)
    schema = view.form.schema if view.form else {"components": []}
    values = sent.data(schema, request.form)
    try:
        sent.keep_files(schema, values, request.files, lambda file: _store(id, file))
        rows = sent.add_or_remove(values, request.form)
        if rows is not None or request.form.get("save") == "draft":
            return _kept(view, values, rows)
        return _completed(view, values)
    except GuichengError as error:
        if error.status == 403 or not view.may_act and not view.may_behalf:
            raise
        # What was typed must outlive the refusal, also when the tab is closed now.
        _keep(id, values)
        return draw(view, _fixed_too(view, values), errors_of(error.errors), sentence(error)), error.status


def _fixed_too(view: Any, values: dict[str, Any]) -> dict[str, Any]:
    return {**(view.form.data if view.form else {}), **values}


def _kept(view: Any, values: dict[str, Any], rows: str | None) -> ResponseReturnValue:
    engine().save_draft(actor(), view.id, values)
    if rows is None:
        flash(gettext("草稿已保存。"), "success")
        return redirect(url_for("task.task", id=view.id))
    return redirect(url_for("task.task", id=view.id, _anchor=f"at-{rows}"))


def _keep(id: str, values: dict[str, Any]) -> None:
    try:
        engine().save_draft(actor(), id, values)
    except GuichengError:
        return  # the refusal itself is what matters: it is shown with what was typed


def _completed(view: Any, values: dict[str, Any]) -> ResponseReturnValue:
    role = request.form.get("on_behalf_of") or None
    evidence: list[str] = []
    if role is not None:
        files = [file for file in request.files.getlist("evidence") if file.filename]
        if not files:
            raise EvidenceMissing(errors=[FieldError("evidence", gettext("请附上客观证据"))])
        evidence = [_store(view.id, file) for file in files]
    unusual = engine().complete(
        actor(),
        view.id,
        values,
        on_behalf_of=role,
        evidence=tuple(evidence),
        idempotency_key=request.form.get("once") or None,
    )
    flash(gettext("已提交：%(name)s", name=of_form(view.name)), "success")
    for one in unusual:
        flash(gettext("请再核对：%(warning)s", warning=told(one)), "warning")
    return redirect(url_for("inbox.inbox"))


def _store(task: str, file: FileStorage) -> str:
    got = uploads.read(file)
    return str(engine().attach(actor(), task, got.name, got.content, got.media_type).id)


@routes.post("/tasks/<id>/draft")
@login_required
def draft(id: str) -> ResponseReturnValue:
    """Save what was typed so far, sent by the page by itself."""
    view = engine().task(actor(), id)
    schema = view.form.schema if view.form else {"components": []}
    engine().save_draft(actor(), id, sent.data(schema, request.form))
    return reply({"saved": True})


@routes.post("/tasks/<id>/standing")
@login_required
def stand(id: str) -> ResponseReturnValue:
    """How the form stands with what was typed so far: which fields are asked, totals, warnings."""
    view = engine().task(actor(), id, whole=False)
    schema = view.form.schema if view.form else {"components": []}
    return reply(standing(schema, engine().arranged(actor(), id, sent.data(schema, request.form))).plain())


@routes.post("/tasks/<id>/link")
@login_required
def link(id: str) -> ResponseReturnValue:
    """Make a one-time link for the outside party and show it, this once."""
    days = request.form.get("days", "7")
    whole = int(days) if days.isascii() and days.isdigit() and len(days) < 4 else 7
    token = engine().create_link(actor(), id, max(1, min(whole, 60)), request.form.get("note", "").strip()[:500])
    address = url_for("link.link", token=token, _external=True)
    return show("task/link", task=engine().task(actor(), id), address=address, days=whole)


@routes.post("/tasks/<id>/link/<link_id>/revoke")
@login_required
def revoke(id: str, link_id: str) -> ResponseReturnValue:
    """Take back a link that was not used."""
    engine().revoke_link(actor(), link_id)
    flash(gettext("一次性链接已撤销。"), "success")
    return redirect(url_for("task.task", id=id))


@routes.get("/attachments/<id>")
@login_required
def attachment(id: str) -> ResponseReturnValue:
    """Download an attachment that I may see."""
    return attachment_file(id)
