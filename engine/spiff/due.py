"""When a timer is due: the arithmetic of dates, durations and cycles.

Months and days are counted on the calendar of the value's own zone, hours and less are exact. A cycle is counted from
its beginning, so it does not drift: 31 January, 28 February, 31 March. A turn is missed when nobody fired it before
the next was due. Missed turns fire once each, in order, as soon as somebody looks; of a cycle that neither a count nor
an end bounds, the last `MISSED` of them.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from bpmn import iso8601
from bpmn.iso8601 import HOUSE, Duration, duration
from bpmn.sentence import say

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
LITERAL = re.compile(r"P[0-9TYMWDHS.,]+|R[0-9]*/.+|[0-9]{4}-[0-9]{2}-[0-9]{2}.*")
MISSED = 100
_DAY = 86_400_000_000


class Over(ValueError):
    """A cycle of which no turn is left."""


@dataclass(frozen=True)
class Cycle:
    """`turn` counts from `anchor` (us); `left` is how often it may still fire after this one, None without end.

    `zone` is the beginning's own, by name or offset; None is the house's."""

    anchor: int
    every: Duration
    turn: int
    left: int | None
    until: int | None
    zone: str | None = None


def add(at: int, span: Duration, times: int = 1, zone: tzinfo = HOUSE) -> int:
    """`at` (us) and `times` durations; the 31st of January and one month is the last day of February.

    Raises ValueError beyond the calendar."""
    try:
        moment = (EPOCH + timedelta(microseconds=at)).astimezone(zone)
        if (span.months or span.days) and times:
            month = moment.month - 1 + span.months * times
            year, month = moment.year + month // 12, month % 12 + 1
            day = min(moment.day, calendar.monthrange(year, month)[1])
            # Of an hour that comes twice the first is meant, wherever the way began.
            moment = moment.replace(year=year, month=month, day=day, fold=0) + timedelta(days=span.days * times)
        return (moment - EPOCH + timedelta(microseconds=span.micros * times)) // MICROSECOND
    except (ValueError, OverflowError) as error:
        raise ValueError("到期时间超出日历范围") from error


def moment(text: str, at: int, end_of_day: bool = False) -> int:
    """The instant (us) that a date, a date and time, or a duration from `at` means. Raises ValueError."""
    if text.strip().upper().startswith("P"):
        return add(at, duration(text))
    return (iso8601.date_time(text, end_of_day) - EPOCH) // MICROSECOND


def when(value: str, at: int, counted: bool = False) -> tuple[int, Cycle | None]:
    """The instant (us) that a timer's value means, and its cycle, `counted` or not. Raises ValueError, Over."""
    return cycle(value, at, counted) if value.strip().upper().startswith("R") else (moment(value, at), None)


def cycle(text: str, at: int, counted: bool = False) -> tuple[int, Cycle]:
    """The first due instant (us) of `R3/PT1H`, `R/2026-01-01T09:00/P1D` or `R/PT1H/2026-12-31`, and the cycle.

    Turns before `at` were nobody's to wait for: they are not missed. `counted`: they count among those that a date and
    a number bound, so `R3/2026-01-01/P1D` is over on the fourth. Raises ValueError, Over."""
    read = iso8601.cycle(text)
    until = moment(read.end, at) if read.end else None
    begun = Cycle(at, read.every, 0, read.count, until)
    if read.start is not None:
        zone = None if read.start.tzinfo == HOUSE else iso8601.zone_name(read.start.tzinfo or HOUSE)
        begun = replace(begun, anchor=(read.start - EPOCH) // MICROSECOND, turn=-1, zone=zone)
    # A cycle that begins at this very instant has its first turn now.
    following = after(begun, at - 1 if read.start is not None else at)
    if following is None:
        raise Over(say("周期“{text}”已经结束", text=text))
    if not counted or read.start is None or read.count is None:
        return following
    first, turning = following
    if turning.turn >= read.count:
        raise Over(say("周期“{text}”已经结束", text=text))
    return first, replace(turning, left=read.count - 1 - turning.turn)


def after(current: Cycle, at: int, now: int | None = None) -> tuple[int, Cycle] | None:
    """The next due instant (us) later than `at`, and the cycle then; None when it has ended.

    With `now`, turns since `at` were missed, and too many of an unbounded cycle are passed over."""
    if current.left == 0:
        return None
    try:
        turn = _turn(current, at)
        if now is not None and current.left is None and current.until is None:
            turn = max(turn, _turn(current, now) - MISSED)
        due = _due(current, turn)
    except ValueError:
        return None
    if current.until is not None and due > current.until:
        return None
    return due, replace(current, turn=turn, left=None if current.left is None else current.left - 1)


def pack(cycle: Cycle) -> list[Any]:
    """A cycle as it is kept."""
    every, place = cycle.every, [cycle.zone] if cycle.zone else []
    return [cycle.anchor, every.months, every.days, every.micros, cycle.turn, cycle.left, cycle.until, *place]


def unpack(packed: list[Any]) -> Cycle:
    """The cycle again."""
    anchor, months, days, micros, turn, left, until, *place = packed
    return Cycle(anchor, Duration(months, days, micros), turn, left, until, *place)


def _due(current: Cycle, turn: int) -> int:
    return add(current.anchor, current.every, turn, iso8601.zone(current.zone) if current.zone else HOUSE)


def _turn(current: Cycle, at: int) -> int:
    """The first turn after the current one that is due later than `at`: guessed from below, then counted."""
    every = current.every
    longest = (every.months * 31 + every.days) * _DAY + every.micros
    # Clocks that change, and zones that once left out a day, make a day of the calendar up to a day longer.
    slack = 2 * _DAY if every.months or every.days else 0
    turn = max(current.turn + 1, (at - current.anchor - slack) // longest)
    while _due(current, turn) <= at:
        turn += 1
    return turn
