"""What programs get from the API, and what they are refused."""

from __future__ import annotations

import io
from typing import Any

import pytest

from tests.engine.house import DIAGRAMS
from tests.web.browsers import PDF, Program
from tests.web.conftest import DIAGRAMS as DRAWN
from tests.web.conftest import House

REQUEST = {"subject": "备件", "amount": 120050, "urgent": False, "items": [{"item": "硬盘", "count": 2}]}


def begun(manager: Program) -> tuple[str, str]:
    """A started instance and its open task."""
    made = manager.post("process-instances", {"definition": "web_ask", "business_key": "A-1", "variables": {}})
    assert made.status_code == 201, made.text
    (task,) = manager.get(f"tasks?instance={made.get_json()['id']}").get_json()["items"]
    return made.get_json()["id"], task["id"]


def test_a_program_carries_an_instance_from_start_to_end(house: House) -> None:
    manager = house.api("manager")
    instance, task = begun(manager)
    whole = manager.get(f"tasks/{task}").get_json()
    assert whole["form"]["id"] == "web_request" and whole["element"] == "request"
    assert manager.post(f"tasks/{task}/claim", {}).status_code == 200
    assert manager.post(f"tasks/{task}/complete", {"data": REQUEST}).status_code == 200
    (task,) = [row["id"] for row in manager.get(f"tasks?instance={instance}").get_json()["items"]]
    file = manager.post(f"tasks/{task}/attachments", data={"file": (io.BytesIO(PDF), "proof.pdf")})
    assert file.status_code == 201
    done = {"data": {"answer": "yes"}, "on_behalf_of": "customer", "evidence": [file.get_json()["id"]]}
    assert manager.post(f"tasks/{task}/complete", done).status_code == 200
    seen = manager.get(f"process-instances/{instance}").get_json()
    assert (seen["status"], seen["end"], seen["variables"]["answer"]) == ("completed", "end", "yes")
    entries = manager.get(f"process-instances/{instance}/journal").get_json()["items"]
    assert [entry["seq"] for entry in entries] == list(range(entries[0]["seq"], entries[0]["seq"] + len(entries)))
    assert entries[-1]["on_behalf_of"] == "customer" and entries[-1]["at"].endswith("Z")


def test_whoever_has_no_token_is_asked_for_one(house: House) -> None:
    answer = house.app.test_client().get("/api/v1/tasks")
    assert (answer.status_code, answer.content_type) == (401, "application/problem+json")
    assert house.app.test_client().get("/api/v1/tasks", headers={"Authorization": "Bearer gc_x"}).status_code == 401


def test_the_api_is_described(house: House) -> None:
    described = house.app.test_client().get("/api/v1/openapi.json").get_json()
    assert described["openapi"] == "3.1.0"
    served = {str(rule) for rule in house.app.url_map.iter_rules() if str(rule).startswith("/api/v1/")}
    told = {"/api/v1" + path.replace("{", "<").replace("}", ">") for path in described["paths"]}
    assert served - told == {"/api/v1/openapi.json"}


def test_an_outsider_sees_nothing_of_a_project(house: House) -> None:
    instance, task = begun(house.api("manager"))
    outsider = house.api("outsider")
    for path in (f"tasks/{task}", f"process-instances/{instance}", f"process-instances/{instance}/journal"):
        answer = outsider.get(path)
        assert answer.status_code == 403 and "备件" not in answer.text
    assert outsider.post(f"tasks/{task}/complete", {"data": REQUEST}).status_code == 403
    assert outsider.post(f"tasks/{task}/claim", {}).status_code == 403


def test_a_task_claimed_by_another_or_done_is_a_conflict(house: House) -> None:
    manager, colleague = house.api("manager"), house.api("colleague")
    _, task = begun(manager)
    manager.post(f"tasks/{task}/claim", {})
    assert colleague.post(f"tasks/{task}/claim", {}).status_code in (403, 409)
    assert manager.post(f"tasks/{task}/complete", {"data": REQUEST}).status_code == 200
    assert manager.post(f"tasks/{task}/complete", {"data": REQUEST}).status_code == 409


def test_the_same_key_has_one_effect_and_another_body_is_refused(house: House) -> None:
    manager = house.api("manager")
    _, task = begun(manager)
    once = {"Idempotency-Key": "k-1"}
    first = manager.post(f"tasks/{task}/complete", json={"data": REQUEST}, headers=once)
    again = manager.post(f"tasks/{task}/complete", json={"data": REQUEST}, headers=once)
    assert first.status_code == again.status_code == 200 and first.get_json() == again.get_json()
    other = manager.post(f"tasks/{task}/complete", json={"data": {**REQUEST, "amount": 1}}, headers=once)
    assert other.status_code == 422


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"data": {**REQUEST, "subject": ""}}, "subject"),
        ({"data": {**REQUEST, "amount": "many"}}, "amount"),
        ({"data": {**REQUEST, "nobody": 1}}, "nobody"),
        ({"data": {**REQUEST, "items": [{"item": ""}, {"count": 3}]}}, "items[1].item"),
        ({"data": []}, "data"),
        ({"dat": {}}, "dat"),
        ({"data": REQUEST, "evidence": [1]}, "evidence"),
    ],
)
def test_bad_answers_are_told_by_field(house: House, body: Any, field: str) -> None:
    manager = house.api("manager")
    _, task = begun(manager)
    answer = manager.post(f"tasks/{task}/complete", body)
    assert answer.status_code == 422 and field in [error["field"] for error in answer.get_json()["errors"]]
    assert manager.get(f"tasks/{task}").get_json()["state"] == "open"


