"""The replay of instances of 2 000 and of 10 000 entries: opening it where nothing was read yet, and one moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from flask.testing import FlaskClient

from bench import model
from bench.cold import LONG
from bench.house import OWNER, hasty, opened
from bench.measure import Line, Size, Watch, in_turns
from bench.pages import logged_in
from engine.engine import Engine

SECOND = 1000.0
FLAT = 1.5


def measure(size: Size) -> list[Line]:
    """The page with its film, as a browser asks for them; the details of a moment in the middle."""
    few, many = size.of(2_000, 200), size.of(10_000, 1_000)
    with opened("ten") as engine:
        client = logged_in(engine)
        with hasty(engine):
            instances = {entries: _long(engine, entries) for entries in (few, many)}
        ways: dict[str, Callable[[], Mapping[str, float]]] = {}
        for entries, instance in instances.items():
            ways[f"open {entries}"] = partial(_opened, engine, client, instance)
            ways[f"moment {entries}"] = partial(_moment, client, instance, entries // 2)
        found = in_turns(size.rounds, ways)
    lines = []
    for entries in instances:
        title = f"opening the replay of {entries} entries, page and film"
        lines.append(Line(f"{title}, CPU", "ms", found[f"open {entries}"]["cpu"]))
        lines.append(Line(f"{title}, wall", "ms", found[f"open {entries}"]["wall"], SECOND))
    short, long = (found[f"moment {entries}"]["cpu"] for entries in instances)
    lines.append(Line(f"one moment of {few} entries, CPU", "ms", short))
    lines.append(Line(f"one moment of {many} entries, CPU", "ms", long, FLAT * short.median, beside=short))
    return lines


def _long(engine: Engine, entries: int) -> str:
    """An instance that has gone round until it has so many entries."""
    instance = engine.start(OWNER, model.KEY, f"long-{entries}", {}).id
    for done in range(1, entries):
        (row,) = engine.tasks(OWNER, instance=instance).items
        step = int(row.element.removeprefix("step_"))
        engine.complete(OWNER, row.id, {**model.answers(step, done), **({"choice_8": LONG} if step == 8 else {})})
    return instance


def _opened(engine: Engine, client: FlaskClient, instance: str) -> Mapping[str, float]:
    """As in a process that has not read of the journal before."""
    engine.room.films.clear()
    watch = Watch()
    with watch:
        page = client.get(f"/projects/{instance}/replay")
        film = client.get(f"/projects/{instance}/replay/moments")
    assert page.status_code == film.status_code == 200, (page.status_code, film.status_code)
    return {"cpu": watch.cpu, "wall": watch.wall}


def _moment(client: FlaskClient, instance: str, at: int) -> Mapping[str, float]:
    """The details that the page asks for when one stops at a moment."""
    watch = Watch()
    with watch:
        answers = [client.get(f"/projects/{instance}/replay/{at + turn}") for turn in range(10)]
    assert all(answer.status_code == 200 for answer in answers)
    return {"cpu": watch.cpu / len(answers)}
