"""The film of an instance: what is shown at each moment is what the effects say."""

from __future__ import annotations

from engine.sheets import Spot

from .filmed import film, last
from .play import Play, diagram, flows, timer

USER = '<userTask id="{}" camunda:candidateGroups="r"/>'
STAGE = '<startEvent id="cs"/>' + USER.format("c") + '<endEvent id="ce"/>'
CALLED = diagram(STAGE + flows("cs>c", "c>ce"), "stage")


def spots(*ids: str, sheet: str = "") -> tuple[Spot, ...]:
    """Elements or flows on a sheet."""
    return tuple(Spot(sheet, id) for id in ids)


def process(*tasks: str, more: str = "", ways: tuple[str, ...] = ()) -> str:
    """Start, these user tasks, end, and whatever else there is."""
    return '<startEvent id="s"/>' + "".join(map(USER.format, tasks)) + '<endEvent id="e"/>' + more + flows(*ways)


def test_flows_of_a_split_are_taken_at_the_same_time_and_the_join_is_done_when_all_are_there() -> None:
    gates = '<parallelGateway id="g"/><parallelGateway id="j"/>'
    play = Play(diagram(process("a", "b", more=gates, ways=("s>g", "g>a", "g>b", "a>j", "b>j", "j>e"))))
    play.start()
    moment, scene = last(play)
    assert moment.waves == (spots("s_g"), spots("g_a", "g_b"))
    assert scene.standing("") == {"a": 1, "b": 1} and moment.passed == spots("s", "g")
    play.complete("a")
    moment, scene = last(play)
    assert scene.marks("") == {"s": "done", "g": "done", "a": "done", "b": "active"}
    play.complete("b")
    moment, scene = last(play)
    assert moment.waves == (spots("b_j"), spots("j_e")) and moment.event == "ended"
    assert scene.standing("") == {} and set(scene.flows("")) == {"s_g", "g_a", "g_b", "a_j", "b_j", "j_e"}


def test_a_return_is_an_event_and_the_element_waits_again() -> None:
    way = '<exclusiveGateway id="g" default="g_e"/>'
    play = Play(diagram(process("a", "b", more=way, ways=("s>a", "a>b", "b>g", 'g>a:again = "returned"', "g>e"))))
    play.start()
    play.complete("a")
    play.complete("b", again="returned", return_reason="缺依据")
    moment, scene = last(play)
    assert moment.event == "returned" and moment.waves == (spots("b_g"), spots("g_a"))
    assert scene.marks("") == {"s": "done", "a": "active", "b": "done", "g": "done"}
    play.complete("a")
    play.complete("b", again="no")
    events = [one.event for one in film(play).moments]
    assert events == [None, None, "returned", None, "ended"]


def test_what_a_boundary_event_interrupts_was_not_done() -> None:
    late = f'<boundaryEvent id="late" attachedToRef="a">{timer("PT1H")}</boundaryEvent><endEvent id="x"/>'
    play = Play(diagram(process("a", more=late, ways=("s>a", "a>e", "late>x"))))
    play.start()
    play.fire("late")
    moment, scene = last(play)
    assert moment.event == "timer" and moment.waves == (spots("late_x"),)
    assert scene.marks("") == {"s": "done", "late": "done", "x": "done"} and len(moment.left) == 1


def test_a_sub_process_lies_on_the_same_sheet_and_its_flows_come_between_those_around_it() -> None:
    inside = '<startEvent id="is"/>' + USER.format("i") + '<endEvent id="ie"/>' + flows("is>i", "i>ie")
    play = Play(
        diagram(process("a", more=f'<subProcess id="sub">{inside}</subProcess>', ways=("s>sub", "sub>a", "a>e")))
    )
    play.start()
    moment, scene = last(play)
    assert moment.waves == (spots("s_sub"), spots("is_i")) and moment.sheet == ""
    assert scene.standing("") == {"sub": 1, "i": 1}
    play.complete("i")
    assert last(play)[0].waves == (spots("i_ie"), spots("sub_a"))


