"""Contract, ERP project and subcontracting, every way through."""

from __future__ import annotations

from tests.procedures.drawn import Drawn


def signed() -> Drawn:
    """A contract stage whose agreement both sides have signed unchanged."""
    stage = Drawn("CBS00P004_contract").do("settle_agreement_details")
    return stage.do("sign_agreement", sla_signed=True, substantial_change=False)


def test_an_agreement_not_signed_goes_back_to_its_details_and_each_time_has_a_version_to_sign() -> None:
    stage = Drawn("CBS00P004_contract").do("settle_agreement_details").do("sign_agreement", sla_signed=False)
    assert stage.open == ["settle_agreement_details"]
    assert stage.do("settle_agreement_details").recorded("JBS00P01101") == 2


def test_a_substantial_change_ends_the_stage_for_a_new_review() -> None:
    stage = Drawn("CBS00P004_contract").do("settle_agreement_details")
    stage.do("sign_agreement", sla_signed=True, substantial_change=True)
    assert stage.end == "contract_agreement_changed"


def test_a_contract_is_reviewed_from_two_sides_at_once_and_may_go_back_to_its_terms() -> None:
    stage = signed().do("settle_terms")
    assert stage.open == ["give_delivery_opinion", "give_technical_opinion"]
    stage.through("give_technical_opinion", "give_delivery_opinion")
    stage.do("decide_contract_review", contract_review_result="revise")
    stage.through("settle_terms", "give_delivery_opinion", "give_technical_opinion")
    stage.do("decide_contract_review", contract_review_result="pass")
    stage.do("sign_contract").do("create_contract_number", contract_number="XS-1")
    assert stage.end == "contract_done"
    assert stage.recorded("contract_review") == 2
    told = {"roles": "department_pa", "text": "合同号已创建：XS-1", "kind": "number"}
    assert ("notify_pa", told) in stage.jobs


def test_the_erp_form_goes_back_from_the_assistant_and_from_the_manager() -> None:
    stage = Drawn("CBS00P004_erp_project").do("notify_project_manager")
    members = [{"user": "chen"}, {"user": "gao"}]
    stage.do("fill_erp_form", members=members).do("check_erp_form", pa_check="return")
    stage.do("fill_erp_form", members=members).do("check_erp_form", pa_check="pass")
    stage.do("approve_erp_form", department_approval="return").do("fill_erp_form", members=members)
    stage.do("check_erp_form", pa_check="pass").do("approve_erp_form", department_approval="approve")
    stage.do("enter_erp", project_number="ABS26014")
    assert stage.end == "erp_project_done"
    taken = [e["new"] for e in stage.effects if e["type"] == "set" and e["name"] == "team_project_member"]
    assert taken[-1] == ["chen", "gao"]


def subcontract() -> Drawn:
    """The stage with both branches done but for the manager's word."""
    stage = Drawn("CBS00P004_subcontract", subcontracted=True)
    assert stage.open == ["apply_subcontract", "settle_subcontract_agreement"]
    return both(stage)


def both(stage: Drawn) -> Drawn:
    """Carries the two branches on together."""
    stage.through("apply_subcontract", "settle_subcontract_agreement", "organise_approval")
    assert stage.open == ["give_safety_opinion", "sign_subcontract_agreement"]
    return stage.through("sign_subcontract_agreement", "give_safety_opinion")


def test_agreement_and_application_run_at_the_same_time_and_meet_before_the_contract() -> None:
    stage = subcontract().do("approve_subcontract", subcontract_approval="approve").do("sign_subcontract")
    assert stage.end == "subcontract_done"
    assert not stage.entered("void_agreement")


def test_a_rejected_application_voids_the_agreement_and_can_be_changed() -> None:
    stage = subcontract().do("approve_subcontract", subcontract_approval="reject")
    assert ("void_agreement", {"form": "subcontract_agreement", "void": "true"}) in stage.jobs
    stage.do("decide_after_rejection", after_rejection="change")
    both(stage).do("approve_subcontract", subcontract_approval="approve").do("sign_subcontract")
    assert stage.end == "subcontract_done"


def test_after_a_rejection_the_project_can_go_without_a_subcontractor() -> None:
    stage = subcontract().do("approve_subcontract", subcontract_approval="reject")
    stage.do("decide_after_rejection", after_rejection="without")
    assert stage.end == "subcontract_without"
    assert [e["new"] for e in stage.effects if e["type"] == "set" and e["name"] == "subcontracted"][-1] is False
