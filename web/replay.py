"""回放: an instance as a film over its diagram. The server draws any moment by its link; a script plays them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import login_required

from bpmn.drawing import drawings
from bpmn.errors import NotFound
from engine.film import EVENTS
from engine.replay import MomentView, Reel
from engine.sheets import process_of
from engine.views import Definition
from forms.word.record import records
from web.api.body import reply
from web.here import actor, engine, number
from web.language import of_form
from web.page import show
from web.project import MOVED
from web.reading import fields_of, shown
from web.reels import compact
from web.security import INERT

routes = Blueprint("replay", __name__, url_prefix="/projects/<id>/replay")
WORDS = {
    "returned": "退回", "intervention": "人工干预", "message": "消息", "timer": "到时", "incident": "系统异常",
    "ended": "结束",
}  # fmt: skip
"""What one may jump to, by engine.film.EVENTS."""
OF_RECORDS = {"document": "文件", "version": "版本", "sha256": "SHA-256"}
"""What the variables that a record leaves behind say, by how they begin."""
LONGEST = 17
"""Digits of a time in microseconds."""


@dataclass(frozen=True)
class Sheet:
    """A diagram that is shown: its path of calls, the process drawn on it, and what it is called."""

    path: str
    process: str
    name: str


@routes.get("")
@login_required
def page(id: str) -> ResponseReturnValue:
    """The film at the entry asked for, the last one where none is."""
    if request.args.get("when"):
        return redirect(url_for("replay.page", id=id, at=engine().seq_at(actor(), id, _when())))
    instance, reel = engine().instance(actor(), id), engine().replay(actor(), id)
    at, event = number("at") or reel.moments[-1].seq, request.args.get("event", "")
    if event and event not in EVENTS:
        raise NotFound()
    view = engine().moment(actor(), id, at)
    definition = view.definition
    known = [_sheet(definition, path) for path in reel.sheets if process_of(definition, path)]
    sheet = _chosen(known, view.moment.sheet)
    return show(
        "replay/replay", instance=instance, definition=definition, sheet=sheet, known=known, trail=_trail(known, sheet),
        inside=_inside(known, sheet), event=event, words=WORDS, last=reel.moments[-1].seq, **_around(reel, at, event),
        **details(id, view),
    )  # fmt: skip


@routes.get("/moments")
@login_required
def moments(id: str) -> ResponseReturnValue:
    """The whole film for the script: what to colour, where tokens move, in as few characters as will do."""
    return reply(compact(engine().replay(actor(), id)))


@routes.get("/<int(max=99999999):entry>")
@login_required
def moment(id: str, entry: int) -> ResponseReturnValue:
    """What stands beside the picture: the entry, what was filled in, what came of it."""
    return show("replay/moment", **details(id, engine().moment(actor(), id, entry)))


@routes.get("/<int(max=99999999):entry>/picture.svg")
@login_required
def picture(id: str, entry: int) -> ResponseReturnValue:
    """The diagram of a sheet with the elements marked at which tokens stand: for whoever has no scripts."""
    view = engine().moment(actor(), id, entry)
    sheet = request.args.get("sheet", "")
    process = process_of(view.definition, sheet)
    drawn = drawings(view.definition.xml(process), process, view.scene.standing(sheet).keys()) if process else []
    if not drawn:
        raise NotFound()
    return drawn[0].svg, {"Content-Type": "image/svg+xml", "Content-Security-Policy": INERT}


def details(id: str, view: MomentView) -> dict[str, Any]:
    """What the details of a moment are drawn from."""
    key, definition = view.definition.key, view.definition
    fields = fields_of(definition, view.row.form, [change.name for change in view.changes])
    moved = MOVED[view.row.kind](key, view.row) if view.row.kind in MOVED and view.erasure is None else []
    return {
        "id": id,
        "view": view,
        "answer": shown(definition, view.row),
        "fields": fields,
        "moved": moved,
        "standing": _standing(definition, view),
        "sheet_name": _sheet(definition, view.moment.sheet).name,
        "record_words": _record_words,
    }


def _record_words(name: str) -> str:
    """What a variable is called that a record left behind; any other by its key."""
    told, _, key = name.partition("_")
    record = records().get(key)
    if record is None or told not in OF_RECORDS:
        return name
    return f"{of_form(record.title)} · {gettext(OF_RECORDS[told])}"


def _when() -> int:
    """The time asked for, in microseconds. Raises NotFound for what is none."""
    text = request.args["when"]
    if not (text.isascii() and text.isdigit() and len(text) < LONGEST):
        raise NotFound()
    return int(text)


def _sheet(definition: Definition, path: str) -> Sheet:
    """A sheet as that version draws it. What repeats has a sheet for each of its turns, which its number tells."""
    process = process_of(definition, path) or definition.key
    _, _, turn = path.rpartition("/")[2].partition("[")
    name = of_form(definition.names.get(process) or process)
    return Sheet(path, process, f"{name} {int(turn[:-1]) + 1}" if turn else name)


def _chosen(known: list[Sheet], own: str) -> Sheet:
    """The sheet asked for, or the one on which the moment happened."""
    asked = request.args.get("sheet")
    for path in (asked, own, ""):
        for sheet in known:
            if sheet.path == path:
                return sheet
    raise NotFound()


def _trail(known: list[Sheet], here: Sheet) -> list[Sheet]:
    """The sheets from the whole down to this one."""
    return [one for one in known if not one.path or f"{here.path}/".startswith(f"{one.path}/")]


def _inside(known: list[Sheet], here: Sheet) -> list[Sheet]:
    """The stages that are called from a sheet."""
    around = f"{here.path}/" if here.path else ""
    within = [one for one in known if one.path and one != here and one.path.startswith(around)]
    return [one for one in within if not any(one.path.startswith(f"{other.path}/") for other in within)]


def _standing(definition: Definition, view: MomentView) -> list[tuple[str, int, bool]]:
    """Where tokens wait in words: element, how many, whether it has failed; stages only where nothing in them waits."""
    found = []
    sheets = dict.fromkeys(stay.spot.sheet for stay in view.scene.stays.values())
    for sheet in sheets:
        failed = {spot.id for spot in view.scene.failed if spot.sheet == sheet}
        for id, count in view.scene.standing(sheet).items():
            element = definition.element(id)
            if element is None or element.type not in ("callActivity", "subProcess", "transaction", "adHocSubProcess"):
                found.append((of_form(element.name if element and element.name else id), count, id in failed))
    return found


def _around(reel: Reel, at: int, event: str) -> dict[str, int | None]:
    """The entries before and after, and the events before and after, of one kind or of all."""
    events = [one.seq for one in reel.moments if one.event and event in ("", one.event)]
    return {
        "before": at - 1 if at > 1 else None,
        "after": at + 1 if at < len(reel.moments) else None,
        "event_before": next((seq for seq in reversed(events) if seq < at), None),
        "event_after": next((seq for seq in events if seq > at), None),
    }
