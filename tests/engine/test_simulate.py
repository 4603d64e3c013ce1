"""Simulation walks a draft as people might, and stores nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bpmn.errors import Forbidden, Invalid
from bpmn.library import procedures
from bpmn.model import File, Json
from engine.actor import Actor
from engine.simulate import Simulation
from tasks import TASKS
from tests.bpmn.draw import diagram, flow, line, node
from tests.engine.house import House

BOSS = Actor("boss")
TASK = 'camunda:candidateGroups="project_manager"'


def drawn(*parts: str) -> File:
    return diagram(node("startEvent", "s"), node("endEvent", "e"), *parts)


CHOICE = drawn(
    node("userTask", "ask", TASK),
    node("exclusiveGateway", "g", 'default="g_low"'),
    node("userTask", "high", TASK),
    node("userTask", "low", TASK),
    line("s", "ask", "g", "low", "e"),
    flow("g", "high", "amount &gt;= 100000"),
    flow("high", "e"),
)


def walked(house: House, *files: File, runs: int = 30, **told: Json) -> Simulation:
    outcome = house.engine.simulate(BOSS, files, told, runs)
    (one,) = outcome.simulations
    return one


def test_chance_finds_both_sides_of_a_limit_that_a_condition_names(house: House) -> None:
    one = walked(house, CHOICE)
    assert one.ends == {"e": 30} and one.never == [] and one.flows_never == [] and one.failures == []
    assert one.waits == {"ask": "task", "high": "task", "low": "task"}


def test_chosen_answers_walk_one_way_and_tell_what_is_never_reached(house: House) -> None:
    one = walked(house, CHOICE, amount=5)
    assert one.never == ["high"] and set(one.flows_never) == {"g_high", "high_e"}


def test_answers_by_visit_lead_through_a_loop(house: House) -> None:
    loop = drawn(
        node("userTask", "a", TASK),
        node("exclusiveGateway", "g", 'default="g_e"'),
        line("s", "a", "g", "e"),
        flow("g", "a", 'result = "again"'),
    )
    one = walked(house, loop, runs=1, result=["again", "again", "done"])
    assert one.reached["a"] == 3


def test_the_same_seed_walks_the_same_ways(house: House) -> None:
    assert walked(house, CHOICE) == walked(house, CHOICE)


def test_a_step_that_fails_is_told_with_answers_that_lead_there(house: House) -> None:
    broken = drawn(
        node("userTask", "a", TASK), node("scriptTask", "x", 'scriptFormat="feel"', "<script>missing + 1</script>"),
        line("s", "a", "x", "e"),
    )  # fmt: skip
    one = walked(house, broken, runs=5)
    (failure,) = one.failures
    assert (failure.element, failure.runs) == ("x", 5) and "missing" in failure.reason


def test_what_never_ends_is_left_after_a_while(house: House) -> None:
    endless = drawn(
        node("userTask", "a", TASK), node("exclusiveGateway", "g", 'default="g_a"'), line("s", "a", "g", "a"),
        flow("g", "e", 'never = "so"'),
    )  # fmt: skip
    one = walked(house, endless, runs=2, never="")
    assert one.unended == 2 and one.ends == {}


def test_runs_stop_when_their_time_is_over(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.simulate.SECONDS", 0.0)
    assert walked(house, CHOICE).runs == 0


def test_forms_of_the_draft_are_filled_within_their_limits(house: House) -> None:
    fields = [
        {"type": "number", "key": "amount", "label": "金额", "validate": {"min": 99_999, "max": 100_001}},
        {"type": "radio", "key": "kind", "label": "种类", "values": [{"value": "甲", "label": "甲"}]},
    ]
    form = File("sum.form", json.dumps({"type": "default", "id": "sum", "components": fields}).encode())
    asks = File("p.bpmn", CHOICE.content.replace(b'id="ask"', b'id="ask" camunda:formRef="sum"'))
    one = walked(house, asks, form)
    assert one.never == [] and one.failures == []


def test_what_could_not_be_deployed_is_not_walked_but_told(house: House) -> None:
    outcome = house.engine.simulate(BOSS, [drawn(flow("s", "nowhere"))], {})
    assert outcome.simulations == [] and any(finding.severity == "error" for finding in outcome.findings)


def test_it_stores_nothing_and_is_for_those_who_may_deploy(house: House) -> None:
    before = house.read_tables()
    walked(house, CHOICE)
    assert house.read_tables() == before
    with pytest.raises(Forbidden):
        house.engine.simulate(Actor("owner"), [CHOICE], {})
    with pytest.raises(Invalid):
        house.engine.simulate(BOSS, [CHOICE], {}, runs=0)


def test_the_procedures_of_the_house_can_be_walked_to_their_ends(tmp_path: Path) -> None:
    whole = House(tmp_path / "var", TASKS)
    files = [file for together in procedures().values() for file in together]
    try:
        (main,) = whole.engine.simulate(BOSS, files, {}, 8, key="CBS00P004").simulations
    finally:
        whole.engine.close()
    assert set(main.ends) <= {"closed", "terminated_by_risk"} and sum(main.ends.values()) + main.unended == 8
