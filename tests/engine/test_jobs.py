"""Jobs: tried again with patience, given up with a reason, settled by an administrator, counted once."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bpmn.errors import Invalid
from engine import errors
from engine.actor import Actor
from engine.clock import DAY, SECOND
from engine.contract import Job, PermanentFailure, Services
from engine.incidents import NoJob, RetryTooLate
from engine.jobs import rows
from tests.engine.house import House

OWNER, BOSS = Actor("owner"), Actor("boss")
HOUR = 3600 * SECOND


class Worker:
    """A service task that counts, fails as told, and may wait to be let go."""

    def __init__(self) -> None:
        self.runs = 0
        self.failing: list[Exception] = []
        self.meanwhile: list[Any] = []

    def __call__(self, job: Job, services: Services) -> Mapping[str, Any]:
        """Do what the test says in the middle of the work."""
        self.runs += 1
        for act in self.meanwhile:
            act()
        if self.failing:
            raise self.failing.pop(0)
        return {"made": self.runs}


@pytest.fixture
def worker() -> Worker:
    return Worker()


@pytest.fixture
def shop(tmp_path: Path, worker: Worker, store: str | None) -> Iterator[House]:
    made = House(tmp_path / "var", {"work": worker}, database_url=store)
    made.deploy("machine")
    yield made
    made.engine.close()


def results(house: House, instance: str) -> list[dict[str, Any]]:
    """The entries that brought a job's result."""
    return [entry for entry in house.entries(instance) if entry["kind"] == "job_completed"]


