"""The start page: what each of my roles looks for first, each figure a link to the list behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_login import login_required

from bpmn.roles import ROLES
from web.desks import ASKED, CLOSING_STAGES, DESKS, NEEDS, WORK
from web.here import actor, engine, roles
from web.page import may_start, show
from web.start import MAIN

routes = Blueprint("home", __name__)
GENERAL = {"work": "tasks", "returned": "returned", "due": "due_soon", "overdue": "overdue"}
WATCHES = frozenset({"project_manager", "project_supervisor", "department_manager", "auditor", "admin", "marketing"})
SHOWN = 10


def figures(held: frozenset[str], overview: Mapping[str, Any]) -> dict[str, int | None]:
    """The figure of each list that my roles look for; None for a list that is looked at, not counted."""
    wanted = {name for role in held for name in DESKS.get(role, ())}
    counted: dict[str, int | None] = dict(engine().counts(actor(), wanted & set(ASKED)))
    if "missing" in wanted:
        counted["missing"] = len(engine().missing(actor(), CLOSING_STAGES, NEEDS).items)
    if "sample" in wanted:
        counted["sample"] = None
    for name in wanted & set(WORK):
        counted[name] = _tasks(name, overview)
    return counted


def _tasks(name: str, overview: Mapping[str, Any]) -> int:
    if name in GENERAL:
        return int(overview[GENERAL[name]])
    return sum(overview["elements"].get(element, 0) for element in WORK[name].elements)


def titles() -> dict[str, str]:
    """What each list is called."""
    return {**{name: one.title for name, one in WORK.items()}, **ASKED}


@routes.get("/")
@login_required
def home() -> ResponseReturnValue:
    """Figures for each role that I hold, what lies with whom, and my next tasks by due date."""
    who, held = actor(), roles()
    overview = engine().overview(who, MAIN)
    mine = engine().work(who, limit=2 * SHOWN).items
    return show(
        "home/home",
        works=may_start(),
        general={name: overview[key] for name, key in GENERAL.items()} if may_start() else {},
        projects=overview["projects"],
        incidents=overview.get("incidents"),
        desks=[(role.key, [n for n in DESKS[role.key] if n not in GENERAL]) for role in ROLES if _has(role.key, held)],
        figures=figures(held, overview),
        titles=titles(),
        stuck=engine().stuck(who, limit=SHOWN).items if held & WATCHES else (),
        mine=mine[:SHOWN],
    )


def _has(role: str, held: frozenset[str]) -> bool:
    """Whether a section of its own is there for a role of mine: beyond the figures that everybody has."""
    return role in held and any(name not in GENERAL for name in DESKS.get(role, ()))
