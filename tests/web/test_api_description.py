"""The API's description is a valid OpenAPI 3.1 document that tells the truth."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from tests.web.company import REQUEST, Company, refused

PARTS = {"schemas", "securitySchemes", "parameters", "responses"}
FILES = ("xml", ".bpmn", ".docx", ".xes", ".pnml", ".zip", ".csv", "{name}")
TYPES = {"string", "integer", "number", "boolean", "array", "object", "null"}


def described(company: Company) -> dict[str, Any]:
    """The document as served to anybody."""
    answer = company.app.test_client().get("/api/v1/openapi.json")
    assert answer.status_code == 200 and answer.content_type == "application/json"
    document: dict[str, Any] = msgspec.json.decode(answer.data)
    return document


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Path, method and operation."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def within(value: Any) -> Iterator[dict[str, Any]]:
    """Every object of the document."""
    if isinstance(value, dict):
        yield value
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from within(one)


def fits(document: dict[str, Any], schema: dict[str, Any], value: Any, at: str = "") -> None:
    """Fails where a value is not what the schema says."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if "enum" in schema:
        assert value in schema["enum"], at
    kinds = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer", float: "number"}
    kind = "null" if value is None else kinds[type(value)]
    wanted = schema.get("type", kind)
    assert kind in ([wanted] if isinstance(wanted, str) else wanted), (at, kind, wanted)
    if isinstance(value, dict):
        assert set(schema.get("required", ())) <= set(value), at
        for name, inner in schema.get("properties", {}).items():
            if name in value:
                fits(document, inner, value[name], f"{at}.{name}")
    if isinstance(value, list):
        for one in value:
            fits(document, schema.get("items", {}), one, f"{at}[]")


def test_the_document_is_whole_and_every_reference_leads_somewhere(company: Company) -> None:
    document = described(company)
    assert re.fullmatch(r"3\.1\.\d+", document["openapi"])
    assert set(document["info"]) >= {"title", "version"} and set(document["components"]) <= PARTS
    for thing in within(document):
        if isinstance(thing.get("$ref"), str):
            assert thing["$ref"].rpartition("/")[2] in document["components"]["schemas"]
        kinds = thing.get("type", [])
        if not isinstance(kinds, dict):  # a property that is called "type"
            assert set([kinds] if isinstance(kinds, str) else kinds) <= {*TYPES, "http"}
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(set(names)) == len(names)
    for security in document["security"]:
        assert set(security) <= set(document["components"]["securitySchemes"])


def test_every_operation_tells_its_parameters_its_answers_and_its_refusals(company: Company) -> None:
    for path, method, operation in operations(described(company)):
        placed = {one["name"] for one in operation["parameters"] if one["in"] == "path"}
        assert placed == set(re.findall(r"{(\w+)}", path)), path
        assert all(one["required"] for one in operation["parameters"] if one["in"] == "path")
        assert any(status.startswith("2") for status in operation["responses"]), path
        assert all(answer["description"] for answer in operation["responses"].values())
        for status in ("401", "403", "404", "422"):
            assert "application/problem+json" in operation["responses"][status]["content"], (path, status)
        if method == "post":
            assert "Idempotency-Key" in {one["name"] for one in operation["parameters"]}, path


def test_every_route_with_its_methods_is_named_and_nothing_else(company: Company) -> None:
    told = {(path, method) for path, method, _ in operations(described(company))}
    served = set()
    for rule in company.app.url_map.iter_rules():
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(rule))
        if path.startswith("/api/v1/") and not path.endswith("openapi.json"):
            methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
            served |= {(path.removeprefix("/api/v1"), method.lower()) for method in methods}
    assert told == served


