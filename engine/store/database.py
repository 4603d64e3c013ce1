"""Connections: one transaction a use case, writers in turn, migrations at the start. What differs between SQLite and
PostgreSQL stands here, in `turns` and in `faults`, and nowhere else."""

import random
import select
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InvalidatePoolError

from bpmn import sentence
from bpmn.errors import Conflict, GuichengError
from engine.settings import SettingRefused
from engine.store import faults, turns
from engine.store.prepared import say

MIGRATIONS = Path(__file__).parent / "migrations"
PATIENCE = 10.0
"""How long (s) a writer waits for its turn before it is refused."""
TRIES = 8
T = TypeVar("T")


class StoreTooNew(GuichengError):
    """数据库的结构（{revision}）是更新的版本建立的，本版本不认识。请使用建立它的版本，或从备份恢复。"""

    status = 500


class Database:
    """The store of a house. `write()` commits on leaving and rolls back on an exception; `read()` never writes.

    Both raise a 503 of `faults` where the database cannot be used; nothing of the transaction has taken hold then."""

    def __init__(self, url: str) -> None:
        given = _known(url)
        self.sqlite = given.get_backend_name() == "sqlite"
        if self.sqlite and given.database:
            Path(given.database).parent.mkdir(parents=True, exist_ok=True)
        self.engine = sqlalchemy.create_engine(
            given,
            pool_size=16,
            max_overflow=16,
            pool_timeout=PATIENCE,
            hide_parameters=True,  # people's data is not to stand in what is said of an error
            **(_SQLITE if self.sqlite else _POSTGRESQL),
        )
        self.writer = self.engine.execution_options(writes=True)
        self._reader = self.engine if self.sqlite else self.engine.execution_options(**_ONE_STATE)
        # SQLite has one writer at a time: a queue in the process is fair, its busy handler sleeps and starves.
        self._turn = threading.Lock()
        if self.sqlite:
            event.listen(self.engine, "connect", _prepare)
            event.listen(self.engine, "begin", _begin)
        else:
            event.listen(self.engine, "checkout", _alive)

    def migrate(self, then: Callable[[Connection], object] = lambda connection: None) -> None:
        """Bring the tables up to date, and do `then` with a store that was of another structure, all or nothing.

        Of several processes that start at once, one does. Raises StoreTooNew."""
        newest = _migrations().get_current_head()
        with self.read() as connection:
            now = revision(connection)
        if now != newest:
            with self.migrating() as connection:
                now = revision(connection)  # perhaps another process has done it by now
                upgrade(connection)
                if now not in (None, newest):
                    then(connection)

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """A transaction that changes tables; no other process does so meanwhile."""
        with faults.told(), self.engine.connect() as connection:
            try:
                if self.sqlite:
                    # A table that is made anew is dropped first, and its rows' children must not go with it.
                    say(connection, "PRAGMA foreign_keys=OFF")
                with connection.execution_options(writes=True).begin():
                    turns.alone(connection, "migrate", patient=True)
                    yield connection
            finally:
                if self.sqlite:
                    connection.invalidate()  # it must not go back into the pool without its foreign keys

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that may write. Lock first what you are going to change (`turns`), read it afterwards."""
        with ExitStack() as stack:
            if self.sqlite:
                if not self._turn.acquire(timeout=PATIENCE):
                    raise faults.StoreBusy()
                stack.callback(self._turn.release)
            stack.enter_context(faults.told())
            connection = stack.enter_context(self.writer.connect())
            transaction = stack.enter_context(connection.begin())
            yield connection
            with faults.settling():
                transaction.commit()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state of the store."""
        with faults.told(), self._reader.connect() as connection:
            yield connection

    def run(self, case: Callable[[Connection], T]) -> T:
        """A use case in a transaction, and again where another came first. Raises Conflict in the end."""

        def once() -> T:
            with self.write() as connection:
                return case(connection)

        return self.again(once)

    def again(self, once: Callable[[], T]) -> T:
        """Call `once`, which makes one transaction, until it was not overtaken, or the connection lost, on its way.

        Raises Conflict after TRIES, StoreAway where the database does not answer the second time either."""
        lost = False
        for number in range(TRIES):
            try:
                return once()
            except DBAPIError as error:
                if not faults.overtaken(error):
                    raise
            except faults.StoreAway:
                if lost:
                    raise
                lost = True
            time.sleep(random.uniform(0, 0.001 * 2**number))  # two that run into each other must not do so for ever
        raise Conflict()

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


@cache
def _migrations() -> ScriptDirectory:
    """Every migration, read once."""
    return ScriptDirectory(str(MIGRATIONS))


def revision(connection: Connection) -> str | None:
    """Which structure the store has, None for none yet. Raises StoreTooNew."""
    now = MigrationContext.configure(connection).get_current_revision()
    if now is not None:
        known(now)
    return now


def known(revision: str) -> None:
    """Raises StoreTooNew for a structure that this release does not know."""
    if revision not in {script.revision for script in _migrations().walk_revisions()}:
        raise StoreTooNew(revision=revision)


def upgrade(connection: Connection, to: str = "head") -> None:
    """Bring the tables up to a revision, within `migrating`."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, to)


def _known(url: str) -> URL:
    """The URL with its driver. Raises SettingRefused for a database that is neither of the two."""
    try:
        given = make_url(url)
    except ArgumentError as error:
        raise SettingRefused(name="GUICHENG_DATABASE_URL", reason="应形如 postgresql+psycopg://用户@主机/库") from error
    if given.drivername in ("postgresql", "postgres"):
        given = given.set(drivername="postgresql+psycopg")
    if given.drivername not in ("sqlite", "postgresql+psycopg"):
        raise SettingRefused(
            name="GUICHENG_DATABASE_URL", reason=sentence.say("不支持 {driver}", driver=given.drivername)
        )
    return given


# --- SQLite ----------------------------------------------------------------------------------------------------------
_SQLITE: dict[str, Any] = {"connect_args": {"timeout": PATIENCE, "check_same_thread": False}}


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


# --- PostgreSQL ------------------------------------------------------------------------------------------------------
_POSTGRESQL: dict[str, Any] = {
    "isolation_level": "READ COMMITTED",  # why: see turns
    "connect_args": {
        "application_name": "guicheng",
        "connect_timeout": 5,
        # A machine that vanished says nothing: without these a writer would wait for its answer for hours.
        "keepalives_idle": 30,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 20_000,
        "options": f"-c lock_timeout={int(PATIENCE)}s -c idle_in_transaction_session_timeout=300s",
    },
}
_ONE_STATE: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


def _alive(connection: Any, record: object, proxy: object) -> None:
    """Notice, without asking, that the server ended a session: an idle connection has nothing else to tell."""
    if not connection.closed:
        poll = select.poll()
        poll.register(connection.fileno(), select.POLLIN)
        if not poll.poll(0):
            return
    raise InvalidatePoolError()
