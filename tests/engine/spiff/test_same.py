"""The same entries give the same, however the machine got there."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.spiff import Program, apply, checkpoint, compile, new, resume, state

from .walks import files, walk

ROOT = Path(__file__).parents[3]
CHOICES = st.lists(st.integers(0, 999), min_size=2, max_size=60)


@settings(max_examples=40, deadline=None)
@given(CHOICES)
def test_live_restored_and_replayed_are_equal_on_random_walks(choices: list[int]) -> None:
    walk(choices, checked=True).check_replayed()


@settings(max_examples=30, deadline=None)
@given(CHOICES, st.integers(0, 999))
def test_a_walk_goes_on_from_a_checkpoint_wherever_it_was_written(choices: list[int], at: int) -> None:
    whole = walk(choices)
    there = at % len(whole.entries)
    copy = new(whole.program, "i-1")
    for number, entry in enumerate(whole.entries):
        if number == there:
            copy = resume(compile(whole.files, whole.key), checkpoint(copy))
        assert apply(copy, entry, whole.feel) == whole.effects[number]
    assert checkpoint(copy) == checkpoint(whole.live)


@settings(max_examples=60, deadline=None)
@given(CHOICES)
def test_a_pruned_tree_does_what_an_unpruned_one_does(choices: list[int]) -> None:
    pruned, whole = walk(choices), walk(choices, prune=False)
    assert pruned.effects == whole.effects
    assert pruned.variables == whole.variables
    assert pruned.live.status == whole.live.status


def test_hash_seeds_change_nothing() -> None:
    choices = json.dumps([(n * 7919) % 991 for n in range(1, 70)])
    command = [sys.executable, "-m", "tests.engine.spiff.walks", choices]
    outputs = {
        subprocess.run(
            command, cwd=ROOT, env={"PYTHONHASHSEED": seed, "PATH": ""}, capture_output=True, check=True, timeout=60
        ).stdout
        for seed in ("0", "1", "4242")
    }
    assert len(outputs) == 1
    assert len(outputs.pop()) > 1000


def test_a_walk_can_reach_the_end() -> None:
    ends = {walk([(n * seed) % 997 for n in range(1, 200)]).live.end for seed in range(5, 25)}
    assert "e" in ends


def test_the_state_is_json_with_sorted_keys() -> None:
    plain = state(walk([3, 1, 4, 1, 5]).live)
    assert list(plain) == sorted(plain)
    assert json.loads(json.dumps(plain)) == plain


def fingerprint(value: Any, seen: set[int]) -> Any:
    """All that a spec holds, as plain data."""
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if id(value) in seen:
        return type(value).__name__
    seen = seen | {id(value)}
    if isinstance(value, list | tuple):
        return [fingerprint(item, seen) for item in value]
    if isinstance(value, set | frozenset):
        return sorted(map(str, value))
    if isinstance(value, Mapping):
        return {str(k): fingerprint(v, seen) for k, v in value.items()}
    if hasattr(value, "__dict__"):
        return [type(value).__name__, {k: fingerprint(v, seen) for k, v in vars(value).items() if k != "_wf_spec"}]
    return repr(value)


def specs_of(program: Program) -> str:
    """All specs of a program."""
    return json.dumps({name: fingerprint(spec, set()) for name, spec in program.stages.items()}, sort_keys=True)


def test_running_never_writes_to_the_specs() -> None:
    fresh = compile(files(True), "p")
    play = walk([(n * 31) % 97 for n in range(1, 120)])
    assert play.program is not fresh
    assert specs_of(play.program) == specs_of(fresh)
