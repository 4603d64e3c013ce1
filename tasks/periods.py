"""The service year that a report covers: from day to day, both counted, in Beijing time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from forms.word.dates import BEIJING, beijing

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """From the first day's beginning to the last day's end."""

    first: date
    last: date

    @property
    def begin(self) -> datetime:
        """The first moment."""
        return datetime(self.first.year, self.first.month, self.first.day, tzinfo=BEIJING)

    @property
    def until(self) -> datetime:
        """The first moment that is no more of it."""
        return datetime(self.last.year, self.last.month, self.last.day, tzinfo=BEIJING) + DAY

    def holds(self, moment: datetime | None) -> bool:
        """Whether something happened within it."""
        return moment is not None and self.begin <= moment < self.until


def moment(value: Any) -> datetime | None:
    """A date and time as typed in a form, or None."""
    return _typed(value) if isinstance(value, str) and value else None


@lru_cache(maxsize=16_384)
def _typed(text: str) -> datetime | None:
    """Kept, because a desk asks for the thousands of a year at every look."""
    try:
        return beijing(text)
    except ValueError:
        return None


def day(value: Any) -> date | None:
    """A date as typed in a form, or None."""
    found = moment(value)
    return None if found is None else found.date()


def year_later(on: date) -> date:
    """The same day a year later; of 29 February the last of that month, as timers have it."""
    try:
        return on.replace(year=on.year + 1)
    except ValueError:
        return date(on.year + 1, 2, 28)


def given(variables: Mapping[str, Any]) -> Period | None:
    """The period of the report in hand, as its writer gave it."""
    first, last = day(variables.get("period_start")), day(variables.get("period_end"))
    return None if first is None or last is None or last < first else Period(first, last)


def following(variables: Mapping[str, Any]) -> Period | None:
    """The service year that no report has covered yet; the last one ends with the service. None: there is none."""
    reported, start = day(variables.get("reported_to")), day(variables.get("service_start"))
    reported = reported or (start - DAY if start else None)
    end = day(variables.get("service_over_on")) or day(variables.get("service_end"))
    if reported is None or end is None or reported >= end:
        return None
    return Period(reported + DAY, min(year_later(reported), end))


def running(variables: Mapping[str, Any], on: date) -> Period | None:
    """The service year that a day lies in; the last one after the service, None before it or where it has no dates."""
    start = day(variables.get("service_start"))
    end = day(variables.get("service_over_on")) or day(variables.get("service_end"))
    if start is None or end is None or on < start or end < start:
        return None
    first, number = start, 0
    while (later := _years_later(start, number + 1)) <= min(on, end):
        first, number = later, number + 1
    return Period(first, min(_years_later(start, number + 1) - DAY, end))


def _years_later(start: date, years: int) -> date:
    """The day on which a service year begins."""
    try:
        return start.replace(year=start.year + years)
    except ValueError:
        return date(start.year + years, 3, 1)
