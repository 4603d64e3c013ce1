"""Working time: holidays, make-up days and overrides; what is added is what is measured; pauses shift it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bpmn.iso8601 import HOUSE
from bpmn.working_time import Calendar, YearNotKnown

CALENDAR = Calendar()
HOURS = st.sampled_from(["5x8", "7x24"])
BEGINS = st.datetimes(datetime(2024, 1, 1), datetime(2026, 6, 1)).map(lambda at: at.replace(tzinfo=HOUSE))
SPANS = st.integers(0, 60 * 200).map(lambda minutes: timedelta(minutes=minutes))


def at(text: str) -> datetime:
    """A Beijing time."""
    return datetime.fromisoformat(text).replace(tzinfo=HOUSE)


def pauses(begin: datetime) -> st.SearchStrategy[list[tuple[datetime, datetime]]]:
    """Pauses, overlapping or not, around and after a beginning."""
    minutes = st.tuples(st.integers(-6000, 20000), st.integers(0, 6000))
    return st.lists(
        minutes.map(lambda p: (begin + timedelta(minutes=p[0]), begin + timedelta(minutes=p[0] + p[1]))), max_size=4
    )


def test_a_day_is_worked_as_it_was_announced() -> None:
    assert not CALENDAR.works(date(2026, 10, 1)), "国庆节"
    assert CALENDAR.works(date(2026, 10, 10)), "调休上班的周六"
    assert not CALENDAR.works(date(2026, 10, 11)) and CALENDAR.works(date(2026, 10, 12))


def test_the_house_overrides_a_day() -> None:
    own = Calendar({date(2026, 10, 12): False, date(2026, 10, 1): True})
    assert own.works(date(2026, 10, 1)) and not own.works(date(2026, 10, 12))


def test_a_year_that_nobody_announced_is_said_and_not_guessed() -> None:
    with pytest.raises(YearNotKnown) as caught:
        CALENDAR.due("5x8", at("2099-03-02T09:00"), timedelta(hours=1))
    assert caught.value.year == 2099
    assert CALENDAR.due("7x24", at("2099-03-02T09:00"), timedelta(hours=1)) == at("2099-03-02T10:00")


def test_a_year_is_asked_for_only_where_the_time_reaches_it() -> None:
    own = Calendar(years=frozenset({2098}))
    assert own.due("5x8", at("2098-12-31T09:00"), timedelta(hours=8)) == at("2098-12-31T17:00")
    with pytest.raises(YearNotKnown):
        own.due("5x8", at("2098-12-31T09:00"), timedelta(hours=9))


def test_what_begins_before_a_long_holiday_is_due_after_it() -> None:
    # 30 September 2026 is a Wednesday; 1 to 7 October are off, the 8th is worked.
    assert CALENDAR.due("5x8", at("2026-09-30T15:00"), timedelta(hours=4)) == at("2026-10-08T11:00")
    assert CALENDAR.due("7x24", at("2026-09-30T15:00"), timedelta(hours=4)) == at("2026-09-30T19:00")


def test_what_begins_in_the_night_counts_from_the_morning() -> None:
    assert CALENDAR.due("5x8", at("2026-06-01T03:00"), timedelta(minutes=30)) == at("2026-06-01T09:30")
    assert CALENDAR.due("5x8", at("2026-06-01T17:00"), timedelta(minutes=30)) == at("2026-06-02T09:30")


def test_a_day_ends_in_the_zone_of_the_project() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    due = CALENDAR.due("5x8", datetime(2026, 6, 1, 16, tzinfo=berlin), timedelta(hours=2), zone=berlin)
    assert due == datetime(2026, 6, 2, 10, tzinfo=berlin)


def test_a_pause_over_a_weekend_costs_only_its_working_hours() -> None:
    weekend = [(at("2026-06-05T16:00"), at("2026-06-08T10:00"))]
    assert CALENDAR.due("5x8", at("2026-06-05T15:00"), timedelta(hours=2), weekend) == at("2026-06-08T11:00")


@given(HOURS, BEGINS, SPANS, st.data())
def test_what_is_added_is_what_is_measured(hours: str, begin: datetime, span: timedelta, data: st.DataObject) -> None:
    cut = data.draw(pauses(begin))
    due = CALENDAR.due(hours, begin, span, cut)
    assert CALENDAR.passed(hours, begin, due, cut) == span


@given(HOURS, BEGINS, SPANS, st.integers(0, 6000), st.integers(0, 6000))
def test_a_pause_shifts_by_the_working_time_that_lies_in_it(
    hours: str, begin: datetime, span: timedelta, after: int, long: int
) -> None:
    pause = (begin + timedelta(minutes=after), begin + timedelta(minutes=after + long))
    due = CALENDAR.due(hours, begin, span)
    paused = CALENDAR.due(hours, begin, span, [pause])
    if due <= pause[0]:
        assert paused == due
    else:
        assert paused == CALENDAR.due(hours, begin, span + CALENDAR.passed(hours, *pause))


@given(BEGINS, SPANS)
def test_around_the_clock_is_plain_addition(begin: datetime, span: timedelta) -> None:
    assert CALENDAR.due("7x24", begin, span) == (begin + span).astimezone(UTC)


@given(HOURS, BEGINS, SPANS, SPANS, SPANS)
def test_who_begins_later_or_has_longer_is_not_due_earlier(
    hours: str, begin: datetime, span: timedelta, later: timedelta, longer: timedelta
) -> None:
    due = CALENDAR.due(hours, begin, span)
    assert CALENDAR.due(hours, begin, span + longer) >= due
    assert not span or CALENDAR.due(hours, begin + later, span) >= due
