"""The list behind each figure of the start page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import login_required

from bpmn.errors import FieldError, Invalid, NotFound
from engine.views import Page
from web.desks import ASKED, CLOSING_STAGES, NEEDS, WORK
from web.here import actor, engine, roles
from web.page import show

routes = Blueprint("lists", __name__)


def _late(cursor: str) -> Any:
    page = engine().late_projects(actor(), cursor)
    standing = engine().standing(actor(), page.items)
    names = {id: engine().instance(actor(), id).title for id in page.items}
    rows = [{"id": id, "title": names[id], "standing": standing[id]} for id in page.items if id in standing]
    return Page(rows, page.next)


FETCHED: dict[str, Callable[[str], Any]] = {
    "stuck": lambda cursor: engine().stuck(actor(), cursor),
    "renewals": lambda cursor: engine().renewals(actor(), cursor),
    "missing": lambda cursor: engine().missing(actor(), CLOSING_STAGES, NEEDS),
    "findings": lambda cursor: engine().findings(actor(), cursor),
    "over_budget": lambda cursor: engine().over_budget(actor(), cursor),
    "site_staff": lambda cursor: engine().site_staff(actor(), cursor),
    "late_projects": _late,
    "deviations": lambda cursor: engine().deviations(actor(), cursor),
}


@routes.get("/lists/<name>")
@login_required
def listed(name: str) -> ResponseReturnValue:
    """A page of a list. A list of what I may not see is empty, or says which role it takes."""
    cursor = request.args.get("cursor", "")
    if name in WORK:
        one = WORK[name]
        page = engine().work(actor(), one.elements or None, one.only, cursor)
        return show("lists/tasks", page=page, name=name, title=one.title)
    if name == "sample":
        seed, rows = engine().sample(actor(), request.args.get("seed", ""))
        standing = engine().standing(actor(), [row.id for row in rows])
        return show("lists/sample", rows=rows, seed=seed, name=name, title=ASKED[name], standing=standing)
    if name not in FETCHED:
        raise NotFound()
    verifies = "department_qa" in roles()
    return show(f"lists/{name}", page=FETCHED[name](cursor), name=name, title=ASKED[name], verifies=verifies)


class PositionMissing(Invalid):
    """请从清单中选择要关闭的发现。"""


@routes.post("/lists/findings/close")
@login_required
def close_finding() -> ResponseReturnValue:
    """Say how a finding was verified."""
    given = request.form
    position = given.get("position", "")
    if not (position.isascii() and position.isdigit() and len(position) < 4):
        raise PositionMissing(errors=[FieldError("position", gettext("必填"))])
    engine().close_finding(
        actor(), given.get("instance", ""), given.get("element", ""), int(position), given.get("text", "")
    )
    flash(gettext("已记录验证，发现已关闭。"), "success")
    return redirect(url_for("lists.listed", name="findings"))
