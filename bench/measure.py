"""Measured figures: several rounds each, taken in turns so that a noisy neighbour hits all of them alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Sample:
    """The figures of several rounds, of one unit."""

    figures: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(self.figures)

    @property
    def range(self) -> tuple[float, float]:
        """The least and the most."""
        return min(self.figures), max(self.figures)


@dataclass(frozen=True)
class Line:
    """A line of the table. `bound` is what `sample` may reach at most (or at least, where more is better)."""

    name: str
    unit: str
    sample: Sample
    bound: float | None = None
    more_is_better: bool = False
    beside: Sample | None = None
    """The floor that the line is a ratio of."""

    @property
    def ratio(self) -> float | None:
        """How many times the floor."""
        return self.sample.median / self.beside.median if self.beside is not None and self.beside.median else None

    @property
    def reached(self) -> bool | None:
        """Whether the median keeps the bound; None where there is none."""
        if self.bound is None:
            return None
        return self.sample.median >= self.bound if self.more_is_better else self.sample.median <= self.bound


@dataclass
class Size:
    """How much to measure: `rounds` of everything, and shorter ones with --quick."""

    quick: bool = False
    rounds: int = field(init=False)

    def __post_init__(self) -> None:
        self.rounds = 3 if self.quick else 7

    def of(self, full: int, quick: int) -> int:
        """The number for this run."""
        return quick if self.quick else full


@dataclass
class Watch:
    """Adds up CPU and wall time, in milliseconds, of what happens between `start` and `stop`."""

    cpu: float = 0.0
    wall: float = 0.0
    laps: int = 0
    _began: tuple[float, float] = (0.0, 0.0)

    def __enter__(self) -> Watch:
        self._began = time.process_time(), time.perf_counter()
        return self

    def __exit__(self, *unused: object) -> None:
        self.cpu += (time.process_time() - self._began[0]) * 1000
        self.wall += (time.perf_counter() - self._began[1]) * 1000
        self.laps += 1

    @property
    def each(self) -> tuple[float, float]:
        """CPU and wall of one lap."""
        return self.cpu / self.laps, self.wall / self.laps


def in_turns(rounds: int, ways: Mapping[str, Callable[[], Mapping[str, float]]]) -> dict[str, dict[str, Sample]]:
    """Every way once a round, A B C A B C; each answers figures by name. The first round warms up and is dropped."""
    found: dict[str, list[Mapping[str, float]]] = {name: [] for name in ways}
    for _ in range(rounds + 1):
        for name, way in ways.items():
            found[name].append(way())
    return {
        name: {figure: Sample(tuple(one[figure] for one in taken[1:])) for figure in taken[0]}
        for name, taken in found.items()
    }


def percentile(figures: list[float], share: float) -> float:
    """The figure that `share` of all do not exceed."""
    ordered = sorted(figures)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