def test_answers_are_what_the_document_says(company: Company) -> None:
    document = described(company)
    instance, task = company.begun()
    known = {"id": task, "key": "web_ask", "element": "request", "entry": 2}
    proposal = company.keeper.post("proposals", {"key": "web_ask", "title": "改"}).json["id"]
    company.owner.post(f"tasks/{task}/complete", {"data": REQUEST})
    verification = company.auditor.post(f"process-instances/{instance}/verify", {}).json["id"]
    sample = company.auditor.post("conformity-samples", {"definition": "web_ask", "size": 1, "to": "2099-01-01"}).json
    for path, method, operation in operations(document):
        files = path.startswith(("/documents", "/attachments")) or path.endswith(FILES)
        if method != "get" or files:
            continue
        given = {**known, "id": instance} if "instances" in path else known
        given = {**known, "id": proposal} if "proposals" in path else given
        given = {**known, "id": verification} if "verifications" in path else given
        given = {**known, "id": sample["id"]} if "samples" in path else given
        closed = ("/incidents", "/proposals", "/audit-log", "/verifications", "/conformity-samples")
        auditors = path.startswith(closed) or path.endswith(("/conformity", ".ocel.json"))
        reader = company.auditor if auditors else company.owner
        answer = reader.get(path.removeprefix("/").format(**given))
        assert answer.status_code == 200, path
        fits(document, operation["responses"]["200"]["content"]["application/json"]["schema"], answer.json, path)
    problem = refused(company.owner.post("process-instances", {"definition": 1}), 422)
    fits(document, document["components"]["schemas"]["Problem"], problem)


def test_a_method_that_a_route_does_not_have_and_a_route_that_is_not_there_are_problems(company: Company) -> None:
    refused(company.owner.client.delete("/api/v1/tasks", headers=company.owner.headers), 405)
    refused(company.owner.client.put("/api/v1/process-instances", headers=company.owner.headers), 405)
    refused(company.owner.get("nowhere"), 404)
    refused(company.owner.get("tasks/"), 404)


def test_whether_the_house_lives_is_told_without_a_token_and_without_names(company: Company) -> None:
    client = company.app.test_client()
    assert client.get("/healthz/live").json == {"status": "live"}
    assert client.get("/healthz/ready").json == {"status": "ready"}
    assert set(client.get("/version").json or ()) == {"name", "version"}
    client.get("/api/v1/tasks")
    metrics = client.get("/metrics")
    assert metrics.content_type.startswith("text/plain") and 'guicheng_http_answers_total{status="401"}' in metrics.text
    assert "owner" not in metrics.text


def test_the_api_never_lets_an_answer_be_kept_or_guessed(company: Company) -> None:
    answer = company.owner.get("tasks")
    assert answer.headers["Cache-Control"] == "no-store" and answer.headers["X-Content-Type-Options"] == "nosniff"


def test_every_form_of_a_page_needs_the_pages_token(company: Company) -> None:
    browser, before = company.person("owner"), company.stored()
    for rule in company.app.url_map.iter_rules():
        if "POST" not in (rule.methods or ()) or str(rule).startswith(("/api/", "/engine-rest/")):
            continue
        path = re.sub(r"<any\((\w+).*?>", r"\1", str(rule))
        answer = browser.client.post(re.sub(r"<[^>]+>", "x", path), data={"reason": "x"})
        assert answer.status_code == 400, (path, answer.status_code)
    assert company.stored() == before
    assert browser.get("/inbox").status_code == 200


def test_no_page_runs_a_script_that_is_not_a_file_of_this_server(company: Company) -> None:
    browser = company.person("owner")
    instance, task = company.begun()
    for path in ("/", "/inbox", f"/tasks/{task}", f"/projects/{instance}", "/procedures/web_ask", "/nowhere"):
        answer = browser.get(path)
        policy = dict(part.strip().split(" ", 1) for part in answer.headers["Content-Security-Policy"].split(";"))
        assert "unsafe-inline" not in policy["script-src"] and policy["default-src"] == "'self'"
        assert "object-src" in policy and policy["base-uri"] == "'none'"
        assert not re.search(r"<script(?![^>]* (?:src=|type=\"application/json\"))", answer.text), path
        assert not re.search(r"<[^>]+\son\w+=|javascript:", answer.text), path


def test_the_session_cookie_stays_with_this_site_and_away_from_scripts(company: Company) -> None:
    browser = company.person("owner")
    cookie = browser.client.get_cookie("guicheng")
    assert cookie is not None and cookie.http_only and cookie.same_site == "Lax" and cookie.path == "/"
    browser.send("/logout", page="/profile")
    assert browser.get("/inbox").status_code == 302
