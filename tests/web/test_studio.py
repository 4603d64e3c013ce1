"""草案 in the pages: begun, filled with files, looked at, checked and given up; read by auditors, closed to others."""

from __future__ import annotations

import io
import re
from html import unescape
from typing import Any

import pytest

from bpmn.library import procedures
from bpmn.model import File
from engine.actor import OPERATOR
from forms import library
from forms.word.record import record
from tasks import TASKS
from tests.bpmn.draw import diagram, line, node
from tests.web.browsers import Person
from tests.web.company import TINY, Company

REVIEW = (TINY / "engine/review.bpmn").read_bytes()
RECORD = (
    '<extensionElements><camunda:inputOutput><camunda:inputParameter name="form">JBS00P00402'
    "</camunda:inputParameter></camunda:inputOutput></extensionElements>"
)


@pytest.fixture
def keeper(company: Company) -> Person:
    return company.person("keeper")


def begin(person: Person, **fields: Any) -> str:
    """The address of a proposal begun in the page."""
    answer = person.send("/studio", page="/studio", **{"title": "改一改", "procedure": "review", **fields})
    assert answer.status_code == 302, answer.text
    return str(answer.headers["Location"])


def upload(person: Person, address: str, *files: tuple[str, bytes], versions: str | None = None) -> Any:
    """Send the upload form as the page shows it, or as it showed it before."""
    shown = versions or unescape(re.findall(r'name="versions" value="([^"]*)"', person.get(address).text)[0])
    given = [(io.BytesIO(content), name) for name, content in files]
    return person.send(f"{address}/upload", page=address, versions=shown, files=given)


def test_a_proposal_is_begun_from_a_procedure_and_listed(keeper: Person) -> None:
    address = begin(keeper)
    page = keeper.get(address).text
    assert "改一改" in page and "review.bpmn" in page and "起自第 1 版" in page and "未改" in page
    assert address in keeper.get("/studio?state=draft").text and address not in keeper.get("/studio?state=issued").text


def test_a_proposal_is_begun_from_an_older_version_that_the_page_of_the_procedure_offers(
    company: Company, keeper: Person
) -> None:
    for name in ("审核", "复核"):
        drawn = REVIEW.replace(b'"review"', b'"renamed"').replace(b'name="check"', f'name="{name}"'.encode())
        company.engine.deploy(OPERATOR, [File("renamed.bpmn", drawn)])
    table = keeper.get("/procedures/renamed").text
    link = "/studio?procedure=renamed&amp;version=1"
    assert link in table and table.count("从这一版起草") == 1
    assert "从这一版起草" not in company.person("auditor").get("/procedures/renamed").text
    shown = keeper.get(unescape(link)).text
    assert "从 renamed 的第 1 版起草" in shown and 'id="i-procedure"' not in shown
    page = keeper.get(begin(keeper, procedure="renamed", version="1")).text
    assert "起自第 1 版" in page and "未改" in page
    for version in ("3", "一"):
        refused = keeper.send("/studio", page="/studio", title="改", procedure="renamed", version=version)
        assert refused.status_code == 422 and "这个规程没有这一版" in refused.text


def test_a_new_procedure_is_begun_with_an_empty_diagram(company: Company, keeper: Person) -> None:
    address = begin(keeper, procedure="", key="CBS00P021", title="新规程")
    assert "CBS00P021.bpmn" in keeper.get(address).text and "从空白开始" in keeper.get(address).text
    found = keeper.get(f"{address}?check=yes").text
    assert "提醒" in found and "没有标明所执行的条款" in found and "什么也不会开始" in found
    refused = keeper.send("/studio", page="/studio", title="", procedure="", key="1 x")
    assert refused.status_code == 422 and "应以字母开头" in refused.text


def test_first_contents_of_every_kind_can_be_deployed_but_for_what_is_missing_in_them(keeper: Person) -> None:
    address = begin(keeper)
    for kind, key in ((".bpmn", "part"), (".dmn", "grade"), (".form", "ask")):
        made = keeper.send(f"{address}/new", page=address, kind=kind, key=key, title="名称")
        assert made.status_code == 302, made.text
        content = keeper.get(f"{address}/files/{key}{kind}")
        assert content.status_code == 200 and "名称" in content.text
    page = keeper.get(f"{address}?check=yes").text
    assert "unreadable" not in page and "读不了" not in page
    for fields in ({"kind": ".docx", "key": "a"}, {"kind": ".form", "key": "../a"}):
        assert keeper.send(f"{address}/new", page=address, **fields).status_code == 422
    again = keeper.send(f"{address}/new", page=address, kind=".form", key="ask")
    assert again.status_code == 428, "what is there is not replaced by an empty one"


def test_an_upload_replaces_what_the_page_showed_and_nothing_that_another_changed(
    company: Company, keeper: Person
) -> None:
    address = begin(keeper)
    before = unescape(re.findall(r'name="versions" value="([^"]*)"', keeper.get(address).text)[0])
    second = company.person("second")
    assert upload(second, address, ("review.bpmn", REVIEW + b"\n"), ("更多.form", b"{}")).status_code == 302
    answer = upload(keeper, address, ("review.bpmn", REVIEW + b"\n\n"), versions=before)
    page = keeper.client.get(answer.headers["Location"]).text
    assert "second的名字" in page and "没有保存" in page
    assert keeper.get(f"{address}/files/review.bpmn").data == REVIEW + b"\n"
    assert upload(keeper, address, ("run.exe", b"MZ")).status_code == 302
    assert keeper.get(f"{address}/files/run.exe").status_code == 404


