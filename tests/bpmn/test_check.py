"""Checking: a test per rule, and no file that raises instead of being told about."""

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bpmn.check import check
from bpmn.feel import Feel
from bpmn.library import procedures
from bpmn.model import File, Finding, Kind, Known
from tests.bpmn.draw import diagram, flow, line, node, process, simple

KNOWN = Known(forms={"survey"}, topics={"record"}, roles={"project_manager"}, processes={"other"}, decisions={"d"})


def found(feel: Feel, *files: File) -> list[Finding]:
    return check(files, KNOWN, feel)


def rules(feel: Feel, *files: File) -> set[str]:
    return {finding.rule for finding in found(feel, *files)}


def test_a_sound_diagram_has_no_findings(feel: Feel) -> None:
    task = 'camunda:formRef="survey" camunda:candidateGroups="project_manager"'
    assert found(feel, simple("userTask", task)) == []


def timer(body: str) -> str:
    return f"<timerEventDefinition>{body}</timerEventDefinition>"


def between(*parts: str) -> File:
    """A process with start `s` and end `e`, and the parts."""
    return diagram(node("startEvent", "s"), node("endEvent", "e"), *parts)


def stage(*inside: str, attributes: str = "") -> File:
    return simple("subProcess", attributes, "".join(inside))


def choice(*flows: str, attributes: str = "", tag: str = "exclusiveGateway") -> File:
    parts = node(tag, "g", attributes) + node("endEvent", "f") + line("s", "g")
    return between(parts, *flows)


PARAMETERS = (
    "<extensionElements><camunda:inputOutput>"
    '<camunda:inputParameter name="{}">{}</camunda:inputParameter>'
    "</camunda:inputOutput></extensionElements>"
)
DAY = "<timerEventDefinition><timeDuration>P1D</timeDuration></timerEventDefinition>"
PICTURE = b'<b:Bounds xmlns:b="http://www.omg.org/spec/DD/20100524/DC" x="left" y="1" width="1" height="1"/>'
GONE_LANE = '<laneSet><lane id="l" name="部门QA"><flowNodeRef>gone</flowNodeRef></lane></laneSet>'
GONE_OTHER = b'<camunda:properties><camunda:property name="differentFrom" value="gone"/>'
RESERVED = 'scriptFormat="feel" camunda:resultVariable="instance_id"'