def test_what_is_no_json_or_too_big_is_refused_and_the_server_goes_on(house: House) -> None:
    manager = house.api("manager")
    _, task = begun(manager)
    to = f"tasks/{task}/complete"
    assert manager.post(to, data=b"{", content_type="application/json").status_code == 400
    assert manager.post(to, data=b"a=1", content_type="application/x-www-form-urlencoded").status_code == 415
    assert manager.post(to, data=b"[]", content_type="application/json").status_code == 422
    assert manager.post(to, data=b"x" * 500_000, content_type="application/json").status_code == 413
    large = manager.post(f"tasks/{task}/attachments", data={"file": (io.BytesIO(PDF + b" " * 300_000), "a.pdf")})
    assert large.status_code == 413
    assert manager.post(f"tasks/{task}/attachments", data={"file": (io.BytesIO(b"MZ"), "a.exe")}).status_code == 422
    assert manager.get("tasks?limit=0").status_code == 422
    assert manager.get("tasks?limit=201").status_code == 422
    assert manager.get("nowhere").status_code == 404
    assert manager.post(to, {"data": REQUEST}).status_code == 200


def test_a_diagram_that_does_not_parse_is_refused_with_findings(house: House) -> None:
    boss = house.api("boss")
    files = {"files": (io.BytesIO(b"<definitions"), "broken.bpmn")}
    answer = boss.post("deployments", data=files)
    assert answer.status_code == 422 and answer.get_json()["findings"][0]["file"] == "broken.bpmn"
    assert house.api("manager").post("deployments", data={"files": (io.BytesIO(b"x"), "a.bpmn")}).status_code == 403


def test_a_draft_is_walked_before_it_is_released(house: House) -> None:
    def sent(**more: str) -> dict[str, Any]:
        return {"files": (io.BytesIO((DIAGRAMS / "waits.bpmn").read_bytes()), "waits.bpmn"), **more}

    boss = house.api("boss")
    answer = boss.post("simulations", data=sent(runs="3", answers='{"a": 1}'))
    (one,) = answer.get_json()["simulations"]
    assert answer.status_code == 200 and one["process"] == "waits" and one["runs"] == 3
    assert boss.post("simulations", data=sent(answers="[]")).status_code == 422
    assert boss.post("simulations", data=sent(runs="many")).status_code == 422
    assert house.api("manager").post("simulations", data=sent()).status_code == 403


def test_a_deployment_sent_twice_with_one_key_is_one_deployment(house: House) -> None:
    boss, once = house.api("boss"), {"Idempotency-Key": "d-1"}
    drawn = (DIAGRAMS / "turns.bpmn").read_bytes()

    def sent(content: bytes, name: str = "turns.bpmn", key: dict[str, str] = once) -> Any:
        return boss.post("deployments", data={"files": (io.BytesIO(content), name)}, headers=key)

    first, again = sent(drawn), sent(drawn)
    assert first.status_code == again.status_code == 201 and first.get_json() == again.get_json()
    for other in (sent(drawn.replace(b'name="turn"', b'name="another"')), sent(drawn, "another.bpmn")):
        assert other.status_code == 422 and other.content_type == "application/problem+json"
    assert sent(drawn, key={"Idempotency-Key": "d-2"}).get_json()["id"] != first.get_json()["id"]


def test_a_condition_on_a_field_of_another_type_is_refused_with_file_element_and_line(house: House) -> None:
    drawn = (DRAWN / "web_trip.bpmn").read_text(encoding="utf-8")
    gateway = '<exclusiveGateway id="trip_g" default="trip_2"/><sequenceFlow id="trip_0" sourceRef="trip_say" '
    gateway += 'targetRef="trip_g"/><sequenceFlow id="trip_3" sourceRef="trip_g" targetRef="trip_s2">'
    gateway += '<conditionExpression>=days = "3"</conditionExpression></sequenceFlow><endEvent id="trip_s2"/></process>'
    drawn = drawn.replace('sourceRef="trip_say"', 'sourceRef="trip_g"').replace("</process>", gateway)
    answer = house.api("boss").post("deployments", data={"files": (io.BytesIO(drawn.encode()), "trip.bpmn")})
    assert answer.status_code == 422
    (found,) = [one for one in answer.get_json()["findings"] if one["severity"] == "error"]
    assert (found["rule"], found["element"], found["file"]) == ("unlike-types", "trip_g", "trip.bpmn")
    assert found["line"] and "“days”是数字，“3”是文字" in found["message"]


def test_a_message_that_nobody_waits_for_is_not_found(house: House) -> None:
    answer = house.api("manager").post("messages", {"name": "major_fault", "business_key": "none", "payload": {}})
    assert answer.status_code == 404


def test_an_english_program_reads_english(house: House) -> None:
    manager = house.api("manager")
    answer = manager.client.get("/api/v1/tasks/none", headers={**manager.headers, "Accept-Language": "en"})
    assert answer.get_json()["title"] == "Not found"
