"""What failed, as programs see it: listed for administrators and auditors, tried again, given a result."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from engine.contract import Job, PermanentFailure, Services
from tests.engine.house import House
from tests.web.browsers import Program
from tests.web.company import fields, refused
from web.app import build


def failing(job: Job, services: Services) -> Mapping[str, Any]:
    """A service that never works."""
    raise PermanentFailure("打印机坏了")


class Shop(House):
    """A house with a web application, in which a job has failed."""

    def __init__(self, var: Path) -> None:
        super().__init__(var, {"work": failing})
        self.deploy("machine")
        app = build(self.engine, self.settings)
        people = ("owner", "boss", "auditor")
        self.api = {name: Program(app.test_client(), self.engine.token_create(name)) for name in people}

    def failed(self) -> tuple[str, str]:
        """An instance whose job failed, and the incident."""
        made = self.start("machine", subject="甲")
        self.engine.run_jobs_once()
        listed = self.api["boss"].get("incidents").json["items"]
        return made.id, next(one["id"] for one in listed if one["instance"] == made.id)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path / "var")
    yield made
    made.engine.close()


def test_incidents_are_listed_page_by_page_for_administrators_and_auditors(shop: Shop) -> None:
    found = {shop.failed()[1] for _ in range(3)}
    refused(shop.api["owner"].get("incidents"), 403)
    refused(shop.api["boss"].get("incidents?state=x"), 422)
    first = shop.api["auditor"].get("incidents?limit=2").json
    second = shop.api["auditor"].get(f"incidents?limit=2&cursor={first['next']}").json
    assert {one["id"] for one in first["items"] + second["items"]} == found
    assert second["next"] is None
    told = first["items"][0]
    assert (told["reason"], told["element"], told["job"], told["resolved_at"]) == ("打印机坏了", "work", True, None)


def test_a_failed_job_is_tried_again_with_a_reason(shop: Shop) -> None:
    instance, incident = shop.failed()
    assert fields(refused(shop.api["boss"].post(f"incidents/{incident}/retry", {}), 422)) == ["reason"]
    refused(shop.api["auditor"].post(f"incidents/{incident}/retry", {"reason": "换了"}), 403)
    refused(shop.api["boss"].post("incidents/nothing/retry", {"reason": "换了"}), 404)
    assert shop.api["boss"].post(f"incidents/{incident}/retry", {"reason": "换了"}).status_code == 200
    assert shop.view(instance).status == "active"
    refused(shop.api["boss"].post(f"incidents/{incident}/retry", {"reason": "换了"}), 409)
    assert shop.engine.run_jobs_once() == 1


def test_a_failed_job_is_given_its_result_with_a_reason(shop: Shop) -> None:
    instance, incident = shop.failed()
    path, body = f"incidents/{incident}/settle", {"result": {"made": 7}, "reason": "手工打印"}
    assert fields(refused(shop.api["boss"].post(path, {"result": {"made": 7}}), 422)) == ["reason"]
    assert fields(refused(shop.api["boss"].post(path, {**body, "result": [7]}), 422)) == ["result"]
    assert fields(refused(shop.api["boss"].post(path, {**body, "results": {}}), 422)) == ["results"]
    refused(shop.api["auditor"].post(path, body), 403)
    key = {"Idempotency-Key": "settled once"}
    assert shop.api["boss"].post(path, body, headers=key).status_code == 200
    assert shop.api["boss"].post(path, body, headers=key).status_code == 200
    refused(shop.api["boss"].post(path, body), 409)
    assert shop.view(instance).variables["made"] == 7
    (told,) = shop.api["auditor"].get("incidents?state=resolved").json["items"]
    assert (told["resolved_by"], told["job"]) == ("boss", False)
    entry = shop.entries(instance)[-1]
    assert (entry["kind"], entry["actor"], entry["channel"]) == ("job_completed", "boss", "api")
