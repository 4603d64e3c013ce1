"""The ways through the procedure, each on a real server, each re-executed afterwards in fresh processes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from fnmatch import fnmatch

import pytest

from engine.contract import results_of
from tasks import TASKS
from tests.procedures.house import ROOT, House
from tests.procedures.project import Project
from tests.procedures.ways import WAYS, Way

SEEDS = ("0", "1", "4711")


def reexecuted(house: House, seed: str) -> dict[str, dict[str, str]]:
    """The digests of held and re-executed states, from a process with that hash seed."""
    command = [sys.executable, "-m", "tests.procedures.reexecute"]
    environment = house.environment(PYTHONHASHSEED=seed)
    told = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
    assert told.returncode == 0, told.stderr
    found: dict[str, dict[str, str]] = json.loads(told.stdout)
    return found


def unnamed(project: Project) -> set[str]:
    """The results of jobs that no service task says it gives: a diagram that reads one would be found at fault."""
    told = [name for task in TASKS.values() for name in results_of(task) or ()]
    jobs = [entry["data"].get("result") or {} for entry in project.journal() if entry["kind"] == "job_completed"]
    assert any(jobs)
    return {name for result in jobs for name in result if not any(fnmatch(name, one) for one in told)}


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_a_project_is_carried_from_start_to_end_and_executed_again(house: House, way: Way) -> None:
    project = Project(house, way.start, way.answers)
    project.carry(until=way.pause)
    found = {seed: reexecuted(house, seed) for seed in SEEDS}
    assert project.id in found[SEEDS[0]]
    assert all(states == found[SEEDS[0]] for states in found.values())
    assert [id for id, state in found[SEEDS[0]].items() if state["held"] != state["executed"]] == []
    view = project.carry()
    assert (view["status"], view["end"]) == ("completed", way.end)
    reached = project.clauses()
    assert way.clauses <= reached
    assert not way.never & reached
    made = Counter(document["number"] for document in project.documents())
    assert {number: made[number] for number, least in way.documents.items() if made[number] < least} == {}
    assert [entry["seq"] for entry in project.journal()] == list(range(1, len(project.journal()) + 1))
    assert unnamed(project) == set()
    report = house.command("verify")
    assert report.returncode == 0, report.stdout + report.stderr
