"""Dates, durations and cycles of timers."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bpmn.iso8601 import date_time, duration, zone, zone_name
from engine.spiff.due import EPOCH, MICROSECOND, MISSED, Cycle, add, after, cycle, moment, pack, unpack


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


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("2026-03-29T01:30:00@Europe/Berlin", "2026-03-29T00:30:00+00:00"),
        ("2026-03-29T01:30:00[Europe/Berlin]", "2026-03-29T00:30:00+00:00"),
        ("2026-07-01T12:00+02:00@Europe/Berlin", "2026-07-01T10:00:00+00:00"),
        ("2026-07-01@America/New_York", "2026-07-01T04:00:00+00:00"),
        ("2026-07-01T12:00@America/Port-au-Prince", "2026-07-01T16:00:00+00:00"),
        # The gap: 02:30 is not there, and an hour later it is 03:30.
        ("2026-03-29T02:30:00@Europe/Berlin", "2026-03-29T01:30:00+00:00"),
        # The fold: 02:30 comes twice, the first is meant unless the offset says otherwise.
        ("2026-10-25T02:30:00@Europe/Berlin", "2026-10-25T00:30:00+00:00"),
        ("2026-10-25T02:30:00+01:00@Europe/Berlin", "2026-10-25T01:30:00+00:00"),
    ],
)
def test_a_named_zone_knows_its_summer_time(text: str, due: str) -> None:
    assert moment(text, AT) == us(due)


@pytest.mark.parametrize("name", ["Europe/Nowhere", "Europe", "../UTC", "zone.tab", "leapseconds", "", "+99:00"])
def test_a_zone_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="没有时区"):
        zone(name)


def turns(text: str, count: int, at: int = AT) -> list[int]:
    """The first due instants of a cycle, each fired when it was due; its packed form must hold all of it."""
    due, turning = cycle(text, at)
    dues = [due]
    while len(dues) < count and (following := after(unpack(pack(turning)), due)) is not None:
        due, turning = following
        dues.append(due)
    return dues


def test_a_monthly_cycle_keeps_to_the_day_it_began_on() -> None:
    days = ["2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]
    assert turns("R/P1M", 4) == [us(f"{day}T10:00:00+08:00") for day in days]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        # Nine in the evening of the 31st in New York is another day in China, and another month.
        ("R/2026-01-31T21:00:00-05:00/P1M", ["2026-01-31", "2026-02-28", "2026-03-31"]),
        ("R/2028-01-31T21:00:00-05:00/P1M", ["2028-01-31", "2028-02-29", "2028-03-31"]),
        ("R/2028-02-29T21:00:00-05:00/P1Y", ["2028-02-29", "2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"]),
    ],
)
def test_months_are_those_of_the_value_s_own_zone(text: str, days: list[str]) -> None:
    assert turns(text, len(days)) == [us(f"{day}T21:00:00-05:00") for day in days]


def test_a_daily_cycle_keeps_its_hour_when_the_clocks_change_and_an_hourly_one_its_distance() -> None:
    daily = turns("R/2026-03-28T02:30@Europe/Berlin/P1D", 3)
    assert daily == [us("2026-03-28T02:30:00+01:00"), us("2026-03-29T03:30:00+02:00"), us("2026-03-30T02:30:00+02:00")]
    hourly = turns("R/2026-03-28T02:30@Europe/Berlin/PT24H", 3)
    assert hourly == [us(f"2026-03-{day}T02:30:00+01:00") for day in (28, 29, 30)]
    autumn = turns("R/2026-10-25T02:30:00+01:00@Europe/Berlin/P1D", 2)
    assert autumn == [us("2026-10-25T02:30:00+01:00"), us("2026-10-26T02:30:00+01:00")]


def test_a_day_that_a_zone_left_out_is_no_turn_twice() -> None:
    samoa = turns("R/2011-12-29T10:00@Pacific/Apia/P1D", 3, us("2011-01-01T00:00:00+00:00"))
    told = ["2011-12-29T10:00:00-10:00", "2011-12-30T10:00:00-10:00", "2012-01-01T10:00:00+14:00"]
    assert samoa == [us(text) for text in told]


SPANS = st.builds(
    lambda months, days, hours: f"P{months}M{days}DT{hours}H",
    st.integers(0, 30),
    st.integers(0, 60),
    st.integers(0, 50),
).filter(lambda text: text != "P0M0DT0H")
ZONES = st.sampled_from(["", "@Europe/Berlin", "@America/New_York", "@Pacific/Apia", "@Asia/Shanghai", "-03:30", "Z"])
STARTS = st.datetimes(datetime(1995, 1, 1), datetime(2060, 1, 1)).map(lambda at: at.replace(microsecond=0).isoformat())


@given(STARTS, ZONES, SPANS, st.integers(1, 40), st.integers(0, 400))
def test_every_turn_comes_once_in_order_wherever_one_looks_from(
    start: str, place: str, span: str, count: int, days: int
) -> None:
    at = us(f"{start[:10]}T00:00:00+00:00") - 2 * 86_400_000_000
    text = f"R{count}/{start}{place}/{span}"
    all_turns = turns(text, count + 1, at)
    assert len(all_turns) == count
    assert all(earlier < later for earlier, later in zip(all_turns, all_turns[1:], strict=False))
    # Whoever begins to wait later finds the same turns, from there on.
    later = at + days * 86_400_000_000
    left = [due for due in all_turns if due >= later]
    assert turns(text, count, later)[: len(left)] == left


@given(STARTS, ZONES, st.integers(0, 60), st.integers(0, 600))
def test_months_are_never_drifted_and_never_skipped(start: str, place: str, months: int, turn: int) -> None:
    begun = date_time(start + place)
    local = begun.tzinfo
    due = add((begun - EPOCH) // MICROSECOND, duration(f"P{months}M"), turn, local or zone("UTC"))
    there = (EPOCH + timedelta(microseconds=due)).astimezone(local)
    asked = begun.year * 12 + begun.month - 1 + months * turn
    # Clocks put on at midnight, or a day left out, may move the last day of a month into the next.
    gap = there - timedelta(days=1) if there.month != asked % 12 + 1 else there
    assert gap.year * 12 + gap.month - 1 == asked
    last = (date(asked // 12 + (asked % 12 == 11), (asked + 1) % 12 + 1, 1) - timedelta(days=1)).day
    assert abs(there.date() - date(asked // 12, asked % 12 + 1, min(begun.day, last))) <= timedelta(days=1)


@given(st.integers(1, 3000), st.integers(0, 5000))
def test_catching_up_takes_every_missed_turn_or_the_last_hundred(hours: int, missed: int) -> None:
    due, turning = cycle(f"R/PT{hours}H", AT)
    now = due + missed * hours * 3_600_000_000
    following = after(turning, due, now)
    assert following is not None
    step = hours * 3_600_000_000
    assert following[0] == (due + step if missed <= MISSED else now + step - MISSED * step)
    bounded = after(Cycle(turning.anchor, turning.every, turning.turn, 10_000, None), due, now)
    assert bounded is not None and bounded[0] == due + step


@given(ZONES.filter(lambda text: bool(text)))
def test_a_zone_is_found_again_by_its_name(place: str) -> None:
    begun = date_time(f"2026-07-01T10:00:00{place}")
    assert begun.tzinfo is not None
    assert zone(zone_name(begun.tzinfo)).utcoffset(begun) == begun.utcoffset()


@pytest.mark.parametrize("text", ["R/9990-01-01/P1Y", "R/PT1H/2026-01-31T12:30"])
def test_a_cycle_ends_with_the_calendar_or_its_end_and_then_says_so(text: str) -> None:
    assert 1 < len(turns(text, 50)) < 11


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