@given(st.uuids(), st.integers(1, 30))
def test_each_wait_is_longer_bounded_and_the_job_s_own(id: Any, attempts: int) -> None:
    waits = [rows.wait(str(id), n) for n in range(1, attempts + 1)]
    assert waits == [rows.wait(str(id), n) for n in range(1, attempts + 1)]
    assert all(SECOND <= wait <= rows.LONGEST_WAIT * 5 // 4 for wait in waits)
    short = [wait for wait in waits if wait < rows.LONGEST_WAIT]
    assert short == sorted(short)


def test_jobs_that_failed_together_do_not_come_back_together() -> None:
    assert len({rows.wait(f"job {n}", 3) for n in range(100)}) > 90


def test_attempts_that_are_used_up_make_an_incident_with_the_last_reason(shop: House, worker: Worker) -> None:
    worker.failing = [RuntimeError(f"打印机 {n}") for n in range(9)]
    made = shop.start("machine", subject="甲")
    for _ in range(9):
        shop.engine.run_jobs_once()
        shop.clock.at += 2 * HOUR
    assert worker.runs == shop.settings.job_attempts
    (incident,) = shop.engine.incidents(BOSS)
    assert (incident.reason, incident.job) == ("RuntimeError: 打印机 4", True)
    assert shop.view(made.id).status == "failed"


def test_an_administrator_gives_a_failed_job_its_result_with_a_reason(shop: House, worker: Worker) -> None:
    worker.failing = [PermanentFailure("模板有误")]
    made = shop.start("machine", subject="甲")
    shop.engine.run_jobs_once()
    (incident,) = shop.engine.incidents(BOSS)
    with pytest.raises(errors.NeedsRole):
        shop.engine.settle(OWNER, incident.id, {"made": 7}, "手工完成")
    with pytest.raises(errors.ReasonMissing):
        shop.engine.settle(BOSS, incident.id, {"made": 7}, " ")
    for wrong in ({"made": 10**15}, {"": 1}, ["made"], {"made": object()}, {"made": "x" * 1024 * 1024}):
        with pytest.raises(Invalid):
            shop.engine.settle(BOSS, incident.id, wrong, "手工完成")  # type: ignore[arg-type]  # what programs may send
    shop.engine.settle(BOSS, incident.id, {"made": 7}, "手工完成", "k")
    shop.engine.settle(BOSS, incident.id, {"made": 7}, "手工完成", "k")
    (entry,) = results(shop, made.id)
    assert (entry["actor"], entry["data"]["reason"], entry["data"]["settled_by"]) == ("boss", "手工完成", "boss")
    view = shop.view(made.id)
    assert (view.variables["made"], view.status) == (7, "active")
    assert shop.engine.run_jobs_once() == 0
    (settled,) = shop.engine.incidents(BOSS, resolved=True)
    assert (settled.resolved_by, settled.job) == ("boss", False)
    with pytest.raises(RetryTooLate):
        shop.engine.settle(BOSS, incident.id, {}, "再")
    with pytest.raises(RetryTooLate):
        shop.engine.retry(BOSS, incident.id, "再")
    before = shop.read_tables()
    shop.engine.rebuild()
    assert shop.read_tables() == before
    assert shop.engine.verify().ok


def test_only_a_job_can_be_given_a_result(house: House) -> None:
    house.deploy("fails")
    made = house.start("fails")
    with pytest.raises(errors.StepRefused):
        house.do(made.id, "fill", "owner", amount=None)
    (incident,) = house.engine.incidents(BOSS)
    assert not incident.job
    with pytest.raises(NoJob):
        house.engine.settle(BOSS, incident.id, {}, "手工完成")


def test_a_message_that_nobody_takes_is_settled_too(house: House) -> None:
    house.deploy("throws")
    made = house.start("throws")
    for _ in range(house.settings.job_attempts):
        house.engine.run_jobs_once()
        house.clock.at += 2 * HOUR
    (incident,) = house.engine.incidents(BOSS)
    assert (incident.element, incident.job) == ("tell", True)
    house.engine.settle(BOSS, incident.id, {}, "电话通知过")
    assert house.view(made.id).status == "active"
    before = house.read_tables()
    assert before["job"] == []
    house.engine.rebuild()
    assert house.read_tables() == before
    assert house.engine.verify().ok


def test_a_message_is_delivered_once_to_each_that_waits(house: House) -> None:
    house.deploy("waits")
    house.deploy("throws")
    waiting = [house.engine.start(OWNER, "waits", "k") for _ in range(2)]
    house.engine.start(OWNER, "throws", "k")
    assert (house.engine.run_jobs_once(), house.engine.run_jobs_once()) == (1, 0)
    assert [len(house.open(one.id, "repair")) for one in waiting] == [1, 1]


def test_a_result_after_cancelling_counts_nothing(shop: House, worker: Worker) -> None:
    made = shop.start("machine", subject="甲")
    worker.meanwhile = [lambda: shop.engine.cancel(BOSS, made.id, "作废")]
    assert shop.engine.run_jobs_once() == 1
    assert results(shop, made.id) == []
    assert "made" not in shop.view(made.id).variables
    assert shop.engine.incidents(BOSS) == []
    assert shop.engine.verify().ok


def test_a_job_whose_lease_ended_is_run_by_another_and_counts_once(shop: House, worker: Worker) -> None:
    """The first runner was thought dead, and comes back with its result."""
    made = shop.start("machine", subject="甲")

    def overtake() -> None:
        worker.meanwhile = []
        shop.clock.at += rows.LEASE
        assert shop.engine.run_jobs_once() == 1

    worker.meanwhile = [overtake]
    assert shop.engine.run_jobs_once() == 1
    assert worker.runs == 2
    assert len(results(shop, made.id)) == 1


def test_of_many_runners_one_takes_a_job(shop: House, worker: Worker) -> None:
    ids = [shop.start("machine", subject="甲").id for _ in range(5)]
    together = threading.Barrier(4)

    def work() -> None:
        together.wait()
        shop.engine.run_jobs_once()

    runners = [threading.Thread(target=work) for _ in range(4)]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join()
    assert worker.runs == 5
    assert [len(results(shop, id)) for id in ids] == [1] * 5


def test_a_clock_set_back_delays_no_job(shop: House, worker: Worker) -> None:
    shop.clock.at += DAY
    made = shop.start("machine", subject="甲")
    shop.clock.at -= DAY
    worker.failing = [RuntimeError("once")]
    assert shop.engine.run_jobs_once() == 1
    shop.clock.at += HOUR
    shop.clock.at -= DAY
    assert shop.engine.run_jobs_once() == 1
    assert len(results(shop, made.id)) == 1
    times = [entry["at"] for entry in shop.entries(made.id)]
    assert times == sorted(times)


def test_a_thread_of_the_server_runs_jobs_as_they_come(tmp_path: Path, worker: Worker) -> None:
    shop = House(tmp_path / "var", {"work": worker})
    done = threading.Event()
    worker.meanwhile = [done.set]
    try:
        shop.deploy("machine")
        shop.engine.start_background()
        made = shop.start("machine", subject="甲")
        assert done.wait(30)
        shop.engine.stop_background()
        assert len(results(shop, made.id)) == 1
    finally:
        shop.engine.close()


def test_a_house_on_sqlite_has_no_workers_and_loads_no_postgresql_driver(tmp_path: Path) -> None:
    program = """
import sys
from pathlib import Path
from engine.engine import Engine
from engine.errors import NeedsPostgres
from engine.settings import Settings
import server
engine = Engine(Settings(var=Path(sys.argv[1])))
try:
    engine.run_worker()
except NeedsPostgres:
    print(sorted({"psycopg", "procrastinate"} & set(sys.modules)))
engine.close()
"""
    here = Path(__file__).resolve().parents[2]
    ran = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "var")], cwd=here, capture_output=True, text=True
    )
    assert ran.stdout.strip() == "[]", ran.stderr
