"""The process is killed between and within steps: what was acknowledged is there, and no half of a step."""

from __future__ import annotations

import multiprocessing
import os
import signal
from pathlib import Path

import pytest

from engine.actor import Actor
from tests import fresh
from tests.engine import victim
from tests.engine.house import House


def killed(where: str, var: Path, store: str | None, after: int | None = None) -> tuple[str, int]:
    """Run the victim until it is killed; answers the instance and the last number that was acknowledged."""
    near, far = multiprocessing.Pipe(duplex=False)
    process = fresh.process(victim.work, where, var, store, far)
    far.close()
    instance, last = near.recv(), -1
    try:
        while True:
            last = near.recv()
            if last == after and process.pid is not None:
                os.kill(process.pid, signal.SIGKILL)
    except (EOFError, OSError):  # the second: killed in the middle of a word
        near.close()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    return instance, last


@pytest.mark.parametrize("where", ["before-entry", "after-entry", "after-read-tables", "at-commit"])
def test_a_kill_within_a_step_leaves_nothing_of_it(tmp_path: Path, store: str | None, where: str) -> None:
    instance, last = killed(where, tmp_path / "var", store)
    house = House(tmp_path / "var", database_url=store)
    try:
        assert last == 1
        assert [entry["seq"] for entry in house.entries(instance)] == [1, 2, 3]
        assert house.view(instance).variables["number"] == last
        _goes_on(house, instance)
    finally:
        house.engine.close()


def test_a_kill_after_the_commit_and_before_the_answer_keeps_the_step(tmp_path: Path, store: str | None) -> None:
    instance, last = killed("after-commit", tmp_path / "var", store)
    house = House(tmp_path / "var", database_url=store)
    try:
        assert last == 1
        assert [entry["seq"] for entry in house.entries(instance)] == [1, 2, 3, 4]
        assert house.view(instance).variables["number"] == last + 1
        _goes_on(house, instance)
    finally:
        house.engine.close()


def test_a_kill_between_steps_loses_nothing_that_was_acknowledged(tmp_path: Path, store: str | None) -> None:
    instance, last = killed("never", tmp_path / "var", store, after=7)
    house = House(tmp_path / "var", database_url=store)
    try:
        assert house.view(instance).variables["number"] >= last
        _goes_on(house, instance)
    finally:
        house.engine.close()


def _goes_on(house: House, instance: str) -> None:
    before = house.read_tables()
    house.engine.rebuild()
    assert house.read_tables() == before
    assert house.engine.verify().ok
    house.engine.complete(Actor("owner"), house.task(instance, "turn").id, {"stop": True})
    assert house.view(instance).status == "completed"
