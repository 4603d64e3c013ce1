"""系统异常 as an administrator works them: tried again, or given a result by hand, with a reason, on the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from bpmn.sentence import say
from engine.actor import Actor
from engine.contract import Job, PermanentFailure, Services, TaskHandler, results
from engine.errors import StepRefused
from engine.reasons import told
from engine.store import tables as t
from tests.engine.house import House
from tests.web.browsers import PASSWORD, Person, Program
from tests.web.test_findings import CHINESE
from web.app import build

PAGE = 50


def breaks(job: Job, services: Services) -> Mapping[str, Any]:
    """A service that never works, and may answer anything."""
    raise PermanentFailure("打印机坏了")


def refuses(job: Job, services: Services) -> Mapping[str, Any]:
    """A service that says what it lacks in a sentence with a gap."""
    raise PermanentFailure(say("没有“{state}”这种状态（state）", state="新"))


@results("made", "kind_*")
def promises(job: Job, services: Services) -> Mapping[str, Any]:
    """A service that never works, and says what it would answer."""
    raise PermanentFailure("打印机坏了")


class Shop(House):
    """A house with pages, in which a service fails whenever it is asked."""

    boss = Actor("boss")

    def __init__(self, var: Path, service: TaskHandler) -> None:
        super().__init__(var, {"work": service})
        self.deploy("machine")
        self.app = build(self.engine, self.settings)
        for name in ("boss", "auditor", "owner"):
            self.engine.set_password(self.boss, name, PASSWORD)

    def person(self, name: str) -> Person:
        """A browser in which that person has logged in."""
        browser = Person(self.app.test_client())
        assert browser.send("/login", name=name, password=PASSWORD).status_code == 302
        return browser

    def failed(self) -> tuple[str, str]:
        """An instance whose service failed, and the path of its incident."""
        made = self.start("machine", subject="甲")
        self.engine.run_jobs_once()
        listed = self.engine.incidents(self.boss)
        return made.id, f"/incidents/{next(one.id for one in listed if one.instance == made.id)}"


@pytest.fixture
def shop(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Shop]:
    made = Shop(tmp_path / "var", getattr(request, "param", promises))
    yield made
    made.engine.close()


def settle(person: Person, path: str, **given: str) -> TestResponse:
    """Send the form that gives the result."""
    return person.send(f"{path}/settle", page=path, **given)


def test_a_job_is_given_its_result_in_named_fields_with_a_reason(shop: Shop) -> None:
    instance, path = shop.failed()
    boss = shop.person("boss")
    page = boss.get(path).text
    assert 'name="result.made"' in page and "made、kind_*" not in page and "kind_*、made" in page
    given = {"result.made": "7", "others": '{"kind_a": ["x", null]}', "reason": "手工打印"}
    assert settle(boss, path, **given).status_code == 302
    variables = shop.view(instance).variables
    assert (variables["made"], variables["kind_a"]) == (7, ["x", None])
    entry = shop.entries(instance)[-1]
    assert (entry["kind"], entry["actor"], entry["data"]["reason"]) == ("job_completed", "boss", "手工打印")
    assert "手工打印" in boss.get(f"/projects/{instance}?tab=timeline").text
    assert "没有系统异常" in boss.get("/incidents").text
    assert "手工打印" not in boss.get(path).text and "/settle" not in boss.get(path).text
    assert settle(boss, path, **given).status_code == 409


def test_a_result_needs_a_reason_and_what_was_typed_is_kept(shop: Shop) -> None:
    instance, path = shop.failed()
    boss = shop.person("boss")
    answer = settle(boss, path, **{"result.made": "七<件>", "reason": "  "})
    assert answer.status_code == 422
    assert "七&lt;件&gt;" in answer.text and 'id="e-settle-reason"' in answer.text
    assert 'id="e-retry-reason"' not in answer.text
    assert shop.entries(instance)[-1]["kind"] == "incident"


@pytest.mark.parametrize(
    ("given", "field", "said"),
    [
        ({"result.made": "[1"}, "result.made", "不是 JSON：第 1 行第 3 个字符处有误"),
        ({"result.made": "NaN"}, None, None),
        ({"result.made": "[NaN]"}, "result.made", "数值“NaN”不能使用"),
        ({"result.made": "1e999"}, None, None),
        ({"result.made": "1234567890123456"}, "others", "数字不得超过 15 位"),
        ({"others": "[1]"}, "others", "应为 JSON 对象"),
        ({"others": '{"made": 1, "made": 2}'}, "others", "同一个名字出现了两次"),
        ({"result.made": "1", "others": '{"made": 2}'}, "others", "“made”已在上面填写"),
        ({"others": '{"mode": 2}'}, "others", "这项作业没有“mode”这个结果，可以有：kind_*、made"),
        ({"others": "{'made': 2}"}, "others", "不是 JSON：第 1 行第 2 个字符处有误"),
    ],
)
def test_a_result_that_cannot_be_is_told_beside_its_field(
    shop: Shop, given: dict[str, str], field: str | None, said: str | None
) -> None:
    instance, path = shop.failed()
    answer = settle(shop.person("boss"), path, reason="手工打印", **given)
    if field is None:
        # What is no JSON is a text: a field for words needs no quotes.
        assert shop.view(instance).variables["made"] == given["result.made"]
        return
    assert answer.status_code == 422
    assert f'id="e-{field}" role="alert">{said}' in answer.text
    assert shop.entries(instance)[-1]["kind"] == "incident"


def test_a_fault_of_a_result_is_told_in_english_to_whoever_reads_english(shop: Shop) -> None:
    _, path = shop.failed()
    boss = shop.person("boss")
    boss.send("/language", page="/profile", language="en")
    answer = settle(boss, path, reason="printed", others='{"mode": 2}')
    assert "This job has no result “mode”; it may answer: kind_*、made" in answer.text


@pytest.mark.parametrize("shop", [refuses], indirect=True)
def test_why_a_job_failed_is_told_to_each_in_their_language(shop: Shop) -> None:
    _, path = shop.failed()
    boss = shop.person("boss")
    assert "没有“新”这种状态（state）" in boss.get(path).text
    boss.send("/language", page="/profile", language="en")
    for page in ("/incidents", path):
        assert "there is no state “新” (state)" in boss.get(page).text
    program = Program(shop.app.test_client(), shop.engine.token_create("boss"))
    program.headers["Accept-Language"] = "en"
    (listed,) = program.get("incidents").json["items"]
    assert listed["reason"] == "there is no state “新” (state)"


def test_why_a_step_failed_is_told_at_its_task_in_the_reader_s_language(shop: Shop) -> None:
    shop.deploy("fails")
    made = shop.start("fails")
    (row,) = shop.engine.tasks(Actor("owner"), instance=made.id).items
    with pytest.raises(StepRefused):
        shop.engine.complete(Actor("owner"), row.id, {"amount": "many"})
    owner = shop.person("owner")
    owner.send("/language", page="/profile", language="en")
    page = owner.get(f"/tasks/{row.id}").text
    shown = page[page.index('role="note"') :]
    assert not CHINESE.search(shown[: shown.index("</div>", shown.index("</div>") + 1)])


@pytest.mark.parametrize("shop", [refuses], indirect=True)
def test_a_failure_that_an_earlier_release_wrote_down_is_told_as_it_was_written(shop: Shop) -> None:
    _, path = shop.failed()
    with shop.engine.room.database.read() as connection:
        (incident,) = connection.execute(select(t.incident.c.instance, t.incident.c.seq))
        assert told(connection, *incident) == say("没有“{state}”这种状态（state）", state="新")
        assert told(connection, incident.instance, 1) is None


@pytest.mark.parametrize("shop", [breaks], indirect=True)
def test_a_job_that_may_answer_anything_is_answered_in_json(shop: Shop) -> None:
    instance, path = shop.failed()
    boss = shop.person("boss")
    assert 'name="result.' not in boss.get(path).text
    assert settle(boss, path, others='{"made": 7, "anything": true}', reason="手工打印").status_code == 302
    assert shop.view(instance).variables["anything"] is True


def test_only_an_administrator_tries_again_or_gives_a_result(shop: Shop) -> None:
    instance, path = shop.failed()
    auditor, owner = shop.person("auditor"), shop.person("owner")
    page = auditor.get(path).text
    assert "打印机坏了" in page and "/settle" not in page and "/retry" not in page
    for deed in ("settle", "retry"):
        assert auditor.send(f"{path}/{deed}", page=path, reason="换了").status_code == 403
        assert owner.send(f"{path}/{deed}", reason="换了").status_code == 403
        assert shop.person("boss").send(f"/incidents/nothing/{deed}", reason="换了").status_code == 404
    assert shop.entries(instance)[-1]["kind"] == "incident"


def test_a_step_that_no_job_does_can_only_be_tried_again(shop: Shop) -> None:
    shop.deploy("fails")
    made = shop.start("fails")
    with pytest.raises(Exception, match="这一步没有完成"):
        shop.do(made.id, "fill", "owner", amount=None)
    (incident,) = shop.engine.incidents(shop.boss)
    boss = shop.person("boss")
    path = f"/incidents/{incident.id}"
    assert "/retry" in boss.get(path).text and "/settle" not in boss.get(path).text
    answer = settle(boss, path, others="{}", reason="换了")
    assert answer.status_code == 409 and "只能重试" in answer.text


def test_incidents_are_listed_page_by_page(shop: Shop) -> None:
    failed = {shop.failed()[1] for _ in range(PAGE + 1)}
    boss = shop.person("boss")
    first = boss.get("/incidents").text
    following = first.split('href="/incidents?cursor=')[1].split('"')[0]
    second = boss.get(f"/incidents?cursor={following}").text
    shown = [path for path in failed if f'"{path}"' in first], [path for path in failed if f'"{path}"' in second]
    assert (len(shown[0]), len(shown[1])) == (PAGE, 1)
    assert set(shown[0]) | set(shown[1]) == failed and "下一页" not in second