CASES: list[tuple[str, File]] = [
    ("duplicate-id", between(node("userTask", "a"), node("userTask", "a"), line("s", "a", "e"))),
    ("id", between(node("userTask", "1 a"), line("s", "1 a", "e"))),
    ("process-id", diagram(process(node("startEvent", "s"), key="1/../x"))),
    ("not-executable", File("p.bpmn", simple().content.replace(b'isExecutable="true"', b'isExecutable="false"'))),
    ("dangling-flow", between(line("s", "e"), flow("s", "nowhere"))),
    ("flow-crosses", stage(node("startEvent", "is"), node("endEvent", "ie"), line("is", "ie"), flow("is", "e"))),
    ("flow-from-end", between(node("userTask", "a"), line("s", "e", "a"))),
    ("flow-to-start", between(node("userTask", "a"), line("s", "a", "s"), flow("a", "e"))),
    ("dangling-default", choice(flow("g", "e", "x = 1"), flow("g", "f", "x = 2"), attributes='default="s_g"')),
    ("dangling-boundary", simple(more=node("boundaryEvent", "b", 'attachedToRef="gone"', DAY))),
    ("no-message", simple("receiveTask", 'messageRef="gone"')),
    ("no-signal", simple("intermediateThrowEvent", "", "<signalEventDefinition/>")),
    ("dangling-reference", between(GONE_LANE, line("s", "e"))),
    ("dangling-different-from", File("p.bpmn", simple().content.replace(b"<camunda:properties>", GONE_OTHER))),
    ("unsupported-element", simple("implicitThrowEvent")),
    ("unsupported-element", simple("intermediateThrowEvent", "", DAY)),
    ("unsupported-element", simple("intermediateThrowEvent", "", "<linkEventDefinition/><compensateEventDefinition/>")),
    ("no-trigger", simple("intermediateCatchEvent")),
    ("unsupported-attribute", simple("serviceTask", 'camunda:class="x.Y"')),
    ("unsupported-attribute", simple("userTask", 'camunda:formKey="x"')),
    ("unsupported-attribute", simple("userTask", "", "<extensionElements><camunda:taskListener/></extensionElements>")),
    ("no-effect", simple("userTask", 'camunda:candidateUsers="mary"')),
    ("no-start", diagram(node("userTask", "a"), node("userTask", "b"), line("a", "b", "a"))),
    ("several-starts", between(node("startEvent", "s2"), line("s", "e"), flow("s2", "e"))),
    ("event-start", stage(node("startEvent", "is", "", DAY))),
    ("unreachable", between(node("userTask", "a"), line("s", "e"))),
    ("no-end", between(node("userTask", "a"), node("userTask", "b"), line("s", "a", "b", "a"))),
    ("no-condition", choice(flow("g", "e"), flow("g", "f"))),
    ("no-default", choice(flow("g", "e", "x = 1"), flow("g", "f", "x = 2"))),
    ("idle-condition", choice(flow("g", "e", "x = 1"), flow("g", "f"), tag="parallelGateway")),
    ("idle-condition", choice(flow("g", "e", "x = 1"), flow("g", "f", "x = 2"), attributes='default="g_f"')),
    ("event-gateway", choice(flow("g", "e"), flow("g", "f"), tag="eventBasedGateway")),
    ("unknown-form", simple("userTask", 'camunda:formRef="nothing"')),
    ("no-topic", simple("serviceTask")),
    ("unknown-topic", simple("serviceTask", 'camunda:topic="nothing"')),
    ("unknown-role", simple("userTask", 'camunda:candidateGroups="项目经理"')),
    ("unknown-lane", simple(more='<laneSet><lane id="l" name="某人"><flowNodeRef>a</flowNodeRef></lane></laneSet>')),
    ("no-result-variable", simple("businessRuleTask", 'camunda:decisionRef="d"')),
    ("no-decision", simple("businessRuleTask")),
    ("unknown-decision", simple("businessRuleTask", 'camunda:decisionRef="nothing"')),
    ("no-called-process", simple("callActivity")),
    ("unknown-process", simple("callActivity", 'calledElement="nothing"')),
    ("cyclic-call", simple("callActivity", 'calledElement="p"')),
    ("clause", File("p.bpmn", simple().content.replace(b'value="5.1"', b'value=""'))),
    ("expression-language", simple("userTask", 'camunda:assignee="${execution.getVariable(1)}"')),
    ("feel-syntax", simple("userTask", 'camunda:assignee="=1 +"')),
    ("feel-syntax", simple("serviceTask", 'camunda:topic="record"', PARAMETERS.format("form", "=("))),
    ("feel-syntax", choice(flow("g", "e", "x ="), flow("g", "f"))),
    ("script-language", simple("scriptTask", 'scriptFormat="groovy"', "<script>x</script>")),
    ("no-script", simple("scriptTask", 'scriptFormat="feel"')),
    ("no-result-variable", simple("scriptTask", 'scriptFormat="feel"', "<script>1</script>")),
    ("no-time", simple("intermediateCatchEvent", "", timer(""))),
    ("time", simple("intermediateCatchEvent", "", timer("<timeDuration>PT</timeDuration>"))),
    ("time", simple("intermediateCatchEvent", "", timer("<timeCycle>0 0 * * *</timeCycle>"))),
    ("time", simple("intermediateCatchEvent", "", timer("<timeDate>2026-02-30</timeDate>"))),
    ("time", simple("intermediateCatchEvent", "", timer("<timeDate>2026-02-03T10:00@Europe/Nowhere</timeDate>"))),
    ("time", simple("intermediateCatchEvent", "", timer("<timeCycle>R0/PT1H</timeCycle>"))),
    ("time", simple("userTask", 'camunda:dueDate="tomorrow"')),
    ("no-collection", simple("userTask", "", "<multiInstanceLoopCharacteristics/>")),
    ("endless-loop", simple("userTask", "", "<standardLoopCharacteristics/>")),
    ("loop-maximum", simple("userTask", "", '<standardLoopCharacteristics loopMaximum="x"/>')),
    ("reserved-name", simple("scriptTask", RESERVED, "<script>1</script>")),
    ("picture", File("p.bpmn", simple().content.replace(b"</definitions>", PICTURE + b"</definitions>"))),
    ("not-xml", File("p.bpmn", b"<definitions>")),
    ("not-bpmn", File("p.bpmn", b"<svg/>")),
    ("no-process", File("p.bpmn", simple().content.split(b"<process")[0] + b"</definitions>")),
    ("doctype", File("p.bpmn", b'<!DOCTYPE x SYSTEM "y"><x/>')),
    ("file-name", File("../p.bpmn", simple().content)),
    ("file-name", File("a\x00.bpmn", simple().content)),
    ("file-kind", File("p.exe", b"MZ")),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "file"), CASES, ids=[f"{rule}-{place}" for place, (rule, _) in enumerate(CASES)])
