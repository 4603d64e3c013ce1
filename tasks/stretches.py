"""Stretches of time: united, cut out of each other, measured. Ends are not part of a stretch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bpmn.working_time import Calendar, Stretch

ANNOUNCED = Calendar()


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


def hours(promised: str, begin: datetime, until: datetime, calendar: Calendar = ANNOUNCED) -> list[Stretch]:
    """The promised service hours within a time: `5x8` on the calendar's working days, else around the clock.

    A year that the calendar does not know counts Monday to Friday; `unknown_years` says which, for whoever tells it."""
    known = replace(calendar, years=calendar.years | unknown_years(begin, until, calendar))
    return list(known.served(promised, begin, until))


def unknown_years(begin: datetime, until: datetime, calendar: Calendar) -> frozenset[int]:
    """The years of a time whose holidays are not known."""
    last = (until - timedelta(microseconds=1)).year
    return frozenset(year for year in range(begin.year, last + 1) if not calendar.knows(year))
