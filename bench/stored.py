"""Bytes stored for one finished instance of the model: tables, indexes and idempotency rows, after housekeeping."""

from __future__ import annotations

import sqlite3

from bench.house import hasty, opened, play
from bench.measure import Line, Sample, Size
from engine import archive, passages
from engine.engine import Engine

BOUND = 8 * 1024


def measure(size: Size) -> list[Line]:
    """By how much the database grows, over some hundreds of instances; and by how much before journals are packed."""
    each = size.of(300, 100)
    rounds = size.of(3, 2)
    packed, loose = [], []
    with opened("ten") as engine, hasty(engine):
        _instances(engine, range(50))
        before = _kept(engine)
        for number in range(rounds):
            _instances(engine, range(1000 * (number + 1), 1000 * (number + 1) + each))
            loose.append((_bytes(engine) - before) / each)
            after = _kept(engine)
            packed.append((after - before) / each)
            before = after
    return [
        Line("stored of a finished instance, journal not yet packed", "bytes", Sample(tuple(loose))),
        Line("stored of a finished instance", "bytes", Sample(tuple(packed)), BOUND),
    ]


def _instances(engine: Engine, turns: range) -> None:
    for turn in turns:
        play(engine, turn)


def _kept(engine: Engine) -> int:
    passages.keep(engine.room)
    archive.pack(engine.room, quiet=-1)
    return _bytes(engine)


def _bytes(engine: Engine) -> int:
    """Bytes of all pages in use."""
    with sqlite3.connect(engine.settings.url.removeprefix("sqlite:///")) as store:
        (size,), (pages,), (free,) = (
            store.execute(f"PRAGMA {name}").fetchone() for name in ("page_size", "page_count", "freelist_count")
        )
    store.close()
    return int(size * (pages - free))
