"""系统异常: steps that could not be taken, and trying them again."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import login_required

from bpmn.errors import FieldError
from engine.errors import NeedsRole, ReasonMissing
from web.here import actor, engine, roles
from web.page import show

routes = Blueprint("incidents", __name__)


@routes.get("/incidents")
@login_required
def listed() -> ResponseReturnValue:
    """Open incidents, for administrators and auditors."""
    if not roles() & {"admin", "auditor"}:
        raise NeedsRole(role=gettext("系统管理员"))
    return show("incidents/list", incidents=engine().incidents(actor()), may_retry="admin" in roles())


@routes.post("/incidents/<id>/retry")
@login_required
def retry(id: str) -> ResponseReturnValue:
    """Apply the rejected input again, with a reason."""
    reason = request.form.get("reason", "").strip()
    if not reason:
        raise ReasonMissing(errors=[FieldError("reason", gettext("必填"))])
    engine().retry(actor(), id, reason)
    flash(gettext("已重试。"), "success")
    return redirect(url_for("incidents.listed"))
