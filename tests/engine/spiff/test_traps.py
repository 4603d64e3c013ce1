"""What SpiffWorkflow 3.2 was seen to do wrong, done right: a tiny diagram each, with and without pruning.

Each is played live, restored before every step, and executed again; what is told elsewhere (`tests/support`,
`test_flat`, `test_due`, `tests/bpmn/test_check`) is not told twice."""

from __future__ import annotations

from typing import Any

import pytest

from bpmn.model import File
from bpmn.normalise import normalise
from bpmn.read import read
from engine.entry import Entry
from engine.spiff import FOLD, NotOpen, StepFailed, apply, compile, new
from tests.support.shapes import MESSAGE, SIGNAL, el, inner, line, listener, on, sub, tasks, users

from .play import PREFIX, START, Play, diagram, flows, timer
from .toy_feel import ToyFeel

HOUR = 3_600_000_000


@pytest.fixture(params=[True, False], ids=["pruned", "whole"])
def prune(request: pytest.FixtureRequest) -> bool:
    """With pruning and without."""
    return bool(request.param)


def entry(instance: str, seq: int, kind: str, **more: Any) -> Entry:
    """An entry for an instance that is played by hand."""
    told = {"actor": "ann", "channel": "api", "fold": FOLD, "definition_set": "set"}
    return Entry(instance=instance, seq=seq, at=START + seq, kind=kind, **told, **more)  # type: ignore[arg-type]


def played(body: str, prune: bool, **values: Any) -> Play:
    """An instance of the diagram, started."""
    play = Play(diagram(body, extra=PREFIX), prune=prune)
    play.start(**values)
    return play


def test_an_event_sub_process_that_never_began_keeps_nothing_open(prune: bool) -> None:
    play = played(line("a") + users("a") + listener("h", timer("PT1H"), "x"), prune)
    assert list(play.live.timers.values()) == ["hs"]
    play.complete("a")
    play.ended("e")


def test_a_second_instance_on_the_same_program_does_not_start_what_the_first_was_told(prune: bool) -> None:
    file = diagram(line("a") + users("a") + listener("h", MESSAGE, "x", beside=True), extra=PREFIX)
    program = compile([file], "p")
    for _ in range(2):
        play = Play(file, prune=prune, program=program)
        assert "x" not in [effect["element"] for effect in play.start()]
        assert "x" in [effect["element"] for effect in play.message("hs")]
        play.complete("a")
        play.ended("e")


def test_a_signal_beside_an_activity_comes_as_often_as_it_is_thrown(prune: bool) -> None:
    shout = '<intermediateThrowEvent id="y">' + SIGNAL + "</intermediateThrowEvent>"
    inside = inner("i", "m", "t", "y", "g") + users("t") + shout + '<exclusiveGateway id="m"/>'
    again = '<exclusiveGateway id="g" default="g_ie"/>' + flows("g>m:n = 1")
    play = played(line("a") + sub("a", inside + again) + on("a", "b", SIGNAL, True) + users("x") + flows("b>x"), prune)
    for n in (1, 1, 2):
        play.complete("t", n=n)
    assert play.open == ["x", "x", "x"]
    for _ in range(3):
        play.complete("x")
    play.ended("e")


@pytest.mark.parametrize("late", [0, HOUR])
def test_an_overdue_timer_fires_by_its_own_entry_only_and_exactly_when_due(late: int, prune: bool) -> None:
    body = line("a", "b") + users("a", "b") + on("b", "t", timer("PT1H")) + users("x") + flows("t>x")
    play = played(body, prune)
    play.complete("a")
    due = next(e["due_at"] for e in play.effects[-1] if e["type"] == "timer_opened")
    play.do("claimed", "b", play.task("b"), at=due + late)
    assert play.open == ["b"]
    play.fire("t", at=due + late)
    assert play.open == ["x"]


def test_two_cycles_that_wait_keep_their_own_counts_when_restored(prune: bool) -> None:
    body = line("a") + users("a") + on("a", "b", timer("R2/PT1H"), True) + on("a", "c", timer("R3/PT1H"), True)
    play = played(body + tasks("x", "y") + flows("b>x", "c>y"), prune)
    for timer_ in ("c", "b", "c", "b", "c"):
        play.fire(timer_)
    assert not play.live.timers
    play.complete("a")
    play.ended("e")