def test_a_word_template_is_had_changed_and_its_placeholders_are_looked_at(company: Company, keeper: Person) -> None:
    drawn = diagram(
        node("startEvent", "s"),
        f'<serviceTask id="a" camunda:type="external" camunda:topic="record">{RECORD}</serviceTask>',
        node("endEvent", "e"),
        line("s", "a", "e"),
    ).content.replace(b'id="p"', b'id="review"')
    address = begin(keeper)
    upload(keeper, address, ("review.bpmn", drawn))
    page = keeper.get(address).text
    assert "JBS00P00402.docx" in page and "系统自带" in page
    own = keeper.get(f"{address}/template/JBS00P00402")
    assert own.status_code == 200 and own.data == record("JBS00P00402").template()
    assert keeper.get(f"{address}/template/JBS00P00401").status_code == 404
    wrong = upload(keeper, address, ("JBS00P00402.docx", record("JBS00P01101").template()))
    found = keeper.client.get(wrong.headers["Location"]).text
    assert "检查结果" in found and "JBS00P00402.docx" in found and "错误" in found
    assert "系统自带" not in keeper.get(address).text


def test_a_file_is_removed_and_put_back_as_it_was(keeper: Person) -> None:
    address = begin(keeper)
    released = keeper.get(f"{address}/files/review.bpmn").data
    upload(keeper, address, ("review.bpmn", REVIEW + b"\n"))
    assert keeper.send(f"{address}/restore", page=address, name="review.bpmn", version="2").status_code == 302
    assert keeper.get(f"{address}/files/review.bpmn").data == released
    assert keeper.send(f"{address}/remove", page=address, name="review.bpmn", version="2").status_code == 412
    assert keeper.send(f"{address}/remove", page=address, name="review.bpmn", version="3").status_code == 302
    assert "已从上一版中去掉" in keeper.get(address).text
    assert keeper.send(f"{address}/restore", page=address, name="review.bpmn").status_code == 302
    assert keeper.get(f"{address}/files/review.bpmn").data == released
    assert keeper.send(f"{address}/restore", page=address, name="no.bpmn").status_code == 404


def test_a_withdrawn_proposal_is_shown_without_anything_to_change_it(keeper: Person) -> None:
    address = begin(keeper)
    assert keeper.send(f"{address}/withdraw", page=address).status_code == 302
    page = keeper.get(address).text
    assert "已撤回" in page and "上传" not in page and "移除" not in page
    assert upload(keeper, address, ("review.bpmn", REVIEW), versions='{"review.bpmn":1}').status_code == 302
    assert "不能再改" in keeper.get(address).text


def test_an_auditor_reads_and_staff_do_not_see_it(company: Company, keeper: Person) -> None:
    address = begin(keeper)
    auditor, owner = company.person("auditor"), company.person("owner")
    for path in ("/studio", address, f"{address}?check=yes", f"{address}/files/review.bpmn"):
        assert auditor.get(path).status_code == 200
        hidden = owner.get(path)
        assert hidden.status_code == 403 and "改一改" not in hidden.text
    assert "上传" not in auditor.get(address).text and "撤回草案" not in auditor.get(address).text
    assert "起草</button>" not in auditor.get("/studio").text
    assert auditor.send(f"{address}/new", page="/", kind=".form", key="x").status_code == 403
    assert "/studio" in auditor.get("/").text and "/studio" not in owner.get("/").text


def test_what_is_deployed_stays_while_a_proposal_changes(company: Company, keeper: Person) -> None:
    address = begin(keeper)
    upload(keeper, address, ("review.bpmn", REVIEW.replace("复核".encode(), "再复核".encode()) + b"\n"))
    assert company.engine.definition("review").version == 1
    company.engine.deploy(OPERATOR, [File("review.bpmn", REVIEW)])
    assert company.engine.definition("review").version == 1


def test_a_proposal_is_handed_in_with_reason_changes_and_day_and_is_closed_from_then_on(
    company: Company, keeper: Person
) -> None:
    forms = [file for name, file in library.files().items() if "release_" in name]
    company.engine.room.topics = {**company.engine.room.topics, **TASKS}
    company.engine.deploy(OPERATOR, [*procedures()["procedure_release"], *forms])
    address = begin(keeper)
    told = {"reason": "名称不清", "changes": "改名", "effective_on": "2099-01-01"}
    refused = keeper.send(f"{address}/submit", page=address, **{**told, "reason": " ", "effective_on": "2020-01-01"})
    assert refused.status_code == 422 and "不能早于今天" in refused.text and "改名" in refused.text
    assert company.person("owner").send(f"{address}/submit", page="/", **told).status_code == 403
    assert keeper.send(f"{address}/submit", page=address, **told).status_code == 302
    page = keeper.get(address).text
    assert "已提交审核" in page and "看办到哪里" in page and "上传文件" not in page
    id = address.rsplit("/", 1)[1]
    again = company.keeper.post(f"proposals/{id}/submit", told)
    assert again.status_code == 409, again.text
