"""What BPMN forbids is refused: one tiny diagram a rule, and the same diagram without the fault, which is not."""

from __future__ import annotations

import pytest

from bpmn.check import check
from bpmn.feel import Feel
from bpmn.model import File, Finding, Known
from tests.bpmn.draw import HEAD, diagram, flow, line, node, process, simple

KNOWN = Known(topics={"record"}, processes={"other"})
MESSAGE = '<message id="m" name="消息" itemRef="i"/><itemDefinition id="i" structureRef="text"/>'
ERROR = (
    '<error id="x" errorCode="E"/><error id="bare"/><escalation id="l" escalationCode="L"/>'
    '<signal id="sig" name="信号"/>'
)
DAY = "<timerEventDefinition><timeDuration>P1D</timeDuration></timerEventDefinition>"
TOLD = '<messageEventDefinition messageRef="m"/>'
CANCEL, END = "<cancelEventDefinition/>", "<terminateEventDefinition/>"


def drawn(*parts: str, before: str = "", after: str = "") -> File:
    """A process of those parts, with what stands beside it in the file."""
    return File("p.bpmn", f"{HEAD}\n{before}\n{process(*parts)}\n{after}\n</definitions>".encode())


def between(*parts: str, before: str = "", after: str = "") -> File:
    """The parts between a start `s` and an end `e`."""
    return drawn(node("startEvent", "s"), node("endEvent", "e"), *parts, before=before, after=after)


def task(inside: str = "", tag: str = "userTask", attributes: str = "", before: str = "", more: str = "") -> File:
    """Start, task `a`, end."""
    return between(node(tag, "a", attributes, inside), line("s", "a", "e"), more, before=before)


def boundary(trigger: str, attributes: str = "", out: bool = True, tag: str = "userTask", inside: str = "") -> File:
    """A task with an event on its border, which leads to an end of its own."""
    event = node("boundaryEvent", "b", f'attachedToRef="a" {attributes}', trigger)
    more = event + node("endEvent", "f") + (flow("b", "f") if out else flow("a", "f"))
    return task(inside, tag, before=MESSAGE + ERROR, more=more)


def listener(trigger: str, attributes: str = "", more: str = "") -> File:
    """A process with an event sub-process."""
    inside = node("startEvent", "is", attributes, trigger) + node("endEvent", "ie") + line("is", "ie")
    sub = node("subProcess", "sub", 'triggeredByEvent="true"', inside)
    return between(line("s", "e"), sub, more, before=MESSAGE + ERROR)


def inputs(inside: str, before: str = '<itemDefinition id="i" structureRef="text"/>', tag: str = "userTask") -> File:
    return task(f"<ioSpecification>{inside}</ioSpecification>", tag, before=before)


def pools(*flows: str) -> File:
    """Two pools, each with a start, a task and an end."""
    one = process(node("startEvent", "s"), node("userTask", "a"), node("endEvent", "e"), line("s", "a", "e"))
    two = process(node("startEvent", "t"), node("userTask", "b"), node("endEvent", "f"), line("t", "b", "f"), key="q")
    told = "".join(f'<messageFlow id="mf{at}" {ends}/>' for at, ends in enumerate(flows))
    people = '<participant id="P" processRef="p"/><participant id="Q" processRef="q"/>'
    return File(
        "p.bpmn", f'{HEAD}<collaboration id="c">{people}{told}</collaboration>{one}{two}</definitions>'.encode()
    )


def gateway(tag: str, attributes: str, *flows: str) -> File:
    return between(node(tag, "g", attributes), node("userTask", "a"), *flows)


def waiting(*targets: tuple[str, str], attributes: str = "", more: str = "", conditions: bool = False) -> File:
    """An event gateway before what waits."""
    parts = "".join(node(tag, f"w{at}", "", inside) for at, (tag, inside) in enumerate(targets))
    ways = "".join(
        flow("g", f"w{at}", "true" if conditions else None) + flow(f"w{at}", "e") for at in range(len(targets))
    )
    into = "" if "instantiate" in attributes and not more else flow("s", "g")
    return between(node("eventBasedGateway", "g", attributes), parts, ways, into, more, before=MESSAGE + ERROR)


