"""The ways through the procedure, each on a real server, each re-executed afterwards in fresh processes."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.procedures.house import House
from tests.procedures.project import Project
from tests.procedures.ways import WAYS, Way


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_a_project_is_carried_from_start_to_end(house: House, way: Way) -> None:
    project = Project(house, way.start, way.answers)
    view = project.carry()
    assert (view["status"], view["end"]) == ("completed", way.end)
    reached = project.clauses()
    assert way.clauses <= reached
    assert not way.never & reached
    made = Counter(document["number"] for document in project.documents())
    assert {number: made[number] for number, least in way.documents.items() if made[number] < least} == {}
    assert [entry["seq"] for entry in project.journal()] == list(range(1, len(project.journal()) + 1))
    for seed in ("0", "1", "4711"):
        report = house.command("verify", PYTHONHASHSEED=seed)
        assert report.returncode == 0, report.stdout + report.stderr
