"""The engine's views as the API's JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from bpmn.compare import Difference
from bpmn.model import Finding
from engine.obstacle import Obstacle
from engine.simulate import Failure, Outcome
from engine.views import (
    AuditRow,
    Behind,
    FlowRow,
    HeatRow,
    Lapse,
    Proposal,
    ProposalFile,
    ProposalRow,
    Rehearsal,
    StartTimer,
    TaskRow,
    TaskView,
)
from web.differences import sentence
from web.here import field_of as of
from web.language import form_in_language, found, of_form, spoken
from web.times import rfc3339


def task(row: TaskRow) -> dict[str, Any]:
    """A row of the task list."""
    return {
        "id": row.id,
        "name": row.name,
        "element": row.element,
        "instance": row.instance,
        "business_key": row.business_key,
        "title": row.title,
        "roles": row.roles,
        "on_behalf_roles": row.on_behalf_roles,
        "assignee": row.assignee,
        "due_at": rfc3339(row.due_at),
        "created_at": rfc3339(row.created_at),
        "completed_at": rfc3339(row.completed_at),
        "state": row.state,
        "returned": row.returned,
        "round": row.round,
    }


def whole_task(view: TaskView) -> dict[str, Any]:
    """A task with its form, initial data, and why it came back."""
    form = of(view, "form")
    returned = of(view, "returned_by")
    back = None
    if returned:
        back = {name: of(returned, name) for name in ("by", "by_name", "round", "reason")}
        back["at"] = rfc3339(of(returned, "at"))
    return {
        **task(view),
        "returned": back,
        "form": form_in_language(of(form, "schema")) if form else None,
        "data": of(form, "data") if form else {},
        "draft": of(view, "draft"),
        "may_act": bool(of(view, "may_act")),
        "may_behalf": bool(of(view, "may_behalf")),
    }


def instance(view: Any) -> dict[str, Any]:
    """An instance."""
    definition = of(view, "definition")
    return {
        "id": of(view, "id"),
        "definition": {"key": of(definition, "key"), "version": of(definition, "version")},
        "business_key": of(view, "business_key"),
        "title": of(view, "title"),
        "status": of(view, "status"),
        "end": of(view, "end"),
        "variables": of(view, "variables") or {},
        "tokens": [token(one) for one in of(view, "tokens") or ()],
        "parent": of(view, "parent"),
        "children": [child if isinstance(child, str) else of(child, "id") for child in of(view, "children") or ()],
        "started_by": of(view, "started_by"),
        "created_at": rfc3339(of(view, "created_at")),
        "ended_at": rfc3339(of(view, "ended_at")),
        "team": of(view, "team") or {},
    }


def finding(one: Finding) -> dict[str, Any]:
    """What was found in a file, told in the caller's language."""
    told = {name: getattr(one, name) for name in ("severity", "rule", "file", "element", "line")}
    return {**told, "message": found(one)}


def outcome(one: Outcome) -> dict[str, Any]:
    """What was found in a draft and what came of walking it."""
    return {
        "findings": [finding(each) for each in one.findings],
        "simulations": [{**asdict(each), "failures": list(map(_failure, each.failures))} for each in one.simulations],
    }


def _failure(one: Failure) -> dict[str, Any]:
    return {"element": one.element, "reason": spoken(one.said), "runs": one.runs, "answers": one.answers}


def token(one: Any) -> dict[str, Any]:
    """Where an instance stands."""
    return {
        "element": of(one, "element"),
        "name": of(one, "name"),
        "since": rfc3339(of(one, "since")),
        "task": of(one, "task"),
    }


def rehearsal(view: Rehearsal) -> dict[str, Any]:
    """What would come of a move, or what stands against it."""
    return {
        "instance": view.instance,
        "business_key": view.business_key,
        "title": view.title,
        "version": view.version,
        "can": view.can,
        "before": [asdict(place) for place in view.before],
        "after": [asdict(place) for place in view.after],
        "obstacles": [obstacle(one) for one in view.obstacles],
    }


def obstacle(one: Obstacle) -> dict[str, Any]:
    """Why a token cannot go on."""
    return {"element": one.element, "name": one.name, "reason": of_form(one.reason)}


def definition(view: Any) -> dict[str, Any]:
    """A definition in a list."""
    return {name: of(view, name) for name in ("id", "key", "version", "name")}


def start_timer(one: StartTimer) -> dict[str, Any]:
    """When a process begins by itself next."""
    return {"element": one.element, "name": one.name, "due_at": rfc3339(one.due_at), "failed": one.failed}


