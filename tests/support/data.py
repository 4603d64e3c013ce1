"""Data, pools and lanes, and what is only drawn."""

from __future__ import annotations

from tests.engine.spiff.play import diagram, flows
from tests.support.row import Row, normalised, refused, runs, told
from tests.support.shapes import MESSAGE, SE, inner, line, sub, tasks, users

FEEL = 'scriptFormat="feel" camunda:resultVariable'
INPUT = (
    '<ioSpecification><dataInput id="x"/><inputSet><dataInputRefs>x</dataInputRefs></inputSet><outputSet/>'
    "</ioSpecification>"
)
OUTPUT = (
    '<ioSpecification><dataOutput id="y"/><inputSet/><outputSet><dataOutputRefs>y</dataOutputRefs></outputSet>'
    "</ioSpecification>"
)
OBJECT = '<dataObject id="o" name="n"/><dataObjectReference id="r" dataObjectRef="o"/>'
CHECK = '<exclusiveGateway id="g" default="g_no"/>' + tasks("yes", "no") + flows("yes>e", "no>e")


def when(condition: str) -> str:
    """Task `yes` when the condition holds, else `no`."""
    return CHECK + flows(f"g>yes:{condition}", "g>no")


def copied(way: str, inside: str, script: str) -> str:
    """The end of a script task with a data association."""
    line_ = f"data{way}Association"
    return f"<{line_}>{inside}</{line_}><script>{script}</script></scriptTask>"


