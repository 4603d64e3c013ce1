"""Where the tests of pages, programs and procedures keep what they store: SQLite, else PostgreSQL where one says so.

    GUICHENG_TEST_STORE=postgresql ./test tests/web tests/procedures tests/browser

The tests of the engine need no telling: they run on both.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url

from tests.postgres import Postgres

ON_POSTGRESQL = os.environ.get("GUICHENG_TEST_STORE") == "postgresql"


@dataclass(frozen=True)
class Store:
    """A folder to write in, and the address of the database, None for SQLite in that folder."""

    var: Path
    url: str | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What a process has to be told."""
        return {"GUICHENG_VAR": str(self.var)} | ({"GUICHENG_DATABASE_URL": self.url} if self.url else {})


class Stores:
    """Makes stores, and removes the databases that it made."""

    def __init__(self, postgres: Postgres | None) -> None:
        self._postgres = postgres
        self._made: list[str] = []

    def new(self, var: Path) -> Store:
        """An empty one."""
        return Store(var, self._database())

    def copy(self, store: Store, var: Path) -> Store:
        """All that a store holds, which nobody works on meanwhile."""
        shutil.copytree(store.var, var)
        return Store(var, self._database(store.url))

    def drop(self) -> None:
        """Remove them."""
        while self._postgres is not None and self._made:
            self._postgres.drop(self._made.pop())

    def _database(self, like: str | None = None) -> str | None:
        if self._postgres is None:
            return None
        name = make_url(like).database if like else None
        self._made.append(self._postgres.make(name) if name else self._postgres.make())
        return self._made[-1]