def test_a_join_merges_no_lists(prune: bool) -> None:
    body = '<startEvent id="s"/><parallelGateway id="f"/><parallelGateway id="j"/><endEvent id="e"/>' + users("a", "b")
    play = played(body + flows("s>f", "f>a", "f>b", "a>j", "b>j", "j>e"), prune, xs=[1])
    play.complete("a", xs=[3, 1, 2])
    play.complete("b", ys=[1, 1, 2])
    assert play.variables == {"xs": [3, 1, 2], "ys": [1, 1, 2]}
    play.ended("e")


def test_a_nested_value_written_later_does_not_rewrite_what_was(prune: bool) -> None:
    play = played(line("a", "b") + users("a", "b"), prune)
    play.complete("a", x={"deep": [1]})
    earlier = play.effects[-1]
    play.complete("b", x={"deep": [1, 2]})
    changed = next(e for e in play.effects[-1] if e["type"] == "set")
    assert (changed["old"], changed["new"]) == ({"deep": [1]}, {"deep": [1, 2]})
    assert next(e for e in earlier if e["type"] == "set")["new"] == {"deep": [1]}
    play.ended("e")


def test_a_message_reaches_the_one_that_it_names_of_two_that_wait(prune: bool) -> None:
    body = '<startEvent id="s"/><parallelGateway id="f"/>' + el("intermediateCatchEvent", "c", MESSAGE)
    play = played(body + el("intermediateCatchEvent", "d", MESSAGE) + flows("s>f", "f>c", "f>d"), prune)
    play.message("d")
    assert list(play.live.subscriptions.values()) == ["c"]
    with pytest.raises(NotOpen):
        play.do("message", "d", "gone", payload={})


def test_names_that_the_library_keeps_for_itself_are_a_clerk_s_to_use(prune: bool) -> None:
    play = played(line("a", "b") + users("a", "b"), prune)
    play.complete("a", typename="x", data={"typename": "y", "1": None})
    play.complete("b", loop="z", children=[1])
    play.ended("e")


def test_data_objects_may_be_named_from_any_depth(prune: bool) -> None:
    deep = sub("b", inner("k", "t") + users("t"))
    data = '<dataObject id="o" name="n"/><dataObjectReference id="r" dataObjectRef="o"/>'
    told = "<dataInputAssociation><sourceRef>r</sourceRef><targetRef>y</targetRef></dataInputAssociation>"
    store = '<dataStoreReference id="ds" name="shelf"/>'
    file = diagram(
        data + store + line("a") + sub("a", inner("i", "b") + deep.replace("</subProcess>", told + "</subProcess>"))
    )
    play = Play(file, prune=prune)
    play.start(n=1)
    play.complete("t")
    play.ended("e")


def test_a_file_in_gbk_is_read_as_it_says_it_is(prune: bool) -> None:
    text = diagram(line("a") + '<userTask id="a" name="评审"/>').content.decode()
    file = File("p.bpmn", normalise(f'<?xml version="1.0" encoding="GBK"?>{text}'.encode("gbk")))
    play = Play(file, prune=prune)
    assert next(e for e in play.start() if e["type"] == "task_opened")["name"] == "评审"
    play.complete("a")
    play.ended("e")


def test_lanes_of_many_files_and_of_sub_processes_are_not_taken_for_each_other() -> None:
    def file(n: int, role: str) -> File:
        lanes = (
            f'<laneSet id="l{n}"><lane id="k{n}" name="{role}"><flowNodeRef>\n a{n}\n</flowNodeRef></lane></laneSet>'
        )
        body = f'<startEvent id="s{n}"/>' + sub(
            f"a{n}", f'<startEvent id="i{n}"/>' + users(f"t{n}") + flows(f"i{n}>t{n}")
        )
        return diagram(lanes + body + flows(f"s{n}>a{n}"), f"p{n}")

    roles = ["project_manager", "department_qa"]
    files = [file(n, roles[n % 2]) for n in range(40)]
    for n, one in enumerate(files):
        task = read(File(one.name, normalise(one.content)))[0].element(f"t{n}")
        assert task is not None and task.roles == (roles[n % 2],)
    live = new(compile([File(f.name, normalise(f.content)) for f in files], "p7"), "i")
    effects = apply(live, entry("i", 1, "started", data={"variables": {}}), ToyFeel())
    opened = next(e for e in effects if e["type"] == "task_opened")
    assert (opened["element"], opened["roles"]) == ("t7", ["department_qa"])


