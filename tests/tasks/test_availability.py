"""Availability: what was promised against what was down, per system."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from forms.word.dates import BEIJING
from tasks.availability import availability
from tasks.stretches import common, hours, minutes, united, without

# 2026-06-01 is a Monday.
MONDAY, SUNDAY_AFTER = datetime(2026, 6, 1, tzinfo=BEIJING), datetime(2026, 6, 8, tzinfo=BEIJING)
WEEK = (MONDAY, SUNDAY_AFTER)


def project(service_hours: str = "7x24", *systems: str) -> dict[str, Any]:
    item = {"service_item": "应用支持", "service_hours": service_hours, "availability_percent": 99}
    return {"systems": [{"system_name": name} for name in systems or ("MES",)], "service_items": [item]}


def down(begin: str, end: str | None, system: str = "MES", **more: Any) -> dict[str, Any]:
    return {"system_name": system, "occurred_at": f"2026-06-{begin}", "recovered_at": end and f"2026-06-{end}", **more}


def test_what_overlaps_counts_once() -> None:
    faults = [down("01T10:00", "01T12:00"), down("01T11:00", "01T13:00"), down("01T13:00", "01T13:30")]
    (row,) = availability(project(), faults, [], [], WEEK)
    assert row == {
        **{"system_name": "MES", "downtime_minutes": 210, "availability_percent": 99},
        "actual_percent": round(100 * (1 - 210 / (7 * 1440)), 3),
    }


def test_only_the_promised_hours_count() -> None:
    night = down("01T20:00", "02T10:00")
    weekend = down("06T08:00", "07T20:00")
    (row,) = availability(project("5x8"), [night, weekend], [], [], WEEK)
    assert row["downtime_minutes"] == 60
    assert row["actual_percent"] == round(100 * (1 - 60 / (5 * 480)), 3)


def test_planned_downtime_is_neither_downtime_nor_service_time() -> None:
    planned = [{"system_name": "MES", "down_at": "2026-06-01T00:00", "up_at": "2026-06-02T00:00"}]
    (row,) = availability(project(), [down("01T20:00", "02T02:00")], [], planned, WEEK)
    assert row["downtime_minutes"] == 120
    assert row["actual_percent"] == round(100 * (1 - 120 / (6 * 1440)), 3)


def test_each_system_has_its_own_and_one_that_nobody_listed_is_not_lost() -> None:
    faults = [down("01T10:00", "01T11:00", "历史库"), down("01T10:00", "01T12:00", "打印机")]
    rows = availability(project("7x24", "MES", "历史 库"), faults, [], [], WEEK)
    assert [(row["system_name"], row["downtime_minutes"]) for row in rows] == [
        ("MES", 0),
        ("历史 库", 60),
        ("打印机", 120),
    ]


def test_a_system_with_a_promise_of_its_own_is_measured_by_it() -> None:
    promises = project("5x8", "MES", "历史库")
    promises["service_items"].append(
        {"service_item": "MES应用支持", "service_hours": "7x24", "availability_percent": 99.9}
    )
    night = [down("01T20:00", "01T21:00"), down("01T20:00", "01T21:00", "历史库")]
    rows = availability(promises, night, [], [], WEEK)
    assert [(row["downtime_minutes"], row["availability_percent"]) for row in rows] == [(60, 99.9), (60, 99.9)]
    assert len({row["actual_percent"] for row in rows}) == 1


def test_what_is_not_recovered_is_down_until_now_and_what_was_dropped_without_a_time_is_not() -> None:
    assert availability(project(), [down("07T12:00", None)], [], [], WEEK)[0]["downtime_minutes"] == 720
    assert availability(project(), [down("07T12:00", None, over=True)], [], [], WEEK)[0]["downtime_minutes"] == 0


def test_downtime_reaches_over_no_end_of_the_period() -> None:
    fault = {"system_name": "MES", "occurred_at": "2026-05-31T23:00", "recovered_at": "2026-06-01T01:00"}
    assert availability(project(), [fault], [], [], WEEK)[0]["downtime_minutes"] == 60


@pytest.mark.parametrize(("said", "minutes_down"), [(None, 60), (True, 60), (False, 0)])
def test_a_major_fault_counts_unless_the_system_went_on(said: bool | None, minutes_down: int) -> None:
    fault = down("01T10:00", "01T11:00", system_down=said)
    assert availability(project(), [fault], [], [], WEEK)[0]["downtime_minutes"] == minutes_down


@pytest.mark.parametrize(("said", "minutes_down"), [(None, 0), (True, 60), (False, 0)])
def test_an_event_counts_where_it_says_that_the_system_stopped(said: bool | None, minutes_down: int) -> None:
    event = down("01T10:00", "01T11:00", system_down=said)
    assert availability(project(), [], [event], [], WEEK)[0]["downtime_minutes"] == minutes_down


def test_stretches_unite_and_cut_and_measure() -> None:
    def at(hour: int) -> datetime:
        return datetime(2026, 6, 1, hour, tzinfo=BEIJING)

    whole = united([(at(4), at(6)), (at(1), at(3)), (at(2), at(4)), (at(8), at(9)), (at(9), at(9))])
    assert whole == [(at(1), at(6)), (at(8), at(9))]
    assert common(whole, [(at(0), at(2)), (at(5), at(10))]) == [(at(1), at(2)), (at(5), at(6)), (at(8), at(9))]
    assert without(whole, [(at(2), at(3)), (at(5), at(9))]) == [(at(1), at(2)), (at(3), at(5))]
    assert minutes(whole) == 360


def test_five_times_eight_is_forty_hours_a_week() -> None:
    assert minutes(hours("5x8", *WEEK)) == 5 * 8 * 60
    assert minutes(hours("7x24", *WEEK)) == 7 * 24 * 60
    assert hours("5x8", SUNDAY_AFTER, MONDAY) == []
