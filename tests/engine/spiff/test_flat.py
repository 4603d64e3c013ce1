"""A step costs the same after a thousand turns, nothing stalls, and nothing is left behind."""

from __future__ import annotations

import sys
from types import FrameType

import pytest

from engine.spiff import snapshot

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


BESIDE = (
    '<startEvent id="s"/><parallelGateway id="p"/><userTask id="w"/><exclusiveGateway id="m"/><subProcess id="sub">'
    '<startEvent id="is"/><userTask id="a"/><endEvent id="ie"/>'
    + flows("is>a", "a>ie")
    + '</subProcess><exclusiveGateway id="g" default="g_e"/><endEvent id="e"/>'
    + flows("s>p", "p>w", "w>e", "p>m", "m>sub", "sub>g", "g>m:again = true", "g>e")
)
DIAGRAMS = {"and": AND, "sequential": seq(), "loop": loop(), "under an open branch": BESIDE}


def size(play: Play) -> int:
    """How many tokens are held."""
    return sum(len(b.tasks) for b in (play.live.machine, *play.live.machine.subprocesses.values()))


def turn(play: Play, kind: str) -> None:
    """Once round."""
    if kind == "and":
        play.complete("a")
        play.complete("b")
        play.complete("z", again=True)
    elif kind == "cycle":
        play.fire("b")
        play.complete("r")
    else:
        play.complete("a", again=True)


def calls(play: Play, kind: str) -> int:
    """How many functions ten turns call: the work, whatever else the machine is doing."""
    counted = 0

    def count(_: FrameType, event: str, __: object) -> None:
        nonlocal counted
        counted += event.endswith("call")

    sys.setprofile(count)
    try:
        for _ in range(10):
            turn(play, kind)
    finally:
        sys.setprofile(None)
    return counted


@pytest.mark.parametrize("kind", [*DIAGRAMS, "cycle"])
def test_after_a_thousand_turns_a_step_does_no_more_than_at_first(kind: str) -> None:
    play = reminded(timer("R/PT1H")) if kind == "cycle" else Play(diagram(DIAGRAMS[kind]))
    play.checked = False
    play.start(items=list(range(TURNS + 100)))
    for _ in range(20):
        turn(play, kind)
    held, kept, early = size(play), len(snapshot(play.live)), calls(play, kind)
    for _ in range(TURNS):
        turn(play, kind)
    assert size(play) == held
    assert len(snapshot(play.live)) <= kept * 1.02  # counters have more digits
    assert calls(play, kind) <= early * 1.02
