"""Stretches of a journal by fold: from where on this release may execute it, and with which state it begins there."""

from collections.abc import Iterable
from dataclasses import dataclass

from bpmn.errors import Conflict
from engine.entry import Entry
from engine.journal import Line
from engine.spiff import FOLDS

MOVING = frozenset({"started", "completed", "message", "timer", "job_completed", "cancelled", "modified", "migrated"})


class NeedsCheckpoint(Conflict):
    """这个流程由规则 {fold} 的版本办到这里：须先用那个版本运行 ./run checkpoint，本版本才能接着办理。"""


def moves(entry: Entry) -> bool:
    """Whether the entry may move tokens; others pass a live copy over, and need none."""
    return entry.kind in MOVING or (entry.kind == "job_failed" and "error_code" in entry.data)


@dataclass(frozen=True)
class Base:
    """Where execution begins: after entry `seq`, from the state written there, or (None) from nothing."""

    seq: int
    state: str | None


START = Base(0, None)


def ours(lines: Iterable[Line]) -> bool:
    """Whether this release may execute all of these entries."""
    return all(line.entry.fold in FOLDS or not moves(line.entry) for line in lines)


def base(lines: Iterable[Line]) -> Base:
    """Where this release may begin to execute the whole of a journal. Raises NeedsCheckpoint.

    The last state written down before the newest stretch of its own folds, or the start where all are its own."""
    found: Base | None = START
    strange = 0
    for line in lines:
        if states(line) and (found is None or line.entry.fold not in FOLDS):
            found = Base(line.entry.seq, written(line))
        elif not ours([line]):
            found, strange = None, line.entry.fold
    if found is None:
        raise NeedsCheckpoint(fold=strange)
    return found


def states(line: Line) -> bool:
    """Whether a line tells the full state."""
    return line.entry.kind == "checkpoint" and not line.erased


def written(line: Line) -> str:
    """The full state that a checkpoint tells."""
    return str(line.entry.data["state"])
