"""Survey, agreement and its review, every way through."""

from __future__ import annotations

import pytest

from tests.procedures.drawn import Drawn


def test_a_new_project_is_surveyed_and_goes_back_until_the_customer_confirms() -> None:
    stage = Drawn("CBS00P004_survey", project_kind="new").through("name_survey_team", "write_survey")
    stage.do("confirm_survey", customer_confirmation="returned")
    stage.do("write_survey").do("confirm_survey", customer_confirmation="confirmed")
    assert stage.end == "survey_done"
    assert stage.recorded("JBS00P00401") == 3  # two drafts and the one that is in force
    assert not stage.entered("confirm_requirement")


def test_a_renewal_with_a_major_change_is_surveyed_too() -> None:
    assert Drawn("CBS00P004_survey", project_kind="renewal", scope_change="major").open == ["name_survey_team"]


@pytest.mark.parametrize("change", ["none", "minor"])
def test_an_unchanged_renewal_confirms_the_former_requirement(change: str) -> None:
    stage = Drawn("CBS00P004_survey", project_kind="renewal", scope_change=change)
    stage.do("confirm_requirement", requirement_changed=False)
    stage.do("customer_confirm_requirement", customer_confirmation="returned")
    stage.do("confirm_requirement", requirement_changed=False)
    stage.do("customer_confirm_requirement", customer_confirmation="confirmed")
    assert stage.end == "requirement_done"
    assert not stage.recorded("JBS00P00401")


def test_a_renewal_that_turns_out_changed_is_surveyed() -> None:
    stage = Drawn("CBS00P004_survey", project_kind="renewal", scope_change="none")
    stage.do("confirm_requirement", requirement_changed=True)
    stage.do("customer_confirm_requirement", customer_confirmation="confirmed")
    assert stage.open == ["name_survey_team"]


def test_the_agreement_is_written_and_recorded() -> None:
    stage = Drawn("CBS00P004_agreement").do("write_agreement")
    assert (stage.end, stage.recorded("JBS00P01101")) == ("agreement_done", 1)


def test_reviewers_confirm_in_parallel_and_qa_writes_the_record() -> None:
    stage = Drawn("CBS00P004_agreement_review")
    stage.do("convene_review", review_form="circulation", reviewers=["li", "sun", "zhou"])
    assert stage.assignees("give_opinion") == ["li", "sun", "zhou"]
    for reviewer in ("li", "sun", "zhou"):
        stage.do("give_opinion", actor=reviewer, reviewer_opinion="agree")
    assert stage.open == ["write_review_record"]
    stage.through("write_review_record").do("decide_review", review_result="pass").do("submit_agreement")
    assert stage.end == "review_done"
    assert not stage.entered("hold_review_meeting")


@pytest.mark.parametrize("result", ["revise", "terminate"])
def test_a_meeting_can_refuse_the_agreement(result: str) -> None:
    stage = Drawn("CBS00P004_agreement_review").do("convene_review", review_form="meeting", reviewers=["li"])
    stage.through("hold_review_meeting").do("give_opinion", actor="li", reviewer_opinion="disagree")
    stage.through("write_review_record").do("decide_review", review_result=result)
    assert stage.end == "review_failed"
    assert not stage.entered("issue_agreement")
