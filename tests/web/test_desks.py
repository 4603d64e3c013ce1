"""Start pages and the lists behind them, notices, warnings and incidents, as people see them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bpmn.model import File
from engine.actor import OPERATOR, Actor
from engine.errors import StepRefused
from tests.web.conftest import House
from web.desks import ASKED, DESKS, WORK

ENGINE_DIAGRAMS = Path(__file__).parents[1] / "diagrams" / "engine"
MANAGER, BOSS = Actor("manager"), Actor("boss")
WARNING = "金额超过一万元，请再核对"


@pytest.fixture
def firm(house: House) -> Iterator[House]:
    """The house with the engine's procedures that return and that fail."""
    for name in ("returns", "fails"):
        house.engine.deploy(OPERATOR, [File(f"{name}.bpmn", (ENGINE_DIAGRAMS / f"{name}.bpmn").read_bytes())])
    yield house


def only_task(house: House, instance: str) -> str:
    """The one open task of an instance."""
    (row,) = house.engine.tasks(OPERATOR, instance=instance).items
    return row.id


def test_every_figure_leads_to_a_list_that_opens_empty_too_in_both_languages(house: House) -> None:
    every = {name for names in DESKS.values() for name in names}
    assert every == set(WORK) | set(ASKED)
    for role in DESKS:
        house.engine.grant(OPERATOR, "manager", role)
    manager = house.person("manager")
    for language in ("zh", "en"):
        manager.send("/language", page="/profile", language=language)
        page = manager.get("/").text
        for name in sorted(every):
            assert f'href="/lists/{name}"' in page, name
            opened = manager.get(f"/lists/{name}")
            assert opened.status_code == 200 and 'href="/"' in opened.text, name
    assert manager.get("/lists/nothing").status_code == 404


def test_a_figure_counts_what_its_list_shows(firm: House) -> None:
    made = firm.engine.start(
        MANAGER, "returns", None, {"project_name": "轧线", "total_budget": 1, "total_actual": 20100}
    )
    firm.engine.grant(OPERATOR, "colleague", "department_qa")
    firm.engine.grant(OPERATOR, "manager", "department_manager")
    manager = firm.person("manager")
    assert re.search(r'href="/lists/over_budget"><span class="figure-number [^"]*">1<', manager.get("/").text)
    listed = manager.get("/lists/over_budget").text
    assert "轧线" in listed and "200.99" in listed
    firm.engine.complete(MANAGER, only_task(firm, made.id), {})
    assert "轧线" in manager.get("/lists/stuck").text
    firm.engine.complete(Actor("colleague"), only_task(firm, made.id), {"result": "return", "return_reason": "不全"})
    assert re.search(r'href="/lists/returned"><span class="figure-number [^"]*">1<', manager.get("/").text)
    assert "被退回" in manager.get("/lists/returned").text


def test_a_list_for_auditors_is_refused_to_others_and_nobody_else_may_not_start(house: House) -> None:
    manager, auditor = house.person("manager"), house.person("auditor")
    for name in ("sample", "deviations"):
        assert manager.get(f"/lists/{name}").status_code == 403
        assert auditor.get(f"/lists/{name}").status_code == 200
    assert "发起流程" in manager.get("/").text and "发起流程" not in auditor.get("/").text


def test_qa_closes_a_finding_in_its_list_and_must_say_how_it_was_verified(firm: House) -> None:
    found = [{"finding": "缺<备>机", "finding_location": "附录A", "finding_owner": "李工", "due_on": "2026-01-01"}]
    firm.engine.grant(OPERATOR, "colleague", "department_qa")
    made = firm.engine.start(MANAGER, "returns", None, {"team_department_qa": ["colleague"]})
    firm.engine.complete(MANAGER, only_task(firm, made.id), {"findings": found})
    qa = firm.person("colleague")
    page = qa.get("/lists/findings").text
    assert "缺&lt;备&gt;机" in page and "附录A" in page and "李工" in page and "逾期" in page
    place = {"page": "/lists/findings", "instance": made.id, "element": "write", "position": "0"}
    assert qa.send("/lists/findings/close", **place, text=" ").status_code == 422
    assert firm.person("manager").send("/lists/findings/close", **place, text="好").status_code == 403
    assert qa.send("/lists/findings/close", **place, text="清单已补").status_code == 302
    assert "没有未关闭的发现" in qa.get("/lists/findings").text
    assert "清单已补" in qa.get(f"/projects/{made.id}?tab=timeline").text


