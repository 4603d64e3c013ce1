"""A store of every earlier structure comes up to today's with all that is in it, on either database.

`schemas/NUMBER.zip` is a backup of a small store that a release of that structure left; it is never made again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from engine import backup
from engine.actor import OPERATOR, Actor
from engine.audit_log import Asked
from engine.contract import Job, Services
from engine.settings import Settings
from engine.store.database import MIGRATIONS, StoreTooNew
from engine.store.tables import metadata
from tests.engine.house import House

SCHEMAS = Path(__file__).with_name("schemas")
KEYS = {"audit_key": "k1:release 0.1.0", "secret_key": "s"}
OWNER = Actor("owner")
HEAD = ScriptDirectory(str(MIGRATIONS)).get_current_head()


def work(job: Job, services: Services) -> Mapping[str, Any]:
    """The service task of the stored instances."""
    return {"made": job.inputs["subject"]}


def test_every_structure_before_todays_has_a_store_kept() -> None:
    script = ScriptDirectory(str(MIGRATIONS))
    earlier = {revision.revision for revision in script.walk_revisions()} - {script.get_current_head()}
    assert {path.stem for path in SCHEMAS.glob("*.zip")} == earlier


@pytest.mark.parametrize("kept", sorted(SCHEMAS.glob("*.zip")), ids=lambda path: path.stem)
def test_a_store_of_an_earlier_release_is_brought_up_and_goes_on(tmp_path: Path, store: str | None, kept: Path) -> None:
    backup.restore(Settings(var=tmp_path / "var", database_url=store, **KEYS), kept)  # type: ignore[arg-type]
    house = House(tmp_path / "var", {"work": work}, database_url=store, **KEYS)
    house.clock.at += 10**9
    try:
        assert differences(house) == []
        report, before = house.engine.verify(), house.read_tables()
        assert {row.action for row in house.engine.audit_log(OPERATOR, Asked(), limit=200).items} >= {"create_user"}
        assert report.ok and report.instances >= 10 and len(report.erased) == 1, str(report)
        house.engine.rebuild()
        assert house.read_tables() == before
        _goes_on(house)
        assert house.engine.verify().ok
    finally:
        house.engine.close()


def differences(house: House) -> list[Any]:
    """How the tables that the migrations made differ from those that the code knows."""
    # Procrastinate's tables come from Procrastinate.
    ours = {"include_name": lambda name, kind, parents: kind != "table" or not name.startswith("procrastinate")}
    with house.engine.room.database.read() as connection:
        return list(compare_metadata(MigrationContext.configure(connection, opts=ours), metadata))


def test_the_migrations_make_exactly_the_tables(house: House) -> None:
    assert differences(house) == []


def _goes_on(house: House) -> None:
    """Its running instances do what is next: a task with a draft, a job that waits, a failed step, a sent request."""
    rows = house.engine.instances(Actor("auditor")).items
    returned = next(row.id for row in rows if row.title == "甲")
    task = house.task(returned, "write")
    assert (task.assignee, house.engine.draft(Actor("colleague"), task.id)) == ("colleague", {"text": "草"})
    house.do(returned, "write", "colleague", text="二")
    house.do(returned, "check", "reviewer", result="pass")
    assert house.view(returned).status == "completed"
    (waiting,) = [row.id for row in rows if row.definition["key"] == "machine" and "made" not in _variables(house, row)]
    assert house.engine.run_jobs_once() == 1
    assert house.view(waiting).variables["made"] == "丙"
    (failed,) = [row.id for row in rows if row.status == "failed"]
    house.do(failed, "fill", "owner", amount=5)
    assert house.view(failed).status == "completed"
    assert house.engine.authenticate("owner", "long enough") is not None


def _variables(house: House, row: Any) -> Mapping[str, Any]:
    return house.view(row.id).variables


def test_a_store_of_tomorrow_is_not_touched(house: House) -> None:
    with house.engine.room.database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreTooNew):
        house.twin()


def test_a_store_that_is_opened_by_a_newer_release_fills_what_is_new_from_its_journals(house: House) -> None:
    house.deploy("returns")
    house.start("returns", project_name="甲")
    before = house.read_tables()
    with house.engine.room.database.write() as connection:
        connection.execute(text("DELETE FROM candidate"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    with pytest.MonkeyPatch.context() as then:
        # A release whose newest migration changes nothing but has to fill a read table.
        then.setattr("engine.store.database.known", lambda revision: None)
        then.setattr(
            "engine.store.database.upgrade",
            lambda connection: connection.execute(text(f"UPDATE alembic_version SET version_num = '{HEAD}'")),
        )
        house.twin().engine.close()
    assert house.read_tables() == before
