"""Reading diagrams: what each part of the vocabulary becomes, and that no file turns against the server."""

import pytest

from bpmn.markup import DEEPEST, LARGEST, Unreadable, parse
from bpmn.model import File, Multi
from bpmn.read import read
from tests.bpmn.draw import HEAD, diagram, flow, line, node, process, simple


def test_a_user_task_says_who_what_and_when() -> None:
    told = (
        'name="写调研表" camunda:formRef="survey" camunda:candidateGroups="project_manager, marketing"'
        ' camunda:dueDate="P3D" camunda:followUpDate="P1D" camunda:priority="70"'
    )
    [found] = read(simple("userTask", told, "<documentation>说明</documentation>"))
    task = found.element("a")
    assert task is not None
    assert (task.name, task.form, task.roles) == ("写调研表", "survey", ("project_manager", "marketing"))
    assert (task.due, task.follow_up, task.priority, task.clause) == ("P3D", "P1D", "70", "5.1")
    assert (task.documentation, task.incoming, task.outgoing) == ("说明", ("s_a",), ("a_e",))


LANES = (
    '<laneSet><lane id="l1" name="项目经理"><flowNodeRef>\n  a\n</flowNodeRef>'
    '<childLaneSet><lane id="l2" name="部门QA"><flowNodeRef>b</flowNodeRef></lane></childLaneSet></lane></laneSet>'
)


def test_the_lane_gives_the_role_even_pretty_printed_and_nested() -> None:
    parts = (LANES, node("startEvent", "s"), node("userTask", "a"), node("userTask", "b"), line("s", "a", "b"))
    [found] = read(diagram(*parts))
    assert [e.roles for e in found.elements] == [(), ("project_manager",), ("department_qa",)]


def test_a_task_inside_a_stage_has_the_lane_of_the_stage() -> None:
    inside = node("startEvent", "is") + node("userTask", "it") + line("is", "it")
    [found] = read(diagram(LANES, node("startEvent", "s"), node("subProcess", "a", "", inside), line("s", "a")))
    inner = found.element("it")
    assert inner is not None and inner.roles == ("project_manager",) and inner.parent == "a"


def test_a_task_given_to_a_person_is_not_everybodys_of_the_lane() -> None:
    [found] = read(diagram(LANES, node("startEvent", "s"), node("userTask", "a", 'camunda:assignee="=reviewer"')))
    task = found.element("a")
    assert task is not None and task.roles == () and task.assignee == "=reviewer"


def test_repetition_is_read() -> None:
    over = 'isSequential="true" camunda:collection="reviewers" camunda:elementVariable="r"'
    many = f"<multiInstanceLoopCharacteristics {over}/>"
    [found] = read(simple("userTask", "", many))
    task = found.element("a")
    assert task is not None and task.multi == Multi("sequential", "reviewers", "r")


def test_an_event_says_what_it_waits_for() -> None:
    parts = (
        '<message id="m" name="major_fault"/>',
        process(
            node("startEvent", "s"),
            node("userTask", "a"),
            node(
                "boundaryEvent",
                "b",
                'attachedToRef="a" cancelActivity="false"',
                '<messageEventDefinition messageRef="m"/>',
            ),
            node(
                "intermediateCatchEvent",
                "t",
                "",
                "<timerEventDefinition><timeDuration> P1D </timeDuration></timerEventDefinition>",
            ),
            line("s", "a", "t"),
        ),
    )
    [found] = read(diagram(*parts))
    boundary, timer = found.element("b"), found.element("t")
    assert boundary is not None and (boundary.event, boundary.event_value) == ("message", "major_fault")
    assert not boundary.interrupting and boundary.attached_to == "a"
    assert timer is not None and (timer.event, timer.event_kind, timer.event_value) == ("timer", "timeDuration", "P1D")


def test_a_service_task_says_topic_and_parameters() -> None:
    inside = (
        "<extensionElements><camunda:inputOutput>"
        '<camunda:inputParameter name="form">JBS00P00401</camunda:inputParameter>'
        '<camunda:outputParameter name="number">=number</camunda:outputParameter>'
        "</camunda:inputOutput></extensionElements>"
    )
    [found] = read(simple("serviceTask", 'camunda:type="external" camunda:topic="record"', inside))
    task = found.element("a")
    assert task is not None and task.topic == "record"
    assert task.inputs == (("form", "JBS00P00401"),) and task.outputs == (("number", "=number"),)


def test_files_in_other_encodings_are_read() -> None:
    text = f'<?xml version="1.0" encoding="GB18030"?>{HEAD}<process id="p" name="运维"/></definitions>'
    [found] = read(File("p.bpmn", text.encode("gb18030")))
    assert found.name == "运维"


BOMB = '<!DOCTYPE a [<!ENTITY x "yyyyyyyyyy"><!ENTITY z "&x;&x;&x;">]><a>&z;</a>'


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"", "not-xml"),
        (b"hello", "not-xml"),
        (b"\xff\xfe\x00", "not-xml"),
        (BOMB.encode(), "doctype"),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "doctype"),
        (b"<a>" * (DEEPEST + 1) + b"</a>" * (DEEPEST + 1), "too-deep"),
        (b"<a>" + b"x" * LARGEST + b"</a>", "too-large"),
        (b'<a name="' + b"x" * 200_000 + b'"/>', "too-large"),
    ],
)
def test_hostile_files_are_refused_by_name(content: bytes, rule: str) -> None:
    with pytest.raises(Unreadable) as refused:
        parse(content)
    assert refused.value.rule == rule


def test_flows_keep_their_conditions() -> None:
    [found] = read(diagram(node("startEvent", "s"), node("task", "a"), flow("s", "a", 'x = "y"')))
    assert found.flows[0].condition == 'x = "y"'
