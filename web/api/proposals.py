"""/api/v1/proposals"""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask_babel import gettext

from engine.proposals import STATES
from web import versions
from web.api import shape
from web.api.body import key, member, only, reply, sent, whole, window, wrong
from web.here import actor, engine

routes = Blueprint("api_proposals", __name__)


@routes.get("/proposals")
def listed() -> Response:
    """The proposals, the last changed first."""
    cursor, limit = window()
    state = request.args.get("state")
    if state is not None and state not in STATES:
        raise wrong("state", gettext("应为 %(states)s 之一", states="、".join(STATES)))
    found = engine().proposals(actor(), state, request.args.get("key"), cursor, limit)
    return reply(shape.page(found, shape.proposal))


@routes.post("/proposals")
def begin() -> Response:
    """Prepare the next version of a procedure, from its newest one, from the version named, or empty."""
    body = sent()
    only(body, "key", "title", "empty", "version")
    empty = body.get("empty", False)
    if not isinstance(empty, bool):
        raise wrong("empty", gettext("须为 true 或 false"))
    procedure, title = member(body, "key", str, required=True), member(body, "title", str, required=True)
    made = engine().begin_proposal(actor(), procedure, title, empty, key(), whole(body, "version"))
    return reply(shape.whole_proposal(made), 201)


@routes.get("/proposals/<id>")
def one(id: str) -> Response:
    """A proposal and its files."""
    return reply(shape.whole_proposal(engine().proposal(actor(), id)))


@routes.post("/proposals/<id>/withdraw")
def withdraw(id: str) -> Response:
    """Give it up."""
    only(sent(optional=True))
    return reply(shape.whole_proposal(engine().withdraw_proposal(actor(), id, key())))


@routes.post("/proposals/<id>/submit")
def submit(id: str) -> Response:
    """Hand it in to be checked and issued."""
    body = sent()
    only(body, "reason", "changes", "effective_on")
    reason, changes, day = (member(body, one, str, required=True) for one in ("reason", "changes", "effective_on"))
    return reply(shape.whole_proposal(engine().submit_proposal(actor(), id, reason, changes, day, key())))


@routes.get("/proposals/<id>/findings")
def findings(id: str) -> Response:
    """What a deployment of the whole set would find."""
    return reply({"findings": [shape.finding(one) for one in engine().check_proposal(actor(), id)]})


@routes.post("/proposals/<id>/simulate")
def simulate(id: str) -> Response:
    """Walk it with chosen or random answers; nothing is stored."""
    body = sent(optional=True)
    only(body, "answers", "runs", "seed", "definition")
    numbers = {name: body[name] for name in ("runs", "seed") if name in body}
    for name, value in numbers.items():
        if not isinstance(value, int) or isinstance(value, bool):
            raise wrong(name, gettext("须为整数"))
    answers, process = member(body, "answers", dict), member(body, "definition", str)
    return reply(shape.outcome(engine().simulate_proposal(actor(), id, answers, key=process, **numbers)))


@routes.get("/proposals/<id>/files/<name>")
def content(id: str, name: str) -> Response:
    """A file; its version is the ETag."""
    return versions.sent(id, name)


@routes.put("/proposals/<id>/files/<name>")
def put(id: str, name: str) -> Response:
    """Write a file, in place of the version that If-Match names; 412 with what is there where that is another."""
    return versions.written(id, name)


@routes.delete("/proposals/<id>/files/<name>")
def remove(id: str, name: str) -> Response:
    """Take the version that If-Match names out."""
    engine().remove_proposal_file(actor(), id, name, versions.asked())
    return Response(status=204)
