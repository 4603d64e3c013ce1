"""The command line behind ./run, each command in a process of its own."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bpmn.roles import ROLES
from engine import journal
from engine.actor import OPERATOR, Actor
from engine.engine import Engine
from engine.furnish import furnish
from engine.settings import Settings
from engine.store import tables as t
from engine.store.database import Database
from tasks import TASKS
from tests.procedures.house import House
from tests.stores import Store, Stores

DIAGRAM = Path(__file__).resolve().parent.parent / "diagrams" / "procedures" / "turns.bpmn"


@pytest.fixture
def still(furnished_store: Store, stores: Stores, tmp_path: Path) -> House:
    """A furnished house whose server does not run."""
    return House(stores.copy(furnished_store, tmp_path / "var"))


@contextmanager
def opened(house: House) -> Iterator[Database]:
    """The store of a house, past its server."""
    database = Database(Settings(var=house.var, database_url=house.store.url).url)
    yield database
    database.close()


def test_what_comes_with_the_house_is_deployed_without_a_warning(still: House) -> None:
    with opened(still) as database, database.read() as connection:
        (found,) = connection.execute(select(t.deployment.c.findings)).scalars()
    assert json.loads(found)["findings"] == []


def test_a_token_is_the_last_line_printed_and_opens_the_door(house: House) -> None:
    told = house.command("token", "create", "department_qa")
    assert told.returncode == 0, told.stderr
    house.tokens["department_qa"] = told.stdout.splitlines()[-1]
    assert "items" in house.api("department_qa").get("tasks?state=open")


def test_a_token_for_nobody_is_refused_in_a_sentence(still: House) -> None:
    told = still.command("token", "create", "nobody")
    assert told.returncode != 0
    assert "没有用户 nobody" in told.stderr
    assert "Traceback" not in told.stderr


def test_people_are_made_and_given_roles(still: House) -> None:
    made = still.command("user", "create", "wang", "--display-name", "王五", "--password", "a-long-enough-one")
    assert made.returncode == 0, made.stderr
    assert still.command("user", "grant", "wang", "marketing").returncode == 0
    assert "王五: marketing" in still.command("user", "list").stdout
    assert still.command("user", "revoke", "wang", "marketing").returncode == 0
    assert "王五: \n" in still.command("user", "list").stdout


def test_a_diagram_is_deployed_and_a_broken_one_refused(still: House, tmp_path: Path) -> None:
    told = still.command("deploy", str(DIAGRAM))
    assert told.returncode == 0, told.stderr
    assert "turns version 1" in told.stdout
    broken = tmp_path / "broken.bpmn"
    broken.write_text("<definitions")
    for language, said in (
        ("zh", "error: broken.bpmn:1: not-xml: 文件读不了"),
        ("en", "not-xml: The file cannot be read"),
    ):
        told = still.command("deploy", str(broken), GUICHENG_LANGUAGE=language)
        assert told.returncode == 1
        assert said in told.stderr and "Traceback" not in told.stderr


def test_a_setting_that_cannot_be_is_told(still: House) -> None:
    told = still.command("verify", GUICHENG_MAX_UPLOAD="many")
    assert told.returncode != 0
    assert "MAX_UPLOAD" in told.stderr
    assert "Traceback" not in told.stderr


def begun(house: House) -> str:
    """The id of an instance of the tiny diagram."""
    owner = house.api("process_owner")
    owner.upload("deployments", "files", ("turns.bpmn", "application/xml", DIAGRAM.read_bytes()))
    body = {"definition": "turns", "business_key": "x", "variables": {"last": False}}
    return str(house.api("project_manager").post("process-instances", body)["id"])


def test_behind_a_proxy_the_journal_knows_the_client(house: House) -> None:
    program = house.api("project_manager")
    program.more = {"X-Forwarded-For": "198.51.100.1"}
    begun(house)
    body = {"definition": "turns", "business_key": "y", "variables": {"last": False}}
    id = program.post("process-instances", body)["id"]
    with opened(house) as database, database.read() as connection:
        assert [line.entry.address for line in journal.read(connection, id)] == ["198.51.100.1"]


@pytest.mark.parametrize("column", ["salt", "body"])
def test_verify_names_the_instance_that_was_tampered_with(house: House, column: str) -> None:
    instance = begun(house)
    house.stop()
    assert list((house.var / "anchors").iterdir()), "stopping leaves an anchor outside of the database"
    assert house.command("verify").returncode == 0
    with opened(house) as database, database.write() as connection:
        connection.execute(update(t.payload).values({column: b"\1\2"}))
    told = house.command("verify")
    assert told.returncode == 1
    assert instance in told.stdout, told.stderr


def test_checkpoints_are_counted(still: House) -> None:
    told = still.command("checkpoint")
    assert (told.returncode, told.stdout.strip()) == (0, "checkpoints written 0, already there 0"), told.stderr


def test_keys_are_made_readable_by_their_owner_only(still: House) -> None:
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (still.var / "keys").iterdir()}
    assert modes == {0o600}


def test_an_empty_house_gets_an_account_for_each_role_inside(still: House) -> None:
    assert set(still.passwords) == {role.key for role in ROLES if role.kind != "outside"}


def test_in_production_nobody_is_made_up(stores: Stores, tmp_path: Path) -> None:
    store = stores.new(tmp_path / "var")
    settings = Settings(var=store.var, database_url=store.url, env="production")
    engine = Engine(settings, topics=TASKS)
    try:
        assert furnish(engine, settings) == {}
        assert engine.users() == []
        assert engine.definitions()
    finally:
        engine.close()


def test_running_instances_are_rehearsed_and_migrated_with_a_reason(still: House) -> None:
    diagrams = DIAGRAM.parent.parent / "engine"
    assert still.command("deploy", str(diagrams / "returns.bpmn")).returncode == 0
    engine = Engine(Settings(var=still.var), topics=TASKS)
    early, late = (engine.start(OPERATOR, "returns", key).id for key in ("early", "late"))
    (task,) = engine.tasks(OPERATOR, instance=late).items
    engine.complete(Actor("project_manager"), task.id, {})
    engine.close()
    assert still.command("deploy", str(diagrams / "returns_later.bpmn")).returncode == 0

    told = still.command("migrate", "returns", "--dry-run")
    assert told.returncode == 1, told.stderr
    assert told.stdout.splitlines() == [
        f"early ({early}, version 1) can: write -> write",
        f"late ({late}, version 1) cannot, because check 在新版本中不存在，请指定由哪个环节接续",
        "1 can be migrated to version 2, 1 cannot",
    ]
    assert "--reason" in still.command("migrate", "returns").stderr
    assert "OLD=NEW" in still.command("migrate", "returns", "--dry-run", "--map", "check").stderr
    assert "没有流程定义" in still.command("migrate", "returns", "--to", "9", "--dry-run").stderr

    told = still.command("migrate", "returns", "--to", "2", "--reason", "新版", "--map", "check=review")
    assert told.returncode == 0, told.stderr
    assert told.stdout.splitlines()[1:] == [
        f"late ({late}, version 1) can: check -> 评审",
        "2 migrated to version 2, 0 cannot",
    ]
    assert still.command("migrate", "returns", "--reason", "新版").stdout == "0 migrated to version 2, 0 cannot\n"
    assert still.command("verify").returncode == 0
