"""Pages of the audit log, p95, with a million rows and with none but a page's, taken in turns."""

from __future__ import annotations

import time

from bench.house import OWNER, opened
from bench.measure import Line, Sample, Size, percentile
from engine import audit
from engine.actor import OPERATOR, Actor
from engine.audit import Deed
from engine.audit_log import Asked
from engine.engine import Engine

FLAT = 1.5
PEOPLE, SUBJECTS = 200, 5_000
ACTIONS = ("read", "download", "open", "login", "export")
SMALL = 300
"""Rows of one person about one thing, so that a page of each kind is full, as it is among many rows."""
STEP = 1_000_000
"""Microseconds between two rows."""
RARE = "needle"
PAGES = {
    "first page": Asked(),
    "of a person": Asked(person="person0"),
    "of an action": Asked(action="export"),
    "of a subject": Asked(subject="subject0"),
    "of a person and an action": Asked(person="person0", action="download"),
    "a text that is nowhere": Asked(text=RARE),
}


def measure(size: Size) -> list[Line]:
    """Each page in both stores, and a page in the middle."""
    count = size.of(1_000_000, 20_000)
    with opened("ten") as small, opened("ten") as large:
        _fill(small, SMALL, 1, 1)
        _fill(large, count, PEOPLE, SUBJECTS)
        lines = []
        for name, asked in PAGES.items():
            lines += _lines(size, name, count, (small, asked, ""), (large, asked, ""))
        deep = large.room.clock.now() - count // 2 * STEP
        lines += _lines(size, "a page in the middle", count, (small, Asked(), ""), (large, Asked(until=deep), ""))
        return lines


def _lines(size: Size, name: str, count: int, *places: tuple[Engine, Asked, str]) -> list[Line]:
    """The p95 in each store; for a text the large one is looked through, so it has a bound of its own."""
    found: tuple[list[float], ...] = tuple([] for _ in places)
    for _ in range(min(size.rounds, 5)):
        taken: tuple[list[float], ...] = tuple([] for _ in places)
        for _ in range(size.of(40, 10)):
            for (engine, asked, cursor), figures in zip(places, taken, strict=True):
                began = time.process_time()
                engine.audit_log(OPERATOR, asked, cursor)
                figures.append((time.process_time() - began) * 1000)
        for figures, all_of_them in zip(taken, found, strict=True):
            all_of_them.append(percentile(figures, 0.95))
    few, many = (Sample(tuple(figures)) for figures in found)
    bound = TEXT if places[0][1].text else FLAT * few.median
    return [
        Line(f"audit log, {name}: p95, {SMALL} rows", "ms", few),
        Line(f"audit log, {name}: p95, {count} rows", "ms", many, bound, beside=few),
    ]


TEXT = 100.0
"""Milliseconds in which so many entries as one page looks through are looked through."""


def _fill(engine: Engine, count: int, people: int, subjects: int) -> None:
    """Rows of so many people about so many things, in one chain."""
    room = engine.room
    now, chain = room.clock.now(), audit.new_chain()
    actors = [Actor(f"person{number}", "web", OWNER.address) for number in range(people)]
    for first in range(0, count, 10_000):
        deeds = [
            Deed(
                now - (count - number) * STEP,
                actors[number % people],
                ACTIONS[number // people % len(ACTIONS)],
                f"subject{number * 7 % subjects}",
                None,
                {"path": f"/projects/{number}"},
            )
            for number in range(first, min(first + 10_000, count))
        ]
        with room.database.write() as connection:
            audit.write(connection, room.keys, chain, deeds)
