"""Tasks, gateways and the variables that they write."""

from __future__ import annotations

import pytest

from bpmn.model import File
from engine.spiff import NotOpen, ProgramRefused, StepFailed

from .play import Play, diagram, flows


def test_a_task_without_role_or_assignee_belongs_to_who_started() -> None:
    play = Play(diagram('<startEvent id="s"/><userTask id="a"/><endEvent id="e"/>' + flows("s>a", "a>e")))
    opened = play.start()[-1]
    assert (opened["type"], opened["assignee"], opened["roles"]) == ("task_opened", "ann", [])
    play.complete("a")
    play.ended("e")


def test_an_assignee_may_be_an_expression() -> None:
    body = '<startEvent id="s"/><userTask id="a" camunda:assignee="=who"/><endEvent id="e"/>'
    play = Play(diagram(body + flows("s>a", "a>e")))
    assert play.start(who="bob")[-1]["assignee"] == "bob"


CHOICE = (
    '<startEvent id="s"/><exclusiveGateway id="g" default="g_c"/><userTask id="a"/><userTask id="b"/><userTask id="c"/>'
    + flows("s>g", "g>a:x = 1", "g>b:x = 2", "g>c")
)


@pytest.mark.parametrize(("x", "task"), [(1, "a"), (2, "b"), (3, "c")])
def test_an_exclusive_gateway_takes_the_first_true_condition_or_the_default(x: int, task: str) -> None:
    play = Play(diagram(CHOICE))
    play.start(x=x)
    assert play.open == [task]
    play.complete(task)
    # Nothing leads out of the task: the token ends there, and so does the instance.
    play.ended(None)


def test_a_condition_that_is_neither_true_nor_false_fails_the_step() -> None:
    body = '<startEvent id="s"/><exclusiveGateway id="g" default="g_b"/><userTask id="a"/><userTask id="b"/>'
    play = Play(diagram(body + flows("s>g", "g>a:x", "g>b")))
    with pytest.raises(StepFailed) as failure:
        play.start(x="no")
    assert failure.value.element == "g"


def test_an_unknown_variable_in_a_condition_fails_the_step() -> None:
    with pytest.raises(StepFailed):
        Play(diagram(CHOICE)).start()


def test_no_true_condition_and_no_default_fails_the_step() -> None:
    body = '<startEvent id="s"/><exclusiveGateway id="g"/><userTask id="a"/><userTask id="b"/>'
    with pytest.raises(StepFailed, match="默认"):
        Play(diagram(body + flows("s>g", "g>a:x = 1", "g>b:x = 2"))).start(x=3)


def test_several_flows_out_of_a_task_are_a_split() -> None:
    body = '<startEvent id="s"/><userTask id="t"/><userTask id="a"/><userTask id="b"/><userTask id="c"/>'
    play = Play(diagram(body + flows("s>t", "t>a", "t>b:x = 1", "t>c:x = 2")))
    play.start()
    play.complete("t", x=2)
    assert play.open == ["a", "c"]


AND = (
    '<startEvent id="s"/><parallelGateway id="f"/><userTask id="a"/><userTask id="b"/><parallelGateway id="j"/>'
    '<userTask id="z"/><exclusiveGateway id="g" default="g_e"/><exclusiveGateway id="m"/><endEvent id="e"/>'
    + flows("s>m", "m>f", "f>a", "f>b", "a>j", "b>j", "j>z", "z>g", "g>m:again = true", "g>e")
)


def test_a_parallel_join_waits_for_both_in_every_turn_whoever_comes_first() -> None:
    play = Play(diagram(AND))
    play.start()
    for first, second in (("a", "b"), ("b", "a"), ("b", "a"), ("a", "b")):
        assert play.open == ["a", "b"]
        play.complete(first)
        assert play.open == [second]
        play.complete(second)
        assert play.open == ["z"]
        play.complete("z", again=True)
    play.complete("a")
    play.complete("b")
    play.complete("z", again=False)
    play.ended("e")


def test_branches_write_their_own_keys_and_a_join_merges_nothing() -> None:
    play = Play(diagram(AND))
    play.start(who="old")
    play.complete("a", who="new")
    play.complete("b", other=1)
    assert play.variables == {"who": "new", "other": 1}


