"""The annual report's figures, counted from what 5.6 left behind, each year's its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from engine.contract import Answer
from tasks.periods import Period
from tasks.statistics import statistics
from tests.tasks.desk import Child
from tests.tasks.service import entered, planned, ticket, us

PROMISE = {
    "service_item": "MES",
    "priority": "p3",
    "response_minutes": 30,
    "recovery_hours": 4,
    "service_hours": "7x24",
    "availability_percent": 99.5,
}
PROJECT: dict[str, Any] = {"service_items": [PROMISE], "systems": [{"system_name": "MES"}]}
FIRST = Period(date(2026, 1, 1), date(2026, 12, 31))
SECOND = Period(date(2027, 1, 1), date(2027, 12, 31))


def figures(
    children: Sequence[Child], period: Period = FIRST, answers: dict[str, list[Answer]] | None = None, **more: Any
) -> dict[str, Any]:
    """The figures of a period, long after it."""
    return statistics(
        children, {**PROJECT, **more}, period, us("2028-03-01T00:00"), lambda id: (answers or {}).get(id, [])
    )


def event(
    responded: str | None, recovered: str | None, on: str = "2026-05-10", ended: str | None = None, **more: Any
) -> Child:
    """An event of eight in the morning."""
    times = {"responded_at": responded and f"{on}T{responded}", "recovered_at": recovered and f"{on}T{recovered}"}
    facts = {"priority": "p3", "occurred_at": f"{on}T08:00", "hours": 2, **times, **more}
    return ticket("CBS00P017", f"{on}T08:30", ended, **facts)


def counts(rows: Sequence[dict[str, Any]]) -> list[tuple[int, int, int]]:
    return [(row["count"], row["closed_count"], row["open_count"]) for row in rows]


def test_a_ticket_over_the_turn_of_the_year_occurs_in_one_and_is_closed_in_the_other() -> None:
    tickets = [
        event("08:10", "09:00", ended="2026-05-11T09:00"),
        event("08:10", "09:00", on="2026-12-31", ended="2027-01-02T09:00"),
    ]
    assert counts(figures(tickets)["event_statistics"]) == [(2, 1, 1)]
    assert counts(figures(tickets, SECOND)["event_statistics"]) == [(0, 1, 0)]
    assert figures(tickets)["actual_hours"] == 4
    assert figures(tickets, SECOND)["actual_hours"] == 0


def test_what_occurred_before_midnight_and_was_opened_after_it_belongs_to_the_old_year() -> None:
    late = ticket("CBS00P017", "2027-01-01T00:20", priority="p4", occurred_at="2026-12-31T23:50")
    assert counts(figures([late])["event_statistics"]) == [(1, 0, 1)]
    assert counts(figures([late], SECOND)["event_statistics"]) == [(0, 0, 1)]


def test_tickets_are_counted_by_kind_and_priority() -> None:
    tickets = [ticket("CBS00P018", "2026-02-01T08:00", problem_title="泄漏"), event("08:10", "09:00")]
    rows = figures(tickets)["event_statistics"]
    assert [(row["kind"], row.get("priority")) for row in rows] == [("事件", "p3"), ("问题", None)]


def test_what_was_settled_at_the_end_of_the_service_stood_open_then() -> None:
    settled = event("08:10", "09:00", ended="2026-12-31T18:00")
    rows = figures([settled], settled_items=[{"instance": settled.id, "outcome": "end"}])["event_statistics"]
    assert counts(rows) == [(1, 0, 1)]


def test_a_problem_is_open_in_each_year_at_whose_end_it_is() -> None:
    problem = ticket("CBS00P018", "2026-02-01T08:00", "2027-05-01T08:00", problem_title="泄漏")
    assert figures([problem])["open_problems"] == [{"title": "泄漏", "since": "2026.02.01"}]
    assert figures([problem], SECOND)["open_problems"] == []


def test_late_answers_and_late_recoveries_break_the_promise_once() -> None:
    events = [event("08:10", "09:00"), event("08:31", "09:00"), event("08:10", "12:01"), event("09:00", "13:00")]
    row = figures(events)["promise_results"][0]
    assert (row["breach_count"], row["achieved_percent"]) == (3, 25.0)
    assert row["promised"] == "响应30分钟，恢复4小时"
    assert figures(events, SECOND)["promise_results"][0]["breach_count"] == 0


def test_the_reasons_of_broken_promises_are_told_each_once_and_those_of_kept_ones_are_not() -> None:
    late = [event("08:31", "09:00", breach_reason=why) for why in ("夜间无人值班", "夜间无人值班", " 备件未到 ", None)]
    kept = event("08:10", "09:00", breach_reason="多余")
    row = figures([*late, kept])["promise_results"][0]
    assert (row["breach_count"], row["breach_reason"]) == (4, "夜间无人值班；备件未到")
    assert figures([kept])["promise_results"][0]["breach_reason"] == ""


def test_what_is_not_recovered_breaks_its_promise_when_the_time_is_over() -> None:
    waiting = event("08:10", None)
    assert figures([waiting])["promise_results"][0]["breach_count"] == 1
    new = ticket("CBS00P017", "2026-12-31T22:00", priority="p3", occurred_at="2026-12-31T22:00")
    row = figures([new])["promise_results"][0]
    assert row["breach_count"] == 0 and "achieved_percent" not in row


def test_a_major_fault_is_judged_by_the_promise_of_the_first_priority() -> None:
    fault = ticket(
        "CBS00P007", "2026-05-10T08:00", occurred_at="2026-05-10T08:00",
        responded_at="2026-05-10T08:05", recovered_at="2026-05-10T10:01",
    )  # fmt: skip
    promise = {**PROMISE, "priority": "p1", "recovery_hours": 2}
    assert figures([fault], service_items=[promise])["promise_results"][0]["breach_count"] == 1


def test_nothing_is_said_of_a_promise_that_nothing_tried() -> None:
    row = figures([])["promise_results"][0]
    assert row["breach_count"] == 0 and "achieved_percent" not in row


def test_a_major_fault_is_told_in_the_year_in_which_it_occurred() -> None:
    fault = ticket("CBS00P007", "2026-05-10T08:00", occurred_at="2026-05-10T08:00", impact="停产", root_cause="断电")
    assert figures([fault])["major_faults"] == [
        {
            **{"occurred_at": "2026.05.10 08:00", "recovered_at": None, "impact": "停产"},
            **{"root_cause": "断电", "measures": None},
        }
    ]
    assert figures([fault], SECOND)["major_faults"] == []


def test_faults_and_events_that_took_the_system_down_are_its_downtime_and_no_others() -> None:
    down: dict[str, Any] = {"system_name": "MES", "occurred_at": "2026-05-10T08:00", "recovered_at": "2026-05-10T10:00"}
    tickets = [
        ticket("CBS00P007", "2026-05-10T08:00", **down),
        ticket("CBS00P017", "2026-05-10T09:00", **{**down, "system_down": True, "up_at": "2026-05-10T11:00"}),
        ticket("CBS00P017", "2026-06-10T09:00", **{**down, "occurred_at": "2026-06-10T08:00"}),
    ]
    (row,) = figures(tickets)["availability_results"]
    assert row["downtime_minutes"] == 180


def test_planned_downtime_of_changes_and_of_maintenance_is_no_downtime() -> None:
    window: dict[str, Any] = {"system_down": True, "down_at": "2026-05-10T08:00", "up_at": "2026-05-10T09:00"}
    fault = {"system_name": "MES", "occurred_at": "2026-05-10T08:00", "recovered_at": "2026-05-10T10:30"}
    plan = ticket("CBS00P006", "2026-01-01T08:00")
    tickets = [
        ticket("CBS00P007", "2026-05-10T08:00", **fault),
        ticket("CBS00P020", "2026-05-01T08:00", system_name="mes", **window),
        plan,
    ]
    round = planned("2026-05-10", **{**window, "down_at": "2026-05-10T10:00", "up_at": "2026-05-10T11:00"})
    (row,) = figures(tickets, answers={plan.id: round})["availability_results"]
    assert row["downtime_minutes"] == 60


def test_preventive_work_belongs_to_the_year_of_its_day_and_is_missed_where_nothing_was_confirmed() -> None:
    plan = ticket("CBS00P006", "2026-01-01T08:00")
    rounds = [
        *planned("2026-03-01", preventive_result="done", maintained_on="2026-03-01", hours=3),
        *planned("2026-06-01", preventive_result="moved", missed_reason="产线不停机", maintained_on="2026-06-01"),
        *planned("2026-09-01"),
        *planned("2027-03-01", preventive_result="done", maintained_on="2027-03-02", hours=5),
    ]
    first, second = (figures([plan], period, {plan.id: rounds}) for period in (FIRST, SECOND))
    assert first["preventive_results"] == [
        {
            **{"planned_count": 3, "done_count": 1, "moved_count": 1, "missed_count": 1},
            "missed_reason": "产线不停机",
        }
    ]
    assert second["preventive_results"][0]["done_count"] == 1
    assert (first["actual_hours"], second["actual_hours"]) == (3, 5)


def test_daily_work_counts_as_it_was_confirmed() -> None:
    daily = ticket("CBS00P005", "2026-01-01T08:00")
    rounds = [
        entered("record_daily_maintenance", maintained_on="2026-02-01", hours=9),
        entered("check_daily_maintenance", daily_check="return"),
        entered("record_daily_maintenance", maintained_on="2026-02-01", hours=2),
        entered("check_daily_maintenance", daily_check="pass"),
        entered("record_daily_maintenance", maintained_on="2027-02-01", hours=1),
        entered("check_daily_maintenance", daily_check="pass"),
        entered("record_daily_maintenance", maintained_on="2027-02-02", hours=4),
    ]
    assert figures([daily], FIRST, {daily.id: rounds})["actual_hours"] == 2
    assert figures([daily], SECOND, {daily.id: rounds})["actual_hours"] == 1
