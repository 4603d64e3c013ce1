"""The machine on the real FEEL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bpmn.feel import Feel
from bpmn.model import File, Json
from engine.spiff import ProgramRefused, StepFailed
from engine.spiff.environment import at_hand
from engine.spiff.scope import ABSENT

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
    assert "nowhere" in str(failure.value.reason)


def test_a_duration_may_be_computed(feel: Feel) -> None:
    body = f'<startEvent id="s"/><intermediateCatchEvent id="t">{timer("=duration(d)")}</intermediateCatchEvent>'
    play = Play(diagram(body + flows("s>t")))
    play.feel = feel
    opened = play.start(d="P1M")[-1]
    assert opened["type"] == "timer_opened"
    play.fire("t")
    play.ended(None)


LEVELS = File(
    "level.dmn",
    b"""<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="t">
<decision id="level" name="level"><decisionTable hitPolicy="FIRST">
<input id="i"><inputExpression id="ie"><text>amount</text></inputExpression></input><output id="o" name="level"/>
<rule id="r1"><inputEntry id="e1"><text>&gt; 100</text></inputEntry>
<outputEntry id="o1"><text>"high"</text></outputEntry></rule>
<rule id="r2"><inputEntry id="e2"><text>-</text></inputEntry>
<outputEntry id="o2"><text>"low"</text></outputEntry></rule>
</decisionTable></decision></definitions>""",
)


def decided(decision: str, feel: Feel) -> Play:
    """Asks a decision about an amount."""
    rule = f'<businessRuleTask id="r" camunda:decisionRef="{decision}" camunda:resultVariable="level"/>'
    play = Play(diagram(f'<startEvent id="s"/>{rule}<endEvent id="e"/>' + flows("s>r", "r>e")), LEVELS)
    play.feel = feel
    return play


def test_a_decision_table_is_asked_within_the_step(feel: Feel) -> None:
    for amount, level in ((500, "high"), (5, "low")):
        play = decided("level", feel)
        play.start(amount=amount)
        assert play.variables["level"] == level
        play.ended("e")


def test_a_decision_that_is_nowhere_is_refused(feel: Feel) -> None:
    with pytest.raises(ProgramRefused):
        decided("nothing", feel)


@pytest.mark.parametrize("value", ["pass", "no", "", True, False])
@pytest.mark.parametrize("expression", ['=x = "pass"', 'x!="pass"', "x = true", "= x != false ", "x", '"pass" = x'])
def test_what_needs_no_feel_is_answered_as_feel_would(feel: Feel, value: str | bool, expression: str) -> None:
    answer = at_hand(expression, {"x": value})
    assert answer is ABSENT or answer == feel.evaluate(expression, {"x": value}, START)


@pytest.mark.parametrize("x", [0, 7, -3, 900, 10**14, 2.5, True, "7", None])
@pytest.mark.parametrize("y", [7, 3.5, "a"])
@pytest.mark.parametrize(
    "expression", ["x > 7", "=x<=2.5", "x >= y", "x != -3", "x = y", " = x + y", "x-y", "x * y", "x * 12", "x + 0.5"]
)
def test_numbers_are_compared_and_reckoned_as_feel_would(feel: Feel, x: Json, y: Json, expression: str) -> None:
    given: dict[str, Json] = {name: value for name, value in (("x", x), ("y", y)) if name in feel.names(expression)}
    answer = at_hand(expression, given)
    if answer is not ABSENT:
        wanted = feel.evaluate(expression, given, START)
        assert (answer, type(answer)) == (wanted, type(wanted))


def test_whole_numbers_need_no_feel() -> None:
    assert at_hand("x > 900", {"x": 901}) is True
    assert at_hand("= a + b", {"a": 1, "b": 2}) == 3
    assert at_hand("x > 1_000", {"x": 2000}) is ABSENT


@pytest.mark.parametrize(
    ("condition", "given"),
    [
        ("amount > 10", "viel"),
        ("amount != 10", "10"),
        ("amount > 10", None),
        ("amount", "no"),
        ("amount in [1..9]", "5"),
    ],
)
@pytest.mark.parametrize("gateway", ["exclusiveGateway", "inclusiveGateway"])
def test_a_condition_on_unlike_types_takes_no_way_at_all(feel: Feel, gateway: str, condition: str, given: Json) -> None:
    body = f'<startEvent id="s"/><{gateway} id="g" default="g_b"/><userTask id="a"/><userTask id="b"/>'
    play = Play(diagram(body + flows("s>g", f"g>a:{condition}", "g>b")))
    play.feel = feel
    with pytest.raises(StepFailed) as failure:
        play.start(amount=given)
    assert failure.value.element == "g"


def test_a_loop_and_a_conditional_event_fail_on_unlike_types_too(feel: Feel) -> None:
    loop = "<standardLoopCharacteristics><loopCondition>n &lt; 3</loopCondition></standardLoopCharacteristics>"
    play = Play(diagram(f'<startEvent id="s"/><userTask id="a">{loop}</userTask>' + flows("s>a")))
    play.feel = feel
    play.start(n=1)
    play.complete("a", n=2)
    with pytest.raises(StepFailed):
        play.complete("a", n="three")
