"""What the machine does: jobs, timers, messages, failing steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bpmn.errors import Invalid
from engine import errors
from engine.actor import Actor
from engine.clock import SECOND
from engine.contract import Job, PermanentFailure, Services
from engine.store import tables as t
from tests.engine.house import House

OWNER, BOSS = Actor("owner"), Actor("boss")
HOUR = 3600 * SECOND


class Worker:
    """A service task that fails as often as it is told."""

    def __init__(self) -> None:
        self.failing: list[Exception] = []
        self.jobs: list[Job] = []
        self.numbers: list[str] = []

    def __call__(self, job: Job, services: Services) -> Mapping[str, Any]:
        """Make a record, take a number."""
        self.jobs.append(job)
        self.numbers.append(services.reserve_number("WBS"))
        services.add_document("R1", "记录", "1.0", b"content", "D1", {"a": 1})
        services.notify(["owner"], "完成", "/x")
        if self.failing:
            raise self.failing.pop(0)
        return {"made": job.inputs["subject"]}


@pytest.fixture
def worker() -> Worker:
    return Worker()


@pytest.fixture
def shop(tmp_path: Path, store: str | None, worker: Worker) -> Iterator[House]:
    made = House(tmp_path / "var", {"work": worker}, database_url=store)
    made.deploy("machine")
    yield made
    made.engine.close()


def test_a_job_runs_and_its_result_is_an_entry(shop: House, worker: Worker) -> None:
    made = shop.start("machine", subject="甲")
    assert shop.engine.run_jobs_once() == 1
    assert shop.engine.run_jobs_once() == 0
    assert shop.view(made.id).variables["made"] == "甲"
    (document,) = shop.engine.documents(OWNER, made.id)
    assert (document.number, document.version, document.element, document.seq) == ("R1", "1.0", "work", 2)
    assert shop.engine.document_path(OWNER, document.id).read_bytes() == b"content"
    assert [notice.text for notice in shop.engine.notices(OWNER) if notice.kind == "told"] == ["完成"]
    assert worker.jobs[0].variables["subject"] == "甲"


def test_whoever_runs_jobs_is_called_when_they_are_there_to_be_seen(
    shop: House, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    run: list[int] = []
    monkeypatch.setattr(shop.engine.room.queue, "committed", lambda: run.append(shop.engine.run_jobs_once()))
    shop.start("machine", subject="甲")
    assert run[-1] == 1 and len(worker.jobs) == 1


def test_a_job_that_fails_is_tried_again_and_makes_nothing_twice(shop: House, worker: Worker) -> None:
    worker.failing = [RuntimeError("once"), RuntimeError("twice")]
    made = shop.start("machine", subject="甲")
    for _ in range(3):
        assert shop.engine.run_jobs_once() == 1
        assert shop.engine.run_jobs_once() == 0
        shop.clock.at += HOUR
    assert worker.numbers == ["WBS01"] * 3
    assert [job.attempt for job in worker.jobs] == [1, 2, 3]
    assert len(shop.engine.documents(OWNER, made.id)) == 1
    assert len([n for n in shop.engine.notices(OWNER) if n.kind == "told"]) == 1


def test_a_job_that_keeps_failing_is_an_incident_until_an_administrator_retries(shop: House, worker: Worker) -> None:
    worker.failing = [PermanentFailure("模板有误")]
    made = shop.start("machine", subject="甲")
    shop.engine.run_jobs_once()
    (incident,) = shop.engine.incidents(BOSS)
    assert (incident.reason, incident.element, shop.view(made.id).status) == ("模板有误", "work", "failed")
    with pytest.raises(errors.NeedsRole):
        shop.engine.retry(OWNER, incident.id, "已修")
    shop.engine.retry(BOSS, incident.id, "已修")
    assert shop.view(made.id).status == "active"
    assert shop.engine.run_jobs_once() == 1
    assert shop.view(made.id).variables["made"] == "甲"
    assert shop.engine.verify().ok


def test_attempts_are_counted_when_a_job_is_taken_so_that_crashes_count(shop: House, worker: Worker) -> None:
    shop.start("machine", subject="甲")
    worker.failing = [KeyboardInterrupt() for _ in range(9)]  # type: ignore[misc]  # a process that dies in the middle
    for _ in range(shop.settings.job_attempts):
        with pytest.raises(KeyboardInterrupt):
            shop.engine.run_jobs_once()
        shop.clock.at += HOUR
    shop.engine.run_jobs_once()
    assert "中断" in shop.engine.incidents(BOSS)[0].reason


def test_a_timer_fires_by_an_entry_of_its_own_when_due(house: House) -> None:
    house.deploy("waits")
    made = house.start("waits")
    assert house.engine.run_timers_once() == 0
    house.clock.at += HOUR
    assert house.engine.run_timers_once() == 1
    assert (house.view(made.id).status, house.view(made.id).end) == ("completed", "timed_out")
    assert house.engine.run_timers_once() == 0


def test_a_message_reaches_whoever_waits_for_it(house: House) -> None:
    house.deploy("waits")
    made = house.start("waits")
    with pytest.raises(errors.NobodyWaits):
        house.engine.message(OWNER, "other", "waits-1", {})
    with pytest.raises(errors.NobodyWaits):
        house.engine.message(Actor("outsider"), "major_fault", "waits-1", {})
    assert house.engine.message(OWNER, "major_fault", "waits-1", {"fault": "停机"}, "m1") == [made.id]
    assert house.engine.message(OWNER, "major_fault", "waits-1", {"fault": "停机"}, "m1") == [made.id]
    assert len(house.open(made.id, "repair")) == 1
    assert house.view(made.id).variables["fault"] == "停机"


def test_a_message_to_one_instance_reaches_no_other(house: House) -> None:
    house.deploy("waits")
    made, other = house.start("waits"), house.start("waits")
    told = partial(house.engine.message, OWNER, "major_fault", payload={"fault": "停机"}, instance=made.id)
    assert told() == [made.id]
    assert [entry["kind"] for entry in house.entries(other.id)] == ["started"]
    house.engine.cancel(Actor("boss"), made.id, "试验结束")
    with pytest.raises(errors.NobodyWaits):
        told()


def test_what_is_given_no_business_key_is_numbered_by_the_house(house: House) -> None:
    house.deploy("waits")
    first, second = (house.engine.start(OWNER, "waits") for _ in range(2))
    assert (first.business_key, second.business_key) == ("waits-2026-001", "waits-2026-002")
    assert first.title == "等待 waits-2026-001"
    linked = [house.engine.start(OWNER, "waits", parent=second.id) for _ in range(2)]
    assert [one.business_key for one in linked] == ["waits-2026-002/waits-01", "waits-2026-002/waits-02"]
    assert house.start("waits").business_key == "waits-1"


def test_a_project_with_a_long_key_numbers_what_is_linked_to_it(house: House) -> None:
    house.deploy("waits")
    made = house.engine.start(OWNER, "waits", "长" * 200)
    linked = [house.engine.start(OWNER, "waits", parent=made.id).business_key for _ in range(2)]
    assert linked == ["长" * 150 + "/waits-01", "长" * 150 + "/waits-02"]


def test_a_message_brings_only_what_its_event_names(house: House) -> None:
    house.deploy("payload")
    made = house.start("payload", kept="甲")
    with pytest.raises(Invalid) as refused:
        house.engine.message(OWNER, "major_fault", "payload-1", {"fault": "停机", "kept": "乙"})
    assert [(error.field, error.message) for error in refused.value.errors] == [
        ("payload.kept", "流程图没有让消息带来这一项，请去掉")
    ]
    assert (house.view(made.id).variables["kept"], house.open(made.id, "repair")) == ("甲", [])
    assert house.engine.message(OWNER, "major_fault", "payload-1", {"fault": "停机"}) == [made.id]
    assert house.view(made.id).variables["fault"] == "停机"


def test_a_failing_step_stores_nothing_of_itself_and_keeps_its_input(house: House) -> None:
    house.deploy("fails")
    made = house.start("fails")
    task = house.task(made.id, "fill").id
    with pytest.raises(errors.StepRefused):
        house.engine.complete(OWNER, task, {"amount": None})
    view = house.engine.task(OWNER, task)
    assert (view.state, view.failed, bool(view.reason)) == ("open", True, True)
    assert house.view(made.id).status == "failed" and "amount" not in house.view(made.id).variables
    assert house.entries(made.id)[-1]["data"]["rejected"]["data"]["data"] == {"amount": None}
    (incident,) = house.engine.incidents(BOSS)
    with pytest.raises(errors.StepRefused):
        house.engine.retry(BOSS, incident.id, "再试")
    house.engine.complete(OWNER, task, {"amount": 5})
    assert house.view(made.id).status == "completed"
    assert house.engine.incidents(BOSS) == []
    assert house.engine.verify().ok


def test_a_start_that_fails_leaves_nothing(house: House) -> None:
    house.deploy("fails")
    with pytest.raises(errors.StartRefused):
        house.start("fails", instance_id="mine")
    assert house.engine.instances(BOSS).items == []


def test_a_long_instance_goes_on_from_its_snapshot(house: House) -> None:
    house.deploy("turns")
    made = house.start("turns")
    for number in range(40):
        house.do(made.id, "turn", "owner", stop=False, number=number)
    house.engine.room.lives.clear()
    house.engine.room.variables.clear()
    assert house.view(made.id).variables["number"] == 39
    house.do(made.id, "turn", "owner", stop=True)
    assert house.view(made.id).status == "completed"
    assert house.engine.verify().ok


def test_one_snapshot_of_a_running_instance_is_kept_no_larger_than_the_first_and_none_of_what_ended(
    house: House,
) -> None:
    house.deploy("turns")
    made, sizes = house.start("turns"), []
    for number in range(3 * house.settings.snapshot_every):
        house.do(made.id, "turn", "owner", stop=False, number=number)
        with house.engine.room.database.read() as connection:
            found = connection.execute(select(t.snapshot.c.body, t.snapshot.c.variables)).all()
        assert len(found) <= 1
        sizes += [len(body) + len(variables) for body, variables in found]
    assert max(sizes) <= 1.05 * sizes[0]
    house.do(made.id, "turn", "owner", stop=True)
    with house.engine.room.database.read() as connection:
        assert connection.execute(select(t.snapshot)).all() == []


def test_an_incident_is_settled_when_its_task_is_taken_away(house: House) -> None:
    house.deploy("fails")
    made = house.start("fails")
    with pytest.raises(errors.StepRefused):
        house.do(made.id, "fill", "owner", amount=None)
    house.engine.cancel(BOSS, made.id, "作废")
    assert house.engine.incidents(BOSS) == []
    (settled,) = house.engine.incidents(BOSS, resolved=True)
    assert settled.resolved_by == "boss"


def test_what_is_due_is_told_to_its_holder_and_new_tasks_are(house: House) -> None:
    house.deploy("returns")
    made = house.start("returns")
    told = house.engine.notices(OWNER)
    assert [(one.kind, one.seen) for one in told] == [("task", False)]
    house.engine.notices_seen(OWNER)
    assert [one.seen for one in house.engine.notices(OWNER)] == [True]
    figures = house.engine.overview(OWNER)
    assert (figures["tasks"], figures["returned"], figures["projects"]) == (1, 0, {"active": 1})
    assert house.engine.notices(Actor("outsider")) == [] and made.status == "active"
