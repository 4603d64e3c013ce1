"""All projects that I may see, with search."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_login import login_required

from web.here import actor, engine
from web.page import show
from web.start import MAIN

routes = Blueprint("projects", __name__)
STATES = ("active", "suspended", "failed", "completed", "terminated")


@routes.get("/projects")
@login_required
def listed() -> ResponseReturnValue:
    """A page of the list."""
    given = request.args
    status = given.get("status") if given.get("status") in STATES else None
    definition = given.get("definition", MAIN)
    page = engine().instances(
        actor(), q=given.get("q", "").strip()[:200], definition=None if definition == "all" else definition,
        status=status, cursor=given.get("cursor", ""), limit=50,
    )  # fmt: skip
    return show(
        "projects/list", page=page, q=given.get("q", ""), status=status or "", states=STATES, definition=definition,
        definitions=engine().definitions(), main=MAIN,
        standing=engine().standing(actor(), [row.id for row in page.items]),
    )  # fmt: skip
