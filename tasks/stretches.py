"""Stretches of time: united, cut out of each other, measured. Ends are not part of a stretch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, time, timedelta

Stretch = tuple[datetime, datetime]
OPENS, CLOSES = time(9), time(17)
"""The eight hours of 5×8, Monday to Friday; holidays and make-up working days are not known here."""
SATURDAY = 5


def united(stretches: Iterable[Stretch]) -> list[Stretch]:
    """The same time without overlaps, in order."""
    kept: list[Stretch] = []
    for begin, end in sorted(s for s in stretches if s[0] < s[1]):
        if kept and begin <= kept[-1][1]:
            kept[-1] = (kept[-1][0], max(kept[-1][1], end))
        else:
            kept.append((begin, end))
    return kept


def common(one: Sequence[Stretch], other: Sequence[Stretch]) -> list[Stretch]:
    """What lies in both; each without overlaps and in order."""
    kept, place = [], 0
    for begin, end in one:
        while place < len(other) and other[place][1] <= begin:
            place += 1
        for first, last in other[place:]:
            if first >= end:
                break
            kept.append((max(begin, first), min(end, last)))
    return kept


def without(one: Sequence[Stretch], other: Sequence[Stretch]) -> list[Stretch]:
    """What of the one lies not in the other; each without overlaps and in order."""
    kept = []
    for begin, end in one:
        for first, last in common([(begin, end)], other):
            if begin < first:
                kept.append((begin, first))
            begin = last
        if begin < end:
            kept.append((begin, end))
    return kept


def minutes(stretches: Iterable[Stretch]) -> float:
    """How long they are together."""
    return sum((end - begin).total_seconds() for begin, end in stretches) / 60


def hours(promised: str, begin: datetime, until: datetime) -> list[Stretch]:
    """The promised service hours within a time: `5x8`, else around the clock."""
    if promised != "5x8":
        return [(begin, until)] if begin < until else []
    return common(list(_working(begin, until)), [(begin, until)]) if begin < until else []


def _working(begin: datetime, until: datetime) -> Iterator[Stretch]:
    on = begin.date()
    while on <= until.date():
        if on.weekday() < SATURDAY:
            yield datetime.combine(on, OPENS, begin.tzinfo), datetime.combine(on, CLOSES, begin.tzinfo)
        on += timedelta(days=1)
