"""Working time: the hours in which a service is promised, holidays and make-up working days, time added and measured.

`5x8` is from 9:00 to 17:00 on China's working days, lunch included; anything else is around the clock. Holidays and
make-up working days are those that the State Council announced (package chinesecalendar), a year at a time; a house may
override a day, or tell a year that the package does not know. A year that neither knows is never guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache

from chinese_calendar import constants

from bpmn.iso8601 import HOUSE
from bpmn.sentence import say

FIVE_BY_EIGHT = "5x8"
OPENS, CLOSES = time(9), time(17)
"""The eight hours of a working day."""
SATURDAY = 5
DAY = timedelta(days=1)
FURTHEST = 20 * 366
"""How many days ahead a due time is looked for: beyond, a promise is an error of whoever wrote it."""
Stretch = tuple[datetime, datetime]


class YearNotKnown(Exception):
    """The working days of a year are not announced; `year` says which."""

    def __init__(self, year: int) -> None:
        super().__init__(say("{year}年的节假日安排尚未公布", year=year))
        self.year = year


@cache
def announced() -> frozenset[int]:
    """The years whose working days the package knows."""
    return frozenset(day.year for day in constants.holidays)


@dataclass(frozen=True)
class Calendar:
    """Which days are worked. `overrides` by day: true is worked; `years` are told by the house beyond the package."""

    overrides: Mapping[date, bool] = field(default_factory=dict)
    years: frozenset[int] = frozenset()

    def knows(self, year: int) -> bool:
        """Whether the working days of a year are announced."""
        return year in self.years or year in announced()

    def works(self, on: date) -> bool:
        """Whether a day is worked. Raises YearNotKnown."""
        if on in self.overrides:
            return self.overrides[on]
        if not self.knows(on.year):
            raise YearNotKnown(on.year)
        return on in constants.workdays or (on.weekday() < SATURDAY and on not in constants.holidays)

    def served(self, hours: str, begin: datetime, until: datetime, zone: tzinfo = HOUSE) -> Iterator[Stretch]:
        """The promised hours between two instants, in UTC and in order. Raises YearNotKnown on reaching such a year."""
        begin, until = begin.astimezone(UTC), until.astimezone(UTC)
        if hours != FIVE_BY_EIGHT:
            if begin < until:
                yield begin, until
            return
        on = begin.astimezone(zone).date()
        while begin < until and datetime.combine(on, OPENS, zone) < until:
            if self.works(on):
                opens, closes = (datetime.combine(on, at, zone).astimezone(UTC) for at in (OPENS, CLOSES))
                if max(opens, begin) < min(closes, until):
                    yield max(opens, begin), min(closes, until)
            on += DAY

    def due(
        self, hours: str, begin: datetime, span: timedelta, pauses: Sequence[Stretch] = (), zone: tzinfo = HOUSE
    ) -> datetime:
        """When so much of the promised hours has passed that nobody paused, in UTC.

        Raises YearNotKnown; OverflowError where no calendar reaches so far.
        """
        left = max(span, timedelta())
        if not left:
            return begin.astimezone(UTC)
        for opens, closes in _without(self.served(hours, begin, begin + FURTHEST * DAY, zone), pauses):
            if left <= closes - opens:
                return opens + left
            left -= closes - opens
        raise OverflowError(say("{days}天内没有{span}的服务时间", days=FURTHEST, span=span))

    def passed(
        self, hours: str, begin: datetime, until: datetime, pauses: Sequence[Stretch] = (), zone: tzinfo = HOUSE
    ) -> timedelta:
        """How much of the promised hours lies between two instants, pauses cut out. Raises YearNotKnown."""
        lying = _without(self.served(hours, begin, until, zone), pauses)
        return sum((closes - opens for opens, closes in lying), timedelta())


def _without(served: Iterator[Stretch], pauses: Sequence[Stretch]) -> Iterator[Stretch]:
    """What of the served time, in order, lies in no pause."""
    cuts = sorted((begin.astimezone(UTC), end.astimezone(UTC)) for begin, end in pauses if begin < end)
    for begin, end in served:
        for first, last in cuts:
            if last <= begin or first >= end:
                continue
            if begin < first:
                yield begin, first
            begin = max(begin, last)
        if begin < end:
            yield begin, end