def element(one: Any) -> dict[str, Any]:
    """An element of a definition or of a stage that it calls."""
    return {
        "id": one.id,
        "name": one.name,
        "type": one.type,
        "clause": one.clause,
        "roles": list(one.roles),
        "form": one.form,
        "process": one.process,
    }


def difference(one: Difference) -> dict[str, Any]:
    """A difference between two versions, and the sentence that tells it."""
    subject = one.subject
    return {
        "kind": one.kind,
        "of": subject.of,
        "file": subject.file,
        "in": subject.home,
        "element": subject.id or None,
        "type": subject.type,
        "name": subject.name,
        "what": one.what or None,
        "detail": one.detail or None,
        "before": one.before.text if one.before else None,
        "after": one.after.text if one.after else None,
        "sentence": sentence(one),
    }


def heat_row(row: HeatRow) -> dict[str, Any]:
    """The figures of an element; times in seconds."""
    about = {name: getattr(row.element, name) for name in ("name", "type", "process", "clause")}
    turns = None if row.turns is None else lapse(row.turns)
    return {"element": row.element.id, **about, **lapse(row.whole), "turns": turns, "instances": row.instances}


def flow_row(row: FlowRow) -> dict[str, Any]:
    """How often a sequence flow was taken."""
    about = {name: getattr(row.flow, name) for name in ("name", "source", "target")}
    return {"flow": row.flow.id, **about, "process": row.process, "taken": row.taken, "instances": row.instances}


def lapse(one: Lapse) -> dict[str, Any]:
    """How often and how long; times in seconds, null where nobody finished."""
    counts = {name: getattr(one, name) for name in ("reached", "finished", "cancelled", "waiting")}
    seconds = {name: None if us is None else us / 1e6 for name, us in (("median", one.median), ("p90", one.ninety))}
    return {**counts, **seconds}


def behind(one: Behind) -> dict[str, Any]:
    """An instance behind a figure; the longest in seconds."""
    names = ("id", "title", "status", "reached", "finished", "waiting")
    return {**{name: getattr(one, name) for name in names}, "longest": one.longest / 1e6}


def document(view: Any) -> dict[str, Any]:
    """A record."""
    names = ("id", "number", "title", "document_number", "version", "sha256", "element", "seq", "size")
    return {**{name: of(view, name) for name in names}, "created_at": rfc3339(of(view, "created_at"))}


def attachment(view: Any) -> dict[str, Any]:
    """An uploaded file."""
    return {name: of(view, name) for name in ("id", "name", "size", "sha256", "media_type")}


def entry(one: Any) -> dict[str, Any]:
    """An entry of the journal."""
    names = ("seq", "at", "actor", "on_behalf_of", "kind", "element", "task", "channel", "data", "effects", "hash")
    shaped = {name: of(one, name) for name in names}
    shaped["at"] = rfc3339(shaped["at"])
    shaped["effects"] = shaped["effects"] or []
    return shaped


def incident(view: Any) -> dict[str, Any]:
    """A step or job that failed."""
    names = ("id", "instance", "title", "seq", "element", "job", "resolved_by")
    times = {name: rfc3339(of(view, name)) for name in ("opened_at", "resolved_at")}
    reason = spoken(of(view, "said") or of(view, "reason"))
    return {**{name: of(view, name) for name in names}, "reason": reason, **times}


def audit_row(row: AuditRow) -> dict[str, Any]:
    """A line of the audit log."""
    names = ("actor", "channel", "address", "action", "subject", "instance", "data", "source", "seq", "hash")
    return {"at": rfc3339(row.at), **{name: getattr(row, name) for name in names}}


def proposal(view: ProposalRow) -> dict[str, Any]:
    """A proposal in a list."""
    names = ("id", "key", "base_version", "title", "state", "created_by", "reason", "changes", "effective_on")
    times = {name: rfc3339(of(view, name)) for name in ("created_at", "changed_at")}
    return {**{name: of(view, name) for name in (*names, "instance")}, **times}


def whole_proposal(view: Proposal) -> dict[str, Any]:
    """A proposal with its files, and those of the version before that it leaves out."""
    return {**proposal(view), "files": [proposal_file(file) for file in view.files], "removed": view.removed}


def proposal_file(view: ProposalFile) -> dict[str, Any]:
    """A file of a proposal."""
    names = ("name", "sha256", "version", "changed_by", "changed_by_name", "standing")
    return {**{name: of(view, name) for name in names}, "changed_at": rfc3339(view.changed_at)}


def page(found: Any, shape: Any) -> dict[str, Any]:
    """A page of a list."""
    return {"items": [shape(item) for item in of(found, "items") or ()], "next": of(found, "next") or None}
