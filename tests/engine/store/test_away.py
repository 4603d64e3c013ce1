"""A database that goes away, is locked, full or read-only: steps are whole or refused, and the house goes on later."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import event

from bpmn.errors import Unavailable
from engine import files
from engine.actor import OPERATOR, Actor
from engine.store import faults
from tests.cable import Cable
from tests.engine.house import House
from tests.postgres import Postgres, place_of

OWNER, BOSS = Actor("owner"), Actor("boss")


@pytest.fixture(scope="module")
def own_postgres(testrun_uid: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A server that a test may stop: nobody else is on it."""
    server = Postgres(place_of(f"own{os.getpid()}{testrun_uid}"), tmp_path_factory.mktemp("own") / "lock")
    yield server
    server.close()


@pytest.fixture
def lonely(tmp_path: Path, own_postgres: Postgres) -> Iterator[House]:
    """A house on that server."""
    house = House(tmp_path / "var", database_url=own_postgres.make())
    yield house
    house.engine.close()


def started(house: House) -> str:
    """An instance with one step taken, on a house whose connections are open."""
    house.deploy("turns")
    id = house.start("turns").id
    house.do(id, "turn", "owner", stop=False, number=0)
    return id


def whole(house: House, id: str, entries: int) -> None:
    """So many entries, each of them whole, and the instance goes on."""
    assert [entry["seq"] for entry in house.entries(id)] == list(range(1, entries + 1))
    before = house.read_tables()
    house.engine.rebuild()
    assert house.read_tables() == before
    house.do(id, "turn", "owner", stop=True)
    assert house.view(id).status == "completed"
    assert house.engine.verify().ok


# --- PostgreSQL ------------------------------------------------------------------------------------------------------
def test_a_server_that_was_restarted_meanwhile_is_not_even_noticed(lonely: House, own_postgres: Postgres) -> None:
    id = started(lonely)
    own_postgres.server.stop()
    own_postgres.server.start()
    assert lonely.view(id).variables["number"] == 0
    lonely.do(id, "turn", "owner", stop=False, number=1)
    whole(lonely, id, 3)


@pytest.mark.parametrize("how", ["stopped", "crashed"])
def test_a_server_that_is_away_refuses_and_nothing_was_done(lonely: House, own_postgres: Postgres, how: str) -> None:
    id = started(lonely)
    task = lonely.task(id, "turn").id
    if how == "stopped":
        own_postgres.server.stop()
    else:
        own_postgres.crash()
    for attempt in (
        lambda: lonely.engine.complete(OWNER, task, {"stop": False}),
        lambda: lonely.engine.tasks(OWNER),
        lambda: lonely.engine.create_user(OPERATOR, "new", "新人"),
        lonely.engine.ready,
    ):
        with pytest.raises(faults.StoreAway) as told:
            attempt()
        assert told.value.status == 503
    own_postgres.server.start()
    whole(lonely, id, 2)


@pytest.fixture
def wired(tmp_path: Path, cable: Cable) -> Iterator[House]:
    """A house at the far end of it."""
    house = House(tmp_path / "var", database_url=cable.url)
    yield house
    house.engine.close()


def cut(house: House, cable: Cable, at: bytes, answered: bool) -> None:
    """Have the cable break at the next such statement."""
    house.engine.room.database.engine.dispose()  # a new connection sends each statement in full, not by its number
    cable.cut(at, answered)


@pytest.mark.parametrize("answered", [False, True])
@pytest.mark.parametrize("at", [b"INSERT INTO entry", b"UPDATE instance", b"COMMIT\0"])
def test_a_step_whose_connection_breaks_counts_once(wired: House, cable: Cable, at: bytes, answered: bool) -> None:
    id = started(wired)
    cut(wired, cable, at, answered)
    wired.do(id, "turn", "owner", stop=False, number=1)
    assert cable.cuts == 1
    assert wired.view(id).variables["number"] == 1
    whole(wired, id, 3)


@pytest.mark.parametrize("answered", [False, True])
def test_when_nobody_can_tell_whether_it_took_hold_nothing_is_claimed(
    wired: House, cable: Cable, answered: bool
) -> None:
    id = started(wired)
    task = wired.task(id, "turn").id

    def gone(*given: Any) -> None:
        cable.broken = True  # whoever asks what became of the commit gets no answer either

    event.listen(wired.engine.room.database.engine, "commit", gone)
    cut(wired, cable, b"COMMIT\0", answered)
    with pytest.raises(faults.StoreUnsettled):
        wired.engine.complete(OWNER, task, {"stop": False, "number": 1}, idempotency_key="k")
    event.remove(wired.engine.room.database.engine, "commit", gone)
    cable.broken = False
    assert len(wired.entries(id)) == (3 if answered else 2)
    wired.engine.complete(OWNER, task, {"stop": False, "number": 1}, idempotency_key="k")  # as it was told to
    whole(wired, id, 3)


def test_what_is_no_step_is_told_as_uncertain_when_the_commit_was_not_answered(wired: House, cable: Cable) -> None:
    cut(wired, cable, b"COMMIT\0", answered=True)
    with pytest.raises(faults.StoreUnsettled):
        wired.engine.set_active(BOSS, "outsider", False)
    assert not wired.engine.user("outsider").active


# --- both ------------------------------------------------------------------------------------------------------------
def say(house: House, *statements: str) -> None:
    """Have each new connection of a house begin with these."""

    def begin(connection: Any, record: object) -> None:
        for statement in statements:
            connection.execute(statement)
        connection.commit()

    engine = house.engine.room.database.engine
    event.listen(engine, "connect", begin)
    engine.dispose()


