"""/api/v1/process-instances/{id}/replay"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from bpmn.errors import NotFound
from engine.film import Moment
from engine.replay import Change, Erasure, MomentView
from engine.sheets import Spot
from web.api import shape
from web.api.body import reply, window
from web.here import actor, engine
from web.times import rfc3339

routes = Blueprint("api_replay", __name__, url_prefix="/process-instances/<id>/replay")


@routes.get("")
def moments(id: str) -> Response:
    """What each entry did to the picture, oldest first."""
    cursor, limit = window()
    return reply(shape.page(engine().moments(actor(), id, cursor, limit), moment))


@routes.get("/<entry>")
def one(id: str, entry: str) -> Response:
    """One moment: the picture after an entry, and what came of the entry."""
    if not (entry.isascii() and entry.isdigit() and len(entry) < 9):
        raise NotFound()
    return reply(whole_moment(engine().moment(actor(), id, int(entry))))


def moment(one: Moment) -> dict[str, Any]:
    """What an entry did to the picture; flows in waves, those of a wave were taken at the same time."""
    same = ("seq", "kind", "actor", "on_behalf_of", "element", "version", "event", "sheet")
    entered = [{"token": stay.token, **_element(stay.spot), "turn": stay.turn} for stay in one.entered]
    return {
        **{name: getattr(one, name) for name in same},
        "at": rfc3339(one.at),
        "entered": entered,
        "left": list(one.left),
        "passed": [_element(spot) for spot in one.passed],
        "flows": [[{"flow": spot.id, "sheet": spot.sheet} for spot in wave] for wave in one.waves],
        "failed": [_element(spot) for spot in one.failed],
        "mended": [_element(spot) for spot in one.mended],
    }


def _element(spot: Spot) -> dict[str, str]:
    return {"element": spot.id, "sheet": spot.sheet}


def whole_moment(view: MomentView) -> dict[str, Any]:
    """A moment with its picture and what came of it."""
    row = view.row
    tokens = [{"token": stay.token, **_element(stay.spot), "turn": stay.turn} for stay in view.scene.stays.values()]
    return {
        **moment(view.moment),
        "element_name": row.element_name,
        "clause": row.clause,
        "channel": row.channel,
        "address": view.address,
        "roles": view.roles,
        "form": row.form,
        "data": row.data,
        "erased": None if view.erasure is None else _erasure(view.erasure),
        "tokens": tokens,
        "changes": [_change(change) for change in view.changes],
        "attachments": [shape.attachment(file) for file in view.attachments],
        "documents": [shape.document(made) for made in view.documents],
        "linked": [one.id for one in view.linked],
        "parent": view.parent,
    }


def _erasure(one: Erasure) -> dict[str, Any]:
    return {"seq": one.seq, "at": rfc3339(one.at), "actor": one.actor, "reason": one.reason}


def _change(one: Change) -> dict[str, Any]:
    return {
        "name": one.name,
        "scope": one.scope,
        "index": one.index,
        "old": one.old,
        "new": one.new,
        "hidden": one.hidden,
    }