def test_it_is_told(feel: Feel, rule: str, file: File) -> None:
    told = [finding for finding in found(feel, file) if finding.rule == rule]
    assert told
    assert all(finding.file == file.name and "请" in finding.message or "不" in finding.message for finding in told)


def test_ids_are_unique_across_files(feel: Feel) -> None:
    second = File("q.bpmn", simple().content.replace(b'id="p"', b'id="q"'))
    assert "duplicate-id" in rules(feel, simple(), second)


def test_a_call_circle_across_files_is_told_at_each_call(feel: Feel) -> None:
    first = simple("callActivity", 'calledElement="q"')
    body = simple("callActivity", 'calledElement="p"').content.replace(b'id="p"', b'id="q"')
    told = [f for f in found(feel, first, File("q.bpmn", body)) if f.rule == "cyclic-call"]
    assert {finding.file for finding in told} == {"p.bpmn", "q.bpmn"}


def test_two_files_of_one_name_are_told(feel: Feel) -> None:
    assert "duplicate-file" in rules(feel, simple(), simple())


def test_a_decision_deployed_beside_is_known(feel: Feel) -> None:
    table = File("t.dmn", b'<definitions><decision id="nothing"/></definitions>')
    assert "unknown-decision" not in rules(feel, simple("businessRuleTask", 'camunda:decisionRef="nothing"'), table)


def test_a_script_that_gives_a_context_needs_no_result_variable(feel: Feel) -> None:
    script = simple("scriptTask", 'scriptFormat="feel"', "<script>= {x: 1}</script>")
    assert "no-result-variable" not in rules(feel, script)


def test_opposite_conditions_need_no_default(feel: Feel) -> None:
    assert "no-default" not in rules(feel, choice(flow("g", "e", "ok = true"), flow("g", "f", "ok = false")))
    assert "no-default" not in rules(feel, choice(flow("g", "e", 'r = "x"'), flow("g", "f", 'r != "x"')))


def joined(split: str, join: str) -> File:
    """Two tasks between a split and a join."""
    tasks = node("userTask", "a") + node("userTask", "b") + node(split, "g") + node(join, "j")
    return between(
        tasks, line("s", "g", "a", "j", "e"), flow("g", "b", None if "par" in split else "x = 1"), flow("b", "j")
    )


def test_a_join_that_may_wait_for_ever_is_told(feel: Feel) -> None:
    assert "join-waits" in rules(feel, joined("exclusiveGateway", "parallelGateway"))
    assert "join-waits" in rules(feel, joined("inclusiveGateway", "parallelGateway"))
    assert "join-waits" not in rules(feel, joined("parallelGateway", "parallelGateway"))
    assert "join-waits" not in rules(feel, joined("exclusiveGateway", "exclusiveGateway"))


def test_a_join_in_a_loop_is_no_fault(feel: Feel) -> None:
    parts = node("parallelGateway", "g") + node("parallelGateway", "j") + node("exclusiveGateway", "x", 'default="x_e"')
    tasks = node("userTask", "a") + node("userTask", "b")
    again = flow("x", "m", "again = true") + node("exclusiveGateway", "m")
    file = between(parts, tasks, again, line("s", "m", "g", "a", "j", "x", "e"), line("g", "b", "j"))
    assert "join-waits" not in rules(feel, file)


