"""The engine and the token game say the same of diagrams made at random."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .blocks import Block, blocks, drawn, named
from .game import Game
from .play import Play

MOVES = 20
ACTIVITY = re.compile(r"(?:task|loop|sub|many|call|risky|again)\d+(?:_o)?$")


def entered(play: Play) -> list[str]:
    """The activities that the last step entered, in whatever order."""
    return sorted(e["element"] for e in play.effects[-1] if e["type"] == "entered" and ACTIVITY.match(e["element"]))


def waits(play: Play) -> list[tuple[str, str]]:
    """What the engine waits for."""
    live = play.live
    kinds = {"task": live.tasks, "timer": live.timers, "message": live.subscriptions, "job": live.jobs}
    return sorted((kind, element) for kind, found in kinds.items() for element in found.values())


def held_against(block: Block, choices: Sequence[int], checked: bool, prune: bool = True) -> Play:
    """Plays both, move by move."""
    top = named(block)
    play = Play(drawn(top), prune=prune, checked=checked)
    n = choices[0] % 4
    play.start(n=n)
    game = Game(top, n)
    for choice in choices[1:]:
        assert entered(play) == sorted(game.entered)
        assert (play.live.status == "completed") == game.finished
        open_ = sorted({(wait.kind, wait.element) for wait in game.waits})
        assert waits(play) == sorted((wait.kind, wait.element) for wait in game.waits)
        if game.finished:
            break
        game.entered.clear()
        kind, element = open_[choice % len(open_)]
        game.move(next(w for w in game.waits if (w.kind, w.element) == (kind, element)), choice % 5)
        if kind == "task":
            play.complete(element, n=choice % 5)
        elif kind == "timer":
            play.fire(element)
        elif kind == "job":
            play.job(element)
        else:
            play.message(element)
    play.check_replayed()
    return play


CHOICES = st.lists(st.integers(0, 999), min_size=MOVES, max_size=MOVES)
BOUNDED = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@BOUNDED
@given(blocks(), CHOICES)
def test_the_engine_and_the_game_enter_and_await_the_same(block: Block, choices: list[int]) -> None:
    held_against(block, choices, checked=False)


@settings(BOUNDED, max_examples=20)
@given(blocks(), CHOICES)
def test_restored_before_every_step_they_still_do(block: Block, choices: list[int]) -> None:
    held_against(block, choices, checked=True)


@settings(BOUNDED, max_examples=20)
@given(blocks(), CHOICES)
def test_without_pruning_they_still_do(block: Block, choices: list[int]) -> None:
    held_against(block, choices, checked=False, prune=False)
