"""Workers on PostgreSQL: killed, stopped, two at once; nothing is lost and nothing counts twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import make_url, text

from engine.actor import Actor
from engine.clock import SystemClock
from engine.jobs import deferred, schema
from engine.jobs.work import one
from engine.jobs.worker import libpq
from engine.store.database import Database
from tests.engine.house import House
from tests.engine.test_starts import timed
from tests.postgres import Postgres, place_of

HERE = Path(__file__).resolve().parents[2]
OWNER, BOSS = Actor("owner"), Actor("boss")
PATIENCE = 60.0


class Shop(House):
    """A house on PostgreSQL with a service task that only workers run."""

    def __init__(self, var: Path, url: str) -> None:
        super().__init__(var, {"work": lambda job, services: {"made": "here"}}, database_url=url)
        self.engine.room.clock = SystemClock()
        self.deploy("machine")
        self.workers: list[subprocess.Popen[bytes]] = []

    def worker(self) -> subprocess.Popen[bytes]:
        """Start a worker and wait until it is about to look for jobs."""
        command = [sys.executable, "-m", "tests.engine.worker", str(self.settings.var), self.settings.url]
        process = subprocess.Popen(command, cwd=HERE, env={**os.environ, "PYTHONPATH": str(HERE)})
        self.workers.append(process)
        until(lambda: f"{process.pid} began" in self.told())
        return process

    def leave(self) -> None:
        """End what still runs."""
        for process in self.workers:
            if process.poll() is None:
                process.kill()
                process.wait()
        self.engine.close()

    def told(self) -> list[str]:
        """What the workers wrote down."""
        file = self.settings.var / "told"
        return file.read_text(encoding="utf-8").splitlines() if file.exists() else []

    def took(self, process: subprocess.Popen[bytes]) -> list[str]:
        """The jobs that a worker took."""
        words = [line.split() for line in self.told()]
        return [word[2] for word in words if word[:2] == [str(process.pid), "took"]]

    def hold(self) -> None:
        """Let jobs wait in the middle."""
        (self.settings.var / "hold").touch()

    def let_go(self) -> None:
        """Let them go on."""
        (self.settings.var / "hold").unlink()

    def made(self, instance: str) -> Any:
        """What the job's result was."""
        return self.view(instance).variables.get("made")

    def calls(self) -> int:
        """How many calls Procrastinate has."""
        with self.engine.room.database.read() as connection:
            return int(connection.execute(text("SELECT count(*) FROM procrastinate_jobs")).scalar_one())

    def results(self, instance: str) -> int:
        """How many results the journal has."""
        return sum(entry["kind"] == "job_completed" for entry in self.entries(instance))


@pytest.fixture
def shop(tmp_path: Path, postgres: Postgres) -> Iterator[Shop]:
    url = postgres.make()
    made = Shop(tmp_path / "var", url)
    yield made
    made.leave()
    postgres.drop(url)


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "it never came to hold"
        time.sleep(0.05)


def test_a_step_that_is_undone_calls_nobody(shop: Shop) -> None:
    with pytest.raises(ZeroDivisionError), shop.engine.room.database.write() as connection:
        shop.engine.room.queue.later(connection, "some job", 0)
        raise ZeroDivisionError
    assert shop.calls() == 0
    shop.start("machine", subject="甲")
    assert shop.calls() == 1


def test_a_worker_that_is_killed_in_the_middle_of_a_job_is_replaced_by_another(shop: Shop) -> None:
    shop.hold()
    victim = shop.worker()
    made = shop.start("machine", subject="甲")
    until(lambda: len(shop.took(victim)) == 1)
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    shop.let_go()
    other = shop.worker()
    until(lambda: shop.made(made.id) is not None)
    assert shop.took(other) == shop.took(victim)
    assert (shop.made(made.id), shop.results(made.id)) == (2, 1)
    assert len(shop.engine.documents(OWNER, made.id)) == 1
    until(lambda: shop.calls() == 0)
    assert shop.engine.verify().ok


def test_a_worker_that_is_told_to_stop_finishes_what_it_began_and_leaves_the_rest(shop: Shop) -> None:
    shop.hold()
    worker = shop.worker()
    ids = [shop.start("machine", subject="甲").id for _ in range(5)]
    until(lambda: len(shop.took(worker)) == 2)
    worker.send_signal(signal.SIGTERM)
    time.sleep(0.5)
    assert worker.poll() is None
    shop.let_go()
    assert worker.wait(PATIENCE) == 0
    assert f"{worker.pid} ended" in shop.told()
    assert sorted(shop.results(id) for id in ids) == [0, 0, 0, 1, 1]
    shop.worker()
    until(lambda: all(shop.results(id) == 1 for id in ids))
    assert [shop.made(id) for id in ids] == [1] * 5


def begun(shop: Shop, key: str) -> int:
    """How many instances of a process there are."""
    rows = shop.engine.instances(BOSS, limit=200).items
    return sum(row.definition["key"] == key for row in rows)


def test_a_worker_finds_the_database_whatever_letters_its_password_has(postgres: Postgres) -> None:
    url, password = make_url(postgres.make()), "a b%20@/:'\\密"
    words = libpq(make_url(url.set(password=password).render_as_string(hide_password=False)))
    told = {"host": url.query["host"], "dbname": url.database, "user": url.username, "password": password}
    assert conninfo_to_dict(words) == told
    with psycopg.connect(words) as connection:
        assert connection.execute("SELECT current_database()").fetchone() == (url.database,)
    postgres.drop(url.render_as_string(hide_password=False))


