"""An instance as a film: one moment an entry, told by the effects that the entry recorded and by nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from engine.actor import OWN
from engine.entry import Entry
from engine.facts import INTERVENTIONS
from engine.record import reason
from engine.sheets import Sheets, Spot

CLOSED = {"task_closed": "task", "timer_closed": "timer", "job_closed": "job"}
EVERY = 256
"""A picture is kept of every so many moments, so that any other is made from a few."""
EVENTS = ("returned", "intervention", "message", "timer", "incident", "ended")
"""What one may jump to."""
BY_HAND = INTERVENTIONS | {"migrated", "resumed"}


class Stay(NamedTuple):
    """A token at an element. `turn`: one of the turns of an activity that repeats, besides the token of the whole."""

    token: int
    spot: Spot
    turn: bool


class Moment(NamedTuple):
    """What one entry did to the picture. `version`: of the definition that it happened on.

    `left` are tokens that stood there before, `passed` the elements that were done, `waves` the flows taken: those of
    one wave at the same time, each wave after the one before. `sheet` is where to look."""

    seq: int
    at: int
    kind: str
    actor: str
    on_behalf_of: str | None
    element: str | None
    version: int
    event: str | None
    sheet: str
    entered: tuple[Stay, ...] = ()
    left: tuple[int, ...] = ()
    passed: tuple[Spot, ...] = ()
    waves: tuple[tuple[Spot, ...], ...] = ()
    failed: tuple[Spot, ...] = ()
    mended: tuple[Spot, ...] = ()


@dataclass
class Scene:
    """The picture at one moment: where tokens stand, what was done, which flows were taken, what has failed."""

    stays: dict[int, Stay] = field(default_factory=dict)
    passed: set[Spot] = field(default_factory=set)
    taken: set[Spot] = field(default_factory=set)
    failed: set[Spot] = field(default_factory=set)

    def follow(self, moment: Moment) -> None:
        """Bring the picture from before a moment to after it."""
        for token in moment.left:
            del self.stays[token]
        self.stays |= {stay.token: stay for stay in moment.entered}
        self.passed.update(moment.passed)
        for wave in moment.waves:
            self.taken.update(wave)
        self.failed.update(moment.failed)
        self.failed.difference_update(moment.mended)

    def copy(self) -> Scene:
        """The same, to go on with."""
        return Scene(dict(self.stays), set(self.passed), set(self.taken), set(self.failed))

    def standing(self, sheet: str) -> dict[str, int]:
        """How many tokens stand at each element of a sheet; of what repeats, how many of its turns."""
        found: dict[str, list[bool]] = {}
        for stay in self.stays.values():
            if stay.spot.sheet == sheet:
                found.setdefault(stay.spot.id, []).append(stay.turn)
        return {id: sum(turns) or len(turns) for id, turns in found.items()}

    def marks(self, sheet: str) -> dict[str, str]:
        """What to colour on a sheet: done, active or failed, by element."""
        done = {spot.id: "done" for spot in self.passed if spot.sheet == sheet}
        active = dict.fromkeys(self.standing(sheet), "active")
        return done | active | {spot.id: "failed" for spot in self.failed if spot.sheet == sheet}

    def flows(self, sheet: str) -> list[str]:
        """The flows of a sheet that were taken."""
        return sorted(spot.id for spot in self.taken if spot.sheet == sheet)


@dataclass
class Film:
    """The moments of an instance from its first entry on. `erased`: entry that lost its content -> entry that says why.

    `sheets`: in the order in which they were first seen."""

    moments: list[Moment] = field(default_factory=list)
    sheets: dict[str, None] = field(default_factory=lambda: {"": None})
    erased: dict[int, int] = field(default_factory=dict)
    _now: Scene = field(default_factory=Scene)
    _frames: list[Scene] = field(default_factory=lambda: [Scene()])
    _incidents: dict[str, Spot] = field(default_factory=dict)

    @property
    def seq(self) -> int:
        """The number of its last entry."""
        return self.moments[-1].seq if self.moments else 0

    def scene(self, seq: int) -> Scene:
        """The picture after that entry."""
        frame = seq // EVERY
        found = self._frames[frame].copy()
        for moment in self.moments[frame * EVERY : seq]:
            found.follow(moment)
        return found

    def follow(self, entry: Entry, effects: list[dict[str, Any]], on: Sheets) -> None:
        """One entry more, with its effects, on the sheets of the version that it happened on."""
        if entry.kind == "erased" and "seq" in entry.data:
            self.erased[entry.data["seq"]] = entry.seq
        told = _told(effects, entry.element, self._now.stays, on)
        if entry.kind == "migrated":
            self._replace(told, effects, on)
        failed, mended = self._faults(entry, told)
        moment = Moment(
            seq=entry.seq,
            at=entry.at,
            kind=entry.kind,
            actor=entry.actor,
            on_behalf_of=entry.on_behalf_of,
            element=entry.element,
            version=on.version,
            event=event_of(entry) or ("ended" if told.ended else None),
            sheet=self._look(entry, told),
            entered=tuple(told.entered.values()),
            left=tuple(told.left),
            passed=tuple(told.passed),
            waves=waves(effects, on),
            failed=failed,
            mended=mended,
        )
        self._now.follow(moment)
        self.moments.append(moment)
        if len(self.moments) % EVERY == 0:
            self._frames.append(self._now.copy())
        for sheet in (moment.sheet, *(stay.spot.sheet for stay in moment.entered)):
            self.sheets.setdefault(sheet)

    def _replace(self, told: Told, effects: Iterable[Mapping[str, Any]], on: Sheets) -> None:
        """After a migration each token stands in the diagrams of the other version, moved or not."""
        moved = {one["token"]: Spot(on(one["path"]), one["element"]) for one in effects if one["type"] == "moved"}
        kept = {token: stay for token, stay in self._now.stays.items() if token not in told.left}
        again = {token: stay._replace(spot=moved.get(token, stay.spot)) for token, stay in kept.items()}
        told.entered = again | told.entered
        told.left += kept

    def _faults(self, entry: Entry, told: Told) -> tuple[tuple[Spot, ...], tuple[Spot, ...]]:
        """What fails with this entry, and what failed and is dealt with."""
        if entry.kind == "incident":
            spot = Spot(self._place(entry.element) or "", entry.element or "")
            self._incidents[entry.task or str(entry.seq)] = spot
            return (spot,), ()
        if not self._incidents:
            return (), ()
        dealt = self._incidents.keys() if told.ended else self._incidents.keys() & {entry.task, *told.closed}
        mended = [self._incidents.pop(subject) for subject in sorted(dealt)]
        return (), tuple(spot for spot in mended if spot not in self._incidents.values())

    def _place(self, element: str | None) -> str | None:
        """The sheet on which a token stands at that element."""
        return next((stay.spot.sheet for stay in self._now.stays.values() if stay.spot.id == element), None)

    def _look(self, entry: Entry, told: Told) -> str:
        """Where an entry happened: where its element was left, else where anything was, else where its token stands."""
        if told.passed or told.left or told.entered:
            return told.where
        stands = self._place(entry.element)
        return stands if stands is not None else self.moments[-1].sheet if self.moments else ""


@dataclass
class Told:
    """What effects tell: tokens that stand anew, tokens that stood before and are gone, elements done, tasks and the
    like that were closed. `where`: the sheet on which the entry's element was left, else the first thing happened."""

    entered: dict[int, Stay] = field(default_factory=dict)
    left: list[int] = field(default_factory=list)
    passed: dict[Spot, None] = field(default_factory=dict)
    closed: list[str] = field(default_factory=list)
    ended: bool = False
    where: str = ""


