"""待办: mine, my roles', done; claiming and releasing."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import login_required

from web.here import actor, engine
from web.login import inside
from web.page import show

routes = Blueprint("inbox", __name__)
VIEWS = {"mine": "我的待办", "role": "岗位待领", "done": "已办"}


def found(view: str, cursor: str = "", limit: int = 50) -> Any:
    """The page of tasks of one view: what is due first first, what was done last first."""
    who = actor()
    if view == "done":
        return engine().tasks(who, state="done", assignee="me", cursor=cursor, limit=limit)
    return engine().work(who, only="free" if view == "role" else "mine", cursor=cursor, limit=limit)


@routes.get("/inbox")
@login_required
def inbox() -> ResponseReturnValue:
    """One of the three views."""
    view = request.args.get("view", "mine")
    if view not in VIEWS:
        view = "mine"
    page = found(view, request.args.get("cursor", ""))
    mine, free = engine().waiting(actor())
    return show("inbox/inbox", view=view, views=VIEWS, page=page, counts={"mine": mine, "role": free}, free=free)


@routes.post("/tasks/<id>/claim")
@login_required
def claim(id: str) -> ResponseReturnValue:
    """Take a task of my role and open it."""
    engine().claim(actor(), id)
    flash(gettext("已领取。"), "success")
    return redirect(url_for("task.task", id=id))


@routes.post("/tasks/<id>/unclaim")
@login_required
def unclaim(id: str) -> ResponseReturnValue:
    """Put a task back to its role."""
    engine().unclaim(actor(), id)
    flash(gettext("已放回，同岗位的人可以领取。"), "success")
    return redirect(inside(request.form.get("back")) or url_for("inbox.inbox"))
