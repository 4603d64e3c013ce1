"""What the editors of a proposal are told and asked: only for who may, and never a script where nothing is edited."""

from __future__ import annotations

import re
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.bpmn.draw import simple
from tests.web.browsers import Person
from tests.web.company import TINY, Company

REVIEW = (TINY / "engine/review.bpmn").read_bytes()


@pytest.fixture
def keeper(company: Company) -> Person:
    """A process owner's browser."""
    return company.person("keeper")


@pytest.fixture
def begun(company: Company) -> str:
    """The address of a proposal with a diagram, a decision table and a form."""
    id = company.keeper.post("proposals", {"key": "review", "title": "改一改"}).json["id"]
    company.keeper.put(f"proposals/{id}/files/grade.form", b'{"type":"default","id":"grade","components":[]}')
    return f"/studio/{id}"


def call(person: Person, method: str, path: str, version: int | None = None, **more: Any) -> TestResponse:
    """What a script of the page does: the page's token in a header."""
    token = re.search(r'name="csrf-token" content="([^"]+)"', person.get("/inbox").text)
    assert token is not None
    headers = {"X-CSRFToken": token[1], "X-Requested-With": "fetch"}
    if version is not None:
        headers["If-Match"] = f'"{version}"'
    return person.client.open(path, method=method, headers=headers, **more)


def test_an_editor_is_loaded_by_its_own_page_alone(keeper: Person, begun: str) -> None:
    bundles = re.compile(r"build/(\w+)\.js")
    assert bundles.findall(keeper.get(f"{begun}/edit/review.bpmn").text) == ["modeler"]
    assert bundles.findall(keeper.get(f"{begun}/edit/grade.form").text) == ["form"]
    assert bundles.findall(keeper.get(f"{begun}/edit/review.bpmn?look=yes").text) == ["diagram"]
    for path in (begun, "/studio", "/procedures/review", "/inbox"):
        assert not {"modeler", "decision", "form"} & set(bundles.findall(keeper.get(path).text)), path


def test_what_has_no_editor_or_is_not_there_has_no_page(company: Company, keeper: Person, begun: str) -> None:
    for name in ("nothing.bpmn", "JBS00P00402.docx"):
        assert keeper.get(f"{begun}/edit/{name}").status_code == 404


def test_a_page_writes_a_version_and_is_told_of_anothers(company: Company, keeper: Person, begun: str) -> None:
    address = f"{begun}/files/review.bpmn"
    written = call(keeper, "PUT", address, 1, data=REVIEW + b"\n")
    assert (written.status_code, written.headers["ETag"]) == (200, '"2"')
    second = company.person("second")
    told = call(second, "PUT", address, 1, data=REVIEW + b"\n\n")
    assert told.status_code == 412 and told.json is not None and told.json["current"]["changed_by"] == "keeper"
    assert call(second, "PUT", address, data=REVIEW).status_code == 428
    without = keeper.client.put(address, headers={"If-Match": '"2"'}, data=REVIEW)
    assert without.status_code == 400, "another site cannot write: it has no token"
    assert keeper.get(address).data == REVIEW + b"\n"


def test_findings_lead_to_the_editor_of_their_file(keeper: Person, begun: str) -> None:
    call(keeper, "PUT", f"{begun}/files/review.bpmn", 1, data=REVIEW.replace(b"department_qa", b"nobody_known"))
    found = keeper.get(f"{begun}/findings.json").json
    assert found is not None
    (role,) = [one for one in found["findings"] if one["rule"] == "unknown-role"]
    assert role["element"] == "check" and role["address"] == f"{begun}/edit/review.bpmn?element=check"
    assert f"{begun}/edit/review.bpmn?element=check" in keeper.get(f"{begun}?check=yes").text


def test_a_walk_tells_what_was_reached(keeper: Person, begun: str) -> None:
    answer = call(keeper, "POST", f"{begun}/walk.json", json={"definition": "review", "seed": 3})
    assert answer.status_code == 200 and answer.json is not None
    (one,) = answer.json["simulations"]
    assert one["process"] == "review" and one["reached"]["write"] >= one["runs"]
    assert call(keeper, "POST", f"{begun}/walk.json", json={"definition": "nowhere"}).status_code == 422


def test_names_are_offered_in_the_readers_language(keeper: Person, begun: str) -> None:
    call(
        keeper,
        "PUT",
        f"{begun}/files/more.bpmn",
        data=simple(inside="").content.replace(b'id="a"', b'id="more" name="x"'),
    )
    told: Any = keeper.get(f"{begun}/vocabulary.json").json
    assert {"key": "department_qa", "name": "部门QA", "kind": "staff"} in told["roles"]
    assert {"key": "JBS00P00402", "name": "运维项目计划书", "kind": ""} in told["forms"]
    assert told["addresses"] == {"grade": f"{begun}/edit/grade.form"}
    assert {"key": "5.1", "name": "x", "kind": ""} in told["clauses"]
    assert {"review", "waits", "web_ask"} <= {one["key"] for one in told["processes"]}
    assert "JBS00P00402" in {one["key"] for one in told["records"]}
    assert "admin" not in {one["key"] for one in told["roles"]}
    keeper.send("/language", page="/inbox", language="en", back="/inbox")
    english: Any = keeper.get(f"{begun}/vocabulary.json").json
    keeper.send("/language", page="/inbox", language="zh", back="/inbox")  # it is remembered of the person
    assert next(one["name"] for one in english["roles"] if one["key"] == "project_manager") == "Project manager"


def test_who_else_is_there_is_told(company: Company, keeper: Person, begun: str) -> None:
    here = f"{begun}/here.json"
    first = call(keeper, "POST", here, json={"name": "review.bpmn"}).json
    assert first is not None and (first["others"], first["current"]["version"]) == ([], 1)
    told = call(company.person("second"), "POST", here, json={"name": "grade.form"}).json
    assert told is not None and told["others"] == [{"name": "keeper的名字", "file": "review.bpmn"}]
    gone = call(keeper, "POST", here, json={"name": "gone.bpmn"}).json
    assert gone is not None and gone["current"] is None
    assert call(keeper, "POST", here, json={}).status_code == 422


def test_an_auditor_looks_and_writes_nothing_and_others_see_nothing(company: Company, begun: str) -> None:
    auditor, owner = company.person("auditor"), company.person("owner")
    page = auditor.get(f"{begun}/edit/review.bpmn").text
    assert "build/diagram.js" in page and "只供查看" in page
    assert 'data-writes=""' in auditor.get(f"{begun}/edit/grade.form").text
    assert call(auditor, "PUT", f"{begun}/files/review.bpmn", 1, data=REVIEW).status_code == 403
    assert call(auditor, "POST", f"{begun}/here.json", json={"name": "review.bpmn"}).status_code == 403
    for path in ("edit/review.bpmn", "findings.json", "vocabulary.json"):
        assert auditor.get(f"{begun}/{path}").status_code == 200
        assert owner.get(f"{begun}/{path}").status_code == 403
    assert call(owner, "POST", f"{begun}/walk.json", json={}).status_code == 403
