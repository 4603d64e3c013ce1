"""The procedures that 5.6 refers to, and the end of a project on request, every way through."""

from __future__ import annotations

from tests.procedures.drawn import Drawn


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


def test_a_major_fault_is_escalated_until_the_service_is_restored() -> None:
    fault = (
        Drawn("CBS00P007").do("report_major_fault", fault_title="断电").do("handle_major_fault", service_restored=False)
    )
    fault.do("handle_major_fault", service_restored=True).do("close_major_fault", problem_needed=True)
    assert fault.end == "CBS00P007_end"
    assert [element for element, _ in fault.jobs] == ["escalate_major_fault", "ask_for_problem"]


def test_a_major_fault_may_leave_no_problem_behind() -> None:
    fault = (
        Drawn("CBS00P007").do("report_major_fault", fault_title="断电").do("handle_major_fault", service_restored=True)
    )
    assert fault.do("close_major_fault", problem_needed=False).end == "CBS00P007_end"


def test_an_event_is_escalated_reopened_and_closed() -> None:
    event = Drawn("CBS00P017").do("register_event").do("handle_event", event_outcome="escalate")
    event.do("handle_escalated_event").do("close_event", event_confirmed="reopened")
    event.do("handle_event", event_outcome="solved").do("close_event", event_confirmed="confirmed")
    assert event.end == "CBS00P017_end"


def test_a_problem_may_ask_for_a_change_and_be_analysed_again() -> None:
    problem = Drawn("CBS00P018").do("register_problem", problem_title="泄漏").do("analyse_problem", change_needed=False)
    problem.do("close_problem", problem_result="reopened").do("analyse_problem", change_needed=True)
    problem.do("close_problem", problem_result="solved")
    assert problem.end == "CBS00P018_end"
    assert [element for element, _ in problem.jobs] == ["ask_for_change"]


def test_the_configuration_is_audited_until_it_matches() -> None:
    item = Drawn("CBS00P019").through("request_configuration", "update_configuration")
    item.do("audit_configuration", configuration_audit="return").do("update_configuration")
    assert item.do("audit_configuration", configuration_audit="pass").end == "CBS00P019_end"


def test_a_change_is_returned_rolled_back_verified_and_closed() -> None:
    change = Drawn("CBS00P020").do("request_change").do("approve_change", change_approval="return")
    change.do("request_change").do("approve_change", change_approval="approve")
    change.do("implement_change", change_result="rolled_back").do("request_change")
    change.do("approve_change", change_approval="approve").do("implement_change", change_result="success")
    change.do("close_change", change_verified="return").do("implement_change", change_result="success")
    assert change.do("close_change", change_verified="pass").end == "CBS00P020_end"


def test_a_change_may_be_rejected() -> None:
    change = Drawn("CBS00P020").do("request_change").do("approve_change", change_approval="reject")
    assert change.end == "change_rejected"


def test_the_manager_of_the_department_decides_whether_a_project_is_terminated() -> None:
    asked = Drawn("project_termination").do("request_termination", termination_reason="客户停产")
    asked.do("confirm_termination", termination_decision="approve")
    assert asked.end == "termination_done"
    assert asked.jobs == [("end_project", {"reason": "客户停产"})]
    refused = Drawn("project_termination").do("request_termination", termination_reason="客户停产")
    assert refused.do("confirm_termination", termination_decision="reject").end == "termination_refused"
