"""The audit log in the page and for programs; what reading, downloading and logging in leave in it."""

from __future__ import annotations

import csv
import io
from html import unescape

import pytest

from engine.actor import OPERATOR, Actor
from engine.audit_log import Asked
from engine.views import AuditRow
from tests.web.browsers import PASSWORD, PDF, Person
from tests.web.company import Company, fields, refused
from tests.web.conftest import House
from tests.web.test_api import REQUEST
from web.audit import inert

AUDITOR = Actor("auditor")


def told(house: House, **asked: str) -> list[AuditRow]:
    """What the log holds, newest first."""
    house.engine.room.gathered.flush()
    return house.engine.audit_log(AUDITOR, Asked(**asked)).items  # type: ignore[arg-type]  # texts only


def begun(house: House) -> tuple[str, str]:
    """An instance of the manager's and its open task."""
    manager = house.api("manager")
    id = manager.post("process-instances", {"definition": "web_ask", "variables": {}}).get_json()["id"]
    (task,) = manager.get(f"tasks?instance={id}").get_json()["items"]
    return id, task["id"]


def test_logging_in_and_out_and_failing_to_is_told_with_the_address(house: House) -> None:
    house.person("manager").send("/logout", page="/profile")
    wrong = Person(house.app.test_client()).send("/login", name="manager", password="wrong wrong")
    assert wrong.status_code == 401
    rows = told(house)[:3]
    assert [(row.action, row.actor, row.subject) for row in rows] == [
        ("login_failed", "", "manager"),
        ("logout", "manager", None),
        ("login", "manager", None),
    ]
    assert {row.address for row in rows} == {"127.0.0.1"}


def test_a_file_that_goes_out_is_told_before_it_does(house: House) -> None:
    id, task = begun(house)
    manager = house.api("manager")
    made = manager.post(f"tasks/{task}/attachments", data={"file": (io.BytesIO(PDF), "合同.pdf")}).get_json()
    with manager.get(f"attachments/{made['id']}/content") as answer:
        assert answer.data == PDF
    (row,) = told(house, action="download")
    assert (row.actor, row.subject, row.instance) == ("manager", made["id"], id)
    assert row.data == {"name": "合同.pdf", "sha256": made["sha256"]}
    assert house.api("outsider").get(f"attachments/{made['id']}/content").status_code == 403
    assert len(told(house, action="download")) == 1


def test_an_open_tasks_form_is_read_untold_and_that_of_one_that_is_over_is_told(house: House) -> None:
    id, task = begun(house)
    manager = house.api("manager")
    manager.get(f"tasks/{task}")
    house.person("manager").get(f"/tasks/{task}")
    assert told(house, action="read") == []
    assert manager.post(f"tasks/{task}/complete", {"data": REQUEST}).status_code == 200
    statuses = [manager.get(f"tasks/{task}").status_code, house.person("manager").get(f"/tasks/{task}").status_code]
    assert [row.subject for row in told(house, action="read")] == [task] * statuses.count(200)
    manager.get(f"process-instances/{id}/journal")
    assert told(house, action="read")[0].instance == id


def test_everything_that_an_auditor_opens_is_told(house: House) -> None:
    id, _ = begun(house)
    auditor = house.person("auditor")
    for path in ("/", f"/projects/{id}?tab=timeline", "/audit-log?q=x"):
        assert auditor.get(path).status_code == 200
    assert auditor.get("/projects/nothing").status_code == 404
    rows = told(house, person="auditor")[::-1]
    assert [(row.action, row.data.get("path")) for row in rows if row.action != "login"] == [
        ("open", "/"),
        ("read", f"/projects/{id}?tab=timeline"),
        ("read", "/audit-log?q=x"),
    ]


def test_staff_may_not_open_it(house: House) -> None:
    manager = house.person("manager")
    assert "/audit-log" not in manager.get("/").text
    for path in ("/audit-log", "/audit-log.csv"):
        assert manager.get(path).status_code == 403
        assert Person(house.app.test_client()).get(path).status_code == 302
    refused(house.api("manager").get("audit-log"), 403)


