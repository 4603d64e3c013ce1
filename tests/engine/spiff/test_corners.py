"""Where several things meet."""

from __future__ import annotations

import pytest

from engine.spiff import ProgramRefused

from .play import PREFIX, Play, diagram, flows, timer

ESCALATION = '<escalation id="esc" name="up" escalationCode="U1"/>'


def parameters(*inputs: str, outputs: tuple[str, ...] = ()) -> str:
    """Input and output parameters from words like `x:=y`."""
    found = ""
    for kind, words in (("input", inputs), ("output", outputs)):
        for word in words:
            name, _, value = word.partition(":")
            found += f'<camunda:{kind}Parameter name="{name}">{value}</camunda:{kind}Parameter>'
    return f"<extensionElements><camunda:inputOutput>{found}</camunda:inputOutput></extensionElements>"


def test_a_user_task_with_parameters_keeps_its_inputs_to_itself() -> None:
    task = f'<userTask id="a">{parameters("x:=y + 1", outputs=("z:=x * 2",))}</userTask>'
    play = Play(diagram(f'<startEvent id="s"/>{task}<endEvent id="e"/>' + flows("s>a", "a>e")))
    opened = next(e for e in play.start(y=1) if e["type"] == "task_opened")
    assert opened["local"] == {"x": 2}
    play.complete("a", x=10, w=1)
    assert play.variables == {"y": 1, "w": 1, "z": 20}
    play.ended("e")


def test_an_event_at_the_border_of_a_repeated_activity_ends_all_its_turns() -> None:
    many = '<multiInstanceLoopCharacteristics camunda:collection="items" camunda:elementVariable="item"/>'
    body = (
        f'<startEvent id="s"/><userTask id="a">{many}</userTask><boundaryEvent id="b" attachedToRef="a">{timer("PT1H")}'
        '</boundaryEvent><endEvent id="e"/><endEvent id="x"/>' + flows("s>a", "a>e", "b>x")
    )
    play = Play(diagram(body))
    play.start(items=[1, 2, 3])
    assert list(play.live.timers.values()) == ["b"]
    play.complete("a")
    play.fire("b")
    play.ended("x")


def test_an_error_in_one_turn_is_caught_at_the_border_of_all() -> None:
    body = (
        '<startEvent id="s"/><subProcess id="sub"><multiInstanceLoopCharacteristics camunda:collection="items" '
        'camunda:elementVariable="item"/><startEvent id="is"/><userTask id="a"/><endEvent id="bad">'
        '<errorEventDefinition errorRef="err"/></endEvent>'
        + flows("is>a", "a>bad")
        + '</subProcess><boundaryEvent id="b" attachedToRef="sub"><errorEventDefinition/></boundaryEvent>'
        '<endEvent id="e"/><endEvent id="x"/>' + flows("s>sub", "sub>e", "b>x")
    )
    play = Play(diagram(body, extra=PREFIX))
    play.start(items=[1, 2])
    play.complete("a")
    play.ended("x")


def test_an_escalation_may_leave_the_host_at_work() -> None:
    body = (
        '<startEvent id="s"/><subProcess id="sub"><startEvent id="is"/><intermediateThrowEvent id="t">'
        '<escalationEventDefinition escalationRef="esc"/></intermediateThrowEvent><userTask id="a"/>'
        + flows("is>t", "t>a")
        + '</subProcess><boundaryEvent id="b" attachedToRef="sub" cancelActivity="false">'
        '<escalationEventDefinition escalationRef="esc"/></boundaryEvent><userTask id="boss"/><endEvent id="e"/>'
        + flows("s>sub", "sub>e", "b>boss")
    )
    play = Play(diagram(body, extra=ESCALATION))
    play.start()
    assert play.open == ["a", "boss"]
    play.complete("boss")
    play.complete("a")
    play.ended("e")


def test_a_cancelled_transaction_leaves_by_its_cancel_event() -> None:
    body = (
        '<startEvent id="s"/><transaction id="tx"><startEvent id="is"/><userTask id="a"/><endEvent id="c">'
        "<cancelEventDefinition/></endEvent>"
        + flows("is>a", "a>c")
        + '</transaction><boundaryEvent id="b" attachedToRef="tx"><cancelEventDefinition/></boundaryEvent>'
        '<endEvent id="e"/><endEvent id="x"/>' + flows("s>tx", "tx>e", "b>x")
    )
    play = Play(diagram(body))
    play.start()
    play.complete("a")
    play.ended("x")


def test_an_error_at_the_top_ends_the_instance_there() -> None:
    body = (
        '<startEvent id="s"/><parallelGateway id="f"/><userTask id="a"/><userTask id="w"/>'
        '<endEvent id="bad"><errorEventDefinition errorRef="err"/></endEvent>' + flows("s>f", "f>a", "f>w", "a>bad")
    )
    play = Play(diagram(body, extra=PREFIX))
    play.start()
    play.complete("a")
    play.ended("bad")


