"""The annual report's figures, counted from what 5.6 left behind."""

from __future__ import annotations

from typing import Any

from tasks.statistics import statistics
from tests.tasks.desk import MORNING, Child

PROMISE = {
    "service_item": "MES",
    "priority": "p3",
    "response_minutes": 30,
    "recovery_hours": 4,
    "availability_percent": 99.5,
}
PROJECT = {
    "service_items": [PROMISE],
    "systems": [{"system_name": "MES主服务器"}, {"system_name": "历史库"}],
    "service_start": "2026-05-02",
    "service_end": "2027-05-01",
}


def child(key: str, *, ended: bool = True, **variables: Any) -> Child:
    return Child(key, key, "completed", None, {"key": key}, variables, MORNING, MORNING if ended else None)


def event(responded: str, recovered: str, *, ended: bool = True) -> Child:
    times = {"responded_at": f"2026-05-10T{responded}", "recovered_at": f"2026-05-10T{recovered}"}
    return child("CBS00P017", ended=ended, priority="p3", occurred_at="2026-05-10T08:00", hours=2, **times)


def test_tickets_are_counted_by_kind_and_priority() -> None:
    found = statistics([event("08:10", "09:00"), event("08:10", "09:00", ended=False)], PROJECT, MORNING)
    row = {"kind": "事件", "priority": "p3", "count": 2, "closed_count": 1, "open_count": 1}
    assert found["event_statistics"] == [row]
    assert found["actual_hours"] == 4


def test_late_answers_and_late_recoveries_break_the_promise_once() -> None:
    events = [event("08:10", "09:00"), event("08:31", "09:00"), event("08:10", "12:01"), event("09:00", "13:00")]
    row = statistics(events, PROJECT, MORNING)["promise_results"][0]
    assert (row["breach_count"], row["achieved_percent"]) == (3, 25.0)
    assert row["promised"] == "响应30分钟，恢复4小时"


def test_nothing_is_said_of_a_promise_that_nothing_tried() -> None:
    row = statistics([], PROJECT, MORNING)["promise_results"][0]
    assert row["breach_count"] == 0 and "achieved_percent" not in row


def test_availability_is_what_major_faults_left_of_the_service_so_far() -> None:
    times: dict[str, Any] = {"occurred_at": "2026-05-10T00:00", "recovered_at": "2026-05-10T07:23"}
    fault = child("CBS00P007", system_name="MES主服务器", impact="停产", **times)
    found = statistics([fault], PROJECT, MORNING)
    rows = found["availability_results"]
    assert [row["downtime_minutes"] for row in rows] == [443, 0]
    assert [row["actual_percent"] for row in rows] == [98.988, 100.0]
    assert found["major_faults"][0]["impact"] == "停产"


def test_preventive_work_done_moved_and_missed_is_told_with_reasons() -> None:
    work = [
        child("CBS00P006", preventive_result="done"),
        child("CBS00P006", preventive_result="missed", missed_reason="产线不停机"),
    ]
    row = statistics(work, PROJECT, MORNING)["preventive_results"][0]
    assert row == {
        **{"planned_count": 2, "done_count": 1, "moved_count": 0, "missed_count": 1},
        "missed_reason": "产线不停机",
    }