def test_a_called_stage_is_a_sheet_of_its_own_and_one_looks_where_it_happens() -> None:
    play = Play(
        diagram(process("a", more='<callActivity id="call" calledElement="stage"/>', ways=("s>call", "call>a", "a>e"))),
        CALLED,
    )
    play.start()
    moment, scene = last(play)
    assert moment.waves == (spots("s_call"), spots("cs_c", sheet="call")) and moment.sheet == ""
    assert (scene.standing(""), scene.standing("call")) == ({"call": 1}, {"c": 1})
    play.complete("c")
    moment, scene = last(play)
    assert moment.sheet == "call" and moment.waves == (spots("c_ce", sheet="call"), spots("call_a"))
    assert scene.marks("call") == {"cs": "done", "c": "done", "ce": "done"} and scene.standing("") == {"a": 1}
    assert list(film(play).sheets) == ["", "call"]


def test_each_turn_of_a_call_that_repeats_has_its_sheet_and_turns_are_counted() -> None:
    repeat = '<multiInstanceLoopCharacteristics camunda:collection="=[1, 2, 3]" camunda:elementVariable="n"/>'
    play = Play(
        diagram(
            process(
                more=f'<callActivity id="call" calledElement="stage">{repeat}</callActivity>', ways=("s>call", "call>e")
            )
        ),
        CALLED,
    )
    play.start()
    scene = last(play)[1]
    assert scene.standing("") == {"call": 3} and scene.standing("call[1]") == {"c": 1}
    play.complete("c")
    assert last(play)[0].sheet == "call[0]" and last(play)[1].standing("") == {"call": 2}
    assert list(film(play).sheets) == ["", "call[0]", "call[1]", "call[2]"]


def test_after_a_migration_every_token_stands_in_the_other_diagram() -> None:
    gates = '<parallelGateway id="g"/>'
    before = diagram(process("a", "b", more=gates, ways=("s>g", "g>a", "g>b", "a>e", "b>e")))
    after = diagram(process("a", "z", more=gates, ways=("s>g", "g>a", "g>z", "a>e", "z>e")))
    play = Play(before)
    play.start()
    play.migrate(after, b="z")
    moment, scene = last(play)
    assert (moment.version, moment.event, moment.waves) == (2, "intervention", ())
    assert scene.standing("") == {"a": 1, "z": 1} and len(moment.left) == len(moment.entered) == 2
    play.complete("z")
    moment, scene = last(play)
    assert moment.waves == (spots("z_e"),) and scene.standing("") == {"a": 1}


def test_an_incident_stays_in_the_picture_until_its_step_is_taken() -> None:
    play = Play(diagram(process("a", "b", ways=("s>a", "a>b", "b>e"))))
    play.start()
    task = play.task("a")
    play.do("incident", "a", task, reason="除以零")
    moment, scene = last(play)
    assert moment.event == "incident" and scene.marks("")["a"] == "failed"
    play.do("commented", text="在查")
    assert last(play)[1].marks("")["a"] == "failed"
    play.complete("a")
    assert last(play)[1].marks("") == {"s": "done", "a": "done", "b": "active"}


def test_what_moves_no_token_is_shown_where_its_token_stands() -> None:
    play = Play(
        diagram(
            process(
                "a",
                more='<callActivity id="call" calledElement="stage"/>',
                ways=("s>a", "a>call", "call>e"),
            )
        ),
        CALLED,
    )
    play.start()
    play.complete("a")
    play.do("claimed", "c", play.task("c"), user="ann")
    moment, scene = last(play)
    assert (moment.sheet, moment.entered, moment.left, moment.waves) == ("call", (), (), ())
    play.do("commented", text="看过了")
    assert last(play)[0].sheet == "call"
    assert film(play).scene(1).standing("") == {"a": 1}
