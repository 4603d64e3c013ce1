"""移交: a leaving person's projects go to another, with reason and date."""

from __future__ import annotations

import datetime

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from bpmn.errors import FieldError, GuichengError, Invalid
from web.forms.macros import errors_of
from web.here import actor, engine
from web.language import sentence
from web.page import show
from web.times import BEIJING, now
from web.users import administrators

routes = Blueprint("handover", __name__)


class HandoverIncomplete(Invalid):
    """请填全移交的双方、日期和原因。"""


def _draw(error: GuichengError | None = None) -> str:
    return show(
        "handover/handover", people=engine().users(), given=request.form, said=sentence(error) if error else "",
        errors=errors_of(error.errors if error else ()), today=now().astimezone(BEIJING).date().isoformat(),
    )  # fmt: skip


@routes.get("/handover")
@administrators
def handover() -> ResponseReturnValue:
    """The form."""
    return _draw()


@routes.post("/handover")
@administrators
def submit() -> ResponseReturnValue:
    """Hand over."""
    form = request.form
    faults = [
        FieldError(name, gettext("必填"))
        for name in ("from_user", "to_user", "on", "reason")
        if not form.get(name, "").strip()
    ]
    if form.get("from_user") and form.get("from_user") == form.get("to_user"):
        faults.append(FieldError("to_user", gettext("不能移交给本人")))
    try:
        if faults:
            raise HandoverIncomplete(errors=faults)
        on = datetime.date.fromisoformat(form["on"]).isoformat()
        moved = engine().hand_over(actor(), form["from_user"], form["to_user"], form["reason"].strip(), on)
    except ValueError:
        return _draw(HandoverIncomplete(errors=[FieldError("on", gettext("日期不对"))])), 422
    except GuichengError as error:
        return _draw(error), error.status
    if moved:
        flash(gettext("已移交 %(n)s 个项目和流程。", n=len(moved)), "success")
    else:
        flash(gettext("没有要移交的：此人在进行中的项目里没有岗位，也没有待办。"), "warning")
    return redirect(url_for("handover.handover"))
