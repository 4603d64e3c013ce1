"""Times as ISO 8601, BPMN and FEEL write them: dates, times with zones, durations, cycles.

A zone is an offset, or a name behind it: `2026-03-29T01:30:00@Europe/Berlin` as FEEL has it, `+01:00[Europe/Berlin]`
as others do. Without a zone a time is meant in the house's. A time that the clocks leave out in spring is moved on by
the gap (02:30 is 03:30); of one that comes twice in autumn the first is meant, unless an offset says which.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

from bpmn.sentence import say

# China's time, which has had no summer time since 1991.
HOUSE = timezone(timedelta(hours=8), "Asia/Shanghai")
_DURATION = re.compile(
    r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:[.,]\d+)?)S)?)?"
)
_ZONED = re.compile(r"([^@\[]*)(?:@([^\]]+)|\[([^\]]+)\])?")
_NAME = re.compile(r"[A-Za-z][\w+-]*(?:/[\w+-]+)*", re.ASCII)
_OFFSET = re.compile(r"[+-]\d\d:\d\d(?::\d\d)?")
# A zone's name has slashes too; the duration behind it tells where it ends.
_CYCLE = re.compile(r"R(\d*)/(?:(\d.+?)/)?(P[\dTYMWDHS.,]+)(?:/(.+))?", re.IGNORECASE)


@dataclass(frozen=True)
class Duration:
    """A duration: months and days are the calendar's, the rest is exact."""

    months: int
    days: int
    micros: int


@dataclass(frozen=True)
class Repetition:
    """A cycle as it is written: how often (None without end), from when, how far apart, until when."""

    count: int | None
    start: datetime | None
    every: Duration
    end: str | None


@cache
def zone(name: str) -> tzinfo:
    """The zone of that name (Europe/Berlin) or offset (+01:00). Raises ValueError.

    Its table is the tzdata package's and never the machine's: elsewhere, re-execution must find the same instants."""
    try:
        if _OFFSET.fullmatch(name):
            return datetime.strptime(name, "%z").tzinfo or HOUSE
        if not _NAME.fullmatch(name):
            raise ValueError(name)
        with resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as table:
            return ZoneInfo.from_file(table, key=name)
    except (OSError, ValueError) as error:
        raise ValueError(say("没有时区“{name}”", name=name)) from error


def zone_name(of: tzinfo) -> str:
    """What `zone` finds the zone again by."""
    return of.key if isinstance(of, ZoneInfo) and of.key else str(of).removeprefix("UTC") or "+00:00"


def duration(text: str) -> Duration:
    """Reads `P1Y2M3W4DT5H6M7S`. Raises ValueError."""
    found = _DURATION.fullmatch(text.strip().upper())
    if not found or not any(found.groups()):
        raise ValueError(say("“{text}”不是 ISO 8601 时长", text=text))
    years, months, weeks, days, hours, minutes = (int(g or 0) for g in found.groups()[:6])
    seconds = float((found.group(7) or "0").replace(",", "."))
    return Duration(years * 12 + months, weeks * 7 + days, round(((hours * 60 + minutes) * 60 + seconds) * 1_000_000))


def date_time(text: str, end_of_day: bool = False) -> datetime:
    """A date (its beginning or its end) or a date and time, in its own zone. Raises ValueError."""
    found = _ZONED.fullmatch(text.strip())
    if found is None:
        raise ValueError(say("“{text}”不是 ISO 8601 日期或时间", text=text))
    written, named = found[1].upper(), found[2] or found[3]
    place = zone(named) if named else HOUSE
    try:
        if len(written) == 10:
            value = datetime.combine(date.fromisoformat(written), time(23, 59, 59) if end_of_day else time())
        else:
            value = datetime.fromisoformat(written)
        if value.tzinfo is None:
            return value.replace(tzinfo=place)
        return value.astimezone(place) if named else value
    except (ValueError, OverflowError) as error:
        raise ValueError(say("“{text}”不是 ISO 8601 日期或时间", text=text)) from error


def cycle(text: str) -> Repetition:
    """Reads `R3/PT1H`, `R/2026-01-01T09:00/P1D` or `R/PT1H/2026-12-31`. Raises ValueError."""
    found = _CYCLE.fullmatch(text.strip())
    if found is None or (found[2] and found[4]):
        raise ValueError(say("“{text}”不是 ISO 8601 周期", text=text))
    every = duration(found[3])
    if not (every.months or every.days or every.micros):
        raise ValueError(say("周期“{text}”的间隔为零", text=text))
    count = int(found[1]) if found[1] else None
    if count == 0:
        raise ValueError(say("周期“{text}”一次也不触发", text=text))
    if found[4] and not found[4].upper().startswith("P"):
        date_time(found[4])
    return Repetition(count, date_time(found[2]) if found[2] else None, every, found[4])
