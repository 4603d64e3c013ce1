"""A step costs the same after a thousand turns, nothing stalls, and nothing is left behind."""

from __future__ import annotations

import time

import pytest

from .play import Play, diagram, flows, timer
from .test_flow import AND
from .test_stages import reminded

TURNS = 1_200


def seq() -> str:
    """A sequential multi-instance."""
    return (
        '<startEvent id="s"/><userTask id="a"><multiInstanceLoopCharacteristics isSequential="true" '
        'camunda:collection="items" camunda:elementVariable="item"/></userTask><endEvent id="e"/>' + flows("s>a", "a>e")
    )


def loop() -> str:
    """A standard loop."""
    return (
        '<startEvent id="s"/><userTask id="a"><standardLoopCharacteristics><loopCondition>again</loopCondition>'
        '</standardLoopCharacteristics></userTask><endEvent id="e"/>' + flows("s>a", "a>e")
    )


def size(play: Play) -> int:
    """How many tokens are held."""
    return sum(len(b.tasks) for b in (play.live.machine, *play.live.machine.subprocesses.values()))


@pytest.mark.parametrize("kind", ["and", "sequential", "loop", "cycle"])
def test_after_a_thousand_turns_a_step_costs_what_it_cost_at_first(kind: str) -> None:
    diagrams = {"and": AND, "sequential": seq(), "loop": loop()}
    play = reminded(timer("R/PT1H")) if kind == "cycle" else Play(diagram(diagrams[kind]))
    play.checked = False
    play.start(items=list(range(TURNS + 1)))
    held, costs = [], []
    for _ in range(TURNS):
        began = time.process_time()
        if kind == "and":
            play.complete("a")
            play.complete("b")
            play.complete("z", again=True)
        elif kind == "cycle":
            play.fire("b")
            play.complete("r")
        else:
            play.complete("a", again=True)
        costs.append(time.process_time() - began)
        held.append(size(play))
    assert max(held[10:]) <= max(held[:10])
    early, late = sorted(costs[50:350])[150], sorted(costs[-300:])[150]
    # Generous, because machines are noisy; without pruning it is a hundred times as much.
    assert late < 3 * early
