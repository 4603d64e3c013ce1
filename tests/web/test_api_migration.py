"""Programs rehearse and migrate running instances, and move what is stuck."""

from __future__ import annotations

from typing import Any

import pytest

from engine.actor import OPERATOR
from tests.web.company import fields, refused
from tests.web.moving import MAPPING, Moving


def test_a_rehearsal_says_of_each_running_instance_whether_it_can_be_moved(moving: Moving) -> None:
    before = moving.read_tables()
    early, late = moving.rehearsed().json["items"]
    place = {"token": early["before"][0]["token"], "element": "write", "name": "write", "path": ""}
    assert early == {
        **{"instance": moving.early, "business_key": "early", "title": "early", "version": 1, "can": True},
        **{"before": [place], "after": [place], "obstacles": []},
    }
    assert (late["can"], late["after"]) == (False, [])
    reason = "在新版本中不存在，请指定由哪个环节接续"
    assert late["obstacles"] == [{"element": "check", "name": "check", "reason": reason}]
    _, late = moving.rehearsed({"version": 2, "mapping": MAPPING}).json["items"]
    assert (late["can"], [place["name"] for place in late["after"]]) == (True, ["评审"])
    assert moving.read_tables() == before


def test_a_rehearsal_comes_page_by_page_and_in_the_readers_language(moving: Moving) -> None:
    first = moving.rehearsed(query="?limit=1").json
    second = moving.rehearsed(query=f"?limit=1&cursor={first['next']}", **{"Accept-Language": "en"}).json
    assert (first["items"][0]["instance"], second["items"][0]["instance"]) == (moving.early, moving.late)
    assert second["next"] is None and "new version" in second["items"][0]["obstacles"][0]["reason"]


def test_who_owns_no_procedure_rehearses_and_migrates_nothing(moving: Moving) -> None:
    before = moving.read_tables()
    for name in ("owner", "colleague", "outsider", "auditor"):
        refused(moving.rehearsed(by=name), 403)
        refused(moving.api[name].post(f"process-instances/{moving.early}/migrate", {"reason": "我要"}), 403)
    for name in ("owner", "colleague", "outsider", "auditor", "keeper"):
        path = f"process-instances/{moving.early}/modify"
        body = {"moves": moving.moves(moving.early, "before", "review")}
        refused(moving.api[name].post(path, {**body, "reason": "我要"}), 403)
        refused(moving.api[name].post(f"{path}/preview", body), 403)
    assert moving.read_tables() == before


def test_an_instance_is_migrated_once_for_one_key_and_says_where_it_stands(moving: Moving) -> None:
    path = f"process-instances/{moving.late}/migrate"
    body = {"definition": "returns", "version": 2, "mapping": MAPPING, "reason": "新版"}
    key = {"Idempotency-Key": "migrated once"}
    answers = [moving.api["keeper"].post(path, body, headers=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200] and answers[0].json == answers[1].json
    told = answers[0].json
    assert (told["definition"], [token["element"] for token in told["tokens"]]) == (
        {"key": "returns", "version": 2},
        ["review"],
    )
    assert told["variables"] == {} and told["team"] == {}
    entry = moving.entries(moving.late)[-1]
    assert (entry["kind"], entry["actor"], entry["channel"]) == ("migrated", "keeper", "api")
    refused(moving.api["keeper"].post(path, {**body, "reason": "另一个"}, headers=key), 422)
    assert fields(refused(moving.api["keeper"].post(path, body), 422)) == ["version"]


def test_what_cannot_be_migrated_is_refused_with_every_obstacle(moving: Moving) -> None:
    before, path = moving.read_tables(), f"process-instances/{moving.late}/migrate"
    told = refused(moving.api["boss"].post(path, {"reason": "新版"}), 409)
    assert [one["element"] for one in told["obstacles"]] == ["check"] and "“check”在新版本中不存在" in told["detail"]
    english = {"Accept-Language": "en"}
    told = refused(moving.api["boss"].post(path, {"reason": "新版"}, headers=english), 409)
    assert told["detail"].startswith("The instance cannot be migrated to this version: “check”: it is not in")
    assert told["obstacles"][0]["reason"].startswith("it is not in the new version")
    assert moving.read_tables() == before


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "reason"),
        ({"reason": " "}, "reason"),
        ({"reason": "新版", "version": "2"}, "version"),
        ({"reason": "新版", "version": True}, "version"),
        ({"reason": "新版", "version": 2.5}, "version"),
        ({"reason": "新版", "mapping": ["check"]}, "mapping"),
        ({"reason": "新版", "mapping": {"check": 1}}, "mapping"),
        ({"reason": "新版", "force": True}, "force"),
        ({"reason": "新版", "definition": 1}, "definition"),
        ({"reason": "新版", "definition": "heat"}, "definition"),
    ],
)
def test_a_wrong_migration_is_told_by_its_field(moving: Moving, body: Any, field: str) -> None:
    assert fields(refused(moving.api["boss"].post(f"process-instances/{moving.early}/migrate", body), 422)) == [field]


def test_what_is_not_there_is_not_found(moving: Moving) -> None:
    refused(moving.rehearsed({"version": 3}), 404)
    refused(moving.api["boss"].post("process-definitions/nothing/rehearsals", {}), 404)
    refused(moving.api["boss"].post("process-instances/nothing/migrate", {"reason": "新版"}), 404)
    refused(moving.api["boss"].post("process-instances/nothing/modify/preview", {}), 404)
    moving.engine.cancel(OPERATOR, moving.early, "不再需要")
    refused(moving.api["boss"].post(f"process-instances/{moving.early}/migrate", {"reason": "新版"}), 409)


def test_an_operator_previews_a_move_and_makes_it_with_a_reason(moving: Moving) -> None:
    boss, path, before = moving.api["boss"], f"process-instances/{moving.late}/modify", moving.read_tables()
    back = {"moves": moving.moves(moving.late, "before", "write")}
    told = boss.post(f"{path}/preview", back).json
    assert [[place["element"] for place in told[name]] for name in ("before", "after")] == [["check"], ["write"]]
    told = boss.post(f"{path}/preview", {"moves": moving.moves(moving.late, "before", "review")}).json
    assert (told["can"], told["obstacles"][0]["element"]) == (False, "review")
    refused(boss.post(path, {"moves": moving.moves(moving.late, "before", "review"), "reason": "试试"}), 409)
    assert fields(refused(boss.post(path, back), 422)) == ["reason"]
    assert fields(refused(boss.post(path, {"reason": "试试"}), 422)) == ["moves"]
    assert fields(refused(boss.post(path, {"moves": [{"token": 1}], "reason": "试试"}), 422)) == ["moves"]
    assert moving.read_tables() == before
    key = {"Idempotency-Key": "moved once"}
    for _ in range(2):
        moved = boss.post(path, {**back, "reason": "送错了"}, headers=key)
        assert (moved.status_code, [token["element"] for token in moved.json["tokens"]]) == (200, ["write"])
    refused(boss.post(path, {**back, "reason": "再一次"}), 409)
    entry = moving.entries(moving.late)[-1]
    assert (entry["kind"], entry["actor"], entry["data"]["reason"]) == ("modified", "boss", "送错了")
