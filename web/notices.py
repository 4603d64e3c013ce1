"""What is told to me: new tasks, returns, due dates, numbers, closings."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_login import login_required

from web.here import actor, engine
from web.page import show

routes = Blueprint("notices", __name__)


@routes.get("/notices")
@login_required
def notices() -> ResponseReturnValue:
    """The newest notices; opening the page counts as having read them."""
    found = list(engine().notices(actor()))
    page = show("notices/notices", notices=found)
    if any(not one.seen for one in found):
        engine().notices_seen(actor())
    return page