def direct(house: House) -> Any:
    """A connection of somebody else to the same store."""
    if house.settings.database_url is None:
        return sqlite3.connect(house.settings.var / "guicheng.sqlite3", isolation_level=None)
    return psycopg.connect(house.settings.database_url.replace("+psycopg", ""))


def refused(house: House, task: str, fault: type[Unavailable]) -> None:
    """A step that the store cannot take is refused, with the reason."""
    with pytest.raises(fault) as told:
        house.engine.complete(OWNER, task, {"stop": False, "number": 1})
    assert told.value.status == 503


def test_a_store_that_another_program_locks_refuses_until_it_is_let_go(house: House) -> None:
    id = started(house)
    task = house.task(id, "turn").id
    sqlite = house.settings.database_url is None
    say(house, "PRAGMA busy_timeout=50" if sqlite else "SET lock_timeout = '50ms'")
    other = direct(house)
    other.execute("BEGIN IMMEDIATE" if sqlite else "SELECT * FROM instance FOR UPDATE")
    refused(house, task, faults.StoreBusy)
    assert house.view(id).variables["number"] == 0  # reading goes on
    other.execute("ROLLBACK")
    other.close()
    whole(house, id, 2)


def test_a_read_only_store_refuses_until_it_is_writable(house: House) -> None:
    id = started(house)
    task = house.task(id, "turn").id
    engine = house.engine.room.database.engine
    sqlite = house.settings.database_url is None
    read_only = [sqlite]

    def begin(connection: Any, record: object) -> None:
        if read_only[0]:
            connection.execute("PRAGMA query_only=ON")

    event.listen(engine, "connect", begin)
    _database_is_read_only(house, True)
    engine.dispose()
    refused(house, task, faults.StoreReadOnly)
    assert house.view(id).variables["number"] == 0
    read_only[0] = False
    _database_is_read_only(house, False)
    engine.dispose()
    whole(house, id, 2)


def _database_is_read_only(house: House, on: bool) -> None:
    if house.settings.database_url is not None:
        with direct(house) as other:
            other.execute("SET TRANSACTION READ WRITE")
            name = other.info.dbname
            other.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = {'on' if on else 'off'}")


def test_a_full_sqlite_refuses_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    house = House(tmp_path / "var")
    id = started(house)
    with direct(house) as other:
        (pages,) = other.execute("PRAGMA page_count").fetchone()
    say(house, f"PRAGMA max_page_count={pages + 2}")
    done = 0
    with pytest.raises(faults.StoreFull):
        for number in range(1, 200):
            house.do(id, "turn", "owner", stop=False, number=number, text="字" * 500)
            done = number
    refused(house, house.task(id, "turn").id, faults.StoreFull)
    assert house.view(id).variables["number"] == done
    say(house, "PRAGMA max_page_count=1000000")
    whole(house, id, 2 + done)
    house.engine.close()


# What PostgreSQL says when its disk is full (SQLSTATE 53100), at the very place: a file system so small needs a mount,
# which not every machine allows.
FULL = """
CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$;
CREATE {} FOR EACH ROW EXECUTE FUNCTION full_disk();
"""


@pytest.mark.parametrize(
    "trigger",
    [
        "TRIGGER full_disk BEFORE INSERT ON entry",
        "TRIGGER full_disk AFTER UPDATE ON instance",
        "TRIGGER full_disk BEFORE INSERT OR UPDATE ON task",
        "CONSTRAINT TRIGGER full_disk AFTER INSERT ON entry DEFERRABLE INITIALLY DEFERRED",
    ],
    ids=["entry", "instance", "task", "commit"],
)
def test_a_full_postgresql_refuses_and_goes_on_when_there_is_room(
    tmp_path: Path, postgres: Postgres, trigger: str
) -> None:
    house = House(tmp_path / "var", database_url=postgres.make())
    id = started(house)
    task, before = house.task(id, "turn").id, house.read_tables()
    with direct(house) as other:
        other.execute(FULL.format(trigger))
    for _ in range(2):
        refused(house, task, faults.StoreFull)
    assert len(house.entries(id)) == 2 and house.read_tables() == before
    with direct(house) as other:
        other.execute("DROP FUNCTION full_disk CASCADE")
    house.do(id, "turn", "owner", stop=False, number=1)
    whole(house, id, 3)
    house.engine.close()
    postgres.drop(str(house.settings.database_url))


def test_a_file_that_finds_no_room_leaves_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    id = started(house)
    task = house.task(id, "turn").id
    full = house.settings.var / "files"
    honest = tempfile.mkstemp

    def no_room(dir: Path, prefix: str) -> tuple[int, str]:
        handle, path = honest(dir=dir, prefix=prefix)
        os.close(handle)
        return os.open("/dev/full", os.O_WRONLY), path  # the kernel itself says that the disk is full

    with monkeypatch.context() as then:
        then.setattr(tempfile, "mkstemp", no_room)
        with pytest.raises(faults.StoreFull):
            house.engine.attach(OWNER, task, "a.txt", b"text")
    assert [path for path in full.rglob("*") if path.is_file()] == []
    made = house.engine.attach(OWNER, task, "a.txt", b"text")
    assert files.path(house.settings, made.sha256).read_bytes() == b"text"
    whole(house, id, 3)
