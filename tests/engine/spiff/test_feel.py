"""The machine on the real FEEL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bpmn.feel import Feel
from engine.spiff import StepFailed

from .play import START, Play, diagram, flows, timer


@pytest.fixture(scope="module")
def feel() -> Iterator[Feel]:
    """One isolate for all tests of this file: an open one keeps the interpreter from ending."""
    real = Feel()
    yield real
    real.close()


def test_conditions_scripts_timers_and_inputs_are_feel(feel: Feel) -> None:
    body = (
        '<startEvent id="s"/><scriptTask id="a" scriptFormat="feel" camunda:resultVariable="total">'
        "<script>=sum(for i in items return i.price * i.number)</script></scriptTask>"
        '<exclusiveGateway id="g" default="g_small"/><userTask id="big" camunda:assignee="=boss.name"/>'
        f'<boundaryEvent id="late" attachedToRef="big">{timer("=today() + duration(&quot;P1D&quot;)")}</boundaryEvent>'
        '<userTask id="small"/><serviceTask id="job" camunda:type="external" camunda:topic="t"><extensionElements>'
        '<camunda:inputOutput><camunda:inputParameter name="text">="total " + string(total)</camunda:inputParameter>'
        "</camunda:inputOutput></extensionElements></serviceTask>"
        + flows("s>a", "a>g", "g>big:=total >= 10 and boss.name != null", "g>small", "late>job")
    )
    play = Play(diagram(body))
    play.feel = feel
    play.start(items=[{"price": 5, "number": 2}, {"price": 1, "number": 1}], boss={"name": "eve"})
    assert play.variables["total"] == 11
    opened = {e["type"]: e for e in play.effects[0]}
    assert opened["task_opened"]["assignee"] == "eve"
    assert START < opened["timer_opened"]["due_at"] <= START + 86_400_000_000 + 1
    job = play.fire("late")[-1]
    assert job["inputs"] == {"text": "total 11"}
    play.check_replayed()


def test_an_unknown_variable_fails_the_step_and_says_where(feel: Feel) -> None:
    body = '<startEvent id="s"/><exclusiveGateway id="g" default="g_b"/><userTask id="a"/><userTask id="b"/>'
    play = Play(diagram(body + flows("s>g", "g>a:nowhere = 1", "g>b")))
    play.feel = feel
    with pytest.raises(StepFailed) as failure:
        play.start()
    assert failure.value.element == "g"
    assert "nowhere" in failure.value.reason


def test_a_duration_may_be_computed(feel: Feel) -> None:
    body = f'<startEvent id="s"/><intermediateCatchEvent id="t">{timer("=duration(d)")}</intermediateCatchEvent>'
    play = Play(diagram(body + flows("s>t")))
    play.feel = feel
    opened = play.start(d="P1M")[-1]
    assert opened["type"] == "timer_opened"
    play.fire("t")
    play.ended(None)
