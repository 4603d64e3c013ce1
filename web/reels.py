"""A film as the script in the page reads it: one table of texts, and each moment a row of numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import url_for

from engine.film import Moment
from engine.replay import Reel
from engine.sheets import Spot, process_of
from engine.views import Definition
from web.here import engine
from web.language import of_form
from web.page import deed, person, role_title


class Texts(dict[str, int]):
    """Each text once, by its place; nothing is the first."""

    def __init__(self) -> None:
        super().__init__({"": 0})

    def place(self, text: str | None) -> int:
        """Where a text stands."""
        return self.setdefault(text or "", len(self))


def compact(reel: Reel) -> dict[str, Any]:
    """The moments of a reel, `texts` by place, and by text what people, elements and kinds are called.

    A moment: seq, at (ms), kind, actor, on behalf of, element, version, event, sheet, entered (token, sheet, element,
    turn, ...), left (token, ...), passed (sheet, element, ...), waves of flows (sheet, flow, ...), failed, mended."""
    texts = Texts()
    moments = [_row(one, texts) for one in reel.moments]
    versions = {version: _version(reel, version) for version in sorted({one.version for one in reel.moments})}
    elements = {one.id: of_form(one.name or one.id) for each in versions.values() for one in each.elements}
    return {
        "moments": moments,
        "texts": list(texts),
        "people": {name: person(name) for name in {one.actor for one in reel.moments}},
        "roles": {one.on_behalf_of: role_title(one.on_behalf_of) for one in reel.moments if one.on_behalf_of},
        "kinds": {kind: deed(kind) for kind in {one.kind for one in reel.moments}},
        "elements": {id: name for id, name in elements.items() if id in texts},
        "sheets": {path: _processes(versions, path) for path in reel.sheets},
        "diagrams": {number: _diagrams(each) for number, each in versions.items()},
        "names": {key: of_form(name or key) for each in versions.values() for key, name in each.names.items()},
    }


def _version(reel: Reel, version: int) -> Definition:
    own = reel.definition
    return own if own.version == version else engine().definition(own.key, version)


def _processes(versions: dict[int, Definition], path: str) -> dict[int, str]:
    """What is drawn on a sheet, by version."""
    found = {number: process_of(each, path) for number, each in versions.items()}
    return {number: process for number, process in found.items() if process is not None}


def _diagrams(definition: Definition) -> dict[str, str]:
    """Where each process's diagram is."""
    return {
        process: url_for("procedures.diagram", key=definition.key, process=process, version=definition.version)
        for process in definition.processes
    }


def _row(one: Moment, texts: Texts) -> list[Any]:
    place = texts.place
    head = (one.kind, one.actor, one.on_behalf_of, one.element)
    row: list[Any] = [one.seq, one.at // 1000, *map(place, head), one.version, place(one.event), place(one.sheet)]
    row += [
        [part for stay in one.entered for part in (stay.token, *_spot(stay.spot, texts), int(stay.turn))],
        list(one.left),
        _spots(one.passed, texts),
        [_spots(wave, texts) for wave in one.waves],
        _spots(one.failed, texts),
        _spots(one.mended, texts),
    ]
    while row[-1] == []:
        row.pop()
    return row


def _spot(spot: Spot, texts: Texts) -> tuple[int, int]:
    return texts.place(spot.sheet), texts.place(spot.id)


def _spots(spots: Iterable[Spot], texts: Texts) -> list[int]:
    return [part for spot in spots for part in _spot(spot, texts)]
