"""What people and programs are told while the database cannot be used, and that all goes on afterwards."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event

from tests.cable import Cable
from tests.web.company import refused
from tests.web.conftest import House


@pytest.fixture
def wired(tmp_path: Path, cable: Cable) -> Iterator[House]:
    """A house whose database hangs on a cable."""
    made = House(tmp_path / "var", cable.url)
    yield made
    made.engine.close()


def test_pages_and_programs_hear_503_while_the_database_is_away_and_go_on_afterwards(
    wired: House, cable: Cable
) -> None:
    person, program = wired.person("manager"), wired.api("manager")
    assert person.get("/").status_code == 200
    assert program.get("tasks").status_code == 200
    cable.broken = True
    cable.hang_up()
    answer = program.get("tasks")
    told = refused(answer, 503)
    assert "数据库" in told["detail"] and int(answer.headers["Retry-After"]) > 0
    page = person.get("/inbox")
    assert page.status_code == 503 and "暂时连不上数据库" in page.text and page.headers["Retry-After"]
    assert page.content_type.startswith("text/html")
    assert wired.app.test_client().get("/healthz/live").status_code == 200
    ready = wired.app.test_client().get("/healthz/ready")
    assert ready.status_code == 503 and ready.headers["Retry-After"]
    cable.broken = False
    assert person.get("/inbox").status_code == 200
    assert program.get("tasks").status_code == 200
    assert wired.app.test_client().get("/healthz/ready").status_code == 200


def test_while_another_program_locks_the_store_nothing_is_written_and_everything_can_be_read(
    tmp_path: Path,
) -> None:
    house = House(tmp_path / "var")  # PostgreSQL's turn comes in tests/engine/store
    engine = house.engine.room.database.engine
    event.listen(engine, "connect", lambda connection, record: connection.execute("PRAGMA busy_timeout=50"))
    engine.dispose()
    program, person = house.api("manager"), house.person("manager")
    other = sqlite3.connect(house.settings.var / "guicheng.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    answer = program.post("process-instances", {"definition": "web_ask"}, headers={"Idempotency-Key": "k"})
    assert "锁住" in refused(answer, 503)["detail"] and answer.headers["Retry-After"]
    assert program.get("process-instances").json["items"] == []
    assert person.get("/inbox").status_code == 200
    other.execute("ROLLBACK")
    other.close()
    again = program.post("process-instances", {"definition": "web_ask"}, headers={"Idempotency-Key": "k"})
    assert again.status_code == 201
    house.engine.close()
