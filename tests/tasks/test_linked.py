"""What is started for a project, listed at the end of its service, and ended or handed over."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.contract import PermanentFailure
from forms import library
from tasks import TASKS
from tasks.end_project import end_project
from tasks.list_open_instances import list_open_instances
from tasks.notify import notify
from tasks.settle_open_instances import settle_open_instances
from tasks.start_procedure import REPORTED, start_procedure
from tests.tasks.desk import Child, Desk, job

DAILY = Child("i5", "日常维护", "active", None, {"key": "CBS00P005", "version": 1})
TICKET = Child("i17", "交换机告警", "active", "SJ-1", {"key": "CBS00P017", "version": 1})


def test_the_topics_are_those_of_the_procedure() -> None:
    topics = "annual_figures record notify start_procedure list_open_instances settle_open_instances end_project"
    topics += " submit_proposal return_proposal put_in_force agreement_clock known_errors year_so_far"
    assert sorted(TASKS) == sorted(topics.split())


def test_a_procedure_starts_with_the_projects_facts_and_team() -> None:
    desk = Desk()
    variables = {"project_name": "MES", "team_project_manager": "wang", "secret": "x"}
    answer = start_procedure(job({"procedure": "CBS00P005", "reason": "日常"}, **variables), desk)
    expected = {"project_name": "MES", "team_project_manager": "wang", "reason": "日常"}
    assert desk.started == [("CBS00P005", expected, "XM-1/CBS00P005-01")]
    assert answer == {"instance_CBS00P005": "child-1"}


def test_open_instances_are_listed() -> None:
    answer = list_open_instances(job({}), Desk(linked=[DAILY, TICKET]))
    assert answer["open_items_count"] == 2
    assert [row["procedure"] for row in answer["open_items"]] == ["CBS00P005", "CBS00P017"]


def test_tickets_are_handed_over_and_maintenance_ends_with_the_service() -> None:
    desk = Desk(linked=[DAILY, TICKET])
    variables = {"open_items_disposition": "hand_over", "open_items_reason": "转下一服务期"}
    answer = settle_open_instances(job({}, **variables), desk)
    assert [instance for instance, _ in desk.ended] == ["i5"]
    assert [row["outcome"] for row in answer["settled_items"]] == ["end", "hand_over"]


def test_a_ticket_does_not_end_without_a_reason() -> None:
    with pytest.raises(PermanentFailure):
        settle_open_instances(job({}, open_items_disposition="end"), Desk(linked=[TICKET]))


def test_ending_a_project_demands_a_project_and_a_reason() -> None:
    desk = Desk()
    end_project(job({}, parent_id="p1", termination_reason="客户破产"), desk)
    assert desk.ended == [("p1", "客户破产")]
    for variables in ({"parent_id": "p1"}, {"termination_reason": "客户破产"}):
        with pytest.raises(PermanentFailure):
            end_project(job({}, **variables), desk)


def test_everybody_is_told_once() -> None:
    desk = Desk(roles={"department_pa": ["pa", "wang"]})
    answer = notify(job({"roles": "department_pa，nobody", "users": ["wang"], "text": "合同号已建"}), desk)
    assert desk.told == [(["wang", "pa"], "合同号已建", "/projects/instance-1")]
    assert desk.kinds == ["told"] and answer == {"told": 2}


def test_a_notice_says_its_kind_and_of_which_project_it_is() -> None:
    desk = Desk()
    notify(job({"users": ["wang"], "text": "计划书通过", "kind": "approved"}, project_name="轧线运维"), desk)
    assert (desk.told[0][1], desk.kinds) == ("轧线运维：计划书通过", ["approved"])
    with pytest.raises(PermanentFailure, match="没有“shouted”这种通知"):
        notify(job({"users": ["wang"], "text": "计划书通过", "kind": "shouted"}), desk)


def test_what_the_message_may_tell_of_a_fault_is_what_its_first_form_asks() -> None:
    assert set(REPORTED["CBS00P007"]) == {field.key for field in library.form("p007_report").components}


def test_a_fault_takes_what_its_own_message_told_and_nothing_of_the_one_before() -> None:
    desk = Desk()
    before = {"fault_title": "断网", "impact": "全线停产"}
    told = replace(
        job({"procedure": "CBS00P007"}, **before), payload={"fault_title": "MES停机", "reported_by": "", "team_x": "li"}
    )
    start_procedure(told, desk)
    start_procedure(job({"procedure": "CBS00P005"}, **before), desk)
    assert [variables for _, variables, _ in desk.started] == [{"title": "MES停机", "fault_title": "MES停机"}, {}]


def test_what_a_ticket_starts_knows_its_origin_and_is_known_to_it() -> None:
    desk = Desk()
    inputs = {"procedure": "CBS00P018", "problem_title": "断电", "workaround": None}
    answer = start_procedure(job(inputs, parent_id="project-1", linked_instances=["first"]), desk)
    assert desk.started == [
        ("CBS00P018", {"title": "断电", "origin_instance": "instance-1", "problem_title": "断电"}, "XM-1/CBS00P018-01")
    ]
    assert answer == {"instance_CBS00P018": "child-1", "linked_instances": ["first", "child-1"]}


def test_open_items_are_told_by_what_they_are_about() -> None:
    ticket = replace(TICKET, variables={"event_title": "磁盘满"})
    assert [row["title"] for row in list_open_instances(job({}), Desk(linked=[ticket]))["open_items"]] == ["磁盘满"]
