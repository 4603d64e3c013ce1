"""Who may do what with a task, and that everything counts once."""

from __future__ import annotations

import threading

import pytest

from bpmn.errors import Forbidden, IdempotencyMismatch, Invalid
from engine import errors
from engine.actor import OPERATOR, Actor
from tests.engine.house import House

OWNER, COLLEAGUE, REVIEWER = Actor("owner"), Actor("colleague"), Actor("reviewer")
OUTSIDER, BOSS, AUDITOR = Actor("outsider"), Actor("boss"), Actor("auditor")
PDF = b"%PDF-1.4\n%%EOF\n"


def test_a_task_goes_to_whoever_holds_its_role_and_the_way_is_kept(house: House) -> None:
    house.deploy("returns")
    made = house.start("returns", project_name="甲项目")
    house.do(made.id, "write", "owner", text="一")
    house.do(made.id, "check", "reviewer", result="pass")
    view = house.view(made.id)
    assert (view.status, view.end, view.title) == ("completed", "end", "甲项目")
    assert view.variables["text"] == "一"
    assert [entry["seq"] for entry in house.entries(made.id)] == [1, 2, 3]


def test_an_outsider_sees_nothing_and_does_nothing(house: House) -> None:
    house.deploy("returns")
    made = house.start("returns")
    task = house.task(made.id, "write").id
    for attempt in (
        lambda: house.engine.task(OUTSIDER, task),
        lambda: house.engine.complete(OUTSIDER, task, {}),
        lambda: house.engine.claim(OUTSIDER, task),
        lambda: house.engine.attach(OUTSIDER, task, "a.pdf", PDF),
        lambda: house.engine.instance(OUTSIDER, made.id),
        lambda: house.engine.journal(OUTSIDER, made.id),
        lambda: house.engine.documents(OUTSIDER, made.id),
        lambda: house.engine.tasks(OUTSIDER, instance=made.id),
        lambda: house.engine.start(OUTSIDER, "returns", None, {}, parent=made.id),
    ):
        with pytest.raises(Forbidden):
            attempt()
    assert house.engine.instances(OUTSIDER).items == []
    assert house.engine.tasks(OUTSIDER).items == []


def test_the_auditor_reads_everything_and_changes_nothing(house: House) -> None:
    house.deploy("returns")
    made = house.start("returns")
    task = house.task(made.id, "write").id
    assert house.engine.instance(AUDITOR, made.id).id == made.id
    assert house.engine.task(AUDITOR, task).may_act is False
    for attempt in (
        lambda: house.engine.complete(AUDITOR, task, {}),
        lambda: house.engine.start(AUDITOR, "returns", None, {}),
        lambda: house.engine.suspend(AUDITOR, made.id, "r"),
        lambda: house.engine.comment(AUDITOR, made.id, "r"),
    ):
        with pytest.raises(Forbidden):
            attempt()


def test_who_is_named_in_the_team_holds_the_role_alone(house: House) -> None:
    house.deploy("returns")
    made = house.start("returns", team_project_manager="owner", team_department_qa=["reviewer"])
    task = house.task(made.id, "write").id
    with pytest.raises(errors.NotYours):
        house.engine.complete(COLLEAGUE, task, {})
    assert house.engine.tasks(COLLEAGUE, candidate="me").items == []
    assert [row.id for row in house.engine.tasks(OWNER, candidate="me").items] == [task]
    assert house.view(made.id).team == {"project_manager": ["owner"], "department_qa": ["reviewer"]}


def test_nobody_gets_into_a_team_without_the_role(house: House) -> None:
    house.deploy("returns")
    with pytest.raises(errors.NotHolder):
        house.start("returns", team_department_qa="owner")
    made = house.start("returns")
    with pytest.raises(errors.NotHolder):
        house.do(made.id, "write", "owner", team_department_qa=["owner"])
    assert house.task(made.id, "write").state == "open"


def test_a_claimed_task_is_nobody_elses_until_it_is_put_back(house: House) -> None:
    house.deploy("returns")
    made = house.start("returns")
    task = house.task(made.id, "write").id
    house.engine.claim(OWNER, task)
    house.engine.claim(OWNER, task)
    with pytest.raises(errors.TaskTaken):
        house.engine.claim(COLLEAGUE, task)
    with pytest.raises(errors.TaskTaken):
        house.engine.complete(COLLEAGUE, task, {})
    house.engine.unclaim(OWNER, task)
    house.engine.complete(COLLEAGUE, task, {})
    with pytest.raises(errors.TaskClosed):
        house.engine.complete(OWNER, task, {})


