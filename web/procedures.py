"""规程: the procedures and their diagrams."""

from __future__ import annotations

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_required

from engine.proposals import EDITORS
from engine.views import Definition
from web.downloads import drawing_file, procedure_file
from web.here import engine, number, roles
from web.migration import OWNERS
from web.page import AUDITORS, READERS, show
from web.project import in_order

routes = Blueprint("procedures", __name__)


@routes.get("/procedures")
@login_required
def listed() -> ResponseReturnValue:
    """Every procedure that is no stage of another."""
    return show("procedures/list", procedures=whole())


def whole() -> list[Definition]:
    """The newest version of every procedure that is no stage of another, by key."""
    found = [engine().definition(one.key) for one in engine().definitions()]
    stages = {key for one in found for key in one.called}
    return sorted((one for one in found if one.key not in stages), key=lambda one: one.key)


@routes.get("/procedures/<key>")
@login_required
def one(key: str) -> ResponseReturnValue:
    """One procedure: the diagram of it or of a stage, and its steps."""
    version = number("version")
    definition = engine().definition(key, version)
    process = request.args.get("process", key)
    process = process if process in definition.processes else key
    links = {
        element.id: url_for("procedures.one", key=key, process=element.called, version=version)
        for element in definition.elements
        if element.called in definition.processes
    }
    steps = [e for e in definition.elements if e.process == process and e.type.endswith(("Task", "Activity"))]
    timers = engine().start_timers(key) if process == key and version is None else []
    told = engine().procedure(key) if roles() & READERS else None
    return show(
        "procedures/one", definition=definition, process=process, links=links, steps=steps, keys=in_order(definition),
        timers=timers, revisions=engine().revisions(key)[::-1], faults=told.faults if told else (), version=version,
        newest=engine().versions(key)[0].version, may_migrate=bool(roles() & OWNERS),
        may_draft=bool(roles() & set(EDITORS)), audits=bool(roles() & AUDITORS),
        findings=engine().findings_of(key, version) if roles() & READERS else (),
    )  # fmt: skip


@routes.get("/procedures/<key>/procedure.docx")
@routes.get("/procedures/<key>/<int(max=99999999):version>/procedure.docx")
@login_required
def document(key: str, version: int | None = None) -> ResponseReturnValue:
    """The procedure document of a version, the newest where none is told."""
    return procedure_file(key, version)


@routes.get("/procedures/<key>/diagram/<process>")
@login_required
def diagram(key: str, process: str) -> ResponseReturnValue:
    """The diagram as XML."""
    definition = engine().definition(key, number("version"))
    if process not in definition.processes:
        process = key
    return definition.xml(process), {"Content-Type": "application/xml; charset=utf-8"}


@routes.get("/procedures/<key>/diagram/<process>/drawn.bpmn")
@login_required
def drawing(key: str, process: str) -> ResponseReturnValue:
    """The diagram's file as it was deployed, for a modeler."""
    return drawing_file(key, process, number("version"))
