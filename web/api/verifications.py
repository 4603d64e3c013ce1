"""/api/v1/verifications: whether the record can be trusted."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response

from engine.clock import rfc3339
from engine.verifications import Verification
from web.api.body import key, member, only, reply, sent
from web.here import actor, engine
from web.language import spoken

routes = Blueprint("api_verifications", __name__)


@routes.post("/process-instances/<id>/verify")
def instance(id: str) -> Response:
    """Have an instance verified; the answer tells where to ask for the result."""
    return _ask(id)


@routes.post("/verifications")
def everything() -> Response:
    """Have every instance verified."""
    return _ask(None)


def _ask(id: str | None) -> Response:
    body = sent(optional=True)
    only(body, "anchor")
    key()  # one that waits already is answered again
    asked = engine().ask_verification(actor(), id, member(body, "anchor", str))
    return reply(told(engine().verification(actor(), asked.id)), 202)


@routes.get("/verifications/<id>")
def one(id: str) -> Response:
    """How far a verification is, and what it found."""
    return reply(told(engine().verification(actor(), id)))


def told(found: Verification) -> dict[str, Any]:
    """A verification as the API answers it."""
    asked, report = found.asked, found.report
    answer: dict[str, Any] = {
        "id": asked.id, "at": rfc3339(asked.at), "by": asked.by, "instance": asked.instance, "anchor": asked.paper,
        "state": found.state, "done": found.done, "of": found.of,
        "ended_at": None if found.ended_at is None else rfc3339(found.ended_at), "ok": None, "report": None,
    }  # fmt: skip
    if report is not None:
        faults = [
            {"instance": f.instance, "seq": f.seq, "reason": spoken(f.said), "recorded": f.recorded, "again": f.again}
            for f in report.faults
        ]
        uncovered = [{"instance": id, "first": first, "last": last} for id, first, last in report.uncovered]
        erased = [
            {"instance": id, "seq": seq, "reason": reason}
            for (id, seq), reason in zip(report.erased, report.reasons, strict=True)
        ]
        entries = [{**asdict(one), "at": rfc3339(one.at)} for one in report.verdicts]
        counts = ("instances", "entries", "executed", "skipped", "purged", "anchors", "anchored", "paper")
        answer["ok"] = report.ok
        answer["report"] = {
            **{name: getattr(report, name) for name in counts},
            **{"faults": faults, "uncovered": uncovered, "erased": erased, "verdicts": entries},
        }
    return answer
