"""A service of two years: tickets of every kind, problems and changes that come of them, a report for each year."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.actor import OPERATOR, Actor
from tests.procedures.years import PROMISE, Years, furnished
from tests.stores import Store, Stores
from tests.tasks.service import us

Make = Callable[..., Years]
TICKETS = ("CBS00P017", "CBS00P018", "CBS00P019", "CBS00P020")
GRADE = {"impact_level": "part", "urgency": "medium"}
"""Graded p3 by the decision table."""
FAULT = {
    **{"fault_title": "MES停机", "occurred_at": "2026-06-01T08:00", "reported_by": "客户调度"},
    **{"system_name": "MES", "impact": "全线停产"},
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, lasting_stores: Stores) -> Store:
    """A furnished store: to copy, not to use."""
    return furnished(lasting_stores.new(tmp_path_factory.mktemp("years") / "var"))


@pytest.fixture
def make(store: Store, stores: Stores, tmp_path: Path) -> Iterator[Make]:
    """Begins the service of a project."""
    made: list[Years] = []

    def begin(**facts: Any) -> Years:
        made.append(Years(stores.copy(store, tmp_path / "var"), **facts))
        return made[-1]

    yield begin
    for one in made:
        one.engine.close()


def test_each_report_of_a_major_fault_fills_the_first_form_with_what_it_told(make: Make) -> None:
    service = make()
    first = service.fault(**FAULT)
    assert (first.parent, first.variables["project_name"], first.title) == (service.id, "MES运维", "MES停机")
    assert service.shown("report_major_fault", first.id) == FAULT
    second = service.fault(fault_title="断网", occurred_at="昨天")
    assert service.shown("report_major_fault", second.id) == {"fault_title": "断网"}
    assert first.business_key != second.business_key


def test_problem_and_change_come_of_a_fault_as_instances_of_the_same_project_known_to_each_other(make: Make) -> None:
    service = make()
    fault = service.fault(**FAULT).id
    service.do("report_major_fault", fault)
    service.do("handle_major_fault", fault, service_restored=True, measures="重启")
    service.do("close_major_fault", fault, problem_needed=True, root_cause="待查")
    (problem,) = service.linked("CBS00P018")
    assert (problem.parent, problem.variables["origin_instance"]) == (service.id, fault)
    assert service.view(fault).variables["linked_instances"] == [problem.id]
    assert service.shown("register_problem", problem.id) == {
        **{"problem_title": "MES停机", "priority": "p1", "problem_description": "影响：全线停产\n处理：重启"},
        "related_events": "重大故障 XM-1/CBS00P007-01",
    }
    service.do("register_problem", problem.id)
    service.do("analyse_problem", problem.id, change_needed=True, permanent_solution="更换存储")
    (change,) = service.linked("CBS00P020")
    assert (change.parent, change.variables["origin_instance"]) == (service.id, problem.id)
    shown = service.shown("request_change", change.id)
    assert (shown["change_title"], shown["change_content"]) == ("解决问题：MES停机", "更换存储")
    assert shown["change_source"].startswith("问题 XM-1/CBS00P007-01/CBS00P018-01")


def test_a_fault_is_reported_from_the_projects_page_and_what_came_of_it_is_shown_on_both(make: Make) -> None:
    service = make()
    person = service.browser()
    page = f"/projects/{service.id}?tab=linked"
    sent = person.send(f"/projects/{service.id}/fault", page, **FAULT, once="1")
    assert sent.headers["Location"].endswith(page)
    service.work()
    (fault,) = service.linked("CBS00P007")
    assert service.shown("report_major_fault", fault.id) == FAULT
    service.do("report_major_fault", fault.id)
    service.do("handle_major_fault", fault.id, service_restored=True)
    service.do("close_major_fault", fault.id, problem_needed=True)
    (problem,) = service.linked("CBS00P018")
    assert f"/projects/{problem.id}" in person.get(f"/projects/{fault.id}?tab=linked").text
    assert f"/projects/{fault.id}" in person.get(f"/projects/{problem.id}?tab=linked").text
    assert f"/projects/{problem.id}" in person.get(page).text


@pytest.mark.parametrize("disposition", ["end", "hand_over"])
def test_whatever_is_open_at_the_end_is_listed_and_then_ended_or_handed_over(make: Make, disposition: str) -> None:
    service = make()
    open_ones = [service.ticket(key) for key in (*TICKETS, *TICKETS)]
    open_ones += [service.fault(fault_title=f"故障{n}").id for n in range(2)]
    service.do("end_service_period", service_ended_on="2026-09-30", early_end_reason="客户停产")
    listed = service.shown("settle_open_items")["open_items"]
    kinds = sorted(row["procedure"] for row in listed)
    assert kinds == sorted(["CBS00P005", "CBS00P006", "CBS00P007", "CBS00P007", *TICKETS, *TICKETS])
    service.do("settle_open_items", open_items_disposition=disposition, open_items_reason="转下一期")
    assert service.open() == ["write_annual_report"]
    ended = {"end": "terminated", "hand_over": "active"}[disposition]
    assert {service.view(id).status for id in open_ones} == {ended}
    assert {one.status for key in ("CBS00P005", "CBS00P006") for one in service.linked(key)} == {"terminated"}
    settled = service.view().variables["settled_items"]
    assert {(row["outcome"], row["reason"]) for row in settled} <= {(disposition, "转下一期"), ("end", "转下一期")}
    counted = service.shown("write_annual_report")["event_statistics"]
    assert [(row["count"], row["closed_count"], row["open_count"]) for row in counted] == [(2, 0, 2)] * 5


def written(service: Years, **answers: Any) -> dict[str, Any]:
    """A report written, checked and handed over; answers what its form opened with."""
    shown = service.shown("write_annual_report")
    service.do("write_annual_report", overview="平稳", **answers)
    service.do("check_annual_report", report_review_result="pass")
    service.do("hand_over_report")
    return shown


def event(service: Years, on: str, recovered: str) -> None:
    """An event of a day that took the system down until then, closed by the customer."""
    service.at(f"{on}T18:00")
    id = service.ticket("CBS00P017")
    service.do("register_event", id, occurred_at=f"{on}T08:00", system_name="MES", **GRADE)
    times = {"responded_at": f"{on}T08:10", "recovered_at": f"{on}T{recovered}", "down_at": f"{on}T08:00"}
    done = {"event_outcome": "solved", "system_down": True, "up_at": f"{on}T{recovered}", "problem_needed": False}
    service.do("handle_event", id, hours=3, **times, **done)
    service.do("close_event", id, event_confirmed="confirmed")


def test_each_service_year_has_a_report_of_its_own_and_the_last_one_comes_with_the_acceptance(make: Make) -> None:
    service = make()
    event(service, "2027-03-01", "10:00")
    service.at("2027-07-01T08:00")
    assert service.open() == ["end_service_period", "write_annual_report"]
    first = written(service)
    assert (first["period_start"], first["period_end"], first["report_year"]) == ("2026-07-01", "2027-06-30", 2026)
    event(service, "2028-03-01", "14:00")
    assert service.open() == ["end_service_period"]
    service.at("2028-07-01T08:00")
    assert service.open() == ["write_annual_report"]
    second = written(service)
    assert (second["period_start"], second["period_end"], second["report_year"]) == ("2027-07-01", "2028-06-30", 2027)
    assert "overview" not in second and "version" not in second
    service.do("write_delivery_confirmation")
    service.do("accept_delivery", acceptance_result="accepted")
    service.do("write_cost_settlement")
    assert service.view().end == "ended"
    told = [(one["availability_results"][0]["downtime_minutes"], one["actual_hours"]) for one in (first, second)]
    assert told == [(120, 3), (360, 3)]
    assert [one["promise_results"][0]["breach_count"] for one in (first, second)] == [0, 1]
    versions = [(d.document_number, d.version, d.meta["period"][1]) for d in service.reports()]
    assert versions == [
        *[("WBS26007NA01", version, "2027-06-30") for version in ("0.1", "1.0")],
        *[("WBS26007NA02", version, "2028-06-30") for version in ("0.1", "1.0")],
    ]
    report = service.engine.verify()
    assert report.ok, str(report)


FIVE_BY_EIGHT = {"service_items": [{**PROMISE, "service_hours": "5x8"}]}


def an_event(service: Years, occurred_at: str) -> str:
    """An event of the MES, graded p3."""
    id = service.ticket("CBS00P017")
    service.do("register_event", id, occurred_at=occurred_at, system_name="MES", **GRADE)
    return id


def notices(service: Years, user: str) -> list[str]:
    """What was told somebody, oldest first."""
    return [
        one.text for one in reversed(service.engine.notices(Actor(user))) if "事件" in one.text or "年的" in one.text
    ]


def test_an_event_waits_over_a_holiday_is_warned_of_and_kept(make: Make) -> None:
    service = make(**FIVE_BY_EIGHT)
    service.at("2026-09-30T14:00")
    event = an_event(service, "2026-09-30T13:00")
    assert service.task("handle_event", event).due_at == us("2026-09-30T17:00")
    waiting = {"waiting_since": "2026-09-30T14:30", "waiting_for": "张工", "waiting_reason": "口令"}
    service.do("handle_event", event, event_outcome="wait", responded_at="2026-09-30T13:10", **waiting)
    service.at("2026-10-08T10:00")
    service.do("wait_for_customer", event, waiting_until="2026-10-08T10:00")
    assert service.task("handle_event", event).due_at == us("2026-10-08T12:30")
    explanation = service.shown("handle_event", event)["due_explanation"]
    assert "10月1日至7日不计" in explanation and "应于10月8日（周四）12:30前恢复" in explanation
    service.at("2026-10-08T11:45")
    assert [text for text in notices(service, "first_line_lead") if "将到" in text]
    service.do("handle_event", event, event_outcome="solved", recovered_at="2026-10-08T12:00")
    service.do("close_event", event, event_confirmed="confirmed")
    told = service.view(event).variables
    assert (told["response_kept"], told["recovery_kept"], told.get("recovery_escalated")) == (True, True, None)
    assert service.engine.verify().ok


def test_a_breach_is_escalated_and_its_reason_is_asked(make: Make) -> None:
    service = make(**FIVE_BY_EIGHT)
    service.at("2026-09-25T08:00")
    service.at("2026-09-28T09:00")
    event = an_event(service, "2026-09-28T09:00")
    service.at("2026-09-28T13:01")
    assert [text for text in notices(service, "project_manager") if "恢复超过承诺" in text]
    done = {"responded_at": "2026-09-28T09:10", "recovered_at": "2026-09-28T15:00", "event_outcome": "solved"}
    service.do("handle_event", event, breach_reason="备件晚到", **done)
    told = service.view(event).variables
    assert (told["response_kept"], told["recovery_kept"], told["breach_reason"]) == (True, False, "备件晚到")
    assert service.engine.verify().ok


def test_in_a_year_that_nobody_announced_no_due_time_is_guessed_until_an_administrator_tells_it(make: Make) -> None:
    service = make(**FIVE_BY_EIGHT, service_end="2099-06-30")
    service.clock.at = us("2026-12-31T16:00")
    last_day = an_event(service, "2098-12-31T16:00")
    assert service.task("handle_event", last_day).due_at is None
    assert service.view(last_day).variables["unknown_year"] == 2098
    for year in (2098, 2099):
        service.engine.tell_working_year(OPERATOR, year, {}, "国办通知")
    service.do("handle_event", last_day, event_outcome="respond", responded_at="2098-12-31T16:10")
    assert service.task("handle_event", last_day).due_at == us("2099-01-01T12:00")
    assert service.engine.verify().ok
