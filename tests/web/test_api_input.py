"""Bad input gets a 4xx that says where and why; the server goes on and nothing is stored."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest

from engine import paging
from tests.bpmn.draw import simple
from tests.web.browsers import PDF
from tests.web.company import REQUEST, Company, fields, refused

HUGE = "1" + "0" * 400
DEEP = "[" * 100 + "]" * 100
BOTTOMLESS = "[" * 200_000 + "]" * 200_000
FIFTY = b" " * (50 * 1024 * 1024)
NO_JSON = ["", "{", "nothing", '{"data": NaN}', '{"data": {"amount": Infinity}}', '{"data": -Infinity}', "\ufeff{}"]
NO_JSON += ['{"data": 1e400}', '{"data": "\\ud800"}', '{"data": {"a": 1}} more', BOTTOMLESS]


@pytest.fixture
def task(company: Company) -> Iterator[str]:
    """An open task of the owner's that is as it was when the test is over, and can still be done."""
    _, task = company.begun()
    before = company.stored()
    yield task
    assert company.stored() == before
    assert company.owner.post(f"tasks/{task}/complete", {"data": REQUEST}).status_code == 200


@pytest.mark.parametrize("raw", NO_JSON)
@pytest.mark.parametrize("path", ["tasks/{task}/complete", "process-instances", "messages"])
def test_what_is_no_json_is_refused(company: Company, task: str, path: str, raw: str) -> None:
    answer = company.owner.post(path.format(task=task), data=raw.encode(), content_type="application/json")
    refused(answer, 400)


@pytest.mark.parametrize("raw", [b"\xff\xfe", b'{"data": "\xed\xa0\x80"}', b"\x00", b'{"\xc3": 1}'])
def test_bytes_that_are_no_text_are_refused(company: Company, task: str, raw: bytes) -> None:
    refused(company.owner.post(f"tasks/{task}/complete", data=raw, content_type="application/json"), 400)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "", "§", "*/*"])
def test_another_media_type_is_refused(company: Company, task: str, kind: str) -> None:
    refused(company.owner.post(f"tasks/{task}/complete", data=b'{"data": {}}', content_type=kind), 415)


@pytest.mark.parametrize("body", [[], "text", 1, None, True])
def test_what_is_no_object_is_refused(company: Company, task: str, body: Any) -> None:
    raw = json.dumps(body).encode()
    refused(company.owner.post(f"tasks/{task}/complete", data=raw, content_type="application/json"), 422)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"data": "text"}, "data"),
        ({"data": [REQUEST]}, "data"),
        ({"data": {}}, "subject"),
        ({}, "subject"),
        ({"data": {**REQUEST, "subject": None}}, "subject"),
        ({"data": {**REQUEST, "subject": "   "}}, "subject"),
        ({"data": {**REQUEST, "subject": 7}}, "subject"),
        ({"data": {**REQUEST, "subject": ["a"]}}, "subject"),
        ({"data": {**REQUEST, "subject": "长" * 41}}, "subject"),
        ({"data": {**REQUEST, "amount": "1,200"}}, "amount"),
        ({"data": {**REQUEST, "amount": True}}, "amount"),
        ({"data": {**REQUEST, "amount": -1}}, "amount"),
        ({"data": {**REQUEST, "amount": 10**400}}, "amount"),
        ({"data": {**REQUEST, "amount": 10**16}}, "amount"),
        ({"data": {**REQUEST, "amount": {}}}, "amount"),
        ({"data": {**REQUEST, "urgent": "yes"}}, "urgent"),
        ({"data": {**REQUEST, "items": "硬盘"}}, "items"),
        ({"data": {**REQUEST, "items": [1]}}, "items[0]"),
        ({"data": {**REQUEST, "items": [{"item": "a", "count": "two"}]}}, "items[0].count"),
        ({"data": {**REQUEST, "items": [{"item": "a", "colour": "red"}]}}, "items[0].colour"),
        ({"data": {**REQUEST, "papers": ["unknown"]}}, "papers"),
        ({"data": {**REQUEST, "papers": "unknown"}}, "papers"),
        ({"data": {**REQUEST, "papers": [{}]}}, "papers"),
        ({"data": {**REQUEST, "instance_id": "x"}}, "instance_id"),
        ({"data": {**REQUEST, "团队": 1}}, "团队"),
        ({"data": {**REQUEST, "": 1}}, ""),
        ({"data": REQUEST, "evidence": "x"}, "evidence"),
        ({"data": REQUEST, "evidence": [1]}, "evidence"),
        ({"data": REQUEST, "evidence": ["unknown"]}, "evidence"),
        ({"data": REQUEST, "on_behalf_of": 1}, "on_behalf_of"),
        ({"data": REQUEST, "on_behalf_of": "x" * 5000}, "on_behalf_of"),
        ({"data": REQUEST, "sudo": True}, "sudo"),
    ],
)
def test_a_wrong_answer_is_told_by_its_field(company: Company, task: str, body: Any, field: str) -> None:
    assert field in fields(refused(company.owner.post(f"tasks/{task}/complete", body), 422))


