"""Normalising: what the engine would misread becomes what it executes rightly."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bpmn.feel import Feel
from bpmn.juel import to_feel
from bpmn.model import File, Json, Process
from bpmn.normalise import normalise
from bpmn.read import read
from tests.bpmn.draw import diagram, flow, line, node, process


def normalised(file: File) -> Process:
    once = normalise(file.content)
    assert normalise(once) == once
    return read(File(file.name, once))[0]


def ways(process: Process) -> set[tuple[str, str, str | None]]:
    return {(flow.source, flow.target, flow.condition) for flow in process.flows}


def test_flows_without_id_get_one() -> None:
    bare = '<sequenceFlow sourceRef="s" targetRef="e"/>' * 2
    found = normalised(diagram(node("startEvent", "s"), node("endEvent", "e"), bare))
    ids = [flow.id for flow in found.flows]
    assert all(ids) and len(set(ids)) == len(ids)


def test_a_node_with_no_way_out_gets_an_end_of_the_same_clause() -> None:
    found = normalised(diagram(node("startEvent", "s"), node("userTask", "a"), line("s", "a")))
    end = found.element("a_end")
    assert end is not None and end.type == "endEvent" and end.clause == "5.1"
    assert ("a", "a_end", None) in ways(found)


def test_without_a_start_event_all_that_nothing_leads_to_begins() -> None:
    found = normalised(diagram(node("userTask", "a"), node("userTask", "b"), node("endEvent", "e"), line("a", "e")))
    start, split = found.element("p_start"), found.element("p_start_split")
    assert start is not None and start.type == "startEvent"
    assert split is not None and split.type == "parallelGateway"
    assert {flow.target for flow in found.leaving("p_start_split")} == {"a", "b"}


def test_a_link_leads_to_what_it_refers_to_whatever_it_is_called() -> None:
    thrown = '<linkEventDefinition id="l1" name="out"><target>l2</target></linkEventDefinition>'
    caught = '<linkEventDefinition id="l2" name="in"><source>l1</source></linkEventDefinition>'
    other = '<linkEventDefinition id="l3" name="out"/>'
    ends = node("intermediateThrowEvent", "t", "", thrown) + node("intermediateCatchEvent", "c", "", caught)
    more = node("intermediateCatchEvent", "d", "", other) + node("startEvent", "s") + node("endEvent", "e")
    found = normalised(diagram(ends, more, flow("s", "t"), flow("c", "e"), flow("d", "e")))
    assert [one.target for one in found.leaving("t")] == ["c"]


def test_the_name_space_of_a_reference_is_left_away_and_that_of_others_kept() -> None:
    told = process(
        node("startEvent", "s"),
        node("callActivity", "a", 'calledElement="far:q"'),
        node("boundaryEvent", "b", 'attachedToRef="own:a"', '<errorEventDefinition errorRef="far:x"/>'),
        node("endEvent", "e"),
        line("s", "a", "e") + flow("b", "e"),
    )
    spaces = 'targetNamespace="urn:own" xmlns:own="urn:own" xmlns:far="urn:far"'
    text = diagram(told).content.decode().replace("<definitions ", f"<definitions {spaces} ", 1)
    once = normalise(text.encode()).decode()
    assert all(part in once for part in ('calledElement="q"', 'attachedToRef="a"', 'errorRef="far:x"'))


def test_one_and_zero_are_true_and_false() -> None:
    many = '<multiInstanceLoopCharacteristics isSequential=" 1 "><loopCardinality>2</loopCardinality>'
    task = node("userTask", "a", 'isForCompensation="0"', f"{many}</multiInstanceLoopCharacteristics>")
    found = normalised(diagram(node("startEvent", "s"), task, node("endEvent", "e"), line("s", "a", "e")))
    element = found.element("a")
    assert element is not None and element.multi is not None and element.multi.kind == "sequential"


def test_an_event_sub_process_gets_no_end_behind_it() -> None:
    inside = node("startEvent", "is", "", "<signalEventDefinition/>") + node("endEvent", "ie") + line("is", "ie")
    stage = node("subProcess", "h", 'triggeredByEvent="true"', inside)
    found = normalised(diagram(node("startEvent", "s"), node("endEvent", "e"), line("s", "e"), stage))
    assert {e.id for e in found.elements} == {"s", "e", "h", "is", "ie"}


def test_several_flows_out_of_a_task_run_in_parallel() -> None:
    parts = (node("startEvent", "s"), node("userTask", "a"), node("endEvent", "b"), node("endEvent", "c"))
    found = normalised(diagram(*parts, line("s", "a", "b"), flow("a", "c")))
    split = found.element("a_split")
    assert split is not None and split.type == "parallelGateway" and split.outgoing == ("a_b", "a_c")


def test_conditional_flows_out_of_a_task_become_an_inclusive_choice_with_its_default() -> None:
    parts = (
        node("startEvent", "s"),
        node("userTask", "a", 'default="a_c"'),
        node("endEvent", "b"),
        node("endEvent", "c"),
    )
    found = normalised(diagram(*parts, line("s", "a"), flow("a", "b", "x = 1"), flow("a", "c")))
    split = found.element("a_split")
    assert split is not None and (split.type, split.default_flow) == ("inclusiveGateway", "a_c")
    assert ("a_split", "b", "x = 1") in ways(found) and ("a_split", "c", None) in ways(found)


def test_a_flow_without_condition_beside_conditional_ones_is_always_taken() -> None:
    parts = (node("startEvent", "s"), node("userTask", "a"), node("endEvent", "b"), node("endEvent", "c"))
    found = normalised(diagram(*parts, line("s", "a"), flow("a", "b", "x = 1"), flow("a", "c")))
    assert ("a_split", "c", "true") in ways(found)


def test_the_condition_of_a_single_flow_is_read() -> None:
    parts = (node("startEvent", "s"), node("userTask", "a"), node("endEvent", "e"))
    found = normalised(diagram(*parts, line("s", "a"), flow("a", "e", "x = 1")))
    split = found.element("a_split")
    assert split is not None and split.type == "exclusiveGateway"


def test_the_one_flow_without_condition_is_the_default() -> None:
    parts = (node("startEvent", "s"), node("exclusiveGateway", "g"), node("endEvent", "b"), node("endEvent", "c"))
    found = normalised(diagram(*parts, line("s", "g"), flow("g", "b", "x = 1"), flow("g", "c")))
    gateway = found.element("g")
    assert gateway is not None and gateway.default_flow == "g_c"


def test_what_is_inserted_is_drawn() -> None:
    picture = (
        b'<bpmndi:BPMNDiagram xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI"'
        b' xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"><bpmndi:BPMNPlane><bpmndi:BPMNShape bpmnElement="a">'
        b'<dc:Bounds x="1" y="2" width="100" height="80"/></bpmndi:BPMNShape></bpmndi:BPMNPlane></bpmndi:BPMNDiagram>'
    )
    file = diagram(node("startEvent", "s"), node("userTask", "a"), line("s", "a"))
    content = normalise(file.content.replace(b"</definitions>", picture + b"</definitions>"))
    assert b'bpmnElement="a_end"' in content and b'bpmnElement="flow_a_a_end"' in content


@pytest.mark.parametrize(
    ("juel", "feel"),
    [
        ("${review_result == 'pass'}", 'review_result = "pass"'),
        ("${a && !b}", "a and not(b)"),
        ("${!(a || b.c) and d ge 3}", "not((a or b.c)) and d >= 3"),
        ("#{n}", "n"),
        ("${x != null}", "x != null"),
        ("${execution.getVariable('x')}", None),
        ("${empty x}", '(if x = null or x = "" or x = [] then true else false)'),
        ("${not empty x and !!y}", 'not((if x = null or x = "" or x = [] then true else false)) and not(not(y))'),
        ("${!}", None),
        ("${a ? b : c}", None),
        ("before ${a}", None),
        ("${}", None),
    ],
)
def test_plain_juel_is_translated_and_the_rest_left(juel: str, feel: str | None) -> None:
    assert to_feel(juel) == feel


@pytest.mark.parametrize(
    ("value", "empty"), [(None, True), ("", True), ([], True), ("a", False), ([1], False), (0, False)]
)
def test_empty_is_true_or_false_for_any_value(feel: Feel, value: Json, empty: bool) -> None:
    assert feel.evaluate(to_feel("${empty x}") or "", {"x": value}, 0) is empty
    assert feel.evaluate(to_feel("${not empty x}") or "", {"x": value}, 0) is not empty


atoms = st.sampled_from(["a", "b.c", "3", "'x'", "true", "null"])
juels = st.recursive(
    atoms,
    lambda e: (
        st.builds("({} {} {})".format, e, st.sampled_from(["==", "!=", "&&", "||", ">", "le"]), e)
        | st.builds("!({})".format, e)
    ),
    max_leaves=6,
)


@given(juels)
@settings(max_examples=60, deadline=None)
def test_what_is_translated_can_be_read_as_feel(feel: Feel, juel: str) -> None:
    translated = to_feel("${" + juel + "}")
    assert translated is not None
    assert feel.names(translated) <= {"a", "b"}


def test_an_assignee_is_marked_as_an_expression_and_a_condition_is_not() -> None:
    task = node("userTask", "a", 'camunda:assignee="${owner}"')
    parts = (node("startEvent", "s"), task, node("exclusiveGateway", "g"), node("endEvent", "e"), node("endEvent", "f"))
    found = normalised(diagram(*parts, line("s", "a", "g", "e"), flow("g", "f", "${x == 1}")))
    element = found.element("a")
    assert element is not None and element.assignee == "=owner"
    assert ("g", "f", "x = 1") in ways(found)
