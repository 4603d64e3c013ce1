"""A project, or any other instance: diagram, timeline, records, linked instances, team, comments."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import login_required

from engine.errors import NobodyWaits
from web import service_desk
from web.api.body import reply
from web.downloads import document_file
from web.here import actor, engine, roles
from web.modification import called, in_words
from web.page import AUDITORS, show
from web.reading import shown
from web.start import MAIN, TERMINATION, TICKETS

routes = Blueprint("project", __name__)
TABS = {
    "overview": "概况",
    "desk": "服务台",
    "timeline": "流转记录",
    "records": "记录",
    "linked": "关联流程",
    "team": "项目组",
}
REPORTED = ("fault_title", "system_name", "occurred_at", "reported_by", "impact")
"""What may be told of a major fault at once: the fields of the first form of CBS00P007."""
QUIET = frozenset({"job_completed", "timer", "attached", "claimed", "unclaimed"})


@routes.get("/projects/<id>")
@login_required
def project(id: str) -> ResponseReturnValue:
    """One tab of a project."""
    who, house = actor(), engine()
    view = house.instance(who, id)
    tab = request.args.get("tab", "overview")
    definition = house.definition(view.definition["key"], view.definition["version"])
    tabs = {key: title for key, title in TABS.items() if key != "desk" or service_desk.SERVICE in definition.processes}
    tab = tab if tab in tabs else "overview"
    more = _CONTENT[tab](view, definition)
    tasks = house.tasks(who, state="open", instance=id, limit=100).items if tab == "overview" else []
    return show(
        "project/project", instance=view, definition=definition, tab=tab, tabs=tabs, tasks=tasks,
        may_operate="admin" in roles(), may_change="auditor" not in roles(), is_project=view.definition["key"] == MAIN,
        may_verify=bool(roles() & {"auditor", "admin"}), may_prove=house.may_take_evidence(who, id),
        termination=TERMINATION, audits=bool(roles() & AUDITORS), **more,
    )  # fmt: skip


def _overview(view: Any, definition: Any) -> dict[str, Any]:
    chosen = request.args.get("process", "")
    here = next((token.process for token in view.tokens if getattr(token, "process", None)), definition.key)
    process = chosen if chosen in definition.processes else here if here in definition.processes else definition.key
    links = {
        element.id: url_for("project.project", id=view.id, process=element.called)
        for element in definition.elements
        if element.called in definition.processes
    }
    names = {key: definition.names.get(key, key) for key in in_order(definition)}
    return {"process": process, "links": links, "processes": names}


def in_order(definition: Any) -> list[str]:
    """The process itself, its stages by the number that begins their names, then what else it calls."""
    rest = [key for key in definition.processes if key != definition.key]

    def place(key: str) -> tuple[bool, list[int], str]:
        number, _, _ = str(definition.names.get(key, "")).partition(" ")
        parts = number.split(".")
        numbered = all(part.isdigit() for part in parts)
        return not numbered, [int(part) for part in parts] if numbered else [], key

    return [definition.key, *sorted(rest, key=place)]


def _timeline(view: Any, definition: Any) -> dict[str, Any]:
    everything = request.args.get("all") == "1"
    quiet: frozenset[str] = frozenset() if everything else QUIET
    page = engine().timeline(actor(), view.id, quiet, request.args.get("cursor", ""))
    return {
        "rows": [shown(view.definition, row) for row in page.items],
        "moved": {row.seq: MOVED[row.kind](view.definition["key"], row) for row in page.items if row.kind in MOVED},
        "page": page,
        "everything": everything,
    }


def _migrated(key: str, row: Any) -> list[str]:
    """From which version to which, and which element goes on from which."""
    old, new = (engine().definition(key, version) for version in (row.data["from_version"], row.version))
    versions = gettext("从第 %(old)s 版迁移到第 %(new)s 版", old=old.version, new=new.version)
    mapping = row.data["mapping"].items()
    pairs = [{"old": called(old, before), "new": called(new, after)} for before, after in mapping]
    return [versions, *(gettext("“%(old)s”由“%(new)s”接续", **pair) for pair in pairs)]


def _modified(key: str, row: Any) -> list[str]:
    return in_words(engine().definition(key, row.version), row.data["moves"])


MOVED = {"migrated": _migrated, "modified": _modified}
"""What an intervention did to tokens, in words."""


def _records(view: Any, definition: Any) -> dict[str, Any]:
    return {"documents": sorted(engine().documents(actor(), view.id), key=lambda one: (one.number, -one.created_at))}


def _linked(view: Any, definition: Any) -> dict[str, Any]:
    cursor = request.args.get("cursor", "")
    page = engine().instances(actor(), parent=view.id, cursor=cursor)
    known = {one.key: one for one in engine().definitions()}
    named = () if cursor else view.variables.get("linked_instances") or ()
    mine = [engine().instance(actor(), id) for id in named if id != view.id]
    origin = view.variables.get("origin_instance")
    return {
        "linked": [*mine, *page.items],
        "page": page,
        "origin": engine().instance(actor(), origin) if origin else None,
        "tickets": [known[key] for key in TICKETS if key in known],
    }


def _desk(view: Any, definition: Any) -> dict[str, Any]:
    return service_desk.content(view)


def _team(view: Any, definition: Any) -> dict[str, Any]:
    return {}


_CONTENT = {
    "overview": _overview,
    "desk": _desk,
    "timeline": _timeline,
    "records": _records,
    "linked": _linked,
    "team": _team,
}


@routes.get("/projects/<id>/diagram/<process>")
@login_required
def diagram(id: str, process: str) -> ResponseReturnValue:
    """The diagram of one process of the instance, as XML."""
    view = engine().instance(actor(), id)
    definition = engine().definition(view.definition["key"], view.definition["version"])
    if process not in definition.processes:
        process = definition.key
    return definition.xml(process), {"Content-Type": "application/xml; charset=utf-8"}


@routes.get("/projects/<id>/state/<process>")
@login_required
def state(id: str, process: str) -> ResponseReturnValue:
    """What the diagram colours: elements done, active, failed, and the flows taken."""
    found = engine().diagram_state(actor(), id, process)
    return reply({"elements": found.elements, "flows": list(found.flows)})


@routes.post("/projects/<id>/comment")
@login_required
def comment(id: str) -> ResponseReturnValue:
    """Say something about the project."""
    text = request.form.get("text", "").strip()
    if text:
        engine().comment(actor(), id, text[:4000])
        flash(gettext("已留言。"), "success")
    return redirect(url_for("project.project", id=id, tab="timeline"))


@routes.post("/projects/<id>/fault")
@login_required
def fault(id: str) -> ResponseReturnValue:
    """Report a major fault: the waiting project starts CBS00P007 (5.6.3)."""
    engine().instance(actor(), id)  # whoever may not see it is told so, not that nobody waits
    told = {name: request.form.get(name, "").strip()[:4000] for name in REPORTED}
    once = request.form.get("once") or None
    try:
        payload = {name: text for name, text in told.items() if text}
        reached = engine().message(actor(), "major_fault", None, payload, once, instance=id)
    except NobodyWaits:
        reached = []
    flash(
        gettext("重大故障已上报。") if reached else gettext("项目目前不在服务期内，无法上报。"),
        "success" if reached else "warning",
    )
    return redirect(url_for("project.project", id=id, tab="linked"))


@routes.post("/projects/<id>/<any(suspend, resume, cancel):deed>")
@login_required
def operate(id: str, deed: str) -> ResponseReturnValue:
    """Hold, let go on, or end an instance; the engine asks for the role and the reason."""
    reason = request.form.get("reason", "").strip()
    getattr(engine(), deed)(actor(), id, reason)
    flash(gettext("已处理。"), "success")
    return redirect(url_for("project.project", id=id))


@routes.get("/documents/<id>")
@login_required
def document(id: str) -> ResponseReturnValue:
    """A record, previewed in the page."""
    found = engine().document(actor(), id)
    return show("project/document", document=found, instance=engine().instance(actor(), found.instance))


@routes.get("/documents/<id>/file")
@login_required
def content(id: str) -> ResponseReturnValue:
    """A record's Word file."""
    return document_file(id)