@pytest.mark.parametrize("text", ["\x00", "a\x00b", "\x1b[31m", "\ufffe", "a\x0bb"])
def test_letters_that_no_document_can_hold_are_refused(company: Company, task: str, text: str) -> None:
    answer = company.owner.post(f"tasks/{task}/complete", {"data": {**REQUEST, "subject": text}})
    assert fields(refused(answer, 422)) == ["subject"]


@pytest.mark.parametrize(
    "text", ["𠮷野家", "👩‍👩‍👧", "e\u0301", "\u202eoff", "<b>&x;", "{{ 7 * 7 }}", "' OR 1=1 --", "a\tb"]
)
def test_odd_letters_are_kept_as_they_are(company: Company, text: str) -> None:
    instance, task = company.begun()
    answer = company.owner.post(f"tasks/{task}/complete", {"data": {**REQUEST, "subject": text}})
    assert answer.status_code == 200, answer.text
    assert company.owner.get(f"process-instances/{instance}").json["variables"]["subject"] == text


@pytest.mark.parametrize("raw", [DEEP, "[" * 60 + "]" * 60, '{"a":' * 300 + "1" + "}" * 300])
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("tasks/{task}/complete", '{"data": {"subject": %s}}'),
        ("process-instances", '{"definition": "web_ask", "variables": {"a": %s}}'),
        ("messages", '{"name": "major_fault", "payload": {"a": %s}}'),
    ],
)
def test_what_is_nested_too_deep_is_refused(company: Company, task: str, path: str, body: str, raw: str) -> None:
    sent = (body % raw).encode()
    refused(company.owner.post(path.format(task=task), data=sent, content_type="application/json"), 400, 422)


@pytest.mark.parametrize("value", [HUGE, "9007199254740993", "18446744073709551616", "-" + HUGE, "1e16"])
def test_numbers_that_nobody_can_keep_are_refused_where_no_form_asks(company: Company, task: str, value: str) -> None:
    for path, body in (
        ("process-instances", '{"definition": "web_ask", "variables": {"a": %s}}'),
        ("process-instances", '{"definition": "web_ask", "variables": {"a": [{"b": %s}]}}'),
        ("messages", '{"name": "major_fault", "payload": {"a": %s}}'),
    ):
        refused(company.owner.post(path, data=(body % value).encode(), content_type="application/json"), 400, 422)


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({}, 422, "definition"),
        ({"definition": ""}, 422, "definition"),
        ({"definition": 1}, 422, "definition"),
        ({"definition": "unknown"}, 404, None),
        ({"definition": "../../etc/passwd"}, 404, None),
        ({"definition": "web_ask\u0000"}, 422, "definition"),
        ({"definition": "web_ask", "business_key": "a\u0000"}, 422, "business_key"),
        ({"definition": "web_ask", "variables": {"a": [{"b": "\u0000"}]}}, 422, "a[0].b"),
        ({"definition": "web_ask", "variables": {"a\u0000": 1}}, 422, "a\u0000"),
        ({"definition": "web_ask", "variables": []}, 422, "variables"),
        ({"definition": "web_ask", "business_key": 1}, 422, "business_key"),
        ({"definition": "web_ask", "business_key": ""}, 422, "business_key"),
        ({"definition": "web_ask", "business_key": "x" * 201}, 422, "business_key"),
        ({"definition": "web_ask", "parent": "unknown"}, 404, None),
        ({"definition": "web_ask", "parent": {}}, 422, "parent"),
        ({"definition": "web_ask", "key": "x"}, 422, "key"),
        ({"definition": "web_ask", "variables": {"team_project_manager": ["outsider"]}}, 422, None),
        ({"definition": "web_ask", "variables": {"team_project_manager": 5}}, 422, None),
        ({"definition": "web_ask", "variables": {"team_project_manager": [{"a": 1}]}}, 422, None),
        ({"definition": "web_ask", "variables": {"team_nobody": ["owner"]}}, 422, None),
    ],
)
def test_a_start_that_is_not_right_is_refused(
    company: Company, task: str, body: Any, status: int, field: str | None
) -> None:
    told = refused(company.owner.post("process-instances", body), status)
    assert field is None or field in fields(told)


