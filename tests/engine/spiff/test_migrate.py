"""A running instance goes on on another version of its diagram, or is moved by an operator in its own."""

from __future__ import annotations

import pytest

from bpmn.model import File
from engine.obstacle import CannotMigrate
from engine.spiff import NotOpen, StepFailed

from .play import PREFIX, START, Play, diagram, flows, timer

HOUR = 3_600_000_000
SE = '<startEvent id="s"/><endEvent id="e"/>'


def user(id: str, more: str = "", inside: str = "", role: str = "r") -> str:
    return f'<userTask id="{id}" name="{id}" camunda:candidateGroups="{role}"{more}>{inside}</userTask>'


def drawn(*parts: str, key: str = "p") -> File:
    return diagram("".join(parts), key, PREFIX)


LINE = (SE, user("a"), user("b"), flows("s>a", "a>b", "b>e"))


def test_a_token_stays_at_its_task_under_the_same_id_and_goes_on_by_the_new_ways() -> None:
    play = Play(drawn(*LINE))
    play.start(x=1)
    task = play.task("a")
    play.migrate(drawn(SE, user("a"), user("c"), user("b"), flows("s>a", "a>c", "c>b", "b>e")))
    assert play.task("a") == task and play.variables == {"x": 1}
    play.complete("a", task=task)
    assert play.open == ["c"]
    play.complete("c")
    play.complete("b")
    play.ended("e")


def test_a_mapping_says_what_an_old_element_became_and_the_effects_tell_it() -> None:
    play = Play(drawn(*LINE))
    play.start()
    task = play.task("a")
    effects = play.migrate(drawn(SE, user("fill", role="q"), flows("s>fill", "fill>e")), a="fill")
    assert [(e["type"], e["element"], e.get("was")) for e in effects] == [
        ("moved", "fill", "a"),
        ("task_moved", "fill", None),
    ]
    assert effects[1]["roles"] == ["q"] and effects[1]["task"] == task
    play.complete("fill", task=task)
    play.ended("e")


def test_what_cannot_go_on_says_why_and_names_every_element() -> None:
    play = Play(drawn(SE, '<parallelGateway id="g"/>', user("a"), user("b"), flows("s>g", "g>a", "g>b", "a>e", "b>e")))
    play.start()
    job = '<serviceTask id="b" camunda:type="external" camunda:topic="t"/>'
    with pytest.raises(CannotMigrate) as refused:
        play.migrate(drawn(SE, job, flows("s>b", "b>e")))
    assert [(one.element, "不存在" in one.reason, "另一种" in one.reason) for one in refused.value.obstacles] == [
        ("a", True, False),
        ("b", False, True),
    ]


def test_a_join_that_waits_goes_on_waiting_unless_its_flow_is_gone() -> None:
    fork = '<parallelGateway id="g"/><parallelGateway id="j"/>'
    both = flows("s>g", "g>a", "g>b", "a>j", "b>j", "j>e")
    play = Play(drawn(SE, fork, user("a"), user("b"), both))
    play.start()
    play.complete("a")
    more = flows("s>g", "g>a", "g>b", "a>j", "b>c", "c>j", "j>e")
    play.migrate(drawn(SE, fork, user("a"), user("b"), user("c"), more))
    play.complete("b")
    play.complete("c")
    play.ended("e")

    play = Play(drawn(SE, fork, user("a"), user("b"), both))
    play.start()
    play.complete("a")
    other = flows("s>g", "g>a", "g>b", "a>e", "b>j", "j>e")
    with pytest.raises(CannotMigrate, match="汇聚"):
        play.migrate(drawn(SE, fork, user("a"), user("b"), other))


def bordered(*events: str) -> File:
    out = [f'<boundaryEvent id="{name}" attachedToRef="a" cancelActivity="{cancel}">{timer(text)}</boundaryEvent>'
           for name, cancel, text in (event.split() for event in events)]  # fmt: skip
    return drawn(SE, user("a"), *out, flows("s>a", "a>e", *(f"{event.split()[0]}>e" for event in events)))


def test_boundary_events_are_opened_closed_and_kept_as_the_new_version_says() -> None:
    play = Play(bordered("same true PT2H", "gone true PT3H", "other true PT4H"))
    play.start()
    kept = next(id for id, place in play.live.timers.items() if place == "same")
    play.migrate(bordered("same true PT2H", "other true PT5H", "new true PT1H"), at=START + HOUR)
    assert sorted(play.live.timers.values()) == ["new", "other", "same"]
    dues = {
        play.live.machine.open[id].place: play.live.machine.open[id].internal_data["due"] for id in play.live.timers
    }
    assert play.live.timers[kept] == "same" and dues["same"] == START + 1_000_000 + 2 * HOUR
    assert (dues["new"], dues["other"]) == (START + 2 * HOUR, START + 6 * HOUR)
    play.fire("new")
    play.ended("e")


def test_a_reminder_that_has_been_given_is_not_given_again() -> None:
    play = Play(bordered("once false PT1H"))
    play.start()
    play.fire("once")
    play.migrate(bordered("once false PT1H", "late false PT9H"))
    assert list(play.live.timers.values()) == ["late"]


