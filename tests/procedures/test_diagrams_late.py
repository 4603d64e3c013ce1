"""Plan, service, acceptance and closing, every way through."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from tests.procedures.drawn import Drawn

CHINA = timezone(timedelta(hours=8))
SERVED: dict[str, Any] = {"service_start": "2026-01-01", "service_end": "2027-12-31"}


def item(procedure: str) -> dict[str, Any]:
    """A row of what is still open at the end of the service."""
    return {"instance": "x", "procedure": procedure, "title": "t", "business_key": "", "status": "active"}


def test_the_plan_of_a_new_project_is_reviewed_in_a_meeting_until_it_passes() -> None:
    stage = Drawn("CBS00P004_plan", project_kind="new")
    for result in ("revise", "pass"):
        stage.through("write_plan", "hold_plan_review", "write_plan_review")
        stage.do("decide_plan_review", plan_review_result=result)
    stage.do("distribute_plan", recipients=["wang", "zhao", "qa"])
    assert stage.assignees("acknowledge_plan") == ["wang", "zhao", "qa"]
    for person in ("wang", "zhao", "qa"):
        stage.do("acknowledge_plan", actor=person)
    assert stage.end == "plan_done"
    assert not stage.entered("check_plan")
    assert not stage.entered("note_not_applicable")


def test_the_plan_of_a_renewal_is_checked_and_approved_and_the_meeting_noted_as_not_applicable() -> None:
    stage = Drawn("CBS00P004_plan", project_kind="renewal").do("write_plan").do("check_plan", plan_check="return")
    stage.do("write_plan").do("check_plan", plan_check="pass").do("approve_plan", plan_approval="return")
    stage.do("write_plan").do("check_plan", plan_check="pass").do("approve_plan", plan_approval="approve")
    stage.do("distribute_plan", recipients=["wang"]).do("acknowledge_plan", actor="wang")
    assert stage.end == "plan_done"
    assert stage.entered("note_not_applicable") == 1
    assert not stage.entered("hold_plan_review")


def test_the_service_starts_its_procedures_and_is_ended_early_by_the_manager() -> None:
    stage = Drawn("CBS00P004_service", {"list_open_instances": {"open_items": [item("CBS00P005")]}}, **SERVED)
    stage.do("end_service_period")
    assert stage.end == "service_done"
    assert [inputs["procedure"] for _, inputs in stage.jobs if "procedure" in inputs] == ["CBS00P005", "CBS00P006"]
    assert not stage.entered("settle_open_items")


def due(stage: Drawn, element: str) -> datetime:
    """When the timer of an element is due, the last one opened."""
    opened = [e for e in stage.effects if e["type"] == "timer_opened" and e["element"] == element]
    return datetime.fromtimestamp(opened[-1]["due_at"] / 1_000_000, CHINA)


def test_the_last_day_of_the_service_is_served_to_its_end() -> None:
    stage = Drawn("CBS00P004_service", **SERVED)
    assert due(stage, "service_period_over") == datetime(2028, 1, 1, tzinfo=CHINA)


def test_the_service_ends_by_itself_when_its_period_is_over() -> None:
    stage = Drawn("CBS00P004_service", {"list_open_instances": {"open_items": []}}, **SERVED)
    stage.fire("service_period_over")
    assert stage.end == "service_done"
    assert stage.live.machine.scope.values["service_over_on"] == "2027-12-31"


def test_every_major_fault_reported_starts_its_procedure_and_the_service_goes_on() -> None:
    stage = Drawn("CBS00P004_service", {"list_open_instances": {"open_items": []}}, **SERVED)
    stage.send("major_fault")
    stage.send("major_fault")
    assert stage.entered("start_major_fault") == 2
    assert stage.open == ["end_service_period"]
    assert stage.do("end_service_period").end == "service_done"


def test_tickets_still_open_at_the_end_are_settled_by_the_manager() -> None:
    stage = Drawn("CBS00P004_service", {"list_open_instances": {"open_items": [item("CBS00P017")]}}, **SERVED)
    stage.do("end_service_period").do("settle_open_items", open_items_disposition="end", open_items_reason="已转下期")
    assert stage.end == "service_done"
    assert stage.entered("settle_linked") == 1


def report(stage: Drawn, write: str, until: str) -> Drawn:
    """A report written to a day, checked at once and handed over."""
    stage.do(write, period_end=until).do("check_annual_report", report_review_result="pass")
    return stage.do("hand_over_report")


THREE = {"service_start": "2026-01-01", "service_end": "2028-12-31", "system_kind": "computer"}
NOTHING: dict[str, dict[str, Any]] = {
    "list_open_instances": {"open_items": []},
    "annual_figures": {"report_number": 1, "report_begun": 3},
}


def test_each_year_but_the_last_is_reported_while_the_service_goes_on() -> None:
    stage = Drawn("CBS00P004_service", NOTHING, **THREE)
    for year in (2026, 2027):
        timer = "service_year_over" if year == 2026 else "service_year_served"
        assert due(stage, timer) == datetime(year + 1, 1, 1, tzinfo=CHINA)
        stage.fire(timer)
        assert stage.open == ["end_service_period", "write_annual_report"]
        report(stage, "write_annual_report", f"{year}-12-31")
    assert stage.open == ["end_service_period"]
    stage.fire("service_year_served")
    assert stage.open == ["end_service_period"]
    stage.fire("service_period_over")
    assert stage.end == "service_done"
    assert stage.recorded("JBS00P00403A") == 4


def test_a_service_of_one_year_is_reported_with_its_acceptance_whichever_timer_comes_first() -> None:
    stage = Drawn("CBS00P004_service", NOTHING, **{**THREE, "service_end": "2026-12-31"})
    stage.fire("service_year_over")
    assert stage.open == ["end_service_period"]
    stage.fire("service_period_over")
    assert stage.end == "service_done"


def test_a_report_in_hand_is_finished_when_the_service_ends_early_and_no_further_year_is_awaited() -> None:
    stage = Drawn("CBS00P004_service", NOTHING, **THREE)
    stage.fire("service_year_over")
    stage.do("end_service_period", service_ended_on="2027-03-15")
    assert stage.open == ["write_annual_report"]
    assert report(stage, "write_annual_report", "2026-12-31").end == "years_reported"
    assert stage.live.timers == {}


def test_a_year_awaited_ends_with_the_service() -> None:
    stage = Drawn("CBS00P004_service", NOTHING, **THREE)
    stage.fire("service_year_over")
    report(stage, "write_annual_report", "2026-12-31").do("end_service_period", service_ended_on="2027-03-15")
    assert stage.live.status == "completed"


@pytest.mark.parametrize(
    ("ended", "over"),
    [("2027-03-15", "2027-03-15"), ("2030-01-01", "2028-12-31"), ("2025-01-01", "2026-01-01")],
)
def test_the_service_ends_on_a_day_of_its_period(ended: str, over: str) -> None:
    stage = Drawn("CBS00P004_service", NOTHING, **THREE).do("end_service_period", service_ended_on=ended)
    assert stage.live.machine.scope.values["service_over_on"] == over


@pytest.mark.parametrize(
    ("kind", "write", "form"),
    [
        ("computer", "write_annual_report", "JBS00P00403A"),
        ("process_control", "write_process_report", "JBS00P00403B"),
    ],
)
def test_the_years_that_are_left_are_reported_with_the_acceptance_and_the_customer_may_send_it_back(
    kind: str, write: str, form: str
) -> None:
    years = {"reported_to": "2025-12-31", "service_over_on": "2027-12-31"}
    stage = Drawn("CBS00P004_acceptance", NOTHING, system_kind=kind, **SERVED, **years)
    stage.do(write, period_end="2026-12-31").do("check_annual_report", report_review_result="revise")
    report(stage, write, "2026-12-31")
    report(stage, write, "2027-12-31")
    stage.do("write_delivery_confirmation").do("accept_delivery", acceptance_result="rejected")
    report(stage, write, "2027-12-31")
    stage.do("write_delivery_confirmation").do("accept_delivery", acceptance_result="accepted")
    stage.do("write_cost_settlement")
    assert stage.end == "acceptance_done"
    assert stage.recorded(form) == 7
    assert {inputs["series"] for _, inputs in stage.jobs if inputs.get("form") == form} == {"1"}
    assert (stage.recorded("JBS00F00502"), stage.recorded("JBS00F02301")) == (3, 1)


def test_where_every_year_was_reported_the_acceptance_goes_to_the_delivery() -> None:
    years = {"reported_to": "2027-12-31", "service_over_on": "2027-12-31"}
    assert Drawn("CBS00P004_acceptance", NOTHING, **SERVED, **years).open == ["write_delivery_confirmation"]


def test_closing_may_be_returned_to_the_assistant_before_the_project_is_closed() -> None:
    stage = (
        Drawn("CBS00P004_closing", project_name="P").do("assemble_closing").do("close_project", closing_result="return")
    )
    stage.do("assemble_closing").do("close_project", closing_result="close")
    assert stage.end == "CBS00P004_closing_end"
    assert stage.recorded("closing_record") == 1
