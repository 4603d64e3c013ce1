"""The page of a procedure: its document to download, its versions, what its owner should look at."""

from __future__ import annotations

import io
from urllib.parse import unquote

from docx import Document

from bpmn.model import File
from engine.actor import OPERATOR
from engine.audit_log import Asked
from tests.web.conftest import House

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
TEXT = 'number = "QX02"\ntitle = "出差程序"\n[[faults]]\nwhere = "2"\nwhat = "缺一页"\n'


def told(house: House) -> None:
    """Give the trip's procedure its text: its second version."""
    house.engine.deploy(OPERATOR, [File("web_trip.toml", TEXT.encode())])


def test_anybody_on_the_staff_downloads_the_document(house: House) -> None:
    told(house)
    colleague = house.person("colleague")
    page = colleague.get("/procedures/web_trip").text
    assert 'href="/procedures/web_trip/procedure.docx"' in page
    answer = colleague.get("/procedures/web_trip/procedure.docx")
    assert answer.status_code == 200 and answer.content_type == WORD
    assert "QX02 出差程序" in unquote(answer.headers["Content-Disposition"])
    assert "出差程序" in [p.text for p in Document(io.BytesIO(answer.data)).paragraphs]


def test_earlier_versions_can_be_had_and_are_called_so(house: House) -> None:
    told(house)
    manager = house.person("manager")
    page = manager.get("/procedures/web_trip").text
    assert page.count("非现行") == 1 and 'href="/procedures/web_trip/1/procedure.docx"' in page
    earlier = Document(io.BytesIO(manager.get("/procedures/web_trip/1/procedure.docx").data))
    above = [p.text for section in earlier.sections for p in section.header.paragraphs]
    assert any("非现行版本" in line for line in above)
    assert manager.get("/procedures/web_trip/9/procedure.docx").status_code == 404
    assert house.app.test_client().get("/procedures/web_trip/procedure.docx").status_code == 302


def test_a_diagram_is_downloaded_as_it_was_deployed(house: House) -> None:
    drawn, manager = house.engine.drawing("web_trip", "web_trip"), house.person("manager")
    path = "/procedures/web_trip/diagram/web_trip/drawn.bpmn"
    assert f'href="{path}"' in manager.get("/procedures/web_trip").text
    for answer in (manager.get(path), house.api("manager").get("process-definitions/web_trip/drawn.bpmn?version=1")):
        assert (answer.status_code, answer.data) == (200, drawn.content)
        assert drawn.name in answer.headers["Content-Disposition"]
    assert manager.get("/procedures/web_trip/diagram/nothing/drawn.bpmn").status_code == 404
    assert house.api("manager").get("process-definitions/web_trip/drawn.bpmn?process=x").status_code == 404
    found = house.engine.audit_log(OPERATOR, Asked(action="download", subject="web_trip")).items
    assert [one.data["name"] for one in found] == [drawn.name, drawn.name]


def test_faults_of_the_source_are_told_to_those_who_answer_for_it(house: House) -> None:
    told(house)
    assert "缺一页" in house.person("auditor").get("/procedures/web_trip").text
    assert "缺一页" not in house.person("manager").get("/procedures/web_trip").text


def test_a_program_gets_the_document_of_a_version(house: House) -> None:
    told(house)
    manager = house.api("manager")
    newest = manager.get("process-definitions/web_trip/procedure.docx")
    assert newest.status_code == 200 and newest.content_type == WORD
    first = manager.get("process-definitions/web_trip/procedure.docx?version=1")
    assert Document(io.BytesIO(first.data)).tables[0].rows[0].cells[1].text == "web_trip"
    assert manager.get("process-definitions/web_trip/procedure.docx?version=3").status_code == 404
    assert manager.get("process-definitions/web_trip/procedure.docx?version=one").status_code == 422
    assert manager.get("process-definitions/nobody/procedure.docx").status_code == 404
    assert house.app.test_client().get("/api/v1/process-definitions/web_trip/procedure.docx").status_code == 401