ROWS: tuple[Row, ...] = (
    runs(
        "dataObject",
        "a variable of that name",
        SE
        + '<dataObject id="o" name="n"/>'
        + f'<scriptTask id="a" {FEEL}="n"><script>1</script></scriptTask>'
        + flows("s>a", "a>g")
        + when("n = 1"),
        "a yes",
    ),
    runs(
        "property",
        "a variable of that name",
        '<property id="n"/>'
        + SE
        + f'<scriptTask id="a" {FEEL}="n"><script>1</script></scriptTask>'
        + flows("s>a", "a>g")
        + when("n = 1"),
        "a yes",
    ),
    runs(
        "dataInputAssociation",
        "into an activity's own input",
        SE
        + OBJECT
        + f'<scriptTask id="a" {FEEL}="m">'
        + INPUT
        + copied("Input", "<sourceRef>r</sourceRef><targetRef>x</targetRef>", "x + 1")
        + flows("s>a", "a>g")
        + when("m = 3"),
        "a yes",
        "start n=2",
    ),
    runs(
        "dataInputAssociation",
        "assignment and transformation",
        SE
        + f'<scriptTask id="a" {FEEL}="m">'
        + INPUT
        + copied("Input", "<targetRef>x</targetRef><assignment><from>n * 2</from><to>x</to></assignment>", "x + 1")
        + flows("s>a", "a>g")
        + when("m = 5"),
        "a yes",
        "start n=2",
    ),
    runs(
        "dataOutputAssociation",
        "out of an activity's own output",
        SE
        + OBJECT
        + f'<scriptTask id="a" {FEEL}="y">'
        + OUTPUT
        + copied("Output", "<sourceRef>y</sourceRef><targetRef>r</targetRef>", "7")
        + flows("s>a", "a>g")
        + when("n = 7"),
        "a yes",
    ),
    runs(
        "dataObject",
        "of a sub-process: its own",
        SE
        + sub(
            "a",
            '<dataObject id="o" name="n"/>'
            + inner("i", "t")
            + f'<scriptTask id="t" {FEEL}="n"><script>2</script></scriptTask>',
        )
        + flows("s>a", "a>g")
        + when("n = 1"),
        "a t yes",
        "start n=1",
    ),
    runs(
        "dataObject",
        "of the process, referenced two sub-processes down: the process's own",
        SE
        + '<dataObject id="o" name="n"/>'
        + sub(
            "a",
            inner("i", "b")
            + sub(
                "b",
                '<dataObjectReference id="r" name="below" dataObjectRef="o"/>'
                + inner("k", "t", "u")
                + f'<scriptTask id="t" {FEEL}="y">'
                + OUTPUT
                + copied("Output", "<sourceRef>y</sourceRef><targetRef>r</targetRef>", "7")
                + f'<scriptTask id="u" {FEEL}="m">'
                + INPUT
                + copied("Input", "<sourceRef>r</sourceRef><targetRef>x</targetRef>", "x + 1"),
            ),
        )
        + flows("s>a", "a>g")
        + when("n = 7 and m = 8"),
        "a b t u yes",
        "start n=1",
    ),
    runs(
        "dataOutputAssociation",
        "of a service task: its job gets the inputs and gives the outputs",
        SE
        + OBJECT
        + '<serviceTask id="a" camunda:type="external" camunda:topic="record">'
        + OUTPUT
        + "<dataOutputAssociation><sourceRef>y</sourceRef><targetRef>r</targetRef></dataOutputAssociation>"
        + "</serviceTask>"
        + flows("s>a", "a>g")
        + when("n = 7"),
        "a yes",
        "start",
        "job a y=7",
    ),
    runs(
        "dataOutputAssociation",
        "of a catch event: what the message brings",
        SE
        + OBJECT
        + '<intermediateCatchEvent id="c"><dataOutput id="y"/>'
        + "<dataOutputAssociation><sourceRef>y</sourceRef><targetRef>r</targetRef></dataOutputAssociation>"
        + MESSAGE
        + "</intermediateCatchEvent>"
        + flows("s>c", "c>g")
        + when("n = 7"),
        "yes",
        "start",
        "come c y=7",
    ),
    runs(
        "process",
        "several in one file, each in its pool",
        line("a") + tasks("a"),
        "a",
        extra='<collaboration id="co"><participant id="pp" processRef="p"/><participant id="pq" processRef="q"/>'
        '</collaboration><process id="q" isExecutable="true"><startEvent id="qs"/><endEvent id="qe"/>'
        + flows("qs>qe")
        + "</process>",
    ),
    runs(
        "camunda:inputOutput",
        "parameters",
        SE + f'<scriptTask id="a" {FEEL}="m"><extensionElements><camunda:inputOutput>'
        '<camunda:inputParameter name="x">=n + 1</camunda:inputParameter></camunda:inputOutput></extensionElements>'
        "<script>x</script></scriptTask>" + flows("s>a", "a>g") + when("m = 3"),
        "a yes",
        "start n=2",
    ),
    normalised(
        "conditionExpression",
        "${...} with comparisons, and, or, not, empty",
        SE
        + '<exclusiveGateway id="g" default="g_no"/>'
        + tasks("yes", "no")
        + flows("s>g", "g>yes:${n == 1 && !empty t || n ge 5}", "g>no", "yes>e", "no>e"),
        "yes",
        'start n=1 t="x"',
    ),
    refused(
        "conditionExpression",
        "a language of its own: XPath, Java, JavaScript",
        "expression-language",
        SE
        + '<exclusiveGateway id="g" default="g_no"/>'
        + tasks("yes", "no")
        + flows("s>g", "g>yes:n = 1", "g>no", "yes>e", "no>e").replace(
            "<conditionExpression>", '<conditionExpression language="http://www.w3.org/1999/XPath">'
        ),
    ),
    normalised(
        "lane",
        "flowNodeRef with white space; roles come from lanes",
        '<laneSet id="ls"><lane id="l" name="project_manager"><flowNodeRef>\n  a\n</flowNodeRef></lane></laneSet>'
        + line("a")
        + users("a"),
        "a",
        "start",
        "do a",
    ),
    told(
        "potentialOwner, performer, humanPerformer",
        "who may is said by lanes, camunda:candidateGroups and camunda:assignee",
        line("a")
        + '<userTask id="a"><potentialOwner id="po"><resourceRef>re</resourceRef></potentialOwner></userTask>',
        extra='<resource id="re" name="r"/>',
    ),
    told(
        "correlationSubscription",
        "messages find instances by their business key",
        '<correlationSubscription id="cs" correlationKeyRef="ck"/>' + line("a") + tasks("a"),
        extra='<collaboration id="co"><correlationKey id="ck" name="k"/></collaboration>',
    ),
    told(
        "camunda:in, camunda:out",
        "a called process sees all variables",
        line("a") + '<callActivity id="a" calledElement="stage"><extensionElements><camunda:in source="x" target="y"/>'
        "</extensionElements></callActivity>",
        files=(diagram(inner("c", "ct") + tasks("ct"), "stage"),),
    ),
    refused(
        "choreographyTask, subChoreography, callChoreography",
        "what is between partners is not executed",
        "choreography",
        line("a") + '<choreographyTask id="a"/>',
    ),
    normalised(
        "QName",
        "references that name the file's name space",
        SE
        + '<userTask id="a"/><boundaryEvent xmlns:t="test" id="b" attachedToRef="t:a">'
        + '<signalEventDefinition signalRef="t:sig"/></boundaryEvent>'
        + tasks("x", "z")
        + '<endEvent id="f"/>'
        + flows("s>a", "a>z", "z>e", "b>x", "x>f"),
        "a x",
        "start",
        "come b",
    ),
    normalised(
        "boolean",
        "true and false written as 1 and 0",
        line("a")
        + users("a").replace(
            "/>",
            '><multiInstanceLoopCharacteristics isSequential="1"><loopCardinality>2</loopCardinality>'
            "</multiInstanceLoopCharacteristics></userTask>",
        ),
        "a a a",
        "start",
        "do a",
        "do a",
    ),
    refused(
        "anything else",
        "an element that BPMN does not have",
        "unknown-element",
        line("a") + tasks("a") + '<laterTask id="l"/>',
    ),
    refused(
        "anything else",
        "an element where BPMN does not let it stand",
        "misplaced",
        line("a") + '<task id="a"><lane/></task>',
    ),
    refused(
        "anything else",
        "an attribute that the element does not have",
        "attribute",
        line("a") + '<task id="a" later="1"/>',
    ),
    refused(
        "anything else",
        "a value that the attribute does not take",
        "attribute",
        line("a") + '<task id="a" isForCompensation="perhaps"/>',
    ),
    runs(
        "textAnnotation",
        "only drawn",
        line("a")
        + tasks("a")
        + '<textAnnotation id="n1"><text>x</text></textAnnotation>'
        + '<association id="n2" sourceRef="a" targetRef="n1"/><group id="n3"/>',
        "a",
    ),
)