def test_the_page_tells_who_did_what_to_which_project_in_words(house: House) -> None:
    id, _ = begun(house)
    house.engine.suspend(Actor("boss", "web", "10.1.1.1"), id, "<b>核查</b>")
    auditor = house.person("auditor")
    text = auditor.get("/audit-log").text
    assert "&lt;b&gt;核查&lt;/b&gt;" in text and "10.1.1.1" in text and "boss的名字" in text and "暂停" in text
    assert f"/projects/{id}?tab=timeline" in text and "导出 CSV" in text
    assert "没有符合条件的记录" in auditor.get("/audit-log?person=nobody").text
    wrong = auditor.get("/audit-log?from=2026-13-01")
    assert wrong.status_code == 422 and "日期不对" in unescape(wrong.text)
    assert "没有符合条件" not in wrong.text


def test_the_page_goes_on_where_it_ended_and_keeps_what_was_asked(house: House) -> None:
    for number in range(60):
        house.engine.noted(OPERATOR, "export", f"x{number}")
    auditor = house.person("auditor")
    first = auditor.get("/audit-log?action=export").text
    following = unescape(first).split('href="/audit-log?cursor=')[1].split('"')[0]
    second = auditor.get(f"/audit-log?cursor={following}").text
    assert "action=export" in following and "x59" in first and "x9<" not in first and "x9<" in second


def test_a_program_gets_pages_of_it(house: House) -> None:
    auditor, (id, _) = house.api("auditor"), begun(house)
    house.engine.suspend(Actor("boss"), id, "核查")
    page = auditor.get("audit-log?limit=1").get_json()
    (row,) = page["items"]
    assert (row["action"], row["source"], row["instance"]) == ("suspended", "journal", id)
    assert row["data"] == {"reason": "核查"} and len(row["hash"]) == 64 and page["looked_back_to"] is None
    (before,) = auditor.get(f"audit-log?limit=1&cursor={page['next']}").get_json()["items"]
    assert before["source"] == "audit" and before["at"] < row["at"]


@pytest.mark.parametrize(("query", "field"), [("from=x", "from"), ("limit=0", "limit"), ("cursor=x", "cursor")])
def test_what_is_asked_for_wrongly_is_refused_by_field(company: Company, query: str, field: str) -> None:
    assert fields(refused(company.auditor.get(f"audit-log?{query}"), 422)) == [field]


def test_the_export_holds_all_that_is_asked_for_and_no_formula(house: House) -> None:
    house.engine.noted(OPERATOR, "export", '=HYPERLINK("http://x")', name="+1")
    answer = house.person("auditor").get("/audit-log.csv?action=export")
    assert answer.content_type == "text/csv; charset=utf-8" and answer.data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert rows[-1]["subject"] == '\'=HYPERLINK("http://x")' and rows[-1]["data"] == "name=+1"
    assert [row.data.get("what") for row in told(house, action="export")][0] == "audit-log.csv"
    assert house.person("auditor").get("/audit-log.csv?from=x").status_code == 422


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@x", "\t=1", "\r=1", " =1", "\n@x"])
def test_what_a_spreadsheet_would_run_is_made_inert(cell: str) -> None:
    assert inert(cell) == f"'{cell}"
    assert (inert("a=1"), inert(None), inert("1-2")) == ("a=1", "", "1-2")


def test_every_word_of_the_log_has_an_english_translation(company: Company) -> None:
    person = company.person("auditor")
    person.send("/language", page="/", language="en", back="/")
    page = person.get("/audit-log").text
    options = page.split('<select class="form-select" id="action"')[1].split("</select>")[0]
    person.send("/language", page="/", language="zh", back="/")
    assert not any("\u4e00" <= letter <= "\u9fff" for letter in options), options
    assert PASSWORD not in page
