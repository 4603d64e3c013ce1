"""When a timer is due: ISO 8601 dates, durations and cycles, with months as calendars have them.

A value without a zone is meant in China's time, which has had no summer time since 1991.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
LITERAL = re.compile(r"P[0-9TYMWDHS.,]+|R[0-9]*/.+|[0-9]{4}-[0-9]{2}-[0-9]{2}.*")
_DURATION = re.compile(
    r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:[.,]\d+)?)S)?)?"
)


@dataclass(frozen=True)
class Duration:
    """A duration: months and days are the calendar's, the rest is exact."""

    months: int
    days: int
    micros: int


@dataclass(frozen=True)
class Cycle:
    """`turn` counts from `anchor` (us); `left` is how often it may still fire after this one, None without end."""

    anchor: int
    every: Duration
    turn: int
    left: int | None
    until: int | None


def duration(text: str) -> Duration:
    """Reads `P1Y2M3W4DT5H6M7S`. Raises ValueError."""
    found = _DURATION.fullmatch(text.strip().upper())
    if not found or not any(found.groups()):
        raise ValueError(f"“{text}”不是 ISO 8601 时长")
    years, months, weeks, days, hours, minutes = (int(g or 0) for g in found.groups()[:6])
    seconds = float((found.group(7) or "0").replace(",", "."))
    return Duration(years * 12 + months, weeks * 7 + days, round(((hours * 60 + minutes) * 60 + seconds) * 1_000_000))


def add(at: int, span: Duration, times: int = 1) -> int:
    """`at` (us) and `times` durations; the 31st of January and one month is the last day of February."""
    moment = (EPOCH + timedelta(microseconds=at)).astimezone(CHINA)
    month = moment.month - 1 + span.months * times
    year, month = moment.year + month // 12, month % 12 + 1
    try:
        day = min(moment.day, calendar.monthrange(year, month)[1])
        moved = moment.replace(year=year, month=month, day=day) + timedelta(days=span.days * times)
    except (ValueError, OverflowError) as error:
        raise ValueError("到期时间超出日历范围") from error
    return (moved - EPOCH) // MICROSECOND + span.micros * times


def moment(text: str, at: int, end_of_day: bool = False) -> int:
    """The instant (us) that a date, a date and time, or a duration from `at` means. Raises ValueError."""
    text = text.strip()
    if text.upper().startswith("P"):
        return add(at, duration(text))
    # feelin writes a zone's name behind a zoned time; the offset before it says all.
    text = re.sub(r"(@|\[).*$", "", text)
    try:
        if len(text) == 10:
            clock = time(23, 59, 59) if end_of_day else time()
            value = datetime.combine(date.fromisoformat(text), clock)
        else:
            value = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"“{text}”不是 ISO 8601 日期或时间") from error
    return ((value if value.tzinfo else value.replace(tzinfo=CHINA)) - EPOCH) // MICROSECOND


def cycle(text: str, at: int) -> tuple[int, Cycle]:
    """The first due instant (us) of `R3/PT1H`, `R/2026-01-01T09:00/P1D` or `R/PT1H/2026-12-31`, and the cycle."""
    parts = text.strip().upper().split("/")
    if not re.fullmatch(r"R\d*", parts[0]) or len(parts) not in (2, 3):
        raise ValueError(f"“{text}”不是 ISO 8601 周期")
    count = int(parts[0][1:]) - 1 if parts[0][1:] else None
    if count is not None and count < 0:
        raise ValueError(f"周期“{text}”一次也不触发")
    anchored = len(parts) == 3 and not parts[1].startswith("P")
    every = duration(parts[2] if anchored else parts[1])
    if not (every.months or every.days or every.micros):
        raise ValueError(f"周期“{text}”的间隔为零")
    until = moment(parts[2], at) if len(parts) == 3 and not anchored else None
    left = None if count is None else count + 1
    start = Cycle(moment(parts[1], at), every, -1, left, until) if anchored else Cycle(at, every, 0, left, until)
    # A cycle that begins at this very instant has its first turn now.
    following = after(start, at - 1 if anchored else at)
    if following is None:
        raise ValueError(f"周期“{text}”已经结束")
    return following


def after(current: Cycle, at: int) -> tuple[int, Cycle] | None:
    """The next due instant (us) later than `at`, and the cycle then; turns missed meanwhile are not made up for."""
    if current.left == 0:
        return None
    turn = current.turn + 1
    if not current.every.months:
        step = current.every.days * 86_400_000_000 + current.every.micros
        turn = max(turn, (at - current.anchor) // step + 1)
    while (due := add(current.anchor, current.every, turn)) <= at:
        turn += 1
    if current.until is not None and due > current.until:
        return None
    left = None if current.left is None else current.left - 1
    return due, Cycle(current.anchor, current.every, turn, left, current.until)
