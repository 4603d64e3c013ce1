"""Procrastinate's tables and functions: made and brought up to the installed release when a house opens its store.

Its release is written on its table. Its files are read, not imported: only a worker needs the package itself.
"""

from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import Connection, text

from engine.store import turns
from engine.store.database import Database

_written = text("SELECT obj_description(to_regclass('procrastinate_jobs'), 'pg_class')")
_there = text("SELECT to_regclass('procrastinate_jobs') IS NOT NULL")


def prepare(database: Database) -> None:
    """Make or migrate Procrastinate's schema; of several processes that start at once, one does."""
    installed = version("procrastinate")
    with database.write() as connection:
        turns.alone(connection, "procrastinate", patient=True)
        written = connection.execute(_written).scalar()
        if written == installed:
            return
        if not connection.execute(_there).scalar():
            _run(connection, (_files() / "schema.sql").read_text(encoding="utf-8"))
        else:
            for path in sorted((_files() / "migrations").glob("*.sql")):
                if _release(written or "0") < _release(path.name.split("_")[0]) <= _release(installed):
                    _run(connection, path.read_text(encoding="utf-8"))
        _run(connection, f"COMMENT ON TABLE procrastinate_jobs IS '{installed}'")


def _files() -> Path:
    found = find_spec("procrastinate")
    assert found is not None and found.submodule_search_locations  # a dependency
    return Path(found.submodule_search_locations[0]) / "sql"


def _release(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".")[:3])


def _run(connection: Connection, script: str) -> None:
    # Without parameters the driver takes a whole script, and a % in it for nothing else.
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.execute(script)