OR = (
    '<startEvent id="s"/><exclusiveGateway id="m"/><inclusiveGateway id="f"/><userTask id="a"/><userTask id="b"/>'
    '<userTask id="c"/><inclusiveGateway id="j"/><userTask id="z"/><exclusiveGateway id="g" default="g_e"/>'
    '<endEvent id="e"/>'
    + flows("s>m", "m>f", "f>a:n > 0", "f>b:n > 1", "f>c:n > 2", "a>j", "b>j", "c>j", "j>z", "z>g", "g>m:n < 9", "g>e")
)


def test_an_inclusive_join_waits_for_all_that_can_still_come_in_every_turn() -> None:
    play = Play(diagram(OR))
    play.start(n=2)
    assert play.open == ["a", "b"]
    play.complete("b")
    assert play.open == ["a"]
    play.complete("a")
    assert play.open == ["z"]
    play.complete("z", n=3)
    play.complete("a")
    play.complete("c")
    assert play.open == ["b"]
    play.complete("b")
    play.complete("z", n=1)
    play.complete("a")
    play.complete("z", n=9)
    for task in ("c", "b", "a"):
        if task in play.open:
            play.complete(task)
    play.ended("e")


def test_an_inclusive_split_without_match_fails_the_step() -> None:
    with pytest.raises(StepFailed):
        Play(diagram(OR)).start(n=0)


def test_a_script_writes_its_result_variable_and_a_context_its_keys() -> None:
    body = (
        '<startEvent id="s"/><scriptTask id="a" scriptFormat="feel" camunda:resultVariable="y"><script>x + 1</script>'
        "</scriptTask>"
        '<scriptTask id="b" scriptFormat="feel"><script>={z: y * 2}</script></scriptTask><endEvent id="e"/>'
    )
    play = Play(diagram(body + flows("s>a", "a>b", "b>e")))
    play.start(x=1)
    assert play.variables == {"x": 1, "y": 2, "z": 4}
    play.ended("e")


def test_a_python_script_is_refused() -> None:
    body = '<startEvent id="s"/><scriptTask id="a" scriptFormat="python"><script>1</script></scriptTask>'
    with pytest.raises(ProgramRefused):
        Play(diagram(body + flows("s>a")))


JOB = (
    '<startEvent id="s"/><serviceTask id="a" camunda:type="external" camunda:topic="record"><extensionElements>'
    '<camunda:inputOutput><camunda:inputParameter name="form">F1</camunda:inputParameter>'
    '<camunda:inputParameter name="n">=x + 1</camunda:inputParameter>{}</camunda:inputOutput></extensionElements>'
    '</serviceTask><endEvent id="e"/>' + flows("s>a", "a>e")
)


def test_a_job_gets_its_inputs_evaluated_and_its_result_becomes_variables() -> None:
    play = Play(diagram(JOB.format("")))
    opened = play.start(x=1)[-1]
    assert (opened["type"], opened["topic"], opened["inputs"]) == ("job_opened", "record", {"form": "F1", "n": 2})
    play.job("a", document="d1")
    assert play.variables == {"x": 1, "document": "d1"}
    play.ended("e")


def test_output_parameters_say_what_of_a_result_is_kept() -> None:
    play = Play(diagram(JOB.format('<camunda:outputParameter name="y">=document + "!"</camunda:outputParameter>')))
    play.start(x=1)
    play.job("a", document="d1")
    assert play.variables == {"x": 1, "y": "d1!"}


def test_a_late_result_has_no_effect() -> None:
    play = Play(diagram(JOB.format("")))
    job = play.start(x=1)[-1]["job"]
    play.job("a")
    assert play.do("job_completed", "a", job, result={"y": 1}) == []


def test_a_task_that_is_not_open_or_belongs_elsewhere_is_refused_and_nothing_is_harmed() -> None:
    play = Play(diagram(AND))
    play.start()
    task = play.task("a")
    with pytest.raises(NotOpen):
        play.do("completed", "b", task)
    with pytest.raises(NotOpen):
        play.do("completed", "a", "unknown")
    assert play.do("claimed", "a", task) == []
    play.complete("a")
    for kind in ("completed", "claimed"):
        with pytest.raises(NotOpen):
            play.do(kind, "a", task)
    play.complete("b")
    assert play.open == ["z"]


def test_reserved_names_cannot_be_submitted() -> None:
    play = Play(diagram(AND))
    play.start()
    with pytest.raises(StepFailed):
        play.complete("a", started_by="eve")


def test_what_the_engine_gives_can_be_read_by_expressions() -> None:
    body = '<startEvent id="s"/><userTask id="a" camunda:assignee="=started_by"/>'
    assert Play(diagram(body + flows("s>a"))).start()[-1]["assignee"] == "ann"