def test_a_notice_says_its_kind_is_filtered_by_it_and_is_read_when_it_is_followed(firm: House) -> None:
    made = firm.engine.start(MANAGER, "returns", None, {"project_name": "轧线"})
    manager = firm.person("manager")
    page = manager.get("/notices").text
    assert "新任务" in page and "轧线：write" in page and "未读" in page
    assert "轧线" not in manager.get("/notices?kind=returned").text
    task = only_task(firm, made.id)
    followed = manager.get(f"/notices/task-{task}")
    assert followed.status_code == 302 and followed.location == f"/tasks/{task}"
    assert "轧线" not in manager.get("/notices?unread=1").text and "轧线" in manager.get("/notices").text
    firm.engine.complete(MANAGER, task, {})
    assert manager.get(f"/notices/task-{task}").location == "/notices"
    firm.engine.grant(OPERATOR, "colleague", "department_qa")
    firm.engine.complete(Actor("colleague"), only_task(firm, made.id), {"result": "return", "return_reason": "不全"})
    assert "退回" in manager.get("/notices?kind=returned&unread=1").text
    assert manager.send("/notices/read").status_code == 302
    assert "没有符合条件的通知" in manager.get("/notices?unread=1").text


def test_what_is_unusual_is_told_beside_its_field_and_keeps_nobody_from_handing_in(house: House) -> None:
    manager = house.person("manager")
    instance = house.engine.start(MANAGER, "web_ask", "B-1", {}).id
    task = only_task(house, instance)
    assert WARNING not in manager.get(f"/tasks/{task}").text
    fields = {"subject": "备件", "amount": "20000", "items__rows": "0"}
    stands = manager.send(f"/tasks/{task}/standing", page=f"/tasks/{task}", **fields).get_json()
    assert stands["warnings"] == {"amount": WARNING}
    assert manager.send(f"/tasks/{task}/draft", page=f"/tasks/{task}", **fields).status_code == 200
    page = manager.get(f"/tasks/{task}").text
    assert page.count(WARNING) == 2 and f'data-warning="amount" role="status">{WARNING}' in page
    refused = manager.send(f"/tasks/{task}", save="submit", **{**fields, "subject": ""})
    assert refused.status_code == 422 and WARNING in refused.text and 'id="e-subject"' in refused.text
    assert manager.send(f"/tasks/{task}", save="submit", **fields).status_code == 302
    assert WARNING in manager.get("/inbox").text
    assert WARNING in manager.get(f"/projects/{instance}?tab=timeline").text
    second = only_task(house, instance)
    assert WARNING in manager.get(f"/tasks/{second}").text
    assert WARNING in manager.get(f"/tasks/{task}").text


def test_the_api_answers_what_is_unusual_in_the_callers_language_and_again_to_the_same_key(house: House) -> None:
    api = house.api("manager")
    instance = house.engine.start(MANAGER, "web_ask", None, {}).id
    task = only_task(house, instance)
    body = {"data": {"subject": "备件", "amount": 2_000_000}}
    answers = [api.post(f"tasks/{task}/complete", body, headers={"Idempotency-Key": "k1"}).json for _ in range(2)]
    assert answers[0] == answers[1]
    assert answers[0]["warnings"] == [{"field": "amount", "message": WARNING}]


def test_an_incident_says_what_was_rejected_and_is_retried_with_a_reason(firm: House) -> None:
    made = firm.engine.start(MANAGER, "fails", None, {"project_name": "轧线"})
    with pytest.raises(StepRefused):
        firm.engine.complete(MANAGER, only_task(firm, made.id), {"amount": None, "note": "很<多>"})
    boss = firm.person("boss")
    listed = boss.get("/incidents").text
    assert "轧线" in listed and "fill" in listed
    found = re.search(r'href="(/incidents/[\w-]+)"', listed)
    assert found is not None
    page = boss.get(found[1]).text
    assert "manager的名字" in page and "amount" in page and "<多>" not in page
    assert boss.send(f"{found[1]}/retry", page=found[1], reason=" ").status_code == 422
    again = boss.send(f"{found[1]}/retry", page=found[1], reason="规则已改")
    assert again.status_code == 409 and "规则已改" in again.text
    auditor = firm.person("auditor")
    assert "重试的原因" not in auditor.get(found[1]).text
    assert firm.person("manager").get(found[1]).status_code == 403
    firm.engine.complete(MANAGER, only_task(firm, made.id), {"amount": 5})
    assert "没有系统异常" in boss.get("/incidents").text and "轧线" in boss.get("/incidents?resolved=1").text
    assert "重试的原因" not in boss.get(found[1]).text


