"""Inbox and project pages, p95, with 100 000 finished instances stored and with ten, taken in turns."""

from __future__ import annotations

import re
import time

from flask.testing import FlaskClient

import web.app
from bench import model
from bench.house import OWNER, hasty, opened, play
from bench.measure import Line, Sample, Size, percentile
from engine.actor import OPERATOR
from engine.engine import Engine

PASSWORD = "bench-bench-bench"
FLAT = 1.5
OPEN = 10
PAGES = {
    "inbox, what waits for my role": "/inbox?view=role",
    "inbox, what I have done": "/inbox?view=done",
    "projects": "/projects",
    "project": "/projects/{instance}",
    "project's timeline": "/projects/{instance}?tab=timeline",
}
# Copies of one real instance's rows under new ids; the temporary table holds the ids.
COPIES = """
CREATE TEMP TABLE copy (id TEXT PRIMARY KEY, number INTEGER);
WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < {count})
INSERT INTO copy SELECT {uuid}, x FROM n;
INSERT INTO entry SELECT c.id, e.seq, e.body, e.effects, e.hash, e.seal, e.kid
    FROM copy c JOIN entry e ON e.instance = '{instance}' ORDER BY c.id, e.seq;
INSERT INTO payload SELECT c.id, p.seq, p.salt, p.body
    FROM copy c JOIN payload p ON p.instance = '{instance}' ORDER BY c.id, p.seq;
INSERT INTO instance ({instance_columns}) SELECT {instance_values}
    FROM copy c JOIN instance i ON i.id = '{instance}';
INSERT INTO task ({task_columns}) SELECT {task_values}
    FROM copy c JOIN task k ON k.instance = '{instance}';
INSERT INTO participant SELECT p.user, p.created_at - c.number, c.id
    FROM copy c JOIN participant p ON p.root = '{instance}';
"""
RANDOM = [f"lower(hex(randomblob({size})))" for size in (4, 2, 2, 2, 6)]
UUID = " || '-' || ".join(RANDOM)


def measure(size: Size) -> list[Line]:
    """Each page in both stores."""
    count = size.of(100_000, 5_000)
    with opened("ten") as small, opened("ten") as large:
        with hasty(small), hasty(large):
            for turn in range(1, OPEN):  # a page of each list, so that the same is drawn in both
                play(small, turn)
            _fill(large, play(large, 0), count)
        few, many = _visited(small), _visited(large)
        lines = []
        for name, path in PAGES.items():
            found = _figures(size, path, few, many)
            empty, full = (Sample(tuple(figures)) for figures in found)
            lines.append(Line(f"{name}: p95, ten finished instances stored", "ms", empty))
            title = f"{name}: p95, {count} finished instances stored"
            lines.append(Line(title, "ms", full, FLAT * empty.median, beside=empty))
    return lines


def _figures(size: Size, path: str, *places: tuple[FlaskClient, str]) -> tuple[list[float], ...]:
    """The p95 of some rounds for each place, the places in turn."""
    found: tuple[list[float], ...] = tuple([] for _ in places)
    for _ in range(min(size.rounds, 5)):
        taken: tuple[list[float], ...] = tuple([] for _ in places)
        for _ in range(size.of(60, 20)):
            for (client, instance), figures in zip(places, taken, strict=True):
                began = time.process_time()
                answer = client.get(path.format(instance=instance))
                figures.append((time.process_time() - began) * 1000)
                assert answer.status_code == 200, (path, answer.status_code)
        for figures, all_of_them in zip(taken, found, strict=True):
            all_of_them.append(percentile(figures, 0.95))
    return found


def _visited(engine: Engine) -> tuple[FlaskClient, str]:
    """A person who is logged in, and a running instance half-way; ten more wait."""
    instances = [engine.start(OWNER, model.KEY, f"open-{turn}", {}).id for turn in range(OPEN + 1)]
    for step in range(1, 6):
        (row,) = engine.tasks(OWNER, instance=instances[0]).items
        engine.complete(OWNER, row.id, model.answers(step))
    return logged_in(engine), instances[0]


def logged_in(engine: Engine, user: str = OWNER.user) -> FlaskClient:
    """That person's browser, the owner's where nobody is named."""
    engine.set_password(OPERATOR, user, PASSWORD)
    client = web.app.build(engine, engine.settings).test_client()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/login").text)
    assert token is not None
    sent = {"csrf_token": token[1], "name": user, "password": PASSWORD}
    assert client.post("/login", data=sent).status_code == 302
    return client


def _fill(engine: Engine, instance: str, count: int) -> None:
    """Copies of a finished instance: rows, not work."""
    with engine.room.database.write() as connection:
        names = [row[1] for row in connection.exec_driver_sql("PRAGMA table_info(instance)")]
        kept = [row[1] for row in connection.exec_driver_sql("PRAGMA table_info(task)")]
    own = {"id": "c.id", "root": "c.id", "created_at": "i.created_at - c.number", "business_key": "'F-' || c.number"}
    mine = {"id": UUID, "instance": "c.id"}
    mine |= {at: f"k.{at} - c.number" for at in ("created_at", "closed_at")}
    script = COPIES.format(
        count=count,
        uuid=UUID,
        instance=instance,
        instance_columns=", ".join(f'"{name}"' for name in names),
        instance_values=", ".join(own.get(name, f'i."{name}"') for name in names),
        task_columns=", ".join(f'"{name}"' for name in kept),
        task_values=", ".join(mine.get(name, f'k."{name}"') for name in kept),
    )
    with engine.room.database.write() as connection:
        for statement in script.split(";\n"):
            if statement.strip():
                connection.exec_driver_sql(statement)
        connection.exec_driver_sql("DROP TABLE copy")