def test_a_variable_that_nothing_sets_is_told_where_the_fields_are_known(feel: Feel) -> None:
    file = simple("userTask", 'camunda:formRef="survey" camunda:assignee="=reviewer"')
    for fields, told in (
        ({"survey": {"x": None}}, True),
        ({"survey": {"reviewer": Kind("string")}}, False),
        (None, False),
    ):
        known = Known(forms={"survey"}, fields=fields)
        assert told == ("unset-variable" in {finding.rule for finding in check([file], known, feel)})


def test_a_large_diagram_is_checked_in_time(feel: Feel) -> None:
    ids = [f"t{number}" for number in range(1_200)]
    tasks = "".join(f'<subProcess id="{id}"><startEvent id="s{id}"/></subProcess>' for id in ids)
    loose = "".join(f'<sequenceFlow sourceRef="{id}" targetRef="e"/>' * 2 for id in ids)
    started = time.monotonic()
    check([between(tasks, line("s", *ids), loose)], Known(), feel)
    assert time.monotonic() - started < 20


def test_a_diagram_that_nobody_could_read_is_refused_at_once(feel: Feel) -> None:
    ids = [f"t{number}" for number in range(6_000)]
    assert rules(feel, between("".join(node("userTask", id) for id in ids), line("s", *ids, "e"))) == {"too-large"}


def test_a_long_chain_of_calls_is_followed_in_time(feel: Feel) -> None:
    calls = (f'<process id="p{n}"><callActivity id="c{n}" calledElement="p{n + 1}"/></process>' for n in range(5_000))
    started = time.monotonic()
    told = check([diagram(*calls)], Known(processes={"p5000"}), feel)
    assert "cyclic-call" not in {finding.rule for finding in told}
    assert time.monotonic() - started < 20


def test_a_finding_names_its_line(feel: Feel) -> None:
    [finding] = [f for f in found(feel, simple("serviceTask")) if f.rule == "no-topic"]
    assert finding.element == "a" and finding.line == 3


SAMPLES = [file for _, file in CASES if file.name == "p.bpmn"]
WORDS = [
    b"id",
    b"sourceRef",
    b"process",
    b"userTask",
    b"<",
    b"/>",
    b'"',
    b"\xff",
    b"=",
    b"${x}",
    b"g",
    b"a",
    b"\x00",
    b"subProcess",
]


@given(st.integers(0, 10**6))
@settings(max_examples=300, deadline=None)
def test_no_mutated_diagram_raises(feel: Feel, seed: int) -> None:
    choose = random.Random(seed)
    content = choose.choice(SAMPLES).content
    for _ in range(choose.randint(1, 4)):
        start = choose.randrange(len(content) + 1)
        end = min(len(content), start + choose.choice([0, 1, 3, 10, 60]))
        content = content[:start] + choose.choice([b"", content[end : end + 40], *WORDS]) + content[end:]
    for finding in found(feel, File("p.bpmn", content)):
        assert finding.message and finding.rule


def attributed(seed: int) -> bytes:
    """A sample in which values of attributes changed places: well-formed, and senseless."""
    choose = random.Random(seed)
    parts = choose.choice(SAMPLES).content.split(b'"')
    places = range(3, len(parts), 2)
    if len(places) > 4:
        for _ in range(3):
            a, b = choose.choice(places), choose.choice(places)
            parts[a], parts[b] = parts[b], parts[a]
    return b'"'.join(parts)


@given(st.integers(0, 10**6))
@settings(max_examples=300, deadline=None)
def test_no_senseless_diagram_raises(feel: Feel, seed: int) -> None:
    found(feel, File("p.bpmn", attributed(seed)))


def test_the_procedures_of_the_house_have_no_structural_errors(feel: Feel) -> None:
    """Forms and topics are held against the house's own by tests/test_house.py; here is what needs nobody above."""
    above = {"unknown-form", "unknown-topic", "unknown-process"}
    for number, files in procedures().items():
        wrong = [f for f in check(files, Known(), feel) if f.severity == "error" and f.rule not in above]
        assert not wrong, (number, wrong)
