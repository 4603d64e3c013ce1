"""Who may: everybody else gets 403 and learns nothing; what was done once counts once."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.routing import Rule

from engine.actor import OPERATOR
from tests.web.browsers import PDF, Program
from tests.web.company import REQUEST, TEAM, Company, fields, refused

MOVES = [{"token": 1, "element": "request", "how": "after", "to": "request"}]
SECRET = {**REQUEST, "subject": "不可外传的事由"}


def complete(program: Program, task: str, body: Any = None, key: str | None = None) -> Any:
    """Hand in a task."""
    headers = {"Idempotency-Key": key} if key else {}
    return program.post(f"tasks/{task}/complete", json=body or {"data": REQUEST}, headers=headers)


def journal(company: Company, instance: str) -> list[dict[str, Any]]:
    """The entries of an instance."""
    return list(company.owner.get(f"process-instances/{instance}/journal?limit=200").json["items"])


@pytest.fixture
def unchanged(company: Company) -> Iterator[None]:
    """Whatever the test tries, nothing that lasts may change."""
    before = company.stored()
    yield
    assert company.stored() == before


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Bearer gc_wrong", "Basic b3duZXI6eA==", "Bearer \xff 龙"])
def test_without_a_right_token_every_call_is_refused_alike(company: Company, header: str) -> None:
    client = company.app.test_client()
    encoded = header.encode().decode("latin-1")
    for rule, method in calls(company):
        if str(rule).endswith("openapi.json"):
            continue
        answer = client.open(place(rule, {}), method=method, headers={"Authorization": encoded} if header else {})
        refused(answer, 401)
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_session_of_a_browser_opens_nothing_of_the_api(company: Company) -> None:
    refused(company.person("owner").get("/api/v1/tasks"), 401)


def test_an_outsider_sees_no_rows_and_nothing_behind_an_id(company: Company) -> None:
    instance, task = company.begun(**TEAM)
    file = company.owner.post(f"tasks/{task}/attachments", data={"file": (io.BytesIO(PDF), "秘密.pdf")}).json["id"]
    assert complete(company.owner, task, {"data": {**SECRET, "papers": [file]}}).status_code == 200
    outsider, before = company.outsider, company.stored()
    for path in ("tasks", "tasks?candidate=me", "tasks?assignee=me", "tasks?state=open,done", "process-instances"):
        assert outsider.get(path).json == {"items": [], "next": None}, path
    assert outsider.get("process-instances?q=不可外传").json["items"] == []
    assert outsider.get(f"process-instances?parent={instance}").json["items"] == []
    hidden = [f"process-instances/{instance}{rest}" for rest in ("", "/journal", "/documents")]
    hidden += [f"tasks/{task}", f"tasks?instance={instance}", f"attachments/{file}", f"attachments/{file}/content"]
    hidden += ["tasks?assignee=owner"]
    for path in hidden:
        answer = outsider.get(path)
        refused(answer, 403)
        assert "不可外传" not in answer.text and "秘密" not in answer.text and "owner" not in answer.text
    second = company.task(instance)
    for path, body in acts(instance, second):
        answer = outsider.post(path, body)
        refused(answer, 403)
        assert "不可外传" not in answer.text
    upload = outsider.post(f"tasks/{second}/attachments", data={"file": (io.BytesIO(PDF), "a.pdf")})
    refused(upload, 403)
    assert company.stored() == before


def test_a_member_sees_the_rows_of_a_project_but_not_the_form_and_data_of_anothers_task(company: Company) -> None:
    instance, task = company.begun(**TEAM)
    colleague = company.colleague
    assert [row["id"] for row in colleague.get(f"tasks?instance={instance}").json["items"]] == [task]
    assert instance in [row["id"] for row in colleague.get("process-instances?limit=200").json["items"]]
    answer = colleague.get(f"tasks/{task}")
    refused(answer, 403)
    assert "事由" not in answer.text
    refused(colleague.post(f"tasks/{task}/claim", {}), 403)
    refused(complete(colleague, task), 403)
    refused(colleague.post(f"tasks/{task}/attachments", data={"file": (io.BytesIO(PDF), "a.pdf")}), 403)
    refused(colleague.post(f"process-instances/{instance}/cancel", {"reason": "x"}), 403)
    assert complete(company.owner, task).status_code == 200


def test_a_task_that_one_has_claimed_is_closed_to_others_of_the_role(company: Company) -> None:
    _, task = company.begun()
    assert company.owner.post(f"tasks/{task}/claim", {}).status_code == 200
    assert company.owner.post(f"tasks/{task}/claim", {}).status_code == 200
    refused(company.colleague.post(f"tasks/{task}/claim", {}), 409)
    refused(company.colleague.post(f"tasks/{task}/unclaim", {}), 403)
    refused(complete(company.colleague, task), 409)
    assert task not in [row["id"] for row in company.colleague.get("tasks?limit=200").json["items"]]
    assert company.owner.post(f"tasks/{task}/unclaim", {}).status_code == 200
    assert company.colleague.post(f"tasks/{task}/claim", {}).status_code == 200
    refused(complete(company.owner, task), 409)
    assert complete(company.colleague, task).status_code == 200


def test_an_administrator_does_no_tasks(company: Company, unchanged: None) -> None:
    tasks = company.owner.get("tasks?limit=200").json["items"] or [{"id": company.begun()[1]}]
    task = tasks[0]["id"]
    refused(company.admin.post(f"tasks/{task}/claim", {}), 403)
    refused(complete(company.admin, task), 403)
    refused(company.admin.post(f"tasks/{task}/attachments", data={"file": (io.BytesIO(PDF), "a.pdf")}), 403)


def test_an_auditor_reads_everything(company: Company) -> None:
    instance, task = company.begun(**TEAM)
    file = company.owner.post(f"tasks/{task}/attachments", data={"file": (io.BytesIO(PDF), "a.pdf")}).json["id"]
    known = {"id": instance, "key": "web_ask"}
    paths = [f"process-instances/{instance}{rest}" for rest in ("", "/journal", "/documents")]
    paths += [f"tasks/{task}", f"tasks?instance={instance}", f"attachments/{file}", f"attachments/{file}/content"]
    paths += ["process-definitions", "process-definitions/{key}".format(**known), "process-definitions/web_ask/xml"]
    for path in paths:
        answer = company.auditor.get(path)
        assert answer.status_code == 200, path
        answer.close()
    assert company.auditor.get("process-instances").json["items"]


def test_whatever_an_auditor_calls_changes_nothing(company: Company) -> None:
    instance, task = company.begun("waits")
    before = company.stored()
    for rule, method in calls(company):
        path = str(rule)
        # An auditor may walk, verify and draw samples: it changes nothing of others.
        if method == "GET" or path.endswith(("/simulate", "/verify", "/verifications", "/conformity-samples")):
            continue
        known = {"id": task if "/tasks/" in path else instance, "key": "waits"}
        body: dict[str, Any] = {"json": {"data": {}} if path.endswith("complete") else {}}
        if path.endswith(("suspend", "resume", "cancel", "retry", "migrate")):
            body = {"json": {"reason": "x"}}
        elif path.endswith("modify"):
            body = {"json": {"reason": "x", "moves": MOVES}}
        elif path.endswith("settle"):
            body = {"json": {"reason": "x", "result": {}}}
        elif path.endswith("process-instances"):
            body = {"json": {"definition": "waits", "variables": {}, "parent": instance}}
        elif path.endswith("/submit"):
            body = {"json": {"reason": "x", "changes": "x", "effective_on": "2099-01-01"}}
        elif path.endswith("proposals"):
            body = {"json": {"key": "waits", "title": "x"}}
        elif path.endswith("messages"):
            body = {"json": {"name": "major_fault", "payload": {}}}
        elif path.endswith("attachments"):
            body = {"data": {"file": (io.BytesIO(PDF), "a.pdf")}}
        elif path.endswith(("deployments", "simulations")):
            body = {"data": {"files": (io.BytesIO(b"<definitions/>"), "a.bpmn")}}
        answer = company.auditor.client.open(place(rule, known), method=method, headers=company.auditor.headers, **body)
        refused(answer, 403)
    refused(company.auditor.post("process-instances", {"definition": "waits"}), 403)
    assert company.stored() == before


def test_whatever_an_auditor_sends_in_pages_changes_nothing_of_others(company: Company) -> None:
    instance, task = company.begun()
    browser, before = company.person("auditor"), company.stored()
    own = ("/login", "/logout", "/language", "/profile", "/notices", "/l/", "/procedures/<key>/conformity")
    for rule in company.app.url_map.iter_rules():
        if "POST" not in (rule.methods or ()) or str(rule).startswith(("/api/", "/engine-rest/", *own)):
            continue
        known = {"id": task if str(rule).startswith("/tasks") else instance, "key": "web_ask", "name": "owner"}
        path = place(rule, known)
        data = {"reason": "x", "save": "submit", "start": "yes", "subject": "x", "amount": "1", "text": "x"}
        more = {"role": "admin", "display_name": "x", "password": "long enough", "from_user": "owner", "note": "x"}
        answer = browser.send(path, page="/", **{**data, **more, "days": "3", "to_user": "colleague"})
        asked = (200,) if path.endswith("/standing") else ()  # how a start form stands, which anybody may open
        assert answer.status_code in (302, 400, 403, 404, 405, 409, 422, *asked), (path, answer.status_code)
    assert company.stored() == before


def test_a_person_whose_account_is_closed_is_out_at_once(company: Company) -> None:
    engine = company.engine
    engine.create_user(OPERATOR, "leaver", "离职的人", roles=("project_manager",))
    leaver = Program(company.app.test_client(), engine.token_create("leaver"))
    assert Program(company.app.test_client(), engine.token_create("leaver")).get("tasks").status_code == 200
    engine.set_active(OPERATOR, "leaver", False)
    refused(leaver.get("tasks"), 401)


def test_completing_twice_is_a_conflict_and_one_entry(company: Company) -> None:
    instance, task = company.begun()
    assert complete(company.owner, task).status_code == 200
    refused(complete(company.owner, task), 409)
    refused(complete(company.owner, task, {"data": {}}), 409, 422)
    refused(company.owner.post(f"tasks/{task}/claim", {}), 409)
    assert [entry["kind"] for entry in journal(company, instance)].count("completed") == 1


def test_the_same_key_and_body_get_the_same_answer_and_count_once(company: Company) -> None:
    instance, task = company.begun()
    answers = [complete(company.owner, task, key="once-1") for _ in range(3)]
    assert {answer.status_code for answer in answers} == {200} and len({answer.text for answer in answers}) == 1
    assert [entry["kind"] for entry in journal(company, instance)].count("completed") == 1
    told = refused(complete(company.owner, task, {"data": {**REQUEST, "amount": 1}}, key="once-1"), 422)
    assert told["detail"]
    refused(company.owner.post("messages", json={"name": "x"}, headers={"Idempotency-Key": "once-1"}), 422)
    refused(complete(company.colleague, task, key="once-1"), 409)


def test_a_refused_try_leaves_its_key_free(company: Company) -> None:
    _, task = company.begun()
    refused(complete(company.owner, task, {"data": {}}, key="again-1"), 422)
    assert complete(company.owner, task, key="again-1").status_code == 200


def test_starting_and_uploading_again_with_the_same_key_make_one(company: Company) -> None:
    once = {"Idempotency-Key": "start-1"}
    body = {"definition": "web_ask", "business_key": "ONCE"}
    made = [company.owner.post("process-instances", json=body, headers=once) for _ in range(2)]
    assert [answer.status_code for answer in made] == [201, 201] and made[0].json["id"] == made[1].json["id"]
    refused(company.owner.post("process-instances", json={**body, "business_key": "TWO"}, headers=once), 422)
    task = company.task(made[0].json["id"])
    files = []
    for _ in range(2):
        upload = {"file": (io.BytesIO(PDF), "a.pdf")}
        again = company.owner.post(f"tasks/{task}/attachments", data=upload, headers={"Idempotency-Key": "file-1"})
        files.append(again.json["id"])
    assert files[0] == files[1]


def test_an_instance_is_held_let_go_and_ended_only_with_a_reason_and_by_an_administrator(company: Company) -> None:
    instance, task = company.begun()
    path = f"process-instances/{instance}"
    for call in ("suspend", "resume", "cancel"):
        refused(company.owner.post(f"{path}/{call}", {"reason": "x"}), 403)
        assert fields(refused(company.admin.post(f"{path}/{call}", {"reason": " "}), 422)) == ["reason"]
        assert fields(refused(company.admin.post(f"{path}/{call}", {"reason": 1}), 422)) == ["reason"]
    refused(company.admin.post(f"{path}/resume", {"reason": "x"}), 409)
    once = {"Idempotency-Key": "suspend-1"}
    for _ in range(2):
        held = company.admin.post(f"{path}/suspend", json={"reason": "客户停工"}, headers=once)
        assert (held.status_code, held.json["status"]) == (200, "suspended")
    refused(company.admin.post(f"{path}/suspend", {"reason": "x"}), 409)
    refused(complete(company.owner, task), 409)
    refused(company.owner.post(f"tasks/{task}/claim", {}), 409)
    assert company.admin.post(f"{path}/resume", {"reason": "复工"}).json["status"] == "active"
    assert complete(company.owner, task).status_code == 200
    ended = company.admin.post(f"{path}/cancel", {"reason": "合同终止"}).json
    assert ended["status"] == "terminated" and ended["tokens"] == []
    refused(company.admin.post(f"{path}/cancel", {"reason": "x"}), 409)
    reasons = [entry["data"].get("reason") for entry in journal(company, instance)]
    assert [reason for reason in reasons if reason] == ["客户停工", "复工", "合同终止"]


def test_acting_for_an_outside_party_needs_the_right_and_evidence_and_keeps_both_names(company: Company) -> None:
    instance, task = company.begun(**TEAM)
    complete(company.owner, task)
    task = company.task(instance)
    yes: dict[str, Any] = {"data": {"answer": "yes"}}
    assert "evidence" in fields(refused(complete(company.owner, task, {**yes, "on_behalf_of": "customer"}), 422))
    made = company.owner.post(f"tasks/{task}/attachments", data={"file": (io.BytesIO(PDF), "签字.pdf")}).json
    proof = {**yes, "evidence": [made["id"]]}
    refused(complete(company.owner, task, {**proof, "on_behalf_of": "subcontractor"}), 403)
    refused(complete(company.owner, task, {**proof, "on_behalf_of": "nobody"}), 403)
    refused(complete(company.owner, task, proof), 403, 422)
    refused(complete(company.colleague, task, {**proof, "on_behalf_of": "customer"}), 403)
    refused(complete(company.outsider, task, {**proof, "on_behalf_of": "customer"}), 403)
    assert complete(company.owner, task, {**proof, "on_behalf_of": "customer"}).status_code == 200
    last = journal(company, instance)[-1]
    assert (last["actor"], last["on_behalf_of"], last["data"]["evidence"]) == ("owner", "customer", [made["id"]])


def test_whoever_wrote_does_not_check(company: Company) -> None:
    made = company.colleague.post("process-instances", {"definition": "review"}).json["id"]
    (row,) = company.colleague.get(f"tasks?instance={made}").json["items"]
    assert complete(company.colleague, row["id"], {"data": {"text": "x"}}).status_code == 200
    (row,) = company.colleague.get(f"tasks?instance={made}").json["items"]
    refused(complete(company.colleague, row["id"], {"data": {"return_reason": None}}), 403)
    company.engine.create_user(OPERATOR, "checker", "审核的人", roles=("department_qa",))
    checker = Program(company.app.test_client(), company.engine.token_create("checker"))
    assert complete(checker, row["id"], {"data": {"return_reason": None}}).status_code == 200
    assert company.colleague.get(f"process-instances/{made}").json["status"] == "completed"


def test_a_message_reaches_only_what_its_sender_may_see(company: Company) -> None:
    instance, _ = company.begun("waits", **TEAM)
    told = {"name": "major_fault", "payload": {"fault": "x"}}
    refused(company.outsider.post("messages", told), 404)
    answer = company.owner.post("messages", told)
    assert answer.status_code == 200 and instance in answer.json["correlated"]


@pytest.mark.parametrize("path", ["tasks?", "process-instances?", "process-instances/{id}/journal?"])
def test_lists_come_page_by_page_without_gaps_or_doubles(company: Company, path: str) -> None:
    instance, task = company.begun()
    for _ in range(4):
        company.begun()
        company.owner.post(f"tasks/{task}/claim", {})
        company.owner.post(f"tasks/{task}/unclaim", {})
    at = path.format(id=instance)
    found: list[Any] = []
    cursor = ""
    while cursor is not None:
        page = company.owner.get(f"{at}limit=3&cursor={cursor}").json
        assert len(page["items"]) == 3 or page["next"] is None
        found += [row.get("id", row.get("seq")) for row in page["items"]]
        cursor = page["next"]
    whole = [row.get("id", row.get("seq")) for row in company.owner.get(f"{at}limit=200").json["items"]]
    assert len(set(found)) == len(found) > 3 and found[:200] == whole


def acts(instance: str, task: str) -> list[tuple[str, Any]]:
    """Everything that may be done to an instance and its task."""
    operations = ("suspend", "resume", "cancel", "migrate")
    done: list[tuple[str, Any]] = [(f"process-instances/{instance}/{call}", {"reason": "x"}) for call in operations]
    done += [(f"process-instances/{instance}/modify", {"reason": "x", "moves": MOVES})]
    done += [(f"process-instances/{instance}/modify/preview", {})]
    done += [(f"tasks/{task}/{call}", {}) for call in ("claim", "unclaim")]
    yes: dict[str, Any] = {"data": {"answer": "yes"}}
    done += [(f"tasks/{task}/complete", yes)]
    return [*done, (f"tasks/{task}/complete", {**yes, "on_behalf_of": "customer", "evidence": ["x"]})]


def calls(company: Company) -> list[tuple[Rule, str]]:
    """Every route of the API with each of its methods."""
    rules = [rule for rule in company.app.url_map.iter_rules() if str(rule).startswith("/api/v1/")]
    return [(rule, method) for rule in rules for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})]


def place(rule: Rule, known: dict[str, str]) -> str:
    """The address of a rule, its parts filled in."""
    parts = str(rule).split("/")
    return "/".join(known.get(part.strip("<>").rpartition(":")[2], "x") if "<" in part else part for part in parts)