def compensated(handler: str, association: str) -> File:
    event = node("boundaryEvent", "b", 'attachedToRef="a"', "<compensateEventDefinition/>")
    return task(more=event + handler + association)


TWICE = DAY.replace("</timer", "<timeDate>2026-01-01</timeDate></timer")
SIGNAL = '<signalEventDefinition signalRef="sig"/>'
UNDO = node("userTask", "undo", 'isForCompensation="true"')
LED = '<association id="as" sourceRef="b" targetRef="undo"/>'
LINKED = '<linkEventDefinition name="x"/>'
REFERRING = '<linkEventDefinition id="l{0}" name="x"><{1}>l{2}</{1}></linkEventDefinition>'
LISTED = node("userTask", "a", "", "<incoming>s_a</incoming><outgoing>a_e</outgoing>")
PAIR = '<dataInput id="d" itemSubjectRef="i"/><inputSet><dataInputRefs>d</dataInputRefs></inputSet><outputSet/>'
BOTH = line("s", "g", "a", "e") + flow("g", "e")
HELD = f"<ioSpecification>{PAIR}</ioSpecification>"
TALK = '<globalConversation id="gc"><choreographyRef>p</choreographyRef></globalConversation>'
CROWD = (
    '<collaboration id="c"><participant id="P"><participantMultiplicity minimum="3" maximum="2"/></participant>'
    "</collaboration>"
)
SECOND = '<dataInput id="d2"/><inputSet><dataInputRefs>d2</dataInputRefs></inputSet>'
DRAWN = "<dataOutputAssociation>{}<targetRef>v</targetRef></dataOutputAssociation>"
TWO_THINGS = '<dataObject id="v"/><dataObject id="w"/>'
OVER = "<loopDataInputRef>v</loopDataInputRef>"
MANY = "<multiInstanceLoopCharacteristics {}>{}</multiInstanceLoopCharacteristics>"
LOOP = "<standardLoopCharacteristics><loopCondition{}>{}</loopCondition></standardLoopCharacteristics>"
FORMAL = ' xsi:type="tFormalExpression"'
BOUND = '<performer><resourceParameterBinding parameterRef="rp"><formalExpression>1</formalExpression>'
HIRED = '<resource id="r" name="人"><resourceParameter id="rp" name="参数"/></resource>'
THREE = "<loopCardinality>3</loopCardinality>"
FAR = '<import namespace="urn:far" location="far.bpmn" importType="http://www.omg.org/spec/BPMN/20100524/MODEL"/>'
TYPES = '<itemDefinition id="i" structureRef="text"/><itemDefinition id="n" structureRef="number"/>'
SERVICE = (
    TYPES + '<message id="in" name="in" itemRef="i"/><interface id="f" name="f"><operation id="op" name="op">'
    "<inMessageRef>in</inMessageRef></operation></interface>"
)
EXTERNAL = 'camunda:type="external" camunda:topic="record" operationRef="op"'
KEYS = (
    '<correlationProperty id="cp"><correlationPropertyRetrievalExpression messageRef="m"><messagePath>{}</messagePath>'
    "</correlationPropertyRetrievalExpression></correlationProperty>"
)
FLOWING = "<sequenceFlow {} id='q' sourceRef='s' targetRef='e'/>"
ITEMS = '<itemDefinition id="i" structureRef="text" isCollection="true"/>'
WHOLE = '<dataObject id="v" isCollection="true" itemSubjectRef="i"/>'
OFFERED = "<supportedInterfaceRef>f</supportedInterfaceRef>"
OFFERING = '<globalTask id="g"><supportedInterfaceRef>{}</supportedInterfaceRef></globalTask>'
BINDING = '<ioBinding operationRef="op" inputDataRef="d" outputDataRef="d"/>'
EVENT_DATA = (
    '<dataOutput id="o" itemSubjectRef="{}"/><outputSet><dataOutputRefs>o</dataOutputRefs></outputSet>'
    '<messageEventDefinition messageRef="in"/>'
)