def event_of(entry: Entry) -> str | None:
    """Which of EVENTS an entry is by itself, whatever came of it."""
    if entry.kind == "completed":
        return None if reason(entry.data.get("data") or {}) is None else "returned"
    if entry.kind in ("message", "timer", "incident"):
        return entry.kind
    return "intervention" if entry.actor not in OWN and (entry.kind in BY_HAND or "settled_by" in entry.data) else None


def _told(effects: Iterable[Mapping[str, Any]], own: str | None, before: Mapping[int, Stay], on: Sheets) -> Told:
    """What effects tell, read once: a long film is read in half a second, most of it here."""
    told, places = Told(), dict[bool, str]()
    for effect in effects:
        kind, element = effect["type"], effect["element"]
        if kind == "entered":
            spot, token = Spot(on(effect["path"]), element), effect["token"]
            told.entered[token] = Stay(token, spot, effect.get("loop") is not None)
        elif kind == "left":
            spot, token = Spot(on(effect["path"]), element), effect["token"]
            if told.entered.pop(token, None) is None and token in before:
                told.left.append(token)
            if not effect.get("cancelled"):
                told.passed[spot] = None
        elif kind in CLOSED:
            told.closed.append(effect[CLOSED[kind]])
            continue
        else:
            told.ended = told.ended or kind == "ended"
            continue
        places.setdefault(kind == "left" and element == own, spot.sheet)
    told.where = places.get(True, places.get(False, ""))
    return told


def waves(effects: Iterable[Mapping[str, Any]], on: Callable[[str], str]) -> tuple[tuple[Spot, ...], ...]:
    """The flows that were taken, each after the one that led to its source; into a stage and out of it too."""
    reached: dict[tuple[str, str], int] = {}
    within: dict[tuple[str, str], int] = {}
    found: list[list[Spot]] = []
    for effect in effects:
        if effect["type"] != "flow":
            continue
        path, source = effect["path"], effect["source"]
        at = max(_reached(reached, path, source), within.get((path, source), 0))
        while len(found) <= at:
            found.append([])
        found[at].append(Spot(on(path), effect["element"]))
        target = path, effect["target"]
        reached[target] = max(at + 1, reached.get(target, 0))
        while path:
            path, host = _outside(path)
            within[path, host] = max(at + 1, within.get((path, host), 0))
    return tuple(map(tuple, found))


def _reached(reached: Mapping[tuple[str, str], int], path: str, element: str) -> int:
    """The wave that follows the arrival at an element; what nothing led to begins with the stage around it."""
    while (path, element) not in reached and path:
        path, element = _outside(path)
    return reached.get((path, element), 0)


def _outside(path: str) -> tuple[str, str]:
    """The path around a stage, and the activity that hosts it."""
    outer, _, host = path.rpartition("/")
    return outer, host.partition("[")[0]
