"""The procedures that 5.6 refers to, and the end of a project on request, every way through."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.procedures.drawn import NOON, Drawn


def test_daily_maintenance_goes_back_and_goes_on_until_it_is_ended() -> None:
    daily = Drawn("CBS00P005").do("record_daily_maintenance").do("check_daily_maintenance", daily_check="return")
    daily.do("record_daily_maintenance").do("check_daily_maintenance", daily_check="pass", continue_daily=True)
    daily.do("record_daily_maintenance").do("check_daily_maintenance", daily_check="pass", continue_daily=False)
    assert daily.end == "CBS00P005_end"


def test_preventive_maintenance_waits_for_its_day() -> None:
    preventive = Drawn("CBS00P006").do("plan_preventive_maintenance", next_due_on="2030-01-01")
    assert preventive.open == []
    preventive.fire()
    preventive.do("do_preventive_maintenance").do("check_preventive_maintenance", preventive_check="return")
    preventive.do("do_preventive_maintenance")
    preventive.do("check_preventive_maintenance", preventive_check="pass", continue_preventive=True)
    preventive.do("plan_preventive_maintenance", next_due_on="2030-02-01")
    preventive.fire()
    preventive.do("do_preventive_maintenance")
    preventive.do("check_preventive_maintenance", preventive_check="pass", continue_preventive=False)
    assert preventive.end == "CBS00P006_end"


FAULT = {"fault_title": "断电", "impact": "停产", "system_name": "MES"}


def started(ticket: Drawn) -> list[dict[str, Any]]:
    """What the procedures that a ticket started were told."""
    return [inputs for _, inputs in ticket.jobs if "procedure" in inputs]


def test_a_major_fault_is_escalated_until_the_service_is_restored_and_becomes_a_problem() -> None:
    fault = Drawn("CBS00P007").do("report_major_fault", **FAULT).do("handle_major_fault", service_restored=False)
    fault.do("handle_major_fault", service_restored=True, measures="更换电源")
    fault.do("close_major_fault", problem_needed=True, root_cause="待查")
    assert fault.end == "CBS00P007_end"
    assert [element for element, _ in fault.jobs] == ["escalate_major_fault", "start_fault_problem"]
    assert started(fault) == [
        {
            **{"procedure": "CBS00P018", "problem_title": "断电", "related_events": "重大故障 P-1", "priority": "p1"},
            **{"problem_description": "影响：停产\n处理：更换电源", "system_name": "MES", "root_cause": "待查"},
            "workaround": "更换电源",
        }
    ]


def test_a_major_fault_may_leave_no_problem_behind() -> None:
    fault = Drawn("CBS00P007").do("report_major_fault", **FAULT).do("handle_major_fault", service_restored=True)
    assert fault.do("close_major_fault", problem_needed=False).end == "CBS00P007_end"
    assert started(fault) == []


EVENT = {
    **{"event_title": "磁盘满", "event_description": "写不进", "system_name": "MES"},
    **{"impact_level": "part", "urgency": "medium"},
}
DUE = {
    **{"respond_by": "2026-09-30T15:30", "warn_respond_at": "2026-09-30T15:24", "recover_by": "2026-10-08T11:00"},
    **{"warn_recover_at": "2026-10-08T10:12", "due_explanation": "5×8", "promised_hours": "5x8", "unknown_year": None},
}


def an_event(due: Mapping[str, Any] = DUE) -> Drawn:
    """An event that was registered, with the due times that the agreement's clock answers."""
    answers = {"agreement_clock": dict(due), "known_errors": {"known_errors": []}, "notify": {"told": 1}}
    return Drawn("CBS00P017", answers).do("register_event", **EVENT)


def values(ticket: Drawn, name: str) -> list[Any]:
    """What a variable became, one after another."""
    return [effect["new"] for effect in ticket.effects if effect["type"] == "set" and effect["name"] == name]


def told(ticket: Drawn) -> list[str]:
    """Which steps told people something."""
    return [element for element, inputs in ticket.jobs if "roles" in inputs]


def test_an_event_is_graded_by_impact_and_urgency_and_graded_anew_when_they_change() -> None:
    event = an_event()
    assert values(event, "priority") == ["p3"]
    event.do("handle_event", event_outcome="regrade", impact_level="whole", urgency="high")
    assert values(event, "priority") == ["p3", "p1"]
    assert event.entered("set_event_clock") == 2


