"""A process that completes tasks, says so after each answer, and is killed at a point of its third step.

The fault point is set from outside: a function of the engine is replaced by one that kills the process.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy import event

from engine import journal, record
from engine.actor import Actor
from engine.store.database import Database
from tests.engine.house import House

THIRD = 3


def work(where: str, var: Path, store: str | None, said: Connection) -> None:
    """Complete one task after the other; tell the instance first, then the number of each that was acknowledged."""
    house = House(var, database_url=store)
    house.clock.at += 10**9
    house.deploy("turns")
    made = house.start("turns")
    said.send(made.id)
    if where == "before-entry":
        journal.append = _deadly(journal.append, after=False)
    elif where == "after-entry":
        journal.append = _deadly(journal.append, after=True)
    elif where == "after-read-tables":
        record.record = _deadly(record.record, after=True)
    elif where in ("at-commit", "after-commit"):
        _deadly_commit(house.engine.room.database, after=where == "after-commit")
    for number in range(100):
        house.engine.complete(Actor("owner"), house.task(made.id, "turn").id, {"stop": False, "number": number})
        said.send(number)


def die(*unused: Any) -> None:
    """At once."""
    os.kill(os.getpid(), signal.SIGKILL)


def _deadly(honest: Callable[..., Any], after: bool) -> Callable[..., Any]:
    left = [THIRD]

    def call(*given: Any, **named: Any) -> Any:
        left[0] -= 1
        if left[0] == 0 and not after:
            die()
        answer = honest(*given, **named)
        if left[0] == 0:
            die()
        return answer

    return call


def _deadly_commit(database: Database, after: bool) -> None:
    honest, left = database.write, [THIRD]

    @contextmanager
    def write() -> Iterator[sqlalchemy.Connection]:
        left[0] -= 1
        with honest() as connection:
            yield connection
            if left[0] == 0 and not after:
                event.listen(connection, "commit", die)
        if left[0] == 0:
            die()

    database.write = write  # type: ignore[method-assign]  # for this one process