@pytest.mark.parametrize(
    "body", [{}, {"name": ""}, {"name": 1}, {"name": "m", "payload": []}, {"name": "m", "business_key": 5}, {"x": 1}]
)
def test_a_message_that_is_not_right_is_refused(company: Company, task: str, body: Any) -> None:
    assert fields(refused(company.owner.post("messages", body), 422))


@pytest.mark.parametrize("path", ["tasks/{task}/complete", "process-instances", "messages", "tasks/{task}/attachments"])
@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x"])
def test_a_body_of_fifty_megabytes_is_refused(company: Company, task: str, path: str, kind: str) -> None:
    refused(company.owner.post(path.format(task=task), data=FIFTY, content_type=kind), 413, 415)


def test_an_answer_of_more_than_a_megabyte_is_refused(company: Company, task: str) -> None:
    body = {"definition": "web_ask", "variables": {"text": "x" * 1_100_000}}
    assert fields(refused(company.owner.post("process-instances", body), 422)) == ["variables"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.exe", b"MZ"),
        ("a.pdf", b"no pdf"),
        ("a.pdf", b""),
        ("a.docx", b"PK\x03\x04 no zip"),
        ("", PDF),
        ("a" * 300 + ".pdf.html", PDF),
        ("a.pdf\u202e", PDF),
        (".pdf", b"<script>"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused(company: Company, task: str, name: str, content: bytes) -> None:
    answer = company.owner.post(f"tasks/{task}/attachments", data={"file": (io.BytesIO(content), name)})
    refused(answer, 422)


def test_an_upload_without_its_file_is_refused(company: Company, task: str) -> None:
    to = f"tasks/{task}/attachments"
    assert fields(refused(company.owner.post(to, data={"other": (io.BytesIO(PDF), "a.pdf")}), 422)) == ["file"]
    refused(company.owner.post(to, {"file": "a.pdf"}), 415, 422)
    refused(company.owner.post(to, data=b"no parts", content_type="multipart/form-data; boundary=x"), 400, 422)
    refused(company.owner.post(to, data=b"x", content_type="multipart/form-data"), 400, 422)


def test_anothers_attachment_is_refused_as_paper_and_as_evidence(company: Company) -> None:
    _, elsewhere = company.begun()
    _, here = company.begun()
    made = company.owner.post(f"tasks/{elsewhere}/attachments", data={"file": (io.BytesIO(PDF), "a.pdf")})
    body: dict[str, Any] = {"data": {**REQUEST, "papers": [made.json["id"]]}}
    assert fields(refused(company.owner.post(f"tasks/{here}/complete", body), 422)) == ["papers"]
    body = {"data": REQUEST, "evidence": [made.json["id"]]}
    assert fields(refused(company.owner.post(f"tasks/{here}/complete", body), 422)) == ["evidence"]
    assert company.owner.post(f"tasks/{here}/complete", {"data": REQUEST}).status_code == 200


BROKEN = {
    "empty": b"",
    "no xml": b"no xml",
    "cut off": b"<definitions",
    "no bpmn": b"<html/>",
    "no process": b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>',
    "entities": b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    "a bomb": b'<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>',
    "bytes": bytes(range(256)),
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN.keys())
def test_a_file_that_does_not_parse_is_refused_with_findings(company: Company, task: str, content: bytes) -> None:
    shape = {"severity", "rule", "file", "element", "line", "message"}
    for name in ("a.bpmn", "a.dmn", "a.form", "a.docx", "a.exe", "..%2fa.bpmn", "名\u0007.bpmn"):
        told = refused(company.admin.post("deployments", data={"files": (io.BytesIO(content), name)}), 422)
        assert told["findings"] and all(set(finding) == shape for finding in told["findings"]), name


def test_a_deployment_without_files_is_refused(company: Company, task: str) -> None:
    assert fields(refused(company.admin.post("deployments", data={"file": (io.BytesIO(b"x"), "a.bpmn")}), 422))
    refused(company.admin.post("deployments", {"files": []}), 415)


def test_a_bound_of_a_field_is_told_in_the_language_of_the_program(company: Company) -> None:
    given = {"files": (io.BytesIO(simple().content), "p.bpmn"), "runs": "201"}
    answer = company.keeper.post("simulations", data=given, headers={"Accept-Language": "en"})
    assert refused(answer, 422)["errors"] == [{"field": "runs", "message": "Must be 1 to 200"}]


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=-1", "limit=a", "limit=", "limit=1e2", "limit=٣"])
@pytest.mark.parametrize("path", ["tasks", "process-instances", "process-instances/{id}/journal"])
def test_a_limit_out_of_bounds_is_refused(company: Company, path: str, query: str) -> None:
    instance, _ = company.begun()
    assert fields(refused(company.owner.get(f"{path.format(id=instance)}?{query}"), 422)) == ["limit"]


def test_a_cursor_that_no_page_gave_is_refused(company: Company) -> None:
    positions: list[list[Any]] = [["a", {}], [{}, []], [10**30, "a"], [None, None], [[]]]
    forged = [paging.write(*one) for one in positions]
    instance, _ = company.begun()
    paths = ("tasks?", "tasks?candidate=me&", "tasks?state=done&assignee=me&", "process-instances?")
    for path in (*paths, f"process-instances/{instance}/journal?"):
        for cursor in ("x", "a.b", "%00", "..", "[]", "ImEi", *forged):
            told = refused(company.owner.get(f"{path}cursor={cursor}"), 422)
            assert fields(told) == ["cursor"], (path, cursor)


@pytest.mark.parametrize("id", ["none", "%00", "'", "..", "💥", "a" * 3000, "%ED%A0%80"])
def test_an_unknown_id_is_not_found(company: Company, task: str, id: str) -> None:
    owner = company.owner
    for kind, calls in {
        "tasks": ("claim", "unclaim", "complete"),
        "process-instances": ("suspend", "resume", "cancel"),
    }.items():
        refused(owner.get(f"{kind}/{id}"), 404)
        for call in calls:
            body: dict[str, Any] = {"data": {}} if call == "complete" else {"reason": "x"} if kind != "tasks" else {}
            refused(owner.post(f"{kind}/{id}/{call}", body), 404)
    upload = {"file": (io.BytesIO(PDF), "a.pdf")}
    refused(owner.post(f"tasks/{id}/attachments", data=upload), 404)
    for path in ("documents/{}", "documents/{}/content", "attachments/{}", "attachments/{}/content"):
        refused(owner.get(path.format(id)), 404)
    for path in ("process-instances/{}/journal", "process-instances/{}/documents", "process-definitions/{}"):
        refused(owner.get(path.format(id)), 404)
    refused(owner.get(f"process-definitions/{id}/xml"), 404)
    refused(owner.get(f"tasks?instance={id}"), 422 if id == "%00" else 404)


def test_bad_queries_are_refused(company: Company) -> None:
    assert fields(refused(company.owner.get("tasks?state=closed"), 422)) == ["state"]
    assert fields(refused(company.owner.get("process-instances?status=gone"), 422)) == ["status"]
    for version in ("x", "-1", "1.5", "", "9" * 30):
        refused(company.owner.get(f"process-definitions/web_ask?version={version}"), 422)
    refused(company.owner.get("process-definitions/web_ask?version=99"), 404)
    refused(company.owner.get("process-definitions/web_ask/xml?process=none"), 404)


def test_a_key_too_long_or_empty_is_refused_wherever_one_may_stand(company: Company, task: str) -> None:
    instance = company.owner.get(f"tasks/{task}").json["instance"]
    calls: list[tuple[str, dict[str, Any]]]
    calls = [(f"tasks/{task}/{call}", {}) for call in ("claim", "unclaim", "complete")]
    calls += [(f"process-instances/{instance}/{call}", {"reason": "x"}) for call in ("suspend", "resume", "cancel")]
    calls += [("process-instances", {"definition": "web_ask"}), ("messages", {"name": "x"})]
    for path, body in calls:
        for key in ("", "x" * 201):
            answer = company.admin.post(path, json=body, headers={"Idempotency-Key": key})
            assert fields(refused(answer, 422)) == ["Idempotency-Key"], path