def test_an_event_is_escalated_reopened_and_closed() -> None:
    event = an_event().do("handle_event", event_outcome="escalate")
    event.do("handle_escalated_event", event_outcome="solved").do("close_event", event_confirmed="reopened")
    event.do("handle_event", event_outcome="solved", problem_needed=False)
    assert event.do("close_event", event_confirmed="confirmed").end == "CBS00P017_end"
    assert started(event) == []


def test_an_event_that_is_not_solved_three_times_becomes_a_problem() -> None:
    event = an_event()
    for _ in range(3):
        assert started(event) == []
        event.do("handle_event", event_outcome="solved", event_solution="清理", problem_needed=False)
        event.do("close_event", event_confirmed="reopened")
    assert event.end == "CBS00P017_end"
    assert [inputs["procedure"] for inputs in started(event)] == ["CBS00P018"]


def test_whoever_handles_an_event_is_warned_and_its_breaches_are_escalated_once_each() -> None:
    event = an_event()
    event.fire("event_warning_due")
    event.fire("event_response_late")
    event.do("handle_event", event_outcome="respond", responded_at="2026-09-30T15:40")
    assert values(event, "response_kept") == [False]
    event.fire("event_warning_due")
    event.fire("event_recovery_late")
    assert told(event) == ["warn_of_event", "escalate_late_response", "warn_of_event", "escalate_late_recovery"]
    event.do("handle_event", event_outcome="escalate", responded_at="2026-09-30T15:40")
    due = [e["due_at"] for e in event.effects if e["type"] == "timer_opened"][-3:]
    assert min(due) > NOON + 19 * 365 * 86_400_000_000, "nobody is told twice"


def test_waiting_for_the_customer_pauses_the_clock_and_is_kept_with_its_reason() -> None:
    event = an_event()
    waiting = {"waiting_since": "2026-09-30T15:20", "waiting_for": "张工", "waiting_reason": "口令"}
    event.do("handle_event", event_outcome="wait", responded_at="2026-09-30T15:10", **waiting)
    assert (event.open, event.live.timers) == (["wait_for_customer"], {})
    event.do("wait_for_customer", waiting_until="2026-10-08T09:10", customer_answer="已给")
    pause = {"since": "2026-09-30T15:20", "until": "2026-10-08T09:10", "who": "张工", "why": "口令"}
    assert values(event, "pauses")[-1] == [pause]
    assert event.entered("set_event_clock") == 2
    event.do("handle_event", event_outcome="solved", recovered_at="2026-10-08T10:59")
    assert (values(event, "response_kept")[-1], values(event, "recovery_kept")[-1]) == (True, True)


def test_without_a_known_due_time_nobody_is_warned_and_the_task_has_none() -> None:
    event = an_event({**dict.fromkeys(DUE), "unknown_year": 2098, "due_explanation": "未公布"})
    (task,) = [e for e in event.effects if e["type"] == "task_opened" and e["element"] == "handle_event"]
    assert task["due_at"] is None
    event.do("handle_event", event_outcome="solved", problem_needed=False)
    assert (told(event), values(event, "recovery_kept")) == ([], [None])


def test_an_event_of_unknown_cause_becomes_a_problem_once_it_is_closed() -> None:
    event = an_event()
    event.do("handle_event", event_outcome="solved", event_solution="清理", problem_needed=True)
    assert started(event) == []
    assert event.do("close_event", event_confirmed="confirmed").end == "CBS00P017_end"
    (asked,) = started(event)
    assert (asked["procedure"], asked["problem_title"], asked["priority"]) == ("CBS00P018", "磁盘满", "p3")
    assert asked["problem_description"] == "现象：写不进\n处理：清理"


def test_a_problem_may_need_a_change_and_be_analysed_again() -> None:
    problem = Drawn("CBS00P018").do("register_problem", problem_title="泄漏").do("analyse_problem", change_needed=False)
    problem.do("close_problem", problem_result="reopened")
    problem.do("analyse_problem", change_needed=True, permanent_solution="升级驱动")
    problem.do("close_problem", problem_result="solved")
    assert problem.end == "CBS00P018_end"
    source = {"change_title": "解决问题：泄漏", "change_source": "问题 P-1：泄漏"}
    assert started(problem) == [{"procedure": "CBS00P020", "change_content": "升级驱动", **source}]


