"""调整环节: an administrator skips, goes back or goes ahead in one instance, after a preview and with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import login_required

from bpmn.errors import FieldError, GuichengError
from bpmn.model import Element
from engine.errors import ReasonMissing
from engine.views import Definition, Place
from web.forms.macros import Errors, errors_of
from web.here import actor, engine
from web.language import of_form, sentence
from web.page import show
from web.places import leaves, words

routes = Blueprint("modification", __name__)
DEEDS = ("skip", "back", "forward")
"""What may be done with a token: pass its element, begin again at one that was done, begin at one that was not."""


@dataclass(frozen=True)
class Standing:
    """A token that can be moved: where it waits, and whether what waits is inside of it."""

    place: Place
    element: Element | None
    around: bool


@dataclass(frozen=True)
class Targets:
    """Where a token may go: what was done in its diagram, and what was not."""

    back: list[Element]
    forward: list[Element]


@routes.get("/projects/<id>/modify")
@login_required
def page(id: str) -> ResponseReturnValue:
    """Where the instance stands, what can be done there, and what would come of it."""
    return draw(id)


def draw(id: str, said: str = "", errors: Errors | None = None) -> str:
    """The page, with the preview of what is asked for."""
    before = engine().preview(actor(), id).before
    instance = engine().instance(actor(), id)
    definition = engine().instance_definition(actor(), id)
    standing = _standing(before, definition)
    chosen = _chosen(standing)
    targets = _targets(id, definition, chosen)
    # Only of the token that was asked for: should it be gone, nobody wants to confirm the same of another.
    meant = chosen is not None and str(chosen.place.token) == request.values.get("token") and _asked() in DEEDS
    seen = engine().preview(actor(), id, [_move(chosen.place)]) if chosen is not None and meant else None
    return show(
        "project/modify",
        instance=instance,
        definition=definition,
        standing=standing,
        chosen=chosen,
        process=chosen.element.process if chosen is not None and chosen.element is not None else definition.key,
        targets=targets,
        asked=_asked(),
        seen=seen,
        before=words(seen.before) if seen is not None else [],
        after=words(seen.after) if seen is not None else [],
        reason=request.form.get("reason", ""),
        said=said,
        errors=errors or errors_of(()),
    )


@routes.post("/projects/<id>/modify")
@login_required
def modify(id: str) -> ResponseReturnValue:
    """Move it; the engine asks for the role, and whether the token is still there."""
    reason = request.form.get("reason", "").strip()
    token = request.form.get("token", "")
    place = Place(int(token) if _whole(token) else -1, request.form.get("element", ""), "", "")
    try:
        if not reason:
            raise ReasonMissing(errors=[FieldError("reason", gettext("必填"))])
        engine().modify(actor(), id, [_move(place)], reason, request.form.get("once") or None)
    except GuichengError as error:
        if error.status in (403, 404):
            raise
        return draw(id, sentence(error), errors_of(error.errors)), error.status
    flash(gettext("已调整。"), "success")
    return redirect(url_for("project.project", id=id))


def _whole(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def _asked() -> str:
    return request.values.get("deed", "")


def _move(place: Place) -> dict[str, Any]:
    """What is asked for, as the engine takes it."""
    deed = _asked()
    to = place.element if deed == "skip" else request.values.get(deed, "")
    return {"token": place.token, "element": place.element, "how": "after" if deed == "skip" else "before", "to": to}


def _standing(before: Sequence[Place], definition: Definition) -> list[Standing]:
    """The tokens, what waits first, the stages around it after that."""
    inner = leaves(before)
    found = [Standing(place, definition.element(place.element), place not in inner) for place in before]
    return sorted(found, key=lambda one: one.around)


def _chosen(standing: Sequence[Standing]) -> Standing | None:
    """The token that is asked for, else the first."""
    wanted = request.values.get("token", "")
    named = (one for one in standing if str(one.place.token) == wanted)
    return next(named, standing[0] if standing else None)


def _targets(id: str, definition: Definition, chosen: Standing | None) -> Targets:
    """The elements beside the one that it waits at, where one can stop and a flow leads."""
    at = chosen.element if chosen is not None else None
    if at is None:
        return Targets([], [])
    beside = [one for one in definition.elements if (one.process, one.parent) == (at.process, at.parent)]
    able = [one for one in beside if one.incoming and one.attached_to is None and not one.type.endswith("Gateway")]
    state = engine().diagram_state(actor(), id, at.process).elements
    done = [one for one in able if state.get(one.id) == "done" and one.id != at.id]
    return Targets(done, [one for one in able if one not in done and one.id != at.id])


def in_words(definition: Definition, moves: Sequence[dict[str, Any]]) -> list[str]:
    """What was moved, for the history."""
    found = []
    for one in moves:
        step, to = (called(definition, one[name]) for name in ("element", "to"))
        if one["how"] == "before":
            found.append(gettext("从“%(step)s”移到“%(to)s”", step=step, to=to))
        elif one["to"] == one["element"]:
            found.append(gettext("跳过“%(step)s”", step=step))
        else:
            found.append(gettext("从“%(step)s”移到“%(to)s”之后", step=step, to=to))
    return found


def called(definition: Definition, id: str) -> str:
    """What an element is called, in the reader's language."""
    element = definition.element(id)
    return of_form(element.name if element is not None and element.name else id)
