"""Multi-instance and loops."""

from __future__ import annotations

import pytest

from engine.spiff import StepFailed

from .play import Play, diagram, flows


def many(attributes: str = "", inner: str = "", output: bool = True) -> Play:
    """Opinions of reviewers."""
    collect = (
        '<extensionElements><camunda:properties><camunda:property name="outputCollection" value="opinions"/>'
        "</camunda:properties></extensionElements>"
    )
    body = (
        f'<startEvent id="s"/><userTask id="a" camunda:assignee="=reviewer">{collect if output else ""}'
        f'<multiInstanceLoopCharacteristics {attributes} camunda:collection="reviewers" '
        f'camunda:elementVariable="reviewer">{inner}</multiInstanceLoopCharacteristics></userTask><endEvent id="e"/>'
    )
    return Play(diagram(body + flows("s>a", "a>e")))


def test_a_parallel_one_asks_all_at_once_and_keeps_the_places_of_the_answers() -> None:
    play = many()
    opened = [e for e in play.start(reviewers=["bob", "eve"]) if e["type"] == "task_opened"]
    assert [(e["assignee"], e["loop"], e["local"]) for e in opened] == [
        ("bob", 0, {"reviewer": "bob", "loop_index": 0}),
        ("eve", 1, {"reviewer": "eve", "loop_index": 1}),
    ]
    play.complete("a", "eve", opened[1]["task"], text="no")
    early = play.variables["opinions"]
    assert early[0] is None
    play.complete("a", "bob", opened[0]["task"], text="yes")
    assert [(o["text"], o["user"]) for o in play.variables["opinions"]] == [("yes", "bob"), ("no", "eve")]
    assert play.variables["opinions"][0]["at"].endswith("Z")
    assert set(play.variables) == {"reviewers", "opinions"}
    play.ended("e")


@pytest.mark.parametrize("kind", ["true", "false"])
def test_a_thousand_million_turns_are_refused_and_nothing_is_made_of_them(kind: str) -> None:
    inner = f'<multiInstanceLoopCharacteristics isSequential="{kind}"><loopCardinality>n</loopCardinality>'
    body = (
        f'<startEvent id="s"/><userTask id="a">{inner}</multiInstanceLoopCharacteristics></userTask><endEvent id="e"/>'
    )
    with pytest.raises(StepFailed, match="1000000000 过大"):
        Play(diagram(body + flows("s>a", "a>e"))).start(n=10**9)


def test_a_sequential_one_asks_one_after_the_other() -> None:
    play = many('isSequential="true"')
    play.start(reviewers=["bob", "eve"])
    assert len(play.live.tasks) == 1
    play.complete("a", "bob", text="yes", reviewers=["x"])
    assert play.live.machine.open
    play.complete("a", "eve", text="no")
    assert [o["user"] for o in play.variables["opinions"]] == ["bob", "eve"]
    assert play.variables["reviewers"] == ["bob", "eve"]
    play.ended("e")


def test_an_empty_collection_passes() -> None:
    play = many()
    play.start(reviewers=[])
    assert play.variables["opinions"] == []
    play.ended("e")


def test_what_is_no_list_fails_the_step() -> None:
    with pytest.raises(StepFailed):
        many().start(reviewers="bob")


def test_a_completion_condition_ends_the_rest() -> None:
    play = many(inner="<completionCondition>nrOfCompletedInstances >= 2</completionCondition>")
    play.start(reviewers=["a", "b", "c"])
    play.complete("a")
    assert len(play.live.tasks) == 2
    closed = [e for e in play.complete("a") if e["type"] == "task_closed"]
    assert [e["reason"] for e in closed] == ["completed", "cancelled"]
    play.ended("e")


def test_a_standard_loop_turns_while_its_condition_is_true() -> None:
    body = (
        '<startEvent id="s"/><userTask id="a"><standardLoopCharacteristics><loopCondition>again</loopCondition>'
        '</standardLoopCharacteristics></userTask><endEvent id="e"/>'
    )
    play = Play(diagram(body + flows("s>a", "a>e")))
    play.start()
    for turn in range(4):
        opened = [e for e in play.effects[-1] if e["type"] == "task_opened"]
        assert [e["loop"] for e in opened] == [turn]
        play.complete("a", again=turn < 3)
    assert play.variables == {"again": False}
    play.ended("e")


def test_a_repeated_sub_process_keeps_what_is_submitted_inside_it() -> None:
    body = (
        '<startEvent id="s"/><subProcess id="sub"><extensionElements><camunda:properties>'
        '<camunda:property name="outputCollection" value="done"/></camunda:properties></extensionElements>'
        '<multiInstanceLoopCharacteristics camunda:collection="systems" camunda:elementVariable="system"/>'
        '<startEvent id="is"/><userTask id="a"/><userTask id="b"/><endEvent id="ie"/>'
        + flows("is>a", "a>b", "b>ie")
        + '</subProcess><endEvent id="e"/>'
        + flows("s>sub", "sub>e")
    )
    play = Play(diagram(body))
    opened = [e for e in play.start(systems=["x", "y"], note="old") if e["type"] == "task_opened"]
    assert [e["path"] for e in opened] == ["sub[0]", "sub[1]"]
    for number in range(2):
        play.complete("a", note=number)
    assert play.variables["note"] == "old"
    for _ in range(2):
        play.complete("b")
    assert [d["note"] for d in play.variables["done"]] == [0, 1]
    play.ended("e")