def test_inclusive_joins_that_wait_for_each_other_do_not_wait_for_ever() -> None:
    body = (
        '<startEvent id="s"/><parallelGateway id="f"/><inclusiveGateway id="j1"/><inclusiveGateway id="j2"/>'
        '<exclusiveGateway id="g1" default="g1_e1"/><exclusiveGateway id="g2" default="g2_e2"/>'
        '<endEvent id="e1"/><endEvent id="e2"/>'
        + flows("s>f", "f>j1", "f>j2", "j1>g1", "j2>g2", "g1>j2:back = true", "g2>j1:back = true", "g1>e1", "g2>e2")
    )
    play = Play(diagram(body))
    play.start(back=False)
    play.ended("e2")


def test_an_inclusive_join_waits_for_what_comes_out_of_a_boundary_event() -> None:
    body = (
        '<startEvent id="s"/><inclusiveGateway id="f"/><userTask id="a"/><userTask id="b"/><endEvent id="x"/>'
        f'<boundaryEvent id="late" attachedToRef="b">{timer("PT1H")}</boundaryEvent><inclusiveGateway id="j"/>'
        '<userTask id="z"/><endEvent id="e"/>'
        + flows("s>f", "f>a:n > 0", "f>b:n > 1", "a>j", "late>j", "b>x", "j>z", "z>e")
    )
    play = Play(diagram(body))
    play.start(n=2)
    play.complete("a")
    assert play.open == ["b"]
    play.complete("b")
    assert play.open == ["z"]
    play.complete("z")
    play.ended("e")


def test_two_flows_between_the_same_gateways_are_two() -> None:
    body = (
        '<startEvent id="s"/><parallelGateway id="f"/><parallelGateway id="j"/><endEvent id="e"/>'
        '<sequenceFlow id="one" sourceRef="f" targetRef="j"/><sequenceFlow id="two" sourceRef="f" targetRef="j"/>'
    )
    play = Play(diagram(body + flows("s>f", "j>e")))
    play.start()
    assert play.taken() == ["s_f", "one", "two", "j_e"]
    play.ended("e")


def test_surplus_tokens_wait_at_a_parallel_join() -> None:
    body = (
        '<startEvent id="s"/><parallelGateway id="f"/><userTask id="a"/><userTask id="b"/><userTask id="c"/>'
        '<exclusiveGateway id="m"/><parallelGateway id="j"/><userTask id="z"/>'
        + flows("s>f", "f>a", "f>b", "f>c", "a>m", "b>m", "m>j", "c>j", "j>z")
    )
    play = Play(diagram(body))
    play.start()
    play.complete("a")
    play.complete("b")
    play.complete("c")
    assert play.open == ["z"]


def test_the_same_id_in_two_processes_is_refused() -> None:
    stage = diagram('<startEvent id="s"/><userTask id="x"/>' + flows("s>x"), "stage")
    with pytest.raises(ProgramRefused):
        Play(diagram('<startEvent id="s"/><callActivity id="c" calledElement="stage"/>'), stage)


def test_a_called_stage_may_be_repeated_and_each_turn_keeps_its_own() -> None:
    stage = diagram('<startEvent id="cs"/><userTask id="x"/><endEvent id="ce"/>' + flows("cs>x", "x>ce"), "stage")
    body = (
        '<startEvent id="s"/><callActivity id="c" calledElement="stage"><multiInstanceLoopCharacteristics '
        'isSequential="true" camunda:collection="years" camunda:elementVariable="year"/></callActivity>'
        '<endEvent id="e"/>' + flows("s>c", "c>e")
    )
    play = Play(diagram(body), stage)
    play.start(years=[1, 2], report="none")
    for year in (1, 2):
        opened = [e for e in play.effects[-1] if e["type"] == "task_opened"]
        assert [(e["path"], e["local"]) for e in opened] == [(f"c[{year - 1}]", {"year": year, "loop_index": year - 1})]
        play.complete("x", report=year)
    assert play.variables == {"years": [1, 2], "report": "none"}
    play.ended("e")


def test_public_ids_never_repeat() -> None:
    body = '<startEvent id="s"/><userTask id="a"/><exclusiveGateway id="g" default="g_e"/><endEvent id="e"/>'
    play = Play(diagram(body + flows("s>a", "a>g", "g>a:again = true", "g>e")))
    play.start()
    for _ in range(5):
        play.complete("a", again=True)
    ids = [e["task"] for step in play.effects for e in step if e["type"] == "task_opened"]
    assert len(set(ids)) == len(ids) == 6