def test_author_and_approver_are_different_people(house: House) -> None:
    house.deploy("review")
    made = house.start("review")
    house.do(made.id, "write", "colleague", return_reason=None)
    with pytest.raises(errors.SamePerson):
        house.do(made.id, "check", "colleague")
    house.do(made.id, "check", "reviewer")
    assert house.view(made.id).status == "completed"


def test_of_two_who_complete_at_once_one_wins_and_the_other_is_told(house: House) -> None:
    house.deploy("returns")
    made = house.start("returns")
    task = house.task(made.id, "write").id
    outcomes: list[str] = []

    def hand_in(actor: Actor) -> None:
        try:
            house.engine.complete(actor, task, {"who": actor.user})
            outcomes.append("done")
        except errors.TaskClosed:
            outcomes.append("closed")

    threads = [threading.Thread(target=hand_in, args=(actor,)) for actor in (OWNER, COLLEAGUE) * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == ["closed"] * 7 + ["done"]
    assert [entry["kind"] for entry in house.entries(made.id)] == ["started", "completed"]


def test_after_a_lost_answer_the_same_key_has_no_second_effect(house: House) -> None:
    house.deploy("returns")
    first = house.engine.start(OWNER, "returns", "K", {}, idempotency_key="s1")
    assert house.engine.start(OWNER, "returns", "K", {}, idempotency_key="s1").id == first.id
    with pytest.raises(IdempotencyMismatch):
        house.engine.start(OWNER, "returns", "L", {}, idempotency_key="s1")
    task = house.task(first.id, "write").id
    house.engine.complete(OWNER, task, {"text": "a"}, idempotency_key="c1")
    house.engine.complete(OWNER, task, {"text": "a"}, idempotency_key="c1")
    with pytest.raises(IdempotencyMismatch):
        house.engine.complete(OWNER, task, {"text": "b"}, idempotency_key="c1")
    assert len(house.entries(first.id)) == 2


def test_a_return_tells_who_when_why_and_the_round(house: House) -> None:
    house.deploy("returns")
    made = house.start("returns")
    house.do(made.id, "write", "owner", text="一")
    assert house.engine.task(REVIEWER, house.task(made.id, "check").id).returned_by is None
    house.do(made.id, "check", "reviewer", result="return", return_reason="数据不全")
    row = house.task(made.id, "write")
    view = house.engine.task(OWNER, row.id)
    assert (row.returned, row.round) == (True, 2)
    assert view.returned_by is not None
    assert (view.returned_by.by, view.returned_by.reason, view.returned_by.round) == ("reviewer", "数据不全", 1)
    assert [(one.element, one.user) for one in view.earlier] == [("check", "reviewer"), ("write", "owner")]
    house.do(made.id, "write", "owner", text="二")
    assert house.task(made.id, "check").returned is False


def test_for_a_customer_staff_hand_in_with_evidence_and_both_names_are_kept(house: House) -> None:
    house.deploy("confirmation")
    made = house.start("confirmation")
    row = house.task(made.id, "confirm")
    assert (row.roles, row.on_behalf_roles) == (["customer"], ["project_manager"])
    house.engine.claim(OWNER, row.id)
    with pytest.raises(errors.NeedsEvidence):
        house.engine.complete(OWNER, row.id, {}, "customer")
    with pytest.raises(errors.NeedsEvidence):
        house.engine.complete(OWNER, row.id, {})
    proof = house.engine.attach(OWNER, row.id, "../../scan.pdf", PDF)
    assert proof.name == "scan.pdf"
    house.engine.complete(OWNER, row.id, {}, "customer", [proof.id])
    entry = house.entries(made.id)[-1]
    assert (entry["actor"], entry["on_behalf_of"], entry["data"]["evidence"]) == ("owner", "customer", [proof.id])


def test_evidence_of_another_task_is_no_evidence(house: House) -> None:
    house.deploy("confirmation")
    one, two = house.start("confirmation"), house.start("confirmation")
    proof = house.engine.attach(OWNER, house.task(one.id, "confirm").id, "scan.pdf", PDF)
    with pytest.raises(Invalid):
        house.engine.complete(OWNER, house.task(two.id, "confirm").id, {}, "customer", [proof.id])


def test_a_leaving_persons_projects_are_handed_over(house: House) -> None:
    house.deploy("returns")
    made = house.start("returns", team_project_manager="owner")
    task = house.task(made.id, "write").id
    house.engine.claim(OWNER, task)
    with pytest.raises(Forbidden):
        house.engine.hand_over(OWNER, "owner", "colleague", "调岗", "2026-06-01")
    with pytest.raises(errors.NotHolder):
        house.engine.hand_over(BOSS, "owner", "reviewer", "调岗", "2026-06-01")
    assert house.engine.hand_over(BOSS, "owner", "colleague", "调岗", "2026-06-01") == [made.id]
    with pytest.raises(errors.NotYours):
        house.engine.complete(OWNER, task, {})
    house.engine.complete(COLLEAGUE, task, {})
    assert house.entries(made.id)[2]["data"]["reason"] == "调岗"


def test_a_suspended_instance_stands_still(house: House) -> None:
    house.deploy("returns")
    made = house.start("returns")
    assert house.engine.suspend(BOSS, made.id, "核查").status == "suspended"
    with pytest.raises(errors.InstanceSuspended):
        house.do(made.id, "write", "owner")
    assert house.engine.resume(BOSS, made.id, "完成").status == "active"
    house.do(made.id, "write", "owner")
    assert house.engine.cancel(BOSS, made.id, "终止").status == "terminated"
    with pytest.raises(errors.InstanceEnded):
        house.engine.cancel(BOSS, made.id, "终止")
    assert house.open(made.id) == []


def test_a_half_filled_form_waits_on_the_server_for_its_writer_only(house: House) -> None:
    house.deploy("returns")
    made = house.start("returns")
    task = house.task(made.id, "write").id
    house.engine.save_draft(OWNER, task, {"text": "一半"})
    assert house.engine.draft(OWNER, task) == {"text": "一半"}
    assert house.engine.draft(COLLEAGUE, task) is None
    with pytest.raises(errors.NotYours):
        house.engine.save_draft(OUTSIDER, task, {})
    house.engine.complete(OWNER, task, {"text": "全"})
    assert house.engine.task(OWNER, task).draft is None


def test_a_list_is_walked_page_by_page_without_gap_or_repeat(house: House) -> None:
    house.deploy("returns")
    made = {house.start("returns").id for _ in range(7)}
    seen, cursor = [], ""
    while True:
        page = house.engine.instances(OPERATOR, cursor=cursor, limit=3)
        seen += [row.id for row in page.items]
        if page.next is None:
            break
        cursor = page.next
    assert len(seen) == 7 and set(seen) == made
    first = house.engine.tasks(OWNER, candidate="me", limit=5)
    rest = house.engine.tasks(OWNER, candidate="me", limit=5, cursor=first.next or "")
    assert len({row.id for row in first.items + rest.items}) == 7


def test_a_search_finds_titles_and_keys_whatever_the_case_and_takes_signs_for_themselves(house: House) -> None:
    house.deploy("turns")
    engine, owner = house.engine, Actor("owner")
    for key in ("MES-运维", "100%_mes", "1000"):
        engine.start(owner, "turns", key, {})
    found = {q: {row.business_key for row in engine.instances(owner, q=q).items} for q in ("mEs", "运维", "0%_", "x")}
    assert found == {"mEs": {"MES-运维", "100%_mes"}, "运维": {"MES-运维"}, "0%_": {"100%_mes"}, "x": set()}


def test_a_timeline_is_walked_from_the_newest_entry_back_and_quiet_ones_are_passed_over(house: House) -> None:
    house.deploy("returns")
    made = house.start("returns")
    for number in range(7):
        task = house.task(made.id, "write").id
        house.engine.claim(OWNER, task)
        house.engine.unclaim(OWNER, task)
        house.engine.comment(OWNER, made.id, f"第{number}句")
    seen, cursor = [], ""
    while True:
        page = house.engine.timeline(OWNER, made.id, {"claimed", "unclaimed"}, cursor, limit=3)
        seen += [row.data.get("text", row.kind) for row in page.items]
        if page.next is None:
            break
        cursor = page.next
    assert seen == [f"第{number}句" for number in reversed(range(7))] + ["started"]
    assert len(house.engine.timeline(OWNER, made.id, limit=200).items) == 22