def test_the_inbox_counts_what_is_mine_and_what_i_may_take_and_shows_what_is_due_first_first(firm: House) -> None:
    manager = firm.person("manager")
    assert "没有待办" in manager.get("/inbox").text
    tasks = [only_task(firm, firm.engine.start(MANAGER, "returns", f"单-{n}").id) for n in range(3)]
    page = manager.get("/inbox").text
    assert "您名下没有待办" in page and "有 3 项任务" in page and 'href="/inbox?view=role"' in page
    firm.engine.claim(MANAGER, tasks[1])
    mine, free = manager.get("/inbox").text, manager.get("/inbox?view=role").text
    assert "单-1" in mine and "单-0" not in mine
    assert "单-1" not in free and "单-0" in free and "单-2" in free
    counts = re.findall(r'href="/inbox\?view=(\w+)"[^>]*>[^<]+<span class="badge[^>]*>(\d+)<', free)
    assert counts == [("mine", "1"), ("role", "2")]


def test_what_i_may_take_is_paged_past_what_is_mine_already(firm: House) -> None:
    made = [only_task(firm, firm.engine.start(MANAGER, "returns", f"单-{n:02}").id) for n in range(53)]
    for task in made[:51]:
        firm.engine.claim(MANAGER, task)
    manager = firm.person("manager")
    assert "单-51" in manager.get("/inbox?view=role").text and "单-52" in manager.get("/inbox?view=role").text
    assert "下一页" in manager.get("/inbox").text


def test_a_task_of_a_ticket_says_of_which_project_it_is(firm: House) -> None:
    project = firm.engine.start(MANAGER, "returns", "P-1", {"project_name": "轧线<二>"})
    ticket = firm.engine.start(MANAGER, "web_ask", None, {}, parent=project.id)
    assert ticket.title == "申请答复 P-1/web_ask-01"
    manager = firm.person("manager")
    of_project = f'href="/projects/{project.id}">轧线&lt;二&gt;</a>'
    for path in ("/inbox?view=role", f"/tasks/{only_task(firm, ticket.id)}", "/projects?definition=all", "/notices"):
        page = manager.get(path).text
        assert (of_project in page or path == "/notices") and "轧线&lt;二&gt;" in page, path
        assert "申请答复 P-1/web_ask-01" in page, path
    assert of_project in manager.get(f"/projects/{ticket.id}").text
    firm.engine.claim(MANAGER, only_task(firm, ticket.id))
    assert of_project in firm.person("auditor").get("/lists/stuck").text


def test_whoever_starts_a_ticket_that_begins_with_a_task_of_theirs_is_taken_to_it(firm: House) -> None:
    project = firm.engine.start(MANAGER, "returns", "P-1", {"project_name": "轧线"})
    manager = firm.person("manager")
    page = f"/start/web_ask?parent={project.id}"
    answer = manager.send("/start/web_ask", page=page, parent=project.id, start="yes")
    assert re.fullmatch(r"/tasks/[\w-]+", answer.location)
    assert "申请答复" in manager.get(answer.location).text
    alone = manager.send("/start/web_ask", page="/start/web_ask", start="yes")
    assert re.fullmatch(r"/projects/[\w-]+", alone.location)


def test_an_auditor_does_no_tasks_and_is_shown_none(house: House) -> None:
    assert "我的待办" in house.person("manager").get("/").text
    page = house.person("auditor").get("/").text
    assert "我的待办" not in page and "偏离" in page


def test_a_person_who_has_left_already_is_handed_over_too_and_one_without_projects_is_told(firm: House) -> None:
    made = firm.engine.start(MANAGER, "returns", "P-1", {"project_name": "轧线", "team_project_manager": ["manager"]})
    firm.engine.set_active(BOSS, "manager", False)
    boss = firm.person("boss")
    choices = re.findall(r'<option value="manager"[^>]*>([^<]*)<', boss.get("/handover").text)
    assert choices == ["manager的名字（manager） · 停用"]
    given = {"from_user": "manager", "to_user": "colleague", "on": "2026-06-01", "reason": "离岗"}
    boss.send("/handover", page="/handover", **given)
    assert "已移交 1 个项目和流程" in boss.get("/handover").text
    assert firm.engine.instance(BOSS, made.id).team["project_manager"] == ["colleague"]
    boss.send("/handover", page="/handover", **given)
    assert "没有要移交的" in boss.get("/handover").text