def test_a_configuration_that_needs_a_change_starts_one() -> None:
    item = Drawn("CBS00P019")
    item.do("request_configuration", change_needed=True, configuration_item="交换机", configuration_after="10G")
    assert item.open == ["update_configuration"]
    source = {"change_title": "配置变动：交换机", "change_source": "配置 P-1：交换机"}
    assert started(item) == [{"procedure": "CBS00P020", "change_content": "10G", **source}]


def test_the_configuration_is_audited_until_it_matches() -> None:
    item = Drawn("CBS00P019").do("request_configuration", change_needed=False, configuration_item="交换机")
    item.do("update_configuration")
    item.do("audit_configuration", configuration_audit="return").do("update_configuration")
    assert item.do("audit_configuration", configuration_audit="pass").end == "CBS00P019_end"


CHANGE = {"change_title": "扩容", "change_kind": "normal", "change_risk": "medium", "change_impact": "part"}


def test_a_change_is_returned_rolled_back_verified_and_closed() -> None:
    change = Drawn("CBS00P020").do("request_change", **CHANGE)
    change.do("approve_change", change_approval="return")
    change.do("request_change", **CHANGE).do("approve_change", change_approval="approve")
    change.do("implement_change", change_result="rolled_back").do("request_change", **CHANGE)
    change.do("approve_change", change_approval="approve").do("implement_change", change_result="success")
    change.do("close_change", change_verified="return").do("implement_change", change_result="success")
    assert change.do("close_change", change_verified="pass").end == "CBS00P020_end"
    assert change.entered("review_emergency_change") == 0


@pytest.mark.parametrize(
    ("kind", "risk", "impact", "element"),
    [
        ("standard", "low", "none", "approve_change_by_lead"),
        ("standard", "low", "part", "approve_change"),
        ("normal", "low", "none", "approve_change"),
        ("normal", "high", "part", "approve_change_by_department"),
        ("normal", "high", "down", "approve_change_by_customer"),
        ("standard", "low", "down", "approve_change_by_customer"),
        ("emergency", "low", "down", "approve_change"),
        ("emergency", "high", "down", "approve_change_by_department"),
    ],
)
def test_kind_risk_and_impact_decide_who_approves_a_change(kind: str, risk: str, impact: str, element: str) -> None:
    asked = {"change_title": "扩容", "change_kind": kind, "change_risk": risk, "change_impact": impact}
    change = Drawn("CBS00P020").do("request_change", **asked)
    assert change.open == [element]
    assert change.do(element, change_approval="approve").open == ["implement_change"]


def test_an_emergency_change_is_reviewed_after_it_was_verified() -> None:
    change = Drawn("CBS00P020").do("request_change", **{**CHANGE, "change_kind": "emergency"})
    change.do("approve_change", change_approval="approve").do("implement_change", change_result="success")
    change.do("close_change", change_verified="pass")
    assert change.open == ["review_emergency_change"]
    assert change.do("review_emergency_change", emergency_justified="yes").end == "CBS00P020_end"


@pytest.mark.parametrize(
    ("key", "element", "field"),
    [
        ("CBS00P007", "report_major_fault", "fault_title"),
        ("CBS00P017", "register_event", "event_title"),
        ("CBS00P018", "register_problem", "problem_title"),
        ("CBS00P019", "request_configuration", "configuration_item"),
        ("CBS00P020", "request_change", "change_title"),
    ],
)
def test_a_ticket_is_called_by_what_it_is_about(key: str, element: str, field: str) -> None:
    given: dict[str, Any] = {**EVENT, **CHANGE, field: "轧制计划下发失败", "change_needed": False}
    ticket = Drawn(key, {"known_errors": {"known_errors": []}, "agreement_clock": DUE}).do(element, **given)
    told = [effect["new"] for effect in ticket.effects if effect["type"] == "set" and effect["name"] == "title"]
    assert told == ["轧制计划下发失败"]


def test_a_change_may_be_rejected() -> None:
    change = Drawn("CBS00P020").do("request_change", **CHANGE)
    change.do("approve_change", change_approval="reject")
    assert change.end == "change_rejected"


def test_the_manager_of_the_department_decides_whether_a_project_is_terminated() -> None:
    asked = Drawn("project_termination").do("request_termination", termination_reason="客户停产")
    asked.do("confirm_termination", termination_decision="approve")
    assert asked.end == "termination_done"
    assert asked.jobs == [("end_project", {"reason": "客户停产"})]
    refused = Drawn("project_termination").do("request_termination", termination_reason="客户停产")
    assert refused.do("confirm_termination", termination_decision="reject").end == "termination_refused"
