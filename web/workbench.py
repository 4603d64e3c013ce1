"""What the editors of a proposal load and ask: a file, what it may name, what is wrong with it, how it runs."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_required

from bpmn.errors import NotFound
from bpmn.model import Finding
from engine.contract import Described
from engine.vocabulary import Offer, Vocabulary
from forms.model import DISPLAYS, INPUTS
from web import element_templates, versions
from web.api import shape
from web.api.body import member, only, reply, sent
from web.here import actor, engine
from web.language import of_form
from web.page import show
from web.studio import EDITED, may_edit

routes = Blueprint("workbench", __name__)
RUNS = 30
"""Runs of one trial: enough to reach both sides of most choices, and a few seconds."""
EDITORS = {".bpmn": "modeler", ".dmn": "decision", ".form": "form"}


@routes.get("/studio/<id>/edit/<name>")
@login_required
def edit(id: str, name: str) -> ResponseReturnValue:
    """The editor of a file; whoever may not change it, or only wants to look at it, sees it as it is."""
    proposal = engine().proposal(actor(), id)
    file = proposal.file(name)
    if file is None or not name.endswith(EDITED):
        raise NotFound()
    kind = EDITORS[name[name.rfind(".") :]]
    writes = may_edit(proposal) and not request.args.get("look")
    components = " ".join(sorted(INPUTS | DISPLAYS))
    return show("studio/edit", proposal=proposal, file=file, kind=kind, writes=writes, components=components)


@routes.put("/studio/<id>/files/<name>")
@login_required
def put(id: str, name: str) -> ResponseReturnValue:
    """Write a file in place of the version that If-Match names."""
    return versions.written(id, name)


@routes.get("/studio/<id>/findings.json")
@login_required
def findings(id: str) -> ResponseReturnValue:
    """What a deployment of the whole set would find, and where each can be mended."""
    proposal = engine().proposal(actor(), id)
    known = {file.name for file in proposal.files if file.name.endswith(EDITED)}
    return reply({"findings": [_found(id, one, known) for one in engine().check_proposal(actor(), id)]})


def _found(id: str, one: Finding, known: set[str]) -> dict[str, Any]:
    place = url_for("workbench.edit", id=id, name=one.file, element=one.element) if one.file in known else None
    return {**shape.finding(one), "address": place}


@routes.post("/studio/<id>/walk.json")
@login_required
def walk(id: str) -> ResponseReturnValue:
    """Walk a process of the proposal, or its whole procedure, as people might; nothing is stored."""
    body = sent()
    only(body, "definition", "seed")
    seed = body.get("seed", 1)
    process = member(body, "definition", str)
    outcome = engine().simulate_proposal(actor(), id, None, RUNS, seed if isinstance(seed, int) else 1, process)
    return reply(shape.outcome(outcome))


@routes.get("/studio/<id>/vocabulary.json")
@login_required
def vocabulary(id: str) -> ResponseReturnValue:
    """What diagrams may name, in the reader's language, and the element templates of the topics."""
    words = engine().vocabulary(actor(), id)
    own = {file.name for file in engine().proposal(actor(), id).files}
    forms = {offer.key: url_for("workbench.edit", id=id, name=f"{offer.key}.form") for offer in words.forms}
    return reply(
        {
            **asdict(_told(words)),
            "templates": element_templates.templates(words),
            "addresses": {key: address for key, address in forms.items() if f"{key}.form" in own},
        }
    )


def _told(words: Vocabulary) -> Vocabulary:
    """The same in the reader's language."""
    return replace(
        words,
        roles=_offers(words.roles), forms=_offers(words.forms), decisions=_offers(words.decisions),
        processes=_offers(words.processes), records=_offers(words.records), clauses=words.clauses,
        variables=[replace(one, label=of_form(one.label)) for one in words.variables],
        topics={topic: _described(one) for topic, one in words.topics.items()},
    )  # fmt: skip


def _offers(offers: Any) -> list[Offer]:
    return [replace(offer, name=of_form(offer.name)) for offer in offers]


def _described(one: Described) -> Described:
    inputs = tuple(
        replace(
            given,
            label=of_form(given.label),
            choices=tuple((value, of_form(label)) for value, label in given.choices),
        )
        for given in one.inputs
    )
    return Described(of_form(one.title), inputs, one.free)


@routes.post("/studio/<id>/here.json")
@login_required
def here(id: str) -> ResponseReturnValue:
    """Say that a file is open here; answers who else is at work, and which version of the file there is by now."""
    body = sent()
    only(body, "name")
    name = member(body, "name", str, required=True)
    others = engine().visit_proposal(actor(), id, name)
    file = engine().proposal(actor(), id).file(name)
    return reply(
        {
            "others": [{"name": one.user_name, "file": one.name} for one in others],
            "current": shape.proposal_file(file) if file is not None else None,
        }
    )
