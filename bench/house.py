"""An engine of its own in a folder of its own, with people, and instances played through it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event

from bench import model
from bpmn.model import File
from engine.actor import OPERATOR, Actor
from engine.clock import Clock
from engine.engine import Engine
from engine.settings import Settings
from server import settle

OWNER = Actor("owner", "api", "127.0.0.1")
PEOPLE = {"owner": ("project_manager",), "boss": ("admin",), "supervisor": ("project_supervisor",)}


@contextmanager
def opened(
    *keys: str, files: list[File] | None = None, clock: Clock | None = None, **settings: Any
) -> Iterator[Engine]:
    """A fresh store with the diagrams of those keys deployed; gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="guicheng-bench-") as folder:
        engine = Engine(Settings(var=Path(folder), **settings), clock)
        try:
            furnish(engine, files or model.files(*keys))
            settle()
            yield engine
        finally:
            engine.close()


@contextmanager
def hasty(engine: Engine) -> Iterator[None]:
    """Commits that wait for no disk, while what is to be measured is only prepared."""

    def forget(connection: Any, *unused: object) -> None:
        connection.execute("PRAGMA synchronous=OFF")

    def keep(connection: Any, *unused: object) -> None:
        connection.execute("PRAGMA synchronous=FULL")

    place = engine.room.database.engine
    event.listen(place, "checkout", forget)
    event.listen(place, "checkin", keep)
    try:
        yield
    finally:
        event.remove(place, "checkout", forget)
        event.remove(place, "checkin", keep)


def furnish(engine: Engine, files: list[File]) -> None:
    """People and diagrams."""
    for name, roles in PEOPLE.items():
        engine.create_user(OPERATOR, name, name, roles=roles)
    engine.deploy(OPERATOR, files)


Do = Callable[[str, int], None]


def play(engine: Engine, turn: int, do: Do | None = None) -> str:
    """One instance of the model from start to end; `do(task, step)` completes. Answers the instance."""
    instance = engine.start(OWNER, model.KEY, f"K-{turn}", {}, idempotency_key=f"s-{turn}").id
    for step in range(1, model.STEPS + 1):
        (row,) = engine.tasks(OWNER, instance=instance).items
        if do is not None:
            do(row.id, step)
        else:
            engine.complete(OWNER, row.id, model.answers(step, turn), idempotency_key=f"c-{turn}-{step}")
    return instance