def test_a_cancelled_instance_is_terminated_and_takes_no_more() -> None:
    play = Play(diagram(AND))
    play.start()
    effects = play.do("cancelled", reason="stop")
    assert [e["type"] for e in effects if e["type"] != "left"] == ["task_closed", "task_closed", "ended"]
    play.ended(None)
    with pytest.raises(NotOpen):
        play.do("cancelled")


def test_a_loop_that_never_waits_is_stopped_and_named() -> None:
    body = '<startEvent id="s"/><task id="a"/><task id="b"/>'
    with pytest.raises(StepFailed) as failure:
        Play(diagram(body + flows("s>a", "a>b", "b>a")), checked=False).start()
    assert failure.value.element in ("a", "b")


def test_several_ends_the_last_one_reached_is_the_end() -> None:
    body = '<startEvent id="s"/><parallelGateway id="f"/><userTask id="a"/><userTask id="b"/>'
    body += '<endEvent id="x"/><endEvent id="y"/>'
    play = Play(diagram(body + flows("s>f", "f>a", "f>b", "a>x", "b>y")))
    play.start()
    play.complete("b")
    assert play.live.status == "active"
    play.complete("a")
    play.ended("x")


def test_a_join_that_can_never_fire_fails_the_step_instead_of_stalling() -> None:
    body = '<startEvent id="s"/><exclusiveGateway id="g"/><userTask id="a"/><userTask id="b"/><parallelGateway id="j"/>'
    play = Play(diagram(body + flows("s>g", "g>a:x = 1", "g>b:x = 2", "a>j", "b>j")))
    play.start(x=1)
    with pytest.raises(StepFailed) as failure:
        play.complete("a")
    assert failure.value.element == "j"


@pytest.mark.parametrize(
    "body",
    [
        '<task id="a"/>',
        '<startEvent id="s"/><startEvent id="s"/>',
        '<startEvent id="s"/><complexGateway id="a"/>' + flows("s>a", "a>a"),
        '<startEvent id="s"/><adHocSubProcess id="a"/>',
        '<startEvent id="s"/><serviceTask id="a"/>',
        '<startEvent id="s"/><businessRuleTask id="a"/>',
        '<startEvent id="s"/><boundaryEvent id="a" attachedToRef="x"/>',
        '<startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="x"/>',
        '<startEvent id="s"/><task id="t"/><boundaryEvent id="a" attachedToRef="t"><compensateEventDefinition/>'
        "</boundaryEvent>",
        '<startEvent id="s"/><intermediateCatchEvent id="a"><timerEventDefinition/></intermediateCatchEvent>',
        '<startEvent id="s"/><userTask id="a"><multiInstanceLoopCharacteristics/></userTask>',
        '<startEvent id="s"/><userTask id="a"><standardLoopCharacteristics loopMaximum="x"/></userTask>',
        '<startEvent id="s"/><userTask id="a"><standardLoopCharacteristics/></userTask>',
        '<startEvent id="s"/><subProcess id="a"/>',
    ],
)
def test_what_the_machine_cannot_execute_is_refused_when_compiled(body: str) -> None:
    with pytest.raises(ProgramRefused):
        Play(diagram(body))


def test_broken_xml_and_an_unknown_process_are_refused() -> None:
    with pytest.raises(ProgramRefused):
        Play(File("p.bpmn", b"<definitions"))
    with pytest.raises(ProgramRefused):
        Play(diagram('<startEvent id="s"/>'), key="other")


def test_a_process_that_calls_itself_for_ever_is_stopped() -> None:
    body = '<startEvent id="s"/><callActivity id="a" calledElement="p"/><endEvent id="e"/>'
    with pytest.raises(StepFailed):
        Play(diagram(body + flows("s>a", "a>e")), checked=False).start()


def test_so_many_inclusive_joins_that_nobody_could_reckon_with_them_are_refused() -> None:
    ids = [f"g{number}" for number in range(750)]
    gateways = "".join(f'<inclusiveGateway id="{id}"/>' for id in ids)
    ways = flows("s>g0", "g749>e", *(f"{a}>{b}" for a, b in zip(ids, ids[1:], strict=False)))
    again = flows(*(f"{a}>{b}" for a, b in zip(ids, ids[1:], strict=False))).replace('id="', 'id="again_')
    with pytest.raises(ProgramRefused, match="749 个包容或复杂网关"):
        Play(diagram('<startEvent id="s"/><endEvent id="e"/>' + gateways + ways + again))
