"""/api/v1/conformity-samples, and conformity of a process instance or a definition"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from bpmn.clauses import clauses
from engine.conformity.views import ClauseRow, Conformity, RecordRow, Sample, Told
from web.api import shape
from web.api.body import key as repeated
from web.api.body import member, only, reply, sent, whole, window
from web.conformity import SIZE, csv_file, word_file
from web.here import actor, engine
from web.span import days
from web.times import rfc3339

routes = Blueprint("api_conformity", __name__)


@routes.get("/process-definitions/<key>/clauses")
def of_definition(key: str) -> Response:
    """The clauses of the newest version, each with the steps that carry it out."""
    found = clauses(engine().definition(key).elements)
    items = [{"clause": one.number, "steps": [shape.element(step) for step in one.steps]} for one in found]
    return reply({"items": items, "next": None})


@routes.get("/process-instances/<id>/conformity")
def one(id: str) -> Response:
    """An instance held against its procedure, clause by clause."""
    return reply(conformity(engine().conformity(actor(), id)))


@routes.get("/conformity-samples")
def listed() -> Response:
    """The samples of a definition, or all, the newest first."""
    cursor, limit = window()
    return reply(shape.page(engine().kept_samples(actor(), request.args.get("definition", ""), cursor, limit), sample))


@routes.post("/conformity-samples")
def draw() -> tuple[Response, int]:
    """Draw a sample: `definition`, `size`, and where they are given `seed`, `from` and `to` (days in Beijing)."""
    body = sent()
    only(body, "definition", "size", "seed", "from", "to")
    texts = {name: member(body, name, str) or "" for name in ("definition", "seed", "from", "to")}
    size = whole(body, "size")
    since, until = days(texts)
    made = engine().draw_sample(
        actor(), texts["definition"], SIZE if size is None else size, texts["seed"], since, until, repeated()
    )
    return reply(sample(made)), 201


@routes.get("/conformity-samples/<id>")
def kept(id: str) -> Response:
    """A sample with a page of its projects, each clause by clause."""
    cursor, limit = window()
    found = engine().kept_sample(actor(), id)
    return reply({**sample(found), **shape.page(engine().sampled(actor(), id, cursor, limit), conformity)})


@routes.get("/conformity-samples/<id>/report.csv")
def as_csv(id: str) -> Response:
    """The report as CSV."""
    return csv_file(id)


@routes.get("/conformity-samples/<id>/report.docx")
def as_word(id: str) -> Response:
    """The report as Word."""
    return word_file(id)


def sample(one: Sample) -> dict[str, Any]:
    """A sample as programs read it."""
    same = {name: getattr(one, name) for name in ("id", "seed", "size", "population", "digest", "drawn_by")}
    times = {"from": rfc3339(one.since), "before": rfc3339(one.until), "drawn_at": rfc3339(one.drawn_at)}
    return {**same, "definition": one.key, "instances": list(one.instances), **times}


def conformity(one: Conformity) -> dict[str, Any]:
    """A project as programs read it."""
    same = {name: getattr(one, name) for name in ("id", "title", "business_key", "status")}
    return {
        **same,
        "definition": {"key": one.key, "version": one.version},
        "created_at": rfc3339(one.created_at),
        "ended_at": rfc3339(one.ended_at),
        "clauses": [_clause(row) for row in one.clauses],
        "interventions": [_told(told) for told in one.interventions],
    }


def _clause(row: ClauseRow) -> dict[str, Any]:
    timed = ("reached_at", "left_at")
    return {
        "clause": row.clause,
        "standing": row.standing,
        "reason": row.reason or None,
        "late": row.late,
        "steps": [{**vars(step), **{name: rfc3339(getattr(step, name)) for name in timed}} for step in row.steps],
        **{name: [_told(one) for one in getattr(row, name)] for name in ("returns", "skips", "interventions")},
        "records": [_record(record) for record in row.records],
        "linked": [vars(one) for one in row.linked],
    }


def _told(one: Told) -> dict[str, Any]:
    return {**vars(one), "at": rfc3339(one.at)}


def _record(record: RecordRow) -> dict[str, Any]:
    """Lateness in seconds."""
    versions = [
        {**vars(one), "at": rfc3339(one.at), "due_at": rfc3339(one.due_at), "late": one.late / 1e6}
        for one in record.versions
    ]
    signed = [{**vars(one), "at": rfc3339(one.at)} for one in record.signed]
    same = {name: getattr(record, name) for name in ("key", "number", "title", "standing", "four_eyes")}
    return {**same, "versions": versions, "signed": signed}
