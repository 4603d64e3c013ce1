"""CPU of a turn in an instance that has turned 1 000 and 10 000 times, beside one that has turned ten times."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from contextlib import ExitStack

from bench.house import OWNER, hasty, opened
from bench.measure import Line, Sample, Size, Watch
from engine.clock import SECOND, SystemClock
from engine.engine import Engine

FLAT = 1.5
WINDOW = 40
YOUNG = 10
HOUR = 3600 * SECOND


class Hand(SystemClock):
    """The machine's clock, moved ahead by hand."""

    ahead = 0

    def now(self) -> int:
        """Now, and what it was moved ahead."""
        return super().now() + self.ahead


Turn = Callable[[Engine, str, Hand], None]


def measure(size: Size) -> list[Line]:
    """Each of the four that turn; beside an old instance always a young one, at the same time."""
    lines = []
    for key, turn in TURNS.items():
        with ExitStack() as stack:
            old = Turned(stack, key, turn, size.of(10_000, 1_000) + 2 * WINDOW)
            for point in (size.of(1_000, 100), size.of(10_000, 1_000)):
                old.grow(point)
                with ExitStack() as meanwhile:
                    young = Turned(meanwhile, key, turn, 2 * WINDOW)
                    young.grow(YOUNG)
                    first, cost = _beside(young, old)
                title = f"{key}: a turn after {point}, CPU"
                lines.append(Line(title, "ms", cost, FLAT * first.median, beside=first))
    return lines


class Turned:
    """An instance in a house of its own, and how often it has turned."""

    def __init__(self, stack: ExitStack, key: str, turn: Turn, most: int) -> None:
        self.clock = Hand()
        self.engine = stack.enter_context(opened(key, clock=self.clock))
        items = list(range(most + 1)) if key == "in_sequence" else []
        self.instance = self.engine.start(OWNER, key, key, {"items": items}).id
        self.turn, self.done = turn, 0

    def once(self) -> float:
        """One turn; answers its CPU, ms."""
        watch = Watch()
        with watch:
            self.turn(self.engine, self.instance, self.clock)
        self.done += 1
        return watch.cpu

    def grow(self, point: int) -> None:
        """Turn until it has turned so often."""
        with hasty(self.engine):
            while self.done < point:
                self.once()


def _beside(young: Turned, old: Turned) -> tuple[Sample, Sample]:
    """Turns of both, one after the other: medians of the quarters of a window, for one slow moment is no growth."""
    pairs = [(young.once(), old.once()) for _ in range(WINDOW)]
    part = WINDOW // 4
    quarters = [pairs[at : at + part] for at in range(0, WINDOW, part)]
    first, cost = ([statistics.median(one[way] for one in quarter) for quarter in quarters] for way in (0, 1))
    return Sample(tuple(first)), Sample(tuple(cost))


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


TURNS: dict[str, Turn] = {
    "and_loop": _and_loop,
    "in_sequence": _once,
    "standard_loop": _once,
    "reminded": _reminded,
}
