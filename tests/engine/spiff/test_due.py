"""Dates, durations and cycles of timers."""

from __future__ import annotations

from datetime import datetime

import pytest

from engine.spiff.due import EPOCH, MICROSECOND, add, after, cycle, duration, moment


def us(text: str) -> int:
    """The instant of an ISO date and time with offset."""
    return (datetime.fromisoformat(text) - EPOCH) // MICROSECOND


AT = us("2026-01-31T10:00:00+08:00")


@pytest.mark.parametrize(
    ("span", "due"),
    [
        ("P1M", "2026-02-28T10:00:00+08:00"),
        ("P2M", "2026-03-31T10:00:00+08:00"),
        ("P1Y", "2027-01-31T10:00:00+08:00"),
        ("P2Y1M", "2028-02-29T10:00:00+08:00"),
        ("P1W", "2026-02-07T10:00:00+08:00"),
        ("P1DT2H3M4.5S", "2026-02-01T12:03:04.500000+08:00"),
    ],
)
def test_a_duration_follows_the_calendar(span: str, due: str) -> None:
    assert moment(span, AT) == us(due)


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("2026-03-01", "2026-03-01T00:00:00+08:00"),
        ("2026-03-01T08:30:00", "2026-03-01T08:30:00+08:00"),
        ("2026-03-01T08:30:00Z", "2026-03-01T08:30:00+00:00"),
        ("2026-03-01T08:30:00+08:00[Asia/Shanghai]", "2026-03-01T08:30:00+08:00"),
    ],
)
def test_a_time_without_zone_is_china_s(text: str, due: str) -> None:
    assert moment(text, AT) == us(due)


def test_a_day_until_which_something_is_due_is_that_whole_day() -> None:
    assert moment("2026-03-01", AT, end_of_day=True) == us("2026-03-01T23:59:59+08:00")


def test_a_monthly_cycle_keeps_to_the_day_it_began_on() -> None:
    due, turning = cycle("R/P1M", AT)
    dues = [due]
    for _ in range(3):
        following = after(turning, due)
        assert following is not None
        due, turning = following
        dues.append(due)
    days = ["2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]
    assert dues == [us(f"{day}T10:00:00+08:00") for day in days]


def test_a_bounded_cycle_ends() -> None:
    due, turning = cycle("R2/PT1H", AT)
    following = after(turning, due)
    assert following is not None
    assert following[0] == add(AT, duration("PT2H"))
    assert after(following[1], following[0]) is None


def test_a_cycle_with_a_start_in_the_past_goes_on_at_its_next_turn() -> None:
    assert cycle("R/2026-01-01T09:00:00/P1D", AT)[0] == us("2026-02-01T09:00:00+08:00")


def test_a_cycle_ends_with_its_end() -> None:
    due, turning = cycle("R/PT1H/2026-01-31T11:30:00", AT)
    assert after(turning, due) is None


@pytest.mark.parametrize("text", ["P", "PT", "soon", "R/PT0S", "R0/PT1H", "R/soon", "2026-13-01", "P99999Y", "R3", ""])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        cycle(text, AT) if text.startswith("R") else moment(text, AT)