def test_two_workers_share_the_jobs_and_each_counts_once(shop: Shop) -> None:
    shop.deploy("waits")
    workers = [shop.worker(), shop.worker()]
    shop.hold()
    ids = [shop.start("machine", subject="甲").id for _ in range(12)]
    until(lambda: all(len(shop.took(worker)) == 2 for worker in workers))
    shop.let_go()
    waiting = [shop.start("waits").id for _ in range(5)]
    shop.engine.deploy(BOSS, [timed("2020-01-01", key="alone")])  # its time is over: it begins at once
    with shop.engine.room.database.write() as connection:  # their hour is over
        connection.execute(text("UPDATE timer SET due_at = 1"))
    until(lambda: all(shop.results(id) == 1 for id in ids))
    until(lambda: all(shop.view(id).end == "timed_out" for id in waiting))
    taken = Counter(job for worker in workers for job in shop.took(worker))
    assert len(taken) == 12 and set(taken.values()) == {1}
    fired = [[entry["kind"] for entry in shop.entries(id)].count("timer") for id in waiting]
    assert fired == [1] * 5
    until(lambda: begun(shop, "alone") > 0)
    until(lambda: shop.calls() == 0)
    assert begun(shop, "alone") == 1


def test_a_worker_outlives_a_restart_of_the_database(tmp_path: Path) -> None:
    server = Postgres(place_of(uuid.uuid4().hex), tmp_path / "lock")  # its own: others use the one of the test run
    shop = Shop(tmp_path / "var", server.make())
    try:
        worker = shop.worker()
        server.server.stop()
        time.sleep(2)
        server.server.start()
        made = shop.start("machine", subject="甲")
        until(lambda: shop.made(made.id) == 1)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(PATIENCE) == 0
    finally:
        shop.leave()
        server.close()


def test_a_job_that_keeps_failing_in_workers_is_an_incident_that_can_be_settled(shop: Shop) -> None:
    shop.worker()
    made = shop.start("machine", subject="fails")
    until(lambda: bool(shop.engine.incidents(BOSS)))
    (incident,) = shop.engine.incidents(BOSS)
    assert (incident.reason, incident.job) == ("RuntimeError: 打印机坏了", True)
    assert [line.split()[-1] for line in shop.told() if "took" in line] == ["1", "2"]
    shop.engine.settle(BOSS, incident.id, {"made": "手工"}, "手工打印")
    assert shop.made(made.id) == "手工"


def test_a_call_that_was_lost_is_made_again_and_no_call_twice(shop: Shop) -> None:
    made = shop.start("machine", subject="甲")
    room = shop.engine.room
    with room.database.write() as connection:
        connection.execute(text("DELETE FROM procrastinate_jobs"))
    assert deferred.sweep(room) and deferred.sweep(room)
    assert shop.calls() == 1
    (job,) = [row for row in shop.read_tables()["job"]]
    assert one(room, job.split("'")[1]) == 1
    assert shop.made(made.id) == "here"


def test_a_retry_calls_again(shop: Shop) -> None:
    shop.engine.room.topics = {}
    shop.start("machine", subject="甲")
    with shop.engine.room.database.write() as connection:
        connection.execute(text("DELETE FROM procrastinate_jobs"))
    shop.engine.run_jobs_once()
    (incident,) = shop.engine.incidents(BOSS)
    assert shop.calls() == 0
    shop.engine.retry(BOSS, incident.id, "装好了")
    assert shop.calls() == 1


def test_only_one_process_sweeps_at_a_time(shop: Shop) -> None:
    with shop.engine.room.database.write() as connection:
        connection.execute(text(f"SELECT pg_advisory_xact_lock({deferred.SWEEP})"))
        assert deferred.sweep(shop.engine.room) is False
    assert deferred.sweep(shop.engine.room) is True


def described(of: Database) -> list[Any]:
    """Procrastinate's columns and functions."""
    columns = "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_name"
    functions = "SELECT proname, pg_get_function_arguments(oid), prosrc FROM pg_proc WHERE proname"
    with of.read() as connection:
        asked = [text(f"{query} LIKE 'procrastinate%' ORDER BY 1, 2") for query in (columns, functions)]
        return [tuple(row) for query in asked for row in connection.execute(query)]


def test_an_older_schema_is_brought_up_to_the_installed_release(postgres: Postgres) -> None:
    old, new = postgres.make("template1"), postgres.make("template1")
    fresh, grown = Database(new), Database(old)
    schema.prepare(fresh)
    with grown.write() as connection:
        for path in sorted((schema._files() / "migrations").glob("*.sql")):
            if path.name < "03.01":
                schema._run(connection, path.read_text(encoding="utf-8"))
        schema._run(connection, "COMMENT ON TABLE procrastinate_jobs IS '3.0.2'")
    assert described(grown) != described(fresh)
    schema.prepare(grown)
    schema.prepare(grown)
    assert described(grown) == described(fresh)
    with grown.read() as connection:
        assert connection.execute(schema._written).scalar() == version("procrastinate")
    for database, url in ((fresh, new), (grown, old)):
        database.close()
        postgres.drop(url)