STAGE = '<startEvent id="cs"/><endEvent id="ce"/>'
CALLED = diagram(STAGE + user("c") + flows("cs>c", "c>ce"), "stage")
LATER = diagram(STAGE + user("c") + user("d") + flows("cs>c", "c>d", "d>ce"), "stage")


def calling(id: str) -> File:
    return diagram(SE + f'<callActivity id="{id}" calledElement="stage"/>' + flows(f"s>{id}", f"{id}>e"))


def test_a_stage_under_way_goes_on_in_the_new_version_of_the_stage() -> None:
    play = Play(calling("call"), CALLED)
    play.start()
    play.migrate(calling("ask"), LATER, call="ask")
    play.complete("c")
    play.complete("d")
    play.ended("e")


def test_the_turns_of_a_multi_instance_go_on_each_with_what_it_holds() -> None:
    loop = '<multiInstanceLoopCharacteristics camunda:collection="=people" camunda:elementVariable="who"/>'

    def many(id: str, assignee: str) -> str:
        return user(id, f' camunda:assignee="{assignee}"', loop)

    play = Play(drawn(SE, many("a", "=who"), flows("s>a", "a>e")))
    play.start(people=["ann", "bob", "cid"])
    play.complete("a")
    play.migrate(drawn(SE, many("ask", "=who"), user("b"), flows("s>ask", "ask>b", "b>e")), a="ask")
    assert play.open == ["ask", "ask"]
    play.complete("ask")
    play.complete("ask")
    play.complete("b")
    play.ended("e")


def test_an_event_subprocess_begins_to_listen_when_the_new_version_has_one() -> None:
    handler = (
        '<subProcess id="sub" triggeredByEvent="true"><startEvent id="hs"><messageEventDefinition messageRef="msg"/>'
        '</startEvent><endEvent id="he"/>' + flows("hs>he") + "</subProcess>"
    )
    play = Play(drawn(SE, user("a"), flows("s>a", "a>e")))
    play.start()
    play.migrate(drawn(SE, user("a"), handler, flows("s>a", "a>e")))
    assert list(play.live.subscriptions.values()) == ["hs"]
    play.migrate(drawn(SE, user("a"), flows("s>a", "a>e")))
    assert not play.live.subscriptions
    play.complete("a")
    play.ended("e")


def test_a_message_or_a_time_that_is_said_otherwise_is_awaited_anew() -> None:
    def waits(trigger: str) -> File:
        return drawn(SE, f'<intermediateCatchEvent id="c">{trigger}</intermediateCatchEvent>', flows("s>c", "c>e"))

    play = Play(waits(timer("PT1H")))
    play.start()
    effects = play.migrate(waits(timer("PT2H")), at=START + HOUR)
    assert [e["type"] for e in effects] == ["timer_closed", "timer_opened"] and effects[1]["due_at"] == START + 3 * HOUR
    with pytest.raises(CannotMigrate, match="另一种"):
        play.migrate(waits('<messageEventDefinition messageRef="msg"/>'))


def moved(play: Play, at: str, how: str, to: str) -> None:
    token = next(t for t in play.live.machine.live_tokens() if t.place == at)
    play.do("modified", moves=[{"token": token.id, "element": at, "how": how, "to": to}], reason="卡住")


def test_an_operator_skips_a_task_and_the_token_leaves_by_its_conditions() -> None:
    way = '<exclusiveGateway id="g" default="g_b"/>'
    play = Play(drawn(SE, user("a"), user("b"), way, flows("s>a", "a>g", "g>b", "g>e:x = 1", "b>e")))
    play.start(x=1)
    moved(play, "a", "after", "a")
    play.ended("e")


def test_an_operator_sends_a_token_back_and_the_tasks_are_opened_again() -> None:
    play = Play(drawn(*LINE))
    play.start()
    play.complete("a")
    moved(play, "b", "before", "a")
    assert play.open == ["a"]
    play.complete("a")
    play.complete("b")
    play.ended("e")


def test_a_stage_is_left_as_a_whole() -> None:
    play = Play(calling("call"), CALLED)
    play.start()
    moved(play, "call", "after", "call")
    play.ended("e")


def test_what_is_not_there_or_leads_nowhere_is_refused() -> None:
    play = Play(drawn(*LINE))
    play.start()
    with pytest.raises(NotOpen):
        play.do("modified", moves=[{"token": 999, "element": "a", "how": "before", "to": "b"}])
    token = next(t for t in play.live.machine.live_tokens() if t.place == "a").id
    with pytest.raises(StepFailed):
        play.do("modified", moves=[{"token": token, "element": "a", "how": "before", "to": "nowhere"}])


def test_what_repeats_is_one_place_and_not_one_for_each_turn() -> None:
    each = "<multiInstanceLoopCharacteristics><loopCardinality>3</loopCardinality></multiInstanceLoopCharacteristics>"
    play = Play(drawn(SE, user("a", inside=each), flows("s>a", "a>e")))
    play.start()
    assert play.open == ["a", "a", "a"]
    ((token, element, path),) = play.live.places
    assert (element, path) == ("a", "")
    play.do("modified", moves=[{"token": token, "element": "a", "how": "after", "to": "a"}], reason="无人办理")
    play.ended("e")
