"""Proposals through the API: owner and colleague write, the auditor reads, an outsider learns nothing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.company import TINY, Company, fields, refused

REVIEW = (TINY / "engine/review.bpmn").read_bytes()


@pytest.fixture
def begun(company: Company) -> str:
    """The id of a proposal for the procedure `review`, whose file is at its first version."""
    made = company.keeper.post("proposals", {"key": "review", "title": "改一改"})
    assert made.status_code == 201, made.text
    return str(made.json["id"])


def at(id: str, name: str = "review.bpmn") -> str:
    """The address of a file."""
    return f"proposals/{id}/files/{name}"


def test_a_file_is_read_changed_and_removed_by_its_version(company: Company, begun: str) -> None:
    read = company.second.get(at(begun))
    assert (read.status_code, read.headers["ETag"], read.mimetype) == (200, '"1"', "application/xml")
    assert read.headers["Content-Disposition"].startswith("attachment") and read.data == _drawn(company)
    changed = company.second.put(at(begun), REVIEW + b"\n", 1)
    assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')
    assert (changed.json["standing"], changed.json["changed_by"]) == ("changed", "second")
    same = company.keeper.client.get(f"/api/v1/{at(begun)}", headers={**company.keeper.headers, "If-None-Match": '"2"'})
    assert same.status_code == 304
    made = company.keeper.put(at(begun, "草稿 1.form"), b"{}")
    assert (made.status_code, made.headers["ETag"]) == (201, '"1"')
    whole = company.auditor.get(f"proposals/{begun}").json
    assert [(file["name"], file["version"]) for file in whole["files"]] == [("review.bpmn", 2), ("草稿 1.form", 1)]
    assert company.keeper.delete(at(begun), 2).status_code == 204
    refused(company.keeper.get(at(begun)), 404)
    assert company.auditor.get(f"proposals/{begun}").json["removed"] == ["review.bpmn"]


def _drawn(company: Company) -> bytes:
    return company.engine.drawing("review", "review").content


def test_a_version_that_somebody_else_replaced_is_refused_with_theirs_told(company: Company, begun: str) -> None:
    company.second.put(at(begun), REVIEW + b"\n", 1)
    told = refused(company.keeper.put(at(begun), REVIEW + b"\n\n", 1), 412)
    assert told["current"]["version"] == 2 and told["current"]["changed_by_name"] == "second的名字"
    assert told["current"]["changed_at"].endswith("Z") and "second的名字" in told["detail"]
    refused(company.keeper.delete(at(begun), 1), 412)
    assert company.keeper.get(at(begun)).data == REVIEW + b"\n"


def test_nothing_is_overwritten_by_whoever_names_no_version(company: Company, begun: str) -> None:
    for version in (None, "*"):
        match = {} if version is None else {"If-Match": version}
        headers = {**company.keeper.headers, **match}
        refused(company.keeper.client.put(f"/api/v1/{at(begun)}", headers=headers, data=REVIEW + b"\n"), 428)
    refused(company.keeper.delete(at(begun)), 428)
    assert fields(refused(company.keeper.put(at(begun), REVIEW, "one"), 422)) == ["If-Match"]
    refused(company.keeper.put(at(begun, "new.bpmn"), REVIEW, 3), 404)


def test_what_is_no_file_of_a_procedure_is_refused(company: Company, begun: str) -> None:
    refused(company.keeper.put(at(begun, "run.exe"), b"MZ"), 422)
    refused(company.keeper.put(at(begun, "a.docx"), b"PK\x03\x04"), 422)
    refused(company.keeper.put(at(begun, "a.form"), b""), 422)
    refused(company.keeper.put(at(begun, "a.form"), b"x" * 200_001), 413)


def test_only_process_owners_write_and_auditors_read_beside_them(company: Company, begun: str) -> None:
    reads = ("proposals", f"proposals/{begun}", f"proposals/{begun}/findings", at(begun))
    before = company.stored()
    for path in reads:
        assert company.auditor.get(path).status_code == 200
        told = company.outsider.get(path)
        refused(told, 403)
        assert "改一改" not in told.text
    for program in (company.auditor, company.outsider):
        refused(program.post("proposals", {"key": "review", "title": "x"}), 403)
        refused(program.put(at(begun), REVIEW, 1), 403)
        refused(program.delete(at(begun), 1), 403)
        refused(program.post(f"proposals/{begun}/withdraw"), 403)
    refused(company.outsider.post(f"proposals/{begun}/simulate", {}), 403)
    assert company.stored() == before


def test_it_is_listed_checked_walked_and_withdrawn(company: Company, begun: str) -> None:
    rows = company.keeper.get("proposals?state=draft&key=review&limit=200").json["items"]
    assert begun in [row["id"] for row in rows] and {row["key"] for row in rows} == {"review"}
    assert fields(refused(company.keeper.get("proposals?state=open"), 422)) == ["state"]
    company.keeper.put(at(begun), REVIEW.replace(b"department_qa", b"nobody_known"), 1)
    found = company.keeper.get(f"proposals/{begun}/findings").json["findings"]
    assert any(one["rule"] == "unknown-role" and one["element"] == "check" for one in found)
    outcome: Any = company.keeper.post(f"proposals/{begun}/simulate", {"runs": 2}).json
    assert outcome["simulations"] == [] and outcome["findings"]
    company.keeper.put(at(begun), REVIEW, 2)
    (one,) = company.keeper.post(f"proposals/{begun}/simulate", {"runs": 2, "seed": 7}).json["simulations"]
    assert (one["process"], one["runs"]) == ("review", 2)
    assert company.keeper.post(f"proposals/{begun}/withdraw").json["state"] == "withdrawn"
    refused(company.keeper.put(at(begun), REVIEW + b" ", 3), 409)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "key"),
        ({"key": "review"}, "title"),
        ({"key": "review", "title": "x", "empty": 1}, "empty"),
        ({"key": "review", "title": "x", "form": 1}, "form"),
        ({"key": "review", "title": "x", "version": "1"}, "version"),
        ({"key": "review", "title": "x", "version": 99}, "version"),
        ({"key": "review", "title": "x", "version": 1, "empty": True}, "version"),
        ({"key": "1", "title": "x"}, "key"),
    ],
)
def test_what_is_wrong_with_a_request_is_named(company: Company, body: dict[str, Any], field: str) -> None:
    assert fields(refused(company.keeper.post("proposals", body), 422)) == [field]


def test_the_same_request_again_makes_no_second_proposal(company: Company) -> None:
    once = {"Idempotency-Key": "proposal-1"}
    made = [company.keeper.post("proposals", json={"key": "review", "title": "x"}, headers=once) for _ in range(2)]
    assert made[0].json["id"] == made[1].json["id"]


def test_a_simulation_takes_whole_numbers_only(company: Company, begun: str) -> None:
    for body, field in (({"runs": "2"}, "runs"), ({"seed": True}, "seed"), ({"runs": 0}, "runs"), ({"x": 1}, "x")):
        assert fields(refused(company.keeper.post(f"proposals/{begun}/simulate", body), 422)) == [field]
