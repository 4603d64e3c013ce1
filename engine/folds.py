"""Stretches of a journal by fold: from where on this release may execute it, and with which state it begins there."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from bpmn.errors import Conflict
from engine.entry import Entry
from engine.journal import Line
from engine.spiff import FOLDS

MOVING = frozenset({"started", "completed", "message", "timer", "job_completed", "cancelled"})


class NeedsCheckpoint(Conflict):
    """这个流程由先前的版本（规则 {fold}）办理到这里，须先用那个版本运行 ./run checkpoint，再升级到本版本。"""


def moves(entry: Entry) -> bool:
    """Whether the entry may move tokens; others pass a live copy over, and need none."""
    return entry.kind in MOVING or (entry.kind == "job_failed" and "error_code" in entry.data)


@dataclass(frozen=True)
class Base:
    """Where execution begins: after entry `seq`, from the state written there, or (None) from nothing."""

    seq: int
    state: dict[str, Any] | None


START = Base(0, None)


def base(lines: Iterable[Line]) -> Base:
    """Where this release may begin to execute the whole of a journal. Raises NeedsCheckpoint.

    The last state written down before the newest stretch of its own folds, or the start where all are its own."""
    found: Base | None = START
    strange = 0
    for line in lines:
        if line.entry.fold in FOLDS:
            continue
        strange = line.entry.fold
        if line.entry.kind == "checkpoint" and not line.erased:
            found = Base(line.entry.seq, written(line))
        elif moves(line.entry):
            found = None
    if found is None:
        raise NeedsCheckpoint(fold=strange)
    return found


def written(line: Line) -> dict[str, Any]:
    """The full state that a checkpoint holds."""
    state: dict[str, Any] = msgspec.json.decode(line.entry.data["state"])
    return state
