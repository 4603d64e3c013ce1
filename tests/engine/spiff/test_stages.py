"""Call activities, sub-processes, boundary events, errors and event sub-processes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from engine.spiff import ProgramRefused, StepFailed

from .play import PREFIX, START, Play, diagram, flows, timer

HOUR = 3_600_000_000
STAGE = '<startEvent id="cs"/><userTask id="c" camunda:candidateGroups="r"/><endEvent id="ce"/>'
CALLED = diagram(STAGE + flows("cs>c", "c>ce"), "stage")


def caller(inside: str = "", boundary: str = "", more: tuple[str, ...] = ()) -> Play:
    """Calls the stage."""
    call = f'<callActivity id="call" calledElement="stage">{inside}</callActivity>'
    return Play(
        diagram(
            f'<startEvent id="s"/>{call}<endEvent id="e"/>' + boundary + flows("s>call", "call>e", *more), extra=PREFIX
        ),
        CALLED,
    )


LATE = f'<boundaryEvent id="late" attachedToRef="call">{timer("PT1H")}</boundaryEvent><endEvent id="x"/>'


def test_a_called_stage_sees_and_writes_the_variables_of_the_instance() -> None:
    play = caller()
    opened = play.start(x=1)[-1]
    assert (opened["element"], opened["path"], opened["roles"]) == ("c", "call", ["r"])
    play.complete("c", x=2, y=3)
    assert play.variables == {"x": 2, "y": 3}
    play.ended("e")


def test_an_input_parameter_makes_a_variable_local_to_the_stage() -> None:
    inside = (
        '<extensionElements><camunda:inputOutput><camunda:inputParameter name="x">=y + 1</camunda:inputParameter>'
        '<camunda:outputParameter name="z">=x * 10</camunda:outputParameter></camunda:inputOutput></extensionElements>'
    )
    play = caller(inside)
    assert play.start(x=1, y=1)[-1]["local"] == {"x": 2}
    play.complete("c", x=5, w=1)
    assert play.variables == {"x": 1, "y": 1, "w": 1, "z": 50}
    play.ended("e")


def test_a_stage_that_is_nowhere_is_refused() -> None:
    with pytest.raises(ProgramRefused):
        Play(diagram('<startEvent id="s"/><callActivity id="call" calledElement="none"/>' + flows("s>call")))


def test_an_interrupting_timer_ends_the_stage_and_all_in_it() -> None:
    play = caller("", LATE, ("late>x",))
    opened = next(e for e in play.start() if e["type"] == "timer_opened")
    assert opened["due_at"] == play.entries[0].at + HOUR
    effects = play.fire("late")
    assert {(e["type"], e.get("reason")) for e in effects if e["type"].endswith("closed")} == {
        ("timer_closed", "fired"),
        ("task_closed", "cancelled"),
    }
    play.ended("x")


def test_a_timer_goes_with_its_host() -> None:
    play = caller("", LATE, ("late>x",))
    play.start()
    closed = [e for e in play.complete("c") if e["type"] == "timer_closed"]
    assert [e["reason"] for e in closed] == ["cancelled"]
    play.ended("e")


REMIND = (
    '<boundaryEvent id="b" attachedToRef="a" cancelActivity="false">{}</boundaryEvent>'
    '<userTask id="r"/><endEvent id="x"/>'
)


def reminded(definition: str) -> Play:
    """A task with an event attached that does not interrupt it."""
    body = '<startEvent id="s"/><userTask id="a"/><endEvent id="e"/>' + REMIND.format(definition)
    return Play(diagram(body + flows("s>a", "a>e", "b>r", "r>x"), extra=PREFIX))


def test_a_cycle_reminds_as_often_as_it_says_and_its_tasks_outlive_the_host() -> None:
    play = reminded(timer("R3/PT1H"))
    due = next(e for e in play.start() if e["type"] == "timer_opened")["due_at"]
    for turn in range(3):
        effects = play.fire("b", at=due + turn * HOUR)
        again = [e["due_at"] for e in effects if e["type"] == "timer_opened"]
        assert again == ([due + (turn + 1) * HOUR] if turn < 2 else [])
    assert play.open == ["a", "r", "r", "r"]
    play.complete("a")
    for _ in range(3):
        play.complete("r")
    play.ended("x")


def dues(effects: list[dict[str, Any]]) -> list[int]:
    """When the timers that were set are due."""
    return [e["due_at"] for e in effects if e["type"] == "timer_opened"]


@pytest.mark.parametrize(("cycle", "turns"), [("R3/PT1H", 3), ("R/PT1H", 11), ("R/PT1H/2026-05-29T05:30:00", 1)])
def test_each_missed_turn_of_a_cycle_fires_once_in_order(cycle: str, turns: int) -> None:
    play = reminded(timer(cycle))
    (due,) = dues(play.start())
    late = due + 10 * HOUR
    fired = []
    while play.live.timers and due <= late:
        fired.append(due)
        (due, *_) = [*dues(play.fire("b", at=late)), late + HOUR]
    assert fired == [fired[0] + turn * HOUR for turn in range(turns)]
    assert play.open == ["a", *["r"] * turns]
    assert due == late + HOUR
    play.check_replayed()


def test_of_a_cycle_without_end_the_last_hundred_missed_turns_fire() -> None:
    play = reminded(timer("R/PT1H"))
    (due,) = dues(play.start())
    assert dues(play.fire("b", at=due + 1000 * HOUR)) == [due + 901 * HOUR]


def test_an_entry_that_tells_no_turn_passes_over_what_was_missed() -> None:
    """Entries of the first release are executed as they were."""
    play = reminded(timer("R/PT1H"))
    (due,) = dues(play.start())
    id = next(iter(play.live.timers))
    assert dues(play.do("timer", "b", id, "system", at=due + 10 * HOUR + 1)) == [due + 11 * HOUR]


def test_a_cycle_turns_on_the_calendar_of_its_own_zone() -> None:
    play = reminded(timer("R3/2027-01-31T09:00@Europe/Berlin/P1M"))
    found = dues(play.start())
    for _ in range(2):
        found += dues(play.fire("b", at=found[-1]))
    told = ["2027-01-31T08:00:00+00:00", "2027-02-28T08:00:00+00:00", "2027-03-31T07:00:00+00:00"]
    assert [datetime.fromtimestamp(due / 1e6, UTC).isoformat() for due in found] == told


def test_a_message_may_come_again_while_it_interrupts_nothing() -> None:
    play = reminded('<messageEventDefinition messageRef="msg"/>')
    waiting = next(e for e in play.start() if e["type"] == "waiting")
    assert waiting["message"] == "fault"
    play.message("b", fault=1)
    play.message("b", fault=2)
    assert play.open == ["a", "r", "r"]
    assert play.variables == {"fault": 2}
    play.complete("a")
    assert not play.live.subscriptions
    play.complete("r")
    play.complete("r")
    play.ended("x")


def test_a_date_may_be_an_expression_and_means_china_when_it_names_no_zone() -> None:
    play = reminded(timer("=day"))
    opened = next(e for e in play.start(day="2026-12-01") if e["type"] == "timer_opened")
    assert opened["due_at"] == 1_796_054_400_000_000  # 2026-11-30T16:00:00Z
    assert opened["due_at"] > START


def test_a_timer_without_a_time_fails_the_step() -> None:
    with pytest.raises(StepFailed):
        reminded(timer("=day")).start(day=None)


def failing(end: str, catch: str, inside: str = "") -> Play:
    """A sub-process that ends with an error, and what is attached to it."""
    body = (
        '<startEvent id="s"/><subProcess id="sub"><startEvent id="is"/><parallelGateway id="f"/><userTask id="a"/>'
        f'<userTask id="w"/><endEvent id="bad">{end}</endEvent>{inside}'
        + flows("is>f", "f>a", "f>w", "a>bad")
        + f'</subProcess>{catch}<endEvent id="e"/><endEvent id="x"/>'
        + flows("s>sub", "sub>e", *(["b>x"] if catch else []))
    )
    return Play(diagram(body, extra=PREFIX))


ERROR = '<errorEventDefinition errorRef="err"/>'


def test_an_error_ends_the_sub_process_by_the_way_that_catches_it() -> None:
    play = failing(ERROR, f'<boundaryEvent id="b" attachedToRef="sub">{ERROR}</boundaryEvent>')
    play.start()
    play.complete("a")
    play.ended("x")


def test_an_error_that_nobody_catches_fails_the_step() -> None:
    play = failing(ERROR, "")
    play.start()
    with pytest.raises(StepFailed) as failure:
        play.complete("a")
    assert failure.value.element == "bad"


def test_terminate_ends_its_own_stage_only() -> None:
    play = failing("<terminateEventDefinition/>", "")
    play.start()
    play.complete("a")
    play.ended("e")


def test_an_error_sub_process_takes_the_place_of_what_failed() -> None:
    inside = (
        '<subProcess id="es" triggeredByEvent="true"><startEvent id="ess">' + ERROR + "</startEvent>"
        '<userTask id="repair"/><endEvent id="ese"/>' + flows("ess>repair", "repair>ese") + "</subProcess>"
    )
    play = failing(ERROR, "", inside)
    play.start()
    assert play.open == ["a", "w"]
    play.complete("a")
    assert play.open == ["repair"]
    play.complete("repair")
    play.ended("e")


def test_a_message_sub_process_runs_beside_and_does_not_keep_its_stage_open() -> None:
    inside = (
        '<subProcess id="es" triggeredByEvent="true"><startEvent id="ess" isInterrupting="false">'
        '<messageEventDefinition messageRef="msg"/></startEvent><userTask id="handle"/><endEvent id="ese"/>'
        + flows("ess>handle", "handle>ese")
        + "</subProcess>"
    )
    body = f'<startEvent id="s"/><userTask id="a"/><endEvent id="e"/>{inside}' + flows("s>a", "a>e")
    play = Play(diagram(body, extra=PREFIX))
    play.start()
    play.message("ess")
    play.message("ess")
    assert play.open == ["a", "handle", "handle"]
    play.complete("a")
    play.complete("handle")
    play.complete("handle")
    play.ended("e")


def test_an_event_gateway_lets_the_first_win() -> None:
    body = (
        '<startEvent id="s"/><eventBasedGateway id="g"/><intermediateCatchEvent id="m">'
        f'<messageEventDefinition messageRef="msg"/></intermediateCatchEvent>'
        f'<intermediateCatchEvent id="t">{timer("PT1H")}</intermediateCatchEvent>'
        f'<intermediateCatchEvent id="u">{timer("PT2H")}</intermediateCatchEvent>'
        '<endEvent id="me"/><endEvent id="te"/>' + flows("s>g", "g>m", "g>t", "g>u", "m>me", "t>te", "u>te")
    )
    play = Play(diagram(body, extra=PREFIX))
    dues = [e["due_at"] for e in play.start() if e["type"] == "timer_opened"]
    assert dues[1] - dues[0] == HOUR
    play.message("m", x=1)
    play.ended("me")
    assert play.variables == {"x": 1}
    play = Play(diagram(body, extra=PREFIX))
    play.start()
    play.fire("t")
    play.ended("te")


def test_a_signal_reaches_all_that_wait_in_the_instance() -> None:
    catch = '<intermediateCatchEvent id="{}"><signalEventDefinition signalRef="sig"/></intermediateCatchEvent>'
    body = (
        '<startEvent id="s"/><parallelGateway id="f"/>' + catch.format("p1") + catch.format("p2") + '<userTask id="a"/>'
        '<endEvent id="shout"><signalEventDefinition signalRef="sig"/></endEvent><userTask id="q1"/><userTask id="q2"/>'
        + flows("s>f", "f>p1", "f>p2", "f>a", "a>shout", "p1>q1", "p2>q2")
    )
    play = Play(diagram(body, extra=PREFIX))
    play.start()
    play.complete("a")
    assert play.open == ["q1", "q2"]


def test_a_thrown_message_is_an_effect() -> None:
    body = '<startEvent id="s"/><endEvent id="e"><messageEventDefinition messageRef="msg"/></endEvent>'
    play = Play(diagram(body + flows("s>e"), extra=PREFIX))
    thrown = [e for e in play.start() if e["type"] == "thrown"]
    assert [(e["message"], e["payload"]) for e in thrown] == [("fault", {})]
    play.ended("e")


def test_a_conditional_event_fires_when_the_variables_make_it_true() -> None:
    body = (
        '<startEvent id="s"/><parallelGateway id="f"/><userTask id="a"/><intermediateCatchEvent id="c">'
        "<conditionalEventDefinition><condition>x > 1</condition></conditionalEventDefinition></intermediateCatchEvent>"
        '<userTask id="z"/>' + flows("s>f", "f>a", "f>c", "c>z")
    )
    play = Play(diagram(body))
    play.start(x=1)
    assert play.open == ["a"]
    play.complete("a", x=2)
    assert play.open == ["z"]


def test_an_error_of_a_job_is_caught_at_its_border() -> None:
    body = (
        '<startEvent id="s"/><serviceTask id="j" camunda:type="external" camunda:topic="t"/>'
        f'<boundaryEvent id="b" attachedToRef="j">{ERROR}</boundaryEvent><endEvent id="e"/><endEvent id="x"/>'
        + flows("s>j", "j>e", "b>x")
    )
    play = Play(diagram(body, extra=PREFIX))
    job = play.start()[-1]["job"]
    assert play.do("job_failed", "j", job, reason="later") == []
    play.do("job_failed", "j", job, error_code="E1")
    play.ended("x")