def linked(target: str, source: str, name: str = "x") -> File:
    """A link thrown and caught; each may say what the other end is."""
    thrown = f'<linkEventDefinition id="l1" name="x">{target}</linkEventDefinition>'
    caught = f'<linkEventDefinition id="l2" name="{name}">{source}</linkEventDefinition>'
    ends = node("intermediateThrowEvent", "t", "", thrown) + node("intermediateCatchEvent", "c", "", caught)
    return between(ends, flow("s", "t"), flow("c", "e"))


def caught(inside: str) -> File:
    return task(inside, "intermediateCatchEvent", before=SERVICE + ERROR)


def calling(own: str, demanded: str) -> File:
    """A process that calls another, which demands data."""
    call = node("callActivity", "a", 'calledElement="q"', own)
    one = process(node("startEvent", "s"), call, node("endEvent", "e"), line("s", "a", "e"))
    two = process(demanded, node("startEvent", "t"), node("endEvent", "f"), line("t", "f"), key="q")
    return File("p.bpmn", f"{HEAD}{TYPES}{one}{two}</definitions>".encode())


# Each: the rule, a diagram that breaks it, and one that keeps it (None where every diagram nearby is another case's).
CASES: list[tuple[str, File, File | None]] = [
    ("dangling-reference", task('<incoming>gone</incoming>'), None),
    ("dangling-reference", task(tag="sendTask", attributes='messageRef="gone"'), None),
    ("dangling-reference", task(before='<message id="m" name="n" itemRef="gone"/>'), task(before=MESSAGE)),
    ("dangling-reference", task(before='<message id="m" name="n" itemRef="xsd:gone"/>'), None),
    ("wrong-reference", boundary(TOLD.replace('"m"', '"i"')), boundary(TOLD)),
    ("wrong-reference", task(before=MESSAGE.replace('itemRef="i"', 'itemRef="m"')), None),
    ("wrong-reference", between(line("s", "e"), flow("s", "note"), '<textAnnotation id="note"/>'), None),
    ("flow-list", between(LISTED.replace("<incoming>s_a", "<incoming>a_e"), line("s", "a", "e")), None),
    ("flow-list", between(LISTED, node("userTask", "b"), line("s", "b", "a", "e")), None),
    ("trigger-place", drawn(node("startEvent", "s", "", END), node("endEvent", "e"), line("s", "e")), None),
    ("trigger-place", drawn(node("startEvent", "s", "", "<compensateEventDefinition/>"), line("s")), None),
    ("trigger-place", drawn(node("startEvent", "s"), node("endEvent", "e", "", DAY), line("s", "e")), None),
    ("trigger-place", task(DAY, "intermediateThrowEvent"), task(DAY, "intermediateCatchEvent")),
    ("trigger-place", task("<compensateEventDefinition/>", "intermediateCatchEvent"), None),
    ("trigger-place", boundary('<errorEventDefinition errorRef="x"/>', 'cancelActivity="false"'), boundary(DAY)),
    ("trigger-place", boundary(LINKED), None),
    ("trigger-place", listener('<errorEventDefinition errorRef="x"/>', 'isInterrupting="false"'), None),
    ("trigger-place", listener(LINKED), listener(TOLD)),
    ("no-trigger", listener(""), None),
    ("no-trigger", boundary(""), boundary(SIGNAL)),
    ("cancel-place", boundary(CANCEL, tag="subProcess", inside=node("userTask", "in")), None),
    ("cancel-place", drawn(node("startEvent", "s"), node("endEvent", "e", "", CANCEL), line("s", "e")), None),
    ("no-code", boundary('<errorEventDefinition errorRef="bare"/>'), boundary('<errorEventDefinition errorRef="x"/>')),
    ("no-code", task("<escalationEventDefinition/>", "intermediateThrowEvent"), boundary("<errorEventDefinition/>")),
    ("no-event-condition", task("<conditionalEventDefinition/>", "intermediateCatchEvent"), None),
    ("several-times", task(TWICE, "intermediateCatchEvent"), None),
    ("shared-trigger", between(
        node("endEvent", "f", "", '<messageEventDefinition id="own" messageRef="m"/>'),
        node("endEvent", "h", "", "<eventDefinitionRef>own</eventDefinitionRef>"),
        node("userTask", "a"), line("s", "a", "e"), flow("a", "f"), flow("a", "h"), before=MESSAGE), None),
    ("link", between(node("intermediateThrowEvent", "t", "", LINKED), line("s", "t")), between(
        node("intermediateThrowEvent", "t", "", LINKED), node("intermediateCatchEvent", "c", "", LINKED),
        flow("s", "t"), flow("c", "e"))),
    ("ways", task(LINKED, "intermediateThrowEvent"), None),
    ("ways", between(node("intermediateThrowEvent", "t", "", SIGNAL), line("s", "t"), before=ERROR), None),
    ("ways", boundary(DAY, out=False), boundary(DAY)),
    ("ways", listener(TOLD, more=flow("s", "sub")), None),
    ("message-flow", pools('sourceRef="a" targetRef="P"'), pools('sourceRef="a" targetRef="b"')),
    ("message-flow", pools('sourceRef="s" targetRef="b"'), pools('sourceRef="P" targetRef="Q"')),
    ("message-flow", pools('sourceRef="a" targetRef="f"'), pools('sourceRef="a" targetRef="Q"')),
    ("message-flow", pools('sourceRef="a" targetRef="t"'), None),
    ("message-flow", pools('sourceRef="e" targetRef="b"'), None),
    ("message-flow", pools('sourceRef="a" targetRef="a"'), None),
    ("compensation", compensated("", ""), compensated(UNDO, LED)),
    ("compensation", compensated(node("userTask", "undo"), LED), None),
    ("compensation", task(more=UNDO), None),
    ("conditional-alone", between(node("userTask", "a"), flow("s", "a"), flow("a", "e", "x = 1")), None),
    ("gateway-useless", gateway("exclusiveGateway", "", line("s", "g", "a", "e")), None),
    ("gateway-direction", gateway("parallelGateway", 'gatewayDirection="Converging"', BOTH),
     gateway("parallelGateway", 'gatewayDirection="Diverging"', BOTH)),
    ("event-gateway", waiting(("receiveTask", ""), ("intermediateCatchEvent", TOLD)), None),
    ("event-gateway", waiting(("intermediateCatchEvent", DAY), ("intermediateCatchEvent", TOLD), conditions=True),
     waiting(("intermediateCatchEvent", DAY), ("intermediateCatchEvent", TOLD))),
    ("event-gateway", waiting(("intermediateCatchEvent", TOLD), ("intermediateCatchEvent", SIGNAL),
                              attributes='eventGatewayType="Parallel"'),
     waiting(("intermediateCatchEvent", TOLD), ("intermediateCatchEvent", SIGNAL),
             attributes='eventGatewayType="Exclusive"')),
    ("choreography", task("", "choreographyTask"), None),
    ("sub-process-data", task(HELD + node("userTask", "in"), "subProcess"), None),
    ("ad-hoc", task("", "adHocSubProcess"), None),
    ("ad-hoc", task(node("startEvent", "is") + node("userTask", "in") + line("is", "in"), "adHocSubProcess"), None),
    ("no-start", drawn(node("userTask", "a"), node("endEvent", "e"), line("a", "e")), task()),
    ("misplaced", task(before='<property id="data"/>'), None),
    ("choreography", task(before=TALK), None),
    ("called-start", diagram(
        process(node("startEvent", "s"), node("callActivity", "a", 'calledElement="q"'), line("s", "a")),
        process(node("startEvent", "t", "", DAY), node("userTask", "b"), line("t", "b"), key="q")), None),
    ("quantity", task(attributes='completionQuantity="-5"'), task(attributes='completionQuantity="1"')),
    ("quantity", task(attributes='startQuantity="many"'), None),
    ("quantity", task(before=CROWD), None),
    ("performer", task('<performer><resourceRef>r</resourceRef><resourceAssignmentExpression/></performer>',
                       before='<resource id="r" name="人"/>'), None),
    ("text-format", task(more='<textAnnotation id="n" textFormat="wrong"/>'), task(more='<textAnnotation id="n"/>')),
    ("complex-behavior", task(MANY.format('behavior="Complex"', "")), None),
    ("complex-behavior", task(MANY.format('behavior="One"', "")), None),
    ("collection", inputs(PAIR.replace('"d"', '"d" isCollection="true"', 1)), inputs(PAIR)),
    ("data-set", inputs('<dataInput id="d"/><inputSet/><outputSet/>'), None),
    ("data-set", inputs(PAIR.replace("</inputSet>", "<optionalInputRefs>o</optionalInputRefs></inputSet>")
                        + '<dataInput id="o"/><inputSet><dataInputRefs>o</dataInputRefs></inputSet>'), None),
    ("data-set", inputs(PAIR.replace("<inputSet>", '<inputSet id="in"><outputSetRefs>out</outputSetRefs>')
                        .replace("<outputSet/>", '<outputSet id="out"/>')), None),
    ("data-association", task(
        HELD + "<dataInputAssociation><sourceRef>v</sourceRef>"
        "<targetRef>d</targetRef></dataInputAssociation>",
        before='<itemDefinition id="i" structureRef="text"/><itemDefinition id="n" structureRef="number"/>',
        more='<dataObject id="v" itemSubjectRef="n"/>'), None),
    ("data-association", task(DRAWN.format("<sourceRef>v</sourceRef><sourceRef>w</sourceRef>"), more=TWO_THINGS),
     task(DRAWN.format(""), more=TWO_THINGS)),
    ("message-data", inputs(PAIR + SECOND, tag="sendTask"), None),
    ("loop-data", task(MANY.format("", OVER), more='<dataObject id="v"/>'),
     task(MANY.format("", OVER), more='<dataObject id="v" isCollection="true"/>')),
    ("loop-data", task(MANY.format("", OVER + '<inputDataItem id="x" isCollection="true" itemSubjectRef="i"/>'),
                       more=WHOLE, before=ITEMS),
     task(MANY.format("", OVER + '<inputDataItem id="x"/>'), more=WHOLE, before=ITEMS)),
    ("dangling-reference", task(more='<laneSet id="ls"><lane id="l"><flowNodeRef>gone</flowNodeRef></lane></laneSet>'),
     task(more='<laneSet id="ls"><lane id="l"><flowNodeRef>a</flowNodeRef></lane></laneSet>')),
    ("dangling-reference", task(LOOP.format(' evaluatesToTypeRef="gone"', "x")), task(LOOP.format("", "x"))),
    ("dangling-reference", task(before='<collaboration id="c"><conversationLink id="cl" sourceRef="gone" '
                                'targetRef="p"/></collaboration>'), None),
    ("dangling-reference", task(before=OFFERING.format("gone")), task(before=SERVICE + OFFERING.format("f"))),
    ("wrong-reference", task(before=MESSAGE + KEYS.format("x").replace('id="cp"', 'id="cp" type="m"')),
     task(before=MESSAGE + KEYS.format("x").replace('id="cp"', 'id="cp" type="i"'))),
    ("flow-list", task("<incoming>s_a</incoming>"), None),
    ("text-format", task('<documentation textFormat="wrong">x</documentation>'),
     task("<documentation>x</documentation>")),
    ("performer", task(BOUND + "</resourceParameterBinding></performer>", before=HIRED),
     task(BOUND + "</resourceParameterBinding><resourceRef>r</resourceRef></performer>", before=HIRED)),
    ("public-process", diagram(process(node("startEvent", "s"), attributes='processType="Public"')),
     diagram(process(node("startEvent", "s"), attributes='processType="Private"'))),
    ("not-immediate", between(FLOWING.format('isImmediate="false"')), between(FLOWING.format('isImmediate="true"'))),
    ("transaction-method", task(node("userTask", "in"), "transaction", 'method="_wrong%$"'),
     task(node("userTask", "in"), "transaction", 'method="##Store"')),
    ("two-loops", task(LOOP.format("", "x") + MANY.format("", THREE)), task(MANY.format("", THREE))),
    ("import", task(before=FAR), task(before=FAR.replace("far.bpmn", "p.bpmn"))),
    ("misplaced", between(FLOWING.replace("/>", "><property id='x'/></sequenceFlow>").format("")), between(
        FLOWING.format(""), '<property id="x"/>')),
    ("misplaced", task("<lane id='l'/>"), task(more="<laneSet id='ls'><lane id='l'/></laneSet>")),
    ("misplaced", between("<process id='q'/>", line("s", "e")), None),
    ("misplaced", task("<camunda:properties/>"), task("<extensionElements><camunda:properties/></extensionElements>")),
    ("unknown-element", task(more="<laterTask id='l'/>"), task(more="<task id='l'/>")),
    ("unknown-element", task("<conditionText>x</conditionText>"), task("<other:x xmlns:other='urn:other'/>")),
    ("attribute", task(attributes='scriptLanguage="feel"'), task(attributes='camunda:scriptLanguage="feel"')),
    ("attribute", boundary(DAY, 'cancelActivity="maybe"'), boundary(DAY, 'cancelActivity=" 1 "')),
    ("attribute", task(MANY.format('isSequential="yes"', THREE)), task(MANY.format('isSequential="0"', THREE))),
    ("attribute", task(MANY.format('behavior="Sometimes"', THREE)), task(MANY.format('behavior="All"', THREE))),
    ("attribute", task(node("userTask", "in"), "adHocSubProcess", 'ordering="Random"'),
     task(node("userTask", "in"), "adHocSubProcess", 'ordering="Sequential"')),
    ("attribute", gateway("parallelGateway", 'gatewayDirection="Sideways"', BOTH),
     gateway("parallelGateway", 'gatewayDirection="Diverging"', BOTH)),
    ("attribute", diagram(process(node("startEvent", "s"), attributes='processType="Odd"')),
     diagram(process(node("startEvent", "s"), attributes='processType="None"'))),
    ("correlation", task(before='<correlationProperty id="cp"/>'), task(before=MESSAGE + KEYS.format("x"))),
    ("feel-syntax", between(node("userTask", "a"), node("endEvent", "f"), flow("s", "a"), flow("a", "f"),
                            flow("a", "e", "x =")), None),
    ("empty-expression", task(before=MESSAGE + KEYS.format("")), task(before=MESSAGE + KEYS.format("x"))),
    ("empty-expression", task(LOOP.format(FORMAL, "")), task(LOOP.format(FORMAL, "x"))),
    ("natural-language", task(LOOP.format("", "as long as needed")), task(LOOP.format(FORMAL, "as long as needed"))),
    ("constant", task(MANY.format("", THREE + "<completionCondition>23</completionCondition>")),
     task(MANY.format("", THREE + "<completionCondition>true</completionCondition>"))),
    ("constant", task(MANY.format("", "<loopCardinality>1000000000</loopCardinality>")), task(MANY.format("", THREE))),
    ("constant", task(MANY.format("", '<loopCardinality>"many"</loopCardinality>')), None),
    ("ways", drawn(node("startEvent", "s"), node("startEvent", "t", "", TOLD), line("s"), node("endEvent", "e"),
                   flow("s", "e"), before=MESSAGE), None),
    ("ways", drawn(node("intermediateThrowEvent", "t", "", SIGNAL), node("userTask", "a"), line("t", "a"),
                   before=ERROR), None),
    ("ways", task(tag="receiveTask", attributes='messageRef="m" instantiate="true"', before=MESSAGE),
     task(tag="receiveTask", attributes='messageRef="m"', before=MESSAGE)),
    ("link", linked("", "<source>l1</source>"), linked("<target>l2</target>", "<source>l1</source>")),
    ("link", linked("<target>l2</target>", ""), linked("", "")),
    ("link", linked("", "", "y"), linked("<target>l2</target>", "<source>l1</source>", "y")),
    ("link", between(
        node("intermediateThrowEvent", "t", "", REFERRING.format(1, "target", 2)), flow("s", "t"), line("s", "a", "e"),
        node("subProcess", "a", "", node("intermediateCatchEvent", "c", "", REFERRING.format(2, "source", 1))
             + node("userTask", "in") + flow("c", "in"))), None),
    ("event-data", caught(EVENT_DATA.format("n")), caught(EVENT_DATA.format("i"))),
    ("event-data", caught(EVENT_DATA.format("i") + SIGNAL), None),
    ("operation-data", task(HELD.replace('"i"', '"n"'), "serviceTask", EXTERNAL, before=SERVICE),
     task(HELD, "serviceTask", EXTERNAL, before=SERVICE)),
    ("operation-data", task(HELD.replace("<outputSet/>", "<outputSet/><outputSet/>"), "serviceTask", EXTERNAL,
                            before=SERVICE), None),
    ("interface-binding", between(OFFERED, flow("s", "e"), before=SERVICE),
     between(OFFERED, BINDING, flow("s", "e"), HELD, before=SERVICE)),
    ("interface-binding", between(OFFERED, BINDING, flow("s", "e"), HELD.replace('"i"', '"n"'), before=SERVICE), None),
    ("called-data", calling("", HELD), calling(HELD.replace('"d"', '"d1"').replace(">d<", ">d1<"), HELD)),
    ("called-data", calling(HELD.replace('"d"', '"d1"').replace(">d<", ">d1<").replace('"i"', '"n"'), HELD), None),
]  # fmt: skip


