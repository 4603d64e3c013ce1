"""The process is killed between and within steps: what was acknowledged is there, and no half of a step."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine.actor import Actor
from tests.engine.house import House

# The victim completes tasks and says so after each answer. The fault point is set from outside: a function of the
# engine is replaced by one that kills the process, the third time before or after it has done its work.
VICTIM = """
import os, signal, sys
from contextlib import contextmanager
from pathlib import Path
from sqlalchemy import event
from engine import journal, record, step
from engine.actor import Actor
from tests.engine.house import House

where, var, store = sys.argv[1], Path(sys.argv[2]), sys.argv[3] or None
house = House(var, database_url=store)
house.clock.at += 10**9
house.deploy("turns")
made = house.start("turns")
print(made.id, flush=True)
left = [3]

def deadly(honest, after):
    def call(*given, **named):
        left[0] -= 1
        if left[0] == 0 and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        answer = honest(*given, **named)
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer
    return call

if where == "before-entry":
    journal.append = deadly(journal.append, after=False)
elif where == "after-entry":
    journal.append = deadly(journal.append, after=True)
elif where == "after-read-tables":
    record.record = deadly(record.record, after=True)
elif where in ("at-commit", "after-commit"):
    honest = house.engine.room.database.write
    @contextmanager
    def write():
        left[0] -= 1
        with honest() as connection:
            yield connection
            if where == "at-commit" and left[0] == 0:
                event.listen(connection, "commit", lambda connection: os.kill(os.getpid(), signal.SIGKILL))
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
    house.engine.room.database.write = write
for number in range(100):
    house.engine.complete(Actor("owner"), house.task(made.id, "turn").id, {"stop": False, "number": number})
    print(number, flush=True)
"""


def killed(where: str, var: Path, store: str | None, after_lines: int | None = None) -> tuple[str, int]:
    """Run the victim until it is killed; answers the instance and the last number that was acknowledged."""
    house = Path(__file__).parents[2]
    lines = []
    with subprocess.Popen(
        [sys.executable, "-c", VICTIM, where, str(var), store or ""],
        cwd=house,
        env={**os.environ, "PYTHONPATH": str(house)},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line.strip())
            if after_lines is not None and len(lines) == after_lines:
                process.send_signal(signal.SIGKILL)
        assert process.wait(60) == -signal.SIGKILL
    return lines[0], int(lines[-1]) if len(lines) > 1 else -1


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
    instance, last = killed("never", tmp_path / "var", store, after_lines=9)
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
