"""/api/v1/process-definitions"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request
from flask_babel import gettext

from bpmn.errors import NotFound
from bpmn.net import net, pnml
from bpmn.read import read
from web.api import shape
from web.api.body import key as repeated
from web.api.body import member, only, reply, sent, whole, window, wrong
from web.downloads import drawing_file, procedure_file
from web.here import actor, engine, field_of
from web.language import form_in_language
from web.span import asked

routes = Blueprint("api_definitions", __name__)


def _version(name: str = "version") -> int | None:
    text = request.args.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        raise wrong(name, gettext("须为整数"))
    return int(text)


@routes.get("/process-definitions")
def listed() -> Response:
    """The newest version of every definition."""
    return reply({"items": [shape.definition(one) for one in engine().definitions()], "next": None})


@routes.get("/process-definitions/<key>")
def one(key: str) -> Response:
    """A definition, its elements and its start form, options resolved for the caller."""
    house = engine()
    found: Any = house.definition(key, _version())
    form = house.start_form(actor(), key) if field_of(found, "start_form") else None
    return reply(
        {
            **shape.definition(found),
            "elements": [shape.element(element) for element in found.elements],
            "start_form": form_in_language(field_of(form, "schema")) if form else None,
            "start_data": field_of(form, "data") if form else {},
            "findings": [shape.finding(one) for one in house.findings_of(key)],
            "start_timers": [shape.start_timer(timer) for timer in house.start_timers(key)],
        }
    )


@routes.post("/process-definitions/<key>/rehearsals")
def rehearse(key: str) -> Response:
    """What would come of each running instance on another version, the newest without one; nothing is stored."""
    cursor, limit = window()
    body = sent(optional=True)
    only(body, "version", "mapping")
    repeated()  # nothing is kept that could happen twice; a key that is none is still told
    version, mapping = whole(body, "version"), member(body, "mapping", dict) or {}
    return reply(shape.page(engine().rehearse(actor(), key, version, mapping, cursor, limit), shape.rehearsal))


@routes.get("/process-definitions/<key>/procedure.docx")
def procedure(key: str) -> Response:
    """The procedure document as Word."""
    return procedure_file(key, _version())


@routes.get("/process-definitions/<key>/xml")
def xml(key: str) -> Response:
    """The diagram as it is executed; `process` names a stage that it calls."""
    found = engine().definition(key, _version())
    process = request.args.get("process") or key
    if process not in found.processes:
        raise NotFound()
    return Response(found.xml(process), content_type="application/xml; charset=utf-8")


@routes.get("/process-definitions/<key>/drawn.bpmn")
def drawn(key: str) -> Response:
    """The diagram's file as it was deployed, for a modeler; `process` names a stage that it calls."""
    return drawing_file(key, request.args.get("process") or key, _version())


@routes.get("/process-definitions/<key>/net.pnml")
def as_net(key: str) -> Response:
    """The diagrams as one Petri net, for checking event logs against them."""
    found = engine().definition(key, _version())
    files = [file for file in found.files if file.name.endswith(".bpmn")]
    processes = {process.key: process for file in files for process in read(file)}
    return Response(pnml(net(processes, key), found.name), content_type="application/xml; charset=utf-8")


@routes.get("/process-definitions/<key>/compare")
def compare(key: str) -> Response:
    """What is different between two versions, each difference as data and in a sentence."""
    found = engine().compare(key, _version("from"), _version("to"))
    return reply(
        {
            "from": shape.definition(found.before),
            "to": shape.definition(found.after),
            "items": [shape.difference(one) for one in found.differences],
            "next": None,
        }
    )


@routes.get("/process-definitions/<key>/heat")
def heat(key: str) -> Response:
    """How often each element was reached, how long it took, and how often each flow was taken, of one version or all,
    in the time asked for."""
    found = engine().heat(asked(key, request.args))
    items = [shape.heat_row(row) for row in found.rows]
    flows = [shape.flow_row(row) for row in found.flows]
    return reply({"definition": shape.definition(found.definition), "items": items, "flows": flows, "next": None})


@routes.get("/process-definitions/<key>/heat/<element>")
def behind(key: str, element: str) -> Response:
    """The instances behind the figures of an element, the longest first: those that the caller may see."""
    cursor, limit = window()
    found, count = engine().behind(actor(), element, asked(key, request.args), cursor, limit)
    return reply({**shape.page(found, shape.behind), "instances": count})
