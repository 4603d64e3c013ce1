"""The real procedures under a machine that decides at random: nothing stalls, and every element can be reached."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import pytest

from bpmn.library import procedures
from bpmn.model import File
from bpmn.normalise import normalise
from bpmn.read import read
from engine.entry import Entry
from engine.spiff import Live, Program, apply, compile, new

FILES = [
    File(file.name, normalise(file.content)) if file.name.endswith(".bpmn") else file
    for files in procedures().values()
    for file in files
    if file.name.endswith((".bpmn", ".dmn"))
]
KEYS = sorted(process.key for file in FILES if file.name.endswith(".bpmn") for process in read(file))
WALKS = 400
LONGEST = 2_000


class Chance:
    """Conditions fall as the dice do, collections have two items, scripts say nothing, and every time is tomorrow."""

    def __init__(self, program: Program, dice: random.Random) -> None:
        multis = [element.multi for element in program.elements.values() if element.multi is not None]
        nodes = [node for spec in program.stages.values() for node in spec.task_specs.values()]
        self.dice = dice
        self.conditions = {way.condition for node in nodes for way in getattr(node, "ways", ())}
        self.conditions |= {multi.completion for multi in multis}
        self.collections = {multi.collection for multi in multis}
        found = program.elements.values()
        self.conditions |= {element.event_value for element in found if element.event == "conditional"}
        self.scripts = {element.script for element in found if element.script and not element.result_variable}

    def names(self, expression: str) -> frozenset[str]:
        """None: chance needs no variables."""
        return frozenset()

    def evaluate(self, expression: str, variables: Mapping[str, Any], now_us: int) -> Any:
        """A value that fits where the expression stands."""
        if expression in self.conditions:
            return self.dice.random() < 0.6
        if expression in self.scripts:
            return {}
        return ["ann", "bob"] if expression in self.collections else "P1D"


def wander(program: Program, seed: int) -> tuple[Live, set[str]]:
    """An instance moved at random until it ends; and the elements it entered."""
    dice = random.Random(seed)
    chance = Chance(program, dice)
    live = new(program, "i")
    entered: set[str] = set()
    step: tuple[str, str | None, str | None] = ("started", None, None)
    for seq in range(1, LONGEST):
        kind, task, element = step
        entry = Entry(
            instance="i",
            seq=seq,
            at=1_780_000_000_000_000 + seq,
            kind=kind,
            actor="ann",
            channel="api",
            fold=1,
            definition_set="",
            element=element,
            task=task,
        )
        entered |= {e["element"] for e in apply(live, entry, chance) if e["type"] == "entered"}
        if live.status != "active":
            break
        # Work is done more often than time runs out, or stages with a deadline would never be walked through.
        waits = [("completed", *t) for t in live.tasks.items()] * 3 + [
            ("job_completed", *t) for t in live.jobs.items()
        ] * 3
        waits += [("timer", *t) for t in live.timers.items()] + [("message", *t) for t in live.subscriptions.items()]
        step = dice.choice(waits)
    return live, entered


@pytest.mark.parametrize("key", KEYS)
def test_a_procedure_never_stalls_and_all_of_it_can_be_reached(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.spiff.decisions.decide", lambda *_: "p1")  # chance knows no unary tests
    program = compile(FILES, key)
    missing = set(program.elements)
    for seed in range(WALKS):
        live, entered = wander(program, seed)
        assert live.status == "completed", f"walk {seed} does not end"
        missing -= entered
        if not missing and seed >= 20:
            break
    assert not missing
