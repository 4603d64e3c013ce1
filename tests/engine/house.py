"""People and tiny diagrams for the engine's tests."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select

from bpmn.model import File
from engine.actor import OPERATOR, Actor
from engine.contract import TaskHandler
from engine.engine import Engine
from engine.settings import Settings
from engine.store import tables as t
from engine.views import InstanceView, TaskRow

DIAGRAMS = Path(__file__).parents[1] / "diagrams" / "engine"
START = 1_780_000_000_000_000
STORE = "guicheng.sqlite3"

PEOPLE: Mapping[str, tuple[str, ...]] = {
    "owner": ("project_manager",),
    "colleague": ("project_manager", "department_qa"),
    "reviewer": ("department_qa",),
    "seller": ("marketing",),
    "outsider": ("safety_officer",),
    "boss": ("admin",),
    "auditor": ("auditor",),
}


class Hand:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> int:
        """Now, a microsecond later each time."""
        self.at += 1
        return self.at


@cache
def _begun() -> bytes:
    """A store on SQLite with the people in it: made once, each house has a copy."""
    earlier = Hand()
    earlier.at -= 1_000  # nothing of a house happens before its people came
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(Settings(var=Path(folder)), earlier, {})
        _people(engine)
        engine.close()
        return (Path(folder) / STORE).read_bytes()


def _people(engine: Engine) -> None:
    """They are there, and nothing tells of how they came: it would be sealed with the keys of another house."""
    for name, roles in PEOPLE.items():
        engine.create_user(OPERATOR, name, f"{name}的名字", roles=roles)
    engine.room.database.run(lambda connection: connection.execute(delete(t.audit)))


class House:
    """An engine with its people; `do` completes a task as somebody."""

    def __init__(self, var: Path, topics: Mapping[str, TaskHandler] | None = None, **settings: Any) -> None:
        self.clock = Hand()
        self.settings = Settings(var=var, **settings)
        if self.settings.database_url is None and not (var / STORE).exists():
            var.mkdir(parents=True, exist_ok=True)
            (var / STORE).write_bytes(_begun())
        self.engine = Engine(self.settings, self.clock, topics or {})
        if not self.engine.users():
            _people(self.engine)

    def twin(self) -> House:
        """Another engine on the same store, with caches of its own and the same clock, as in another process."""
        other = House(self.settings.var, database_url=self.settings.database_url)
        other.clock = self.clock
        other.engine.room.clock = self.clock
        return other

    def deploy(self, *names: str) -> None:
        """Deploy diagrams of tests/diagrams/engine."""
        files = [File(f"{name}.bpmn", (DIAGRAMS / f"{name}.bpmn").read_bytes()) for name in names]
        self.engine.deploy(OPERATOR, files)

    def start(self, key: str, by: str = "owner", **variables: Any) -> InstanceView:
        """Start the process of that key."""
        return self.engine.start(Actor(by), key, f"{key}-1", variables)

    def open(self, instance: str, element: str | None = None) -> list[TaskRow]:
        """The open tasks of an instance."""
        rows = self.engine.tasks(OPERATOR, instance=instance, limit=200).items
        return [row for row in rows if element in (None, row.element)]

    def task(self, instance: str, element: str) -> TaskRow:
        """The one open task of that element."""
        (row,) = self.open(instance, element)
        return row

    def do(self, instance: str, element: str, by: str, key: str | None = None, **data: Any) -> None:
        """Complete the open task of that element."""
        self.engine.complete(Actor(by), self.task(instance, element).id, data, idempotency_key=key)

    def view(self, instance: str) -> InstanceView:
        """The instance as the console sees it."""
        return self.engine.instance(OPERATOR, instance)

    def read_tables(self) -> dict[str, list[str]]:
        """Every row of every read table."""
        with self.engine.room.database.read() as connection:
            return {table.name: sorted(map(repr, connection.execute(select(table)))) for table in t.READ_TABLES}

    def entries(self, instance: str) -> list[dict[str, Any]]:
        """The journal of an instance."""
        return self.engine.journal(OPERATOR, instance, limit=200).items
