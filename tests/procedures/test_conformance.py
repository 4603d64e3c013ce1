"""Logs of whole projects against the diagrams as one net, by PM4Py: what followed them fits, a skip does not."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bpmn.model import Process
from bpmn.net import Net, net, pnml, subsets
from bpmn.read import read
from tests.procedures import test_diagrams_main as main
from tests.procedures.drawn import Drawn, files

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import pandas
    import pm4py


@cache
def processes() -> dict[str, Process]:
    """Every bundled process by key."""
    return {process.key: process for file in files() if file.name.endswith(".bpmn") for process in read(file)}


@cache
def drawn(key: str) -> Net:
    """The net of a procedure."""
    return net(processes(), key)


def done(project: Drawn) -> list[str]:
    """The activities that were done, in order; of one that repeats the whole of it."""
    elements = {element.id: element for process in processes().values() for element in process.elements}
    passed = (e for e in project.effects if e["type"] == "left" and not e.get("cancelled") and e.get("loop") is None)
    return [e["element"] for e in passed if elements[e["element"]].type.endswith(("Task", "task"))]


def fitness(place: Path, made: Net, *logs: list[str]) -> list[float]:
    """How well each log fits the net, 1.0 where it could have been made by it."""
    place.write_text(pnml(made, "net"), encoding="utf-8")
    rows = [
        {"case:concept:name": str(case), "concept:name": name, "time:timestamp": pandas.Timestamp(at * 10**9)}
        for case, log in enumerate(logs)
        for at, name in enumerate(log)
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = pm4py.conformance_diagnostics_alignments(pandas.DataFrame(rows), *pm4py.read_pnml(str(place)))
    return [one["fitness"] for one in found]


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[..., Any]], Drawn]:
    """Plays a project as another test does, and answers it."""

    def play(test: Callable[..., Any], *given: Any) -> Drawn:
        made: list[Drawn] = []
        begin = Drawn.__init__

        def noted(project: Drawn, *args: Any, **more: Any) -> None:
            made.append(project)
            begin(project, *args, **more)

        with monkeypatch.context() as watched:
            watched.setattr(Drawn, "__init__", noted)
            test(*given)
        return made[0]

    return play


def test_whole_projects_fit_the_diagrams_whichever_way_they_ended(played: Any, tmp_path: Path) -> None:
    logs = [
        done(played(main.test_a_renewal_goes_from_start_to_closing, True)),
        done(played(main.test_a_renewal_goes_from_start_to_closing, False)),
        done(played(main.test_a_project_can_end_because_the_risk_is_too_large)),
    ]
    assert [len(log) > 15 for log in logs] == [True] * 3
    assert fitness(tmp_path / "net.pnml", drawn("CBS00P004"), *logs) == [1.0, 1.0, 1.0]


def test_a_step_left_out_or_taken_twice_does_not_fit(played: Any, tmp_path: Path) -> None:
    log = done(played(main.test_a_renewal_goes_from_start_to_closing, False))
    at = log.index("approve_plan")
    left_out, twice, turned = [*log[:at], *log[at + 1 :]], [*log[: at + 1], *log[at:]], list(log)
    turned[at - 1], turned[at] = turned[at], turned[at - 1]
    for one in fitness(tmp_path / "net.pnml", drawn("CBS00P004"), left_out, twice, turned):
        assert 0.5 < one < 1.0


def test_a_step_that_the_operator_skipped_does_not_fit(tmp_path: Path) -> None:
    project = main.reviewed(main.started(), "pass")
    entered = [e for e in project.effects if e["type"] == "entered" and e["element"] == "submit_agreement"]
    move = {"token": entered[-1]["token"], "element": "submit_agreement", "how": "after", "to": "submit_agreement"}
    project.enter("modified", data={"moves": [move], "reason": "客户已当面收到"})
    assert "settle_agreement_details" in project.open
    regular = main.reviewed(main.started(), "pass").through("submit_agreement")
    for one in (project, regular):
        one.through("settle_agreement_details")
    skipped, followed = (done(one) for one in (project, regular))
    assert set(followed) - set(skipped) == {"submit_agreement"}
    made = unended("CBS00P004")
    assert fitness(tmp_path / "net.pnml", made, followed) == [1.0]
    assert fitness(tmp_path / "net.pnml", made, skipped)[0] < 1.0


def unended(key: str) -> Net:
    """The net of a procedure for projects that are still running: whatever waits may be dropped."""
    made = net(processes(), key)
    for place in [place for place in made.places if place not in (made.source, made.sink)]:
        made.add(f"stop {place}", [place], [made.sink])
        made.add(f"leave {place}", [place, made.sink], [made.sink])
    return made


@pytest.mark.parametrize("key", sorted(processes()))
def test_every_procedure_can_be_drawn_as_a_net_whose_end_can_be_reached(key: str) -> None:
    made = drawn(key)
    reached, before = {made.source}, 0
    while len(reached) > before:
        before = len(reached)
        reached |= {place for one in made.transitions if reached.issuperset(one.takes) for place in one.gives}
    assert made.sink in reached
    labels = {one.label for one in made.transitions if one.label}
    own = {element.id for element in processes()[key].elements if element.type.endswith("Task")}
    assert own <= labels
    assert all(reached.issuperset(one.takes) for one in made.transitions if one.label in own)


def test_an_inclusive_gateway_opens_every_choice_of_its_ways() -> None:
    assert [len(ways) for ways in subsets(["a", "b", "c"])] == [1, 1, 1, 2, 2, 2, 3]
    assert len(list(subsets(list("abcdef")))) == 7