@pytest.mark.parametrize("many", ["1000000000", "-1", "xs"])
def test_a_number_of_turns_that_nobody_could_live_to_see_fails_the_step(many: str, prune: bool) -> None:
    tag = "multiInstanceLoopCharacteristics"
    loop = f"<{tag}><loopCardinality>{many}</loopCardinality></{tag}>"
    with pytest.raises(StepFailed) as failure:
        played(line("a") + el("userTask", "a", loop), prune, xs=[1, 2])
    assert failure.value.element == "a"


def test_what_can_never_move_again_is_named_and_changes_nothing(prune: bool) -> None:
    body = line("a", "j") + users("a") + '<parallelGateway id="j"/>' + users("b") + flows("b>j")
    play = Play(diagram(body), prune=prune)
    play.start()
    with pytest.raises(StepFailed) as failure:
        play.complete("a")
    assert failure.value.element == "j"


def test_after_a_step_that_failed_the_instance_goes_on_as_if_nothing_had_been(prune: bool) -> None:
    body = line("a", "g") + users("a", "b") + '<exclusiveGateway id="g"/>' + flows("g>b:n = 1", "b>e")
    play = played(body.replace('<sequenceFlow id="g_e" sourceRef="g" targetRef="e"></sequenceFlow>', ""), prune)
    task = play.task("a")
    with pytest.raises(StepFailed) as failure:
        play.complete("a", n=2)
    assert failure.value.element == "g"
    assert play.task("a") == task and play.variables == {}
    play.complete("a", n=1)
    play.complete("b")
    play.ended("e")


@pytest.mark.parametrize("how", ["", ' isSequential="true"'])
def test_a_collection_that_changes_meanwhile_does_not_change_the_turns(how: str, prune: bool) -> None:
    many = f'<multiInstanceLoopCharacteristics{how} camunda:collection="xs" camunda:elementVariable="x"/>'
    body = '<startEvent id="s"/><parallelGateway id="f"/><endEvent id="e"/>' + el("userTask", "a", many) + users("b")
    play = played(body + flows("s>f", "f>a", "f>b", "a>e", "b>e"), prune, xs=[1, 2])
    play.complete("b", xs=[7, 8, 9])
    play.complete("a")
    play.complete("a")
    told = [e["local"]["x"] for step in play.effects for e in step if e["type"] == "task_opened" and e["local"]]
    assert told == [1, 2]
    play.ended("e")


def test_what_a_timer_leads_to_runs_to_where_it_waits(prune: bool) -> None:
    ways = '<exclusiveGateway id="g" default="g_f"/><parallelGateway id="f"/><parallelGateway id="j"/>'
    body = line("t", "a", "z") + el("intermediateCatchEvent", "t", timer("PT1H")) + tasks("a", "b", "c") + ways
    body = body.replace('sourceRef="a" targetRef="z"', 'sourceRef="a" targetRef="g"') + users("z")
    play = played(body + flows("g>z:n = 1", "g>f", "f>b", "f>c", "b>j", "c>j", "j>z"), prune, n=0)
    play.fire("t")
    assert play.open == ["z"]
    play.complete("z")
    play.ended("e")


@pytest.mark.parametrize("thrown", [MESSAGE, SIGNAL, '<escalationEventDefinition escalationRef="esc"/>'])
def test_what_is_thrown_to_nobody_stops_nothing(thrown: str, prune: bool) -> None:
    escalation = '<escalation id="esc" name="up" escalationCode="U1"/>'
    body = line("y", "a") + el("intermediateThrowEvent", "y", thrown) + users("a")
    play = Play(diagram(body, extra=PREFIX + escalation), prune=prune)
    play.start()
    play.complete("a")
    play.ended("e")


def test_ids_and_variables_that_mean_something_to_a_programming_language_are_names_like_others() -> None:
    names = ["__class__", "__init__", "__dict__", "__proto__", "constructor", "data", "None", "Root", "Start", "End"]
    tasks = "".join(f'<userTask id="{name}"/>' for name in names)
    ways = flows(*(f"{a}>{b}" for a, b in zip(["s", *names], [*names, "e"], strict=True)))
    play = Play(diagram('<startEvent id="s"/><endEvent id="e"/>' + tasks + ways))
    play.start(**dict.fromkeys(names, "as started"))
    for name in names:
        play.complete(name, **{name: "as done"})
    assert play.variables == dict.fromkeys(names, "as done")
    play.ended("e")
