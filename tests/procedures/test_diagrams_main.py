"""The main procedure from start to each of its ends."""

from __future__ import annotations

from typing import Any

import pytest

from tests.procedures.drawn import Drawn

END = {"service_start": "2026-01-01", "service_end": "2026-12-31"}


def reviewed(project: Drawn, result: str) -> Drawn:
    """The agreement written and reviewed with that result."""
    project.do("write_agreement").do("convene_review", review_form="circulation", reviewers=["li"])
    project.do("give_opinion", actor="li", reviewer_opinion="agree").do("write_review_record")
    return project.do("decide_review", review_result=result)


def signed(project: Drawn, changed: bool) -> Drawn:
    """The agreement submitted, settled and signed."""
    project.through("submit_agreement", "settle_agreement_details")
    return project.do("sign_agreement", sla_signed=True, substantial_change=changed)


def started(**given: Any) -> Drawn:
    """A renewal whose requirement the customer has confirmed."""
    facts = {"project_kind": "renewal", "scope_change": "none", "system_kind": "computer", "project_name": "P", **given}
    figures = {"report_number": 1, "report_begun": 3}
    project = Drawn("CBS00P004", {"list_open_instances": {"open_items": []}, "annual_figures": figures}, **facts)
    project.do("confirm_requirement", requirement_changed=False)
    return project.do("customer_confirm_requirement", customer_confirmation="confirmed")


def test_a_project_can_end_because_the_risk_is_too_large() -> None:
    project = reviewed(started(), "revise")
    assert project.open == ["write_agreement"]
    assert reviewed(project, "terminate").end == "terminated_by_risk"


@pytest.mark.parametrize("subcontracted", [True, False])
def test_a_renewal_goes_from_start_to_closing(subcontracted: bool) -> None:
    project = signed(reviewed(started(), "pass"), changed=True)
    assert project.open == ["write_agreement"]
    signed(reviewed(project, "pass"), changed=False).do("settle_terms", **END)
    project.through("give_technical_opinion", "give_delivery_opinion")
    project.do("decide_contract_review", contract_review_result="pass")
    project.do("sign_contract").do("create_contract_number", contract_number="XS-1").do("notify_project_manager")
    project.do("fill_erp_form", members=[{"user": "chen"}], subcontracted=subcontracted)
    project.do("check_erp_form", pa_check="pass").do("approve_erp_form", department_approval="approve")
    project.do("enter_erp", project_number="ABS26014")
    if subcontracted:
        project.through("apply_subcontract", "settle_subcontract_agreement", "sign_subcontract_agreement")
        project.through("organise_approval", "give_safety_opinion")
        project.do("approve_subcontract", subcontract_approval="approve").do("sign_subcontract")
    project.do("write_plan").do("check_plan", plan_check="pass").do("approve_plan", plan_approval="approve")
    project.do("distribute_plan", recipients=["chen"]).do("acknowledge_plan", actor="chen")
    project.do("end_service_period", service_ended_on="2026-12-31").do("write_annual_report", period_end="2026-12-31")
    project.do("check_annual_report", report_review_result="pass").do("hand_over_report")
    project.do("write_delivery_confirmation").do("accept_delivery", acceptance_result="accepted")
    project.through("write_cost_settlement", "assemble_closing").do("close_project", closing_result="close")
    assert project.end == "closed"
    assert project.entered("subcontract") == subcontracted