def told(feel: Feel, file: File, rule: str) -> list[Finding]:
    return [finding for finding in check([file], KNOWN, feel) if finding.rule == rule]


@pytest.mark.parametrize(
    ("rule", "broken", "kept"), CASES, ids=[f"{rule}-{at}" for at, (rule, _, _) in enumerate(CASES)]
)
def test_what_breaks_a_rule_is_refused_and_what_keeps_it_is_not(
    feel: Feel, rule: str, broken: File, kept: File | None
) -> None:
    found = told(feel, broken, rule)
    assert found and all(finding.severity == "error" for finding in found)
    assert all("请" in finding.message and finding.line for finding in found)
    assert kept is None or not told(feel, kept, rule)


def test_a_reference_out_of_the_file_is_not_followed(feel: Feel) -> None:
    file = File("p.bpmn", simple().content.replace(b"<process", b'<itemDefinition id="i"/><process', 1))
    there = b'<dataObject id="v" itemSubjectRef="xsd:string" xmlns:xsd="http://www.w3.org/2001/XMLSchema"/>'
    away = File("p.bpmn", file.content.replace(b"</process>", there + b"</process>"))
    assert not told(feel, away, "dangling-reference")


def test_a_file_that_lists_no_flows_at_its_elements_is_taken_as_it_is(feel: Feel) -> None:
    assert not told(feel, simple(), "flow-list")
