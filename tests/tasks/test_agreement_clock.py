"""The agreement's clock: what is promised, until when, and how that came about, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from bpmn.working_time import Calendar
from engine.contract import PermanentFailure
from tasks.agreement_clock import agreement_clock
from tests.tasks.desk import Child, Desk, job


def item(hours: str = "5x8", **more: Any) -> dict[str, Any]:
    """A service item that promises p3 an answer in 30 minutes and recovery in 4 hours."""
    told = {"service_item": "应用支持", "priority": "p3", "response_minutes": 30, "recovery_hours": 4}
    return {**told, "service_hours": hours, **more}


def clock(began: str, *items: dict[str, Any], desk: Desk | None = None, **variables: Any) -> Mapping[str, Any]:
    """What the clock answers for a p3 event of the MES."""
    desk = desk or Desk()
    desk.over = Child("p", "项目", "active", None, {}, {"service_items": list(items) or [item()]})
    known = {"occurred_at": began, "priority": "p3", "system_name": "MES", **variables}
    return agreement_clock(job({}, **known), desk)


def test_a_promise_goes_on_after_the_holiday_and_says_so() -> None:
    told = clock("2026-09-30T15:00")
    assert (told["respond_by"], told["recover_by"]) == ("2026-09-30T15:30", "2026-10-08T11:00")
    assert told["warn_recover_at"] == "2026-10-08T10:12"
    assert told["due_explanation"] == (
        "5×8：自9月30日（周三）15:00起算；10月1日至7日不计；"
        "应于9月30日（周三）15:30前响应，应于10月8日（周四）11:00前恢复。"
    )


def test_around_the_clock_nothing_is_left_out() -> None:
    told = clock("2026-10-01T23:00", item("7x24"))
    assert (told["recover_by"], "不计" in told["due_explanation"]) == ("2026-10-02T03:00", False)


def test_waiting_for_the_customer_over_a_weekend_costs_only_its_working_hours() -> None:
    told = clock("2026-06-05T14:00", pauses=[{"since": "2026-06-05T16:00", "until": "2026-06-08T10:00"}])
    assert told["recover_by"] == "2026-06-08T12:00"
    assert "等待客户（6月5日（周五）16:00至6月8日（周一）10:00）不计" in told["due_explanation"]


def test_a_year_without_holidays_is_said_to_administrators_and_not_guessed() -> None:
    desk = Desk(roles={"admin": ["admin"]})
    told = clock("2098-12-30T16:00", desk=desk)
    assert (told["unknown_year"], told["recover_by"], told["warn_recover_at"]) == (2098, None, None)
    assert "2098年的节假日安排尚未公布" in told["due_explanation"]
    assert [users for users, *_ in desk.told] == [["admin"]]
    known = clock("2098-12-30T09:00", desk=Desk(calendar=Calendar(years=frozenset({2098}))))
    assert (known["unknown_year"], known["recover_by"]) == (None, "2098-12-30T13:00")


def test_the_item_that_names_the_system_comes_first_and_then_the_strictest() -> None:
    items = (item(recovery_hours=1), item("7x24", service_item="MES应用支持", recovery_hours=8))
    assert clock("2026-06-01T10:00", *items)["recover_by"] == "2026-06-01T18:00"
    assert clock("2026-06-01T10:00", *items, system_name="打印机")["recover_by"] == "2026-06-01T11:00"


def test_what_nobody_promised_has_no_due_time() -> None:
    told = clock("2026-06-01T10:00", item(priority="p1"))
    assert (told["respond_by"], told["due_explanation"]) == (None, "协议没有对该等级作出承诺，不设期限。")


def test_without_a_time_to_count_from_the_clock_says_what_is_missing() -> None:
    with pytest.raises(PermanentFailure, match="occurred_at"):
        clock("")
