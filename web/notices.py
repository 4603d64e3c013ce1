"""What is told to me: new tasks, returns, due dates, approvals, numbers, closings; each by its kind."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_required

from web.here import actor, engine
from web.page import NOTICES, show

routes = Blueprint("notices", __name__)


@routes.get("/notices")
@login_required
def notices() -> ResponseReturnValue:
    """The newest notices, of one kind or only those that I have not read."""
    kind, unread = request.args.get("kind", ""), request.args.get("unread") == "1"
    kind = kind if kind in NOTICES else ""
    found = engine().notices(actor(), kind=kind, unread=unread)
    return show("notices/notices", notices=found, kind=kind, kinds=NOTICES, only_unread=unread)


@routes.post("/notices/read")
@login_required
def read_all() -> ResponseReturnValue:
    """Everything told so far is read."""
    engine().notices_seen(actor())
    return redirect(url_for("notices.notices"))


@routes.get("/notices/<id>")
@login_required
def open_(id: str) -> ResponseReturnValue:
    """Go where a notice points; it is read then. One whose task is done meanwhile is gone: back to the list."""
    found = next((one for one in engine().notices(actor(), limit=200) if one.id == id), None)
    if found is None:
        return redirect(url_for("notices.notices"))
    engine().notices_seen(actor(), id)
    inside = found.link if found.link and found.link.startswith("/") and not found.link.startswith("//") else None
    return redirect(inside or url_for("notices.notices"))
