"""CPU of a completion in one instance that has turned 10, 1 000 and 10 000 times: it must not depend on that."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator

from bench.house import OWNER, hasty, opened
from bench.measure import Line, Sample, Size, Watch
from engine.clock import SECOND, SystemClock
from engine.engine import Engine

FLAT = 1.5
WINDOW = 40
HOUR = 3600 * SECOND


class Hand(SystemClock):
    """The machine's clock, moved ahead by hand."""

    ahead = 0

    def now(self) -> int:
        """Now, and what it was moved ahead."""
        return super().now() + self.ahead


def measure(size: Size) -> list[Line]:
    """Each of the four that turn."""
    points = (10, size.of(1_000, 100), size.of(10_000, 1_000))
    lines = []
    for key, turn in TURNS.items():
        costs = _costs(key, turn, points)
        first = costs[points[0]]
        lines.append(Line(f"{key}: a turn after {points[0]}, CPU", "ms", first))
        for point in points[1:]:
            cost = costs[point]
            lines.append(
                Line(f"{key}: after {point}, CPU", "ms", cost, FLAT * first.median, beside=first),
            )
    return lines


def _costs(key: str, turn: Callable[[Engine, str, Hand], None], points: tuple[int, ...]) -> dict[int, Sample]:
    clock = Hand()
    found = {}
    with opened(key, clock=clock) as engine:
        items = list(range(points[-1] + 2 * WINDOW + 1)) if key == "in_sequence" else []
        instance = engine.start(OWNER, key, key, {"items": items}).id
        done = 0
        for point in points:
            with hasty(engine):
                while done < point:
                    turn(engine, instance, clock)
                    done += 1
            figures = []
            for _ in range(WINDOW):
                watch = Watch()
                with watch:
                    turn(engine, instance, clock)
                done += 1
                figures.append(watch.cpu)
            found[point] = Sample(tuple(_quarters(figures)))
    return found


def _quarters(figures: list[float]) -> Iterator[float]:
    """Medians of the quarters of a window: one slow moment of the machine is no growth."""
    part = len(figures) // 4
    for at in range(0, part * 4, part):
        yield statistics.median(figures[at : at + part])


def _and_loop(engine: Engine, instance: str, clock: Hand) -> None:
    for row in engine.tasks(OWNER, instance=instance).items:
        engine.complete(OWNER, row.id, {"again": True})


def _once(engine: Engine, instance: str, clock: Hand) -> None:
    (row,) = engine.tasks(OWNER, instance=instance).items
    engine.complete(OWNER, row.id, {"again": True})


def _reminded(engine: Engine, instance: str, clock: Hand) -> None:
    clock.ahead += HOUR
    assert engine.run_timers_once() == 1, "one turn of the cycle"
    row = next(row for row in engine.tasks(OWNER, instance=instance).items if row.element == "remind")
    engine.complete(OWNER, row.id, {})


TURNS: dict[str, Callable[[Engine, str, Hand], None]] = {
    "and_loop": _and_loop,
    "in_sequence": _once,
    "standard_loop": _once,
    "reminded": _reminded,
}
