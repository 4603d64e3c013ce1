"""Connections: one transaction a use case, writers in turn on SQLite, migrations at the start."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, event

from engine.store.prepared import say

MIGRATIONS = Path(__file__).parent / "migrations"


class Database:
    """The store of a house. `write()` commits on leaving and rolls back on an exception; `read()` never writes."""

    def __init__(self, url: str) -> None:
        self.sqlite = url.startswith("sqlite")
        if self.sqlite:
            Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
        options: dict[str, Any] = {"connect_args": {"timeout": 30, "check_same_thread": False}} if self.sqlite else {}
        self.engine = sqlalchemy.create_engine(url, pool_size=16, max_overflow=16, **options)
        self.writer = self.engine.execution_options(writes=True)
        # SQLite has one writer at a time: a queue in the process is fair, its busy handler sleeps and starves.
        self._turn = threading.Lock()
        if self.sqlite:
            event.listen(self.engine, "connect", _prepare)
            event.listen(self.engine, "begin", _begin)

    def migrate(self) -> None:
        """Bring the tables up to date."""
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        with self.engine.connect() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that may write."""
        if not self.sqlite:
            with self.writer.begin() as connection:
                yield connection
            return
        with self._turn, self.writer.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state of the store."""
        with self.engine.connect() as connection:
            yield connection

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def _prepare(connection: Any, record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves: the driver's own begins too late
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    # A reader that turns writer half-way is refused at once by SQLite: writers say so from the start.
    writes = connection.get_execution_options().get("writes", False)
    say(connection, "BEGIN IMMEDIATE" if writes else "BEGIN")
