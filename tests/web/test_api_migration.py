"""Programs rehearse and migrate running instances, and move what is stuck."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.actor import OPERATOR, Actor
from tests.engine.house import PEOPLE, House
from tests.web.browsers import Program
from tests.web.company import fields, refused
from web.app import build

MAPPING = {"check": "review"}


class Shop(House):
    """A house with a web application: one instance at `write`, one at `check`, which the new version calls `review`."""

    def __init__(self, var: Path) -> None:
        super().__init__(var)
        self.engine.create_user(OPERATOR, "keeper", "规程的负责人", roles=("process_owner",))
        self.deploy("returns")
        self.early, self.late = (self.engine.start(Actor("owner"), "returns", key).id for key in ("early", "late"))
        self.do(self.late, "write", "owner")
        self.deploy("returns_later")
        app = build(self.engine, self.settings)
        self.api = {name: Program(app.test_client(), self.engine.token_create(name)) for name in (*PEOPLE, "keeper")}

    def rehearsed(self, body: Any = None, query: str = "", by: str = "keeper", **headers: str) -> Any:
        """The answer to a rehearsal."""
        return self.api[by].post(f"process-definitions/returns/rehearsals{query}", body or {}, headers=headers)

    def token(self, instance: str) -> dict[str, Any]:
        """The one place at which an instance waits."""
        (place,) = self.api["boss"].post(f"process-instances/{instance}/modify/preview", {}).json["before"]
        return dict(place)

    def moves(self, instance: str, how: str, to: str) -> list[dict[str, Any]]:
        """That place, moved."""
        place = self.token(instance)
        return [{"token": place["token"], "element": place["element"], "how": how, "to": to}]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path / "var")
    yield made
    made.engine.close()


def test_a_rehearsal_says_of_each_running_instance_whether_it_can_be_moved(shop: Shop) -> None:
    before = shop.read_tables()
    early, late = shop.rehearsed().json["items"]
    place = {"token": early["before"][0]["token"], "element": "write", "name": "write", "path": ""}
    assert early == {
        **{"instance": shop.early, "business_key": "early", "title": "early", "version": 1, "can": True},
        **{"before": [place], "after": [place], "obstacles": []},
    }
    assert (late["can"], late["after"]) == (False, [])
    reason = "在新版本中不存在，请指定由哪个环节接续"
    assert late["obstacles"] == [{"element": "check", "name": "check", "reason": reason}]
    _, late = shop.rehearsed({"version": 2, "mapping": MAPPING}).json["items"]
    assert (late["can"], [place["name"] for place in late["after"]]) == (True, ["评审"])
    assert shop.read_tables() == before


def test_a_rehearsal_comes_page_by_page_and_in_the_readers_language(shop: Shop) -> None:
    first = shop.rehearsed(query="?limit=1").json
    second = shop.rehearsed(query=f"?limit=1&cursor={first['next']}", **{"Accept-Language": "en"}).json
    assert (first["items"][0]["instance"], second["items"][0]["instance"]) == (shop.early, shop.late)
    assert second["next"] is None and "new version" in second["items"][0]["obstacles"][0]["reason"]


def test_who_owns_no_procedure_rehearses_and_migrates_nothing(shop: Shop) -> None:
    before = shop.read_tables()
    for name in ("owner", "colleague", "outsider", "auditor"):
        refused(shop.rehearsed(by=name), 403)
        refused(shop.api[name].post(f"process-instances/{shop.early}/migrate", {"reason": "我要"}), 403)
    for name in ("owner", "colleague", "outsider", "auditor", "keeper"):
        path = f"process-instances/{shop.early}/modify"
        body = {"moves": shop.moves(shop.early, "before", "review")}
        refused(shop.api[name].post(path, {**body, "reason": "我要"}), 403)
        refused(shop.api[name].post(f"{path}/preview", body), 403)
    assert shop.read_tables() == before


def test_an_instance_is_migrated_once_for_one_key_and_says_where_it_stands(shop: Shop) -> None:
    path, body = f"process-instances/{shop.late}/migrate", {"version": 2, "mapping": MAPPING, "reason": "新版"}
    key = {"Idempotency-Key": "migrated once"}
    answers = [shop.api["keeper"].post(path, body, headers=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200] and answers[0].json == answers[1].json
    told = answers[0].json
    assert (told["definition"], [token["element"] for token in told["tokens"]]) == (
        {"key": "returns", "version": 2},
        ["review"],
    )
    assert told["variables"] == {} and told["team"] == {}
    entry = shop.entries(shop.late)[-1]
    assert (entry["kind"], entry["actor"], entry["channel"]) == ("migrated", "keeper", "api")
    refused(shop.api["keeper"].post(path, {**body, "reason": "另一个"}, headers=key), 422)
    assert fields(refused(shop.api["keeper"].post(path, body), 422)) == ["version"]


def test_what_cannot_be_migrated_is_refused_with_every_obstacle(shop: Shop) -> None:
    before, path = shop.read_tables(), f"process-instances/{shop.late}/migrate"
    told = refused(shop.api["boss"].post(path, {"reason": "新版"}), 409)
    assert [one["element"] for one in told["obstacles"]] == ["check"] and "“check”在新版本中不存在" in told["detail"]
    english = {"Accept-Language": "en"}
    told = refused(shop.api["boss"].post(path, {"reason": "新版"}, headers=english), 409)
    assert told["detail"].startswith("The instance cannot be migrated to this version: “check”: it is not in")
    assert told["obstacles"][0]["reason"].startswith("it is not in the new version")
    assert shop.read_tables() == before


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
    ],
)
def test_a_wrong_migration_is_told_by_its_field(shop: Shop, body: Any, field: str) -> None:
    assert fields(refused(shop.api["boss"].post(f"process-instances/{shop.early}/migrate", body), 422)) == [field]


def test_what_is_not_there_is_not_found(shop: Shop) -> None:
    refused(shop.rehearsed({"version": 3}), 404)
    refused(shop.api["boss"].post("process-definitions/nothing/rehearsals", {}), 404)
    refused(shop.api["boss"].post("process-instances/nothing/migrate", {"reason": "新版"}), 404)
    refused(shop.api["boss"].post("process-instances/nothing/modify/preview", {}), 404)
    shop.engine.cancel(OPERATOR, shop.early, "不再需要")
    refused(shop.api["boss"].post(f"process-instances/{shop.early}/migrate", {"reason": "新版"}), 409)


def test_an_operator_previews_a_move_and_makes_it_with_a_reason(shop: Shop) -> None:
    boss, path, before = shop.api["boss"], f"process-instances/{shop.late}/modify", shop.read_tables()
    back = {"moves": shop.moves(shop.late, "before", "write")}
    told = boss.post(f"{path}/preview", back).json
    assert [[place["element"] for place in told[name]] for name in ("before", "after")] == [["check"], ["write"]]
    told = boss.post(f"{path}/preview", {"moves": shop.moves(shop.late, "before", "review")}).json
    assert (told["can"], told["obstacles"][0]["element"]) == (False, "review")
    refused(boss.post(path, {"moves": shop.moves(shop.late, "before", "review"), "reason": "试试"}), 409)
    assert fields(refused(boss.post(path, back), 422)) == ["reason"]
    assert fields(refused(boss.post(path, {"reason": "试试"}), 422)) == ["moves"]
    assert fields(refused(boss.post(path, {"moves": [{"token": 1}], "reason": "试试"}), 422)) == ["moves"]
    assert shop.read_tables() == before
    key = {"Idempotency-Key": "moved once"}
    for _ in range(2):
        moved = boss.post(path, {**back, "reason": "送错了"}, headers=key)
        assert (moved.status_code, [token["element"] for token in moved.json["tokens"]]) == (200, ["write"])
    refused(boss.post(path, {**back, "reason": "再一次"}), 409)
    entry = shop.entries(shop.late)[-1]
    assert (entry["kind"], entry["actor"], entry["data"]["reason"]) == ("modified", "boss", "送错了")
