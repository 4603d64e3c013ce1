"""Activities: tasks of all kinds, sub-processes, loops, multi-instance, token quantities."""

from __future__ import annotations

from bpmn.model import File
from tests.engine.spiff.play import diagram, flows
from tests.support.row import Row, normalised, refused, runs
from tests.support.shapes import (
    CANCEL,
    ERROR,
    ESCALATION,
    SE,
    SIGNAL,
    el,
    inner,
    line,
    on,
    sub,
    tasks,
    undo,
    users,
)

FEEL = 'scriptFormat="feel" camunda:resultVariable="n"'
DECISION = File(
    "d.dmn",
    b'<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="ds" name="d" namespace="n">'
    b'<decision id="d" name="d"><decisionTable id="dt"><input id="i"><inputExpression id="ie"><text>n</text>'
    b'</inputExpression></input><output id="o" name="m"/><rule id="r"><inputEntry id="re"><text>1</text></inputEntry>'
    b'<outputEntry id="ro"><text>"one"</text></outputEntry></rule></decisionTable></decision></definitions>',
)
STAGE = diagram(inner("c", "ct") + tasks("ct"), "stage")
CALLS = (
    line("a", "b")
    + el("callActivity", "a", calledElement="stage")
    + tasks("b", "c")
    + '<endEvent id="xe"/>'
    + flows("x>c", "c>xe")
)
COUNT = f'<scriptTask id="a" {FEEL}>{{}}<script>n + 1</script></scriptTask>'
MANY = "<multiInstanceLoopCharacteristics{}>{}</multiInstanceLoopCharacteristics>"
THREE = "<loopCardinality>3</loopCardinality>"
LOOP = "<standardLoopCharacteristics{}>{}</standardLoopCharacteristics>"
IO = (
    '<ioSpecification><dataInput id="{0}"/><dataOutput id="{1}"/><inputSet><dataInputRefs>{0}</dataInputRefs>'
    "</inputSet><outputSet><dataOutputRefs>{1}</dataOutputRefs></outputSet></ioSpecification>"
)
THROWN = '<signalEventDefinition id="told" signalRef="sig"/>'


def called(definition: str, reference: str, far: str) -> File:
    """A process that is called and ends with that; it lies in a file of its own."""
    thrown = f'<{definition} {reference}="far"/>'
    return diagram(inner("c", "ct", end=thrown) + tasks("ct"), "stage", far)


def many(attributes: str = "", inside: str = THREE, task: str = "task") -> str:
    """An activity `a` for each."""
    return el(task, "a", MANY.format(attributes, inside))


TASKS: tuple[Row, ...] = (
    runs("task", "passes", line("a") + tasks("a"), "a"),
    runs("manualTask", "passes, it is done outside", line("a") + el("manualTask", "a"), "a"),
    runs("userTask", "waits for a person", line("a") + users("a"), "a", "start", "do a"),
    runs(
        "scriptTask",
        "FEEL, the value goes to the result variable",
        line("a", "b") + COUNT.format("") + tasks("b"),
        "a b",
        "start n=1",
    ),
    refused(
        "scriptTask",
        "any other language",
        "script-language",
        line("a") + '<scriptTask id="a" scriptFormat="python"><script>1</script></scriptTask>',
    ),
    runs(
        "serviceTask",
        "a job with a topic, waits for its result",
        line("a") + '<serviceTask id="a" camunda:type="external" camunda:topic="record"/>',
        "a",
        "start",
        "job a",
    ),
    refused("serviceTask", "without a topic", "no-topic", line("a") + el("serviceTask", "a")),
    runs(
        "businessRuleTask",
        "as a job with a topic",
        line("a") + '<businessRuleTask id="a" camunda:type="external" camunda:topic="record"/>',
        "a",
        "start",
        "job a",
    ),
    runs(
        "businessRuleTask",
        "a DMN decision",
        line("a", "b") + '<businessRuleTask id="a" camunda:decisionRef="d" camunda:resultVariable="m"/>' + tasks("b"),
        "a b",
        "start n=1",
        files=(DECISION,),
    ),
    refused("businessRuleTask", "without a decision", "no-decision", line("a") + el("businessRuleTask", "a")),
    runs("sendTask", "throws its message", line("a") + el("sendTask", "a", messageRef="msg"), "a"),
    runs(
        "receiveTask",
        "waits for its message",
        line("a") + el("receiveTask", "a", messageRef="msg"),
        "a",
        "start",
        "come a",
    ),
    runs(
        "receiveTask",
        "instantiate: the instance begins with the message",
        el("receiveTask", "a", messageRef="msg", instantiate="true")
        + tasks("b")
        + '<endEvent id="e"/>'
        + flows("a>b", "b>e"),
        "a b",
        "start at a",
    ),
    normalised(
        "callActivity",
        "a global task: globalTask, globalUserTask, globalManualTask, globalScriptTask",
        line("a", "b", "c", "d")
        + "".join(el("callActivity", id, calledElement=f"g{id}") for id in ("a", "b", "c", "d")),
        "a b c d",
        "start n=1",
        "do b",
        extra='<globalTask id="ga"/><globalUserTask id="gb"/><globalManualTask id="gc"/>'
        '<globalScriptTask id="gd" scriptLanguage="feel" camunda:resultVariable="n">'
        "<script>n + 1</script></globalScriptTask>",
    ),
    normalised(
        "callActivity",
        "a global task's inputs and outputs are the call's, in their order",
        line("a", "b")
        + '<dataObject id="o" name="m"/><dataObjectReference id="r" dataObjectRef="o"/>'
        + '<callActivity id="a" calledElement="ga">'
        + IO.format("i1", "o1")
        + "<dataInputAssociation><sourceRef>r</sourceRef><targetRef>i1</targetRef></dataInputAssociation>"
        + "<dataOutputAssociation><sourceRef>o1</sourceRef><targetRef>r</targetRef></dataOutputAssociation>"
        + "</callActivity>"
        + el("userTask", "b", LOOP.format(' testBefore="true"', "<loopCondition>m = 3</loopCondition>")),
        "a b b",
        "start m=2",
        left="b",
        extra='<globalScriptTask id="ga" scriptLanguage="feel" camunda:resultVariable="y">'
        + IO.format("x", "y")
        + "<script>x + 1</script></globalScriptTask>",
    ),
    runs(
        "callActivity",
        "a process, in the same instance",
        line("a", "b") + el("callActivity", "a", calledElement="stage") + tasks("b"),
        "a ct b",
        files=(STAGE,),
    ),
    runs(
        "callActivity",
        "an error of the process that it calls, caught on its border",
        CALLS + on("a", "x", ERROR),
        "a ct c",
        files=(called("errorEventDefinition", "errorRef", '<error id="far" name="bad" errorCode="E1"/>'),),
    ),
    runs(
        "callActivity",
        "an escalation of the process that it calls, caught on its border",
        CALLS + on("a", "x", ESCALATION, True),
        "a ct c b",
        files=(
            called(
                "escalationEventDefinition", "escalationRef", '<escalation id="far" name="up" escalationCode="U1"/>'
            ),
        ),
    ),
    refused(
        "callActivity", "what is nowhere", "unknown-process", line("a") + el("callActivity", "a", calledElement="x")
    ),
)

STAGES: tuple[Row, ...] = (
    runs("subProcess", "embedded", line("a", "b") + sub("a", inner("i", "t") + tasks("t")) + tasks("b"), "a t b"),
    normalised(
        "subProcess",
        "without start and end events",
        line("a") + sub("a", users("t", "u")),
        "a t u",
        "start",
        "do u",
        "do t",
    ),
    runs(
        "transaction",
        "ends well",
        line("a", "b") + sub("a", inner("i", "t") + tasks("t"), "transaction") + tasks("b"),
        "a t b",
    ),
    runs(
        "transaction",
        "cancelled: what it did is undone, then the cancel event goes on",
        line("a", "b")
        + tasks("b", "x")
        + sub(
            "a", inner("i", "t", "u", end=CANCEL) + tasks("t", "u") + undo("t", "t2") + undo("u", "u2"), "transaction"
        )
        + on("a", "c", CANCEL)
        + '<endEvent id="f"/>'
        + flows("c>x", "x>f"),
        "a t u u2 t2 x",
    ),
    runs(
        "transaction",
        "an error ends it without undoing (hazard)",
        line("a", "b")
        + tasks("b", "x")
        + sub("a", inner("i", "t", end=ERROR) + tasks("t") + undo("t", "t2"), "transaction")
        + on("a", "c", ERROR)
        + '<endEvent id="f"/>'
        + flows("c>x", "x>f"),
        "a t x",
    ),
    runs(
        "adHocSubProcess",
        "parallel: all at once",
        line("a", "z") + sub("a", users("t", "u"), "adHocSubProcess", ' ordering="Parallel"') + tasks("z"),
        "a t u z",
        "start",
        "do u",
        "do t",
    ),
    runs(
        "adHocSubProcess",
        "sequential: one at a time",
        line("a", "z") + sub("a", users("t", "u"), "adHocSubProcess", ' ordering="Sequential"') + tasks("z"),
        "a t u z",
        "start",
        "do t",
        "do u",
    ),
    runs(
        "adHocSubProcess",
        "completionCondition: the rest is cancelled",
        line("a", "z")
        + sub("a", users("t", "u") + "<completionCondition>n = 1</completionCondition>", "adHocSubProcess")
        + tasks("z"),
        "a t u z",
        "start n=0",
        "do t n=1",
    ),
    runs(
        "adHocSubProcess",
        "completionCondition not yet true: all of it again",
        line("a", "z")
        + sub("a", users("t") + "<completionCondition>n = 1</completionCondition>", "adHocSubProcess")
        + tasks("z"),
        "a t t z",
        "start n=0",
        "do t",
        "do t n=1",
    ),
    runs(
        "adHocSubProcess",
        "cancelRemainingInstances false: what runs is waited for",
        line("a", "z")
        + sub(
            "a",
            users("t", "u") + "<completionCondition>n = 1</completionCondition>",
            "adHocSubProcess",
            ' cancelRemainingInstances="false"',
        )
        + tasks("z"),
        "a t u z",
        "start n=0",
        "do t n=1",
        "do u",
    ),
    runs(
        "adHocSubProcess",
        "flows inside",
        line("a", "z") + sub("a", users("t", "u", "v") + flows("t>u"), "adHocSubProcess") + tasks("z"),
        "a t v u z",
        "start",
        "do t",
        "do v",
        "do u",
    ),
)

LOOPS: tuple[Row, ...] = (
    runs(
        "standardLoopCharacteristics",
        "loopCondition, asked after each turn",
        line("a") + COUNT.format(LOOP.format("", "<loopCondition>n &lt; 3</loopCondition>")),
        "a a a a",
        "start n=0",
    ),
    runs(
        "standardLoopCharacteristics",
        "loopMaximum",
        line("a") + el("task", "a", LOOP.format(' loopMaximum="3"', "<loopCondition>true</loopCondition>")),
        "a a a a",
    ),
    runs(
        "standardLoopCharacteristics",
        "testBefore: perhaps never",
        line("a", "b")
        + el("task", "a", LOOP.format(' testBefore="true"', "<loopCondition>false</loopCondition>"))
        + tasks("b"),
        "a b",
    ),
    runs(
        "standardLoopCharacteristics",
        "a sub-process",
        line("a") + sub("a", LOOP.format(' loopMaximum="2"', "") + inner("i", "t") + tasks("t")),
        "a a t a t",
    ),
    runs(
        "multiInstanceLoopCharacteristics",
        "parallel, loopCardinality",
        line("a") + many(task="userTask"),
        "a a a a",
        "start",
        "do a",
        "do a",
        "do a",
    ),
    runs(
        "multiInstanceLoopCharacteristics",
        "isSequential",
        line("a") + many(' isSequential="true"', task="userTask"),
        "a a a a",
        "start",
        "do a",
        "do a",
        "do a",
    ),
    runs(
        "multiInstanceLoopCharacteristics",
        "camunda:collection and camunda:elementVariable",
        line("a")
        + el(
            "userTask",
            "a",
            MANY.format(' camunda:collection="xs" camunda:elementVariable="x"', ""),
            **{"camunda:assignee": "=x"},
        ),
        "a a a",
        'start xs=["bob","eve"]',
        "do a",
        "do a",
    ),
    runs(
        "multiInstanceLoopCharacteristics",
        "loopDataInputRef, inputDataItem, loopDataOutputRef, outputDataItem",
        '<dataObject id="o1" name="xs" isCollection="true"/><dataObject id="o2" name="ys" isCollection="true"/>'
        + line("a", "b")
        + '<scriptTask id="a" scriptFormat="feel" camunda:resultVariable="y">'
        + MANY.format(
            ' isSequential="true"',
            "<loopDataInputRef>o1</loopDataInputRef><loopDataOutputRef>o2"
            '</loopDataOutputRef><inputDataItem id="x"/><outputDataItem id="y"/>',
        )
        + "<script>x + 1</script></scriptTask>"
        + el("userTask", "b", LOOP.format(' testBefore="true"', "<loopCondition>ys = [2, 3]</loopCondition>")),
        "a a a b b",
        "start xs=[1,2]",
        left="b",
    ),
    runs(
        "multiInstanceLoopCharacteristics",
        "loopDataInputRef, loopDataOutputRef: a task's own input and output",
        '<dataObject id="d1" name="xs" isCollection="true"/><dataObject id="d2" name="ys" isCollection="true"/>'
        + '<dataObjectReference id="r1" dataObjectRef="d1"/><dataObjectReference id="r2" dataObjectRef="d2"/>'
        + line("a", "b")
        + '<scriptTask id="a" scriptFormat="feel" camunda:resultVariable="y">'
        + IO.format("i1", "o1").replace('id="', 'isCollection="true" id="')
        + "<dataInputAssociation><sourceRef>r1</sourceRef><targetRef>i1</targetRef></dataInputAssociation>"
        + "<dataOutputAssociation><sourceRef>o1</sourceRef><targetRef>r2</targetRef></dataOutputAssociation>"
        + MANY.format(
            ' isSequential="true"',
            "<loopDataInputRef>i1</loopDataInputRef><loopDataOutputRef>o1"
            '</loopDataOutputRef><inputDataItem id="x"/><outputDataItem id="y"/>',
        )
        + "<script>x + 1</script></scriptTask>"
        + el("userTask", "b", LOOP.format(' testBefore="true"', "<loopCondition>ys = [2, 3]</loopCondition>")),
        "a a a b b",
        "start xs=[1,2]",
        left="b",
    ),
    runs(
        "multiInstanceLoopCharacteristics",
        "completionCondition: the others are cancelled",
        line("a")
        + many("", THREE + "<completionCondition>numberOfCompletedInstances = 2</completionCondition>", "userTask"),
        "a a a a",
        "start",
        "do a",
        "do a",
    ),
    runs(
        "multiInstanceLoopCharacteristics",
        "a sub-process",
        line("a") + sub("a", MANY.format(' isSequential="true"', THREE) + inner("i", "t") + tasks("t")),
        "a a t a t a t",
    ),
    runs(
        "multiInstanceLoopCharacteristics",
        "behavior All: nothing is thrown",
        line("a")
        + many(' behavior="All"')
        + on("a", "b", SIGNAL)
        + tasks("x")
        + '<endEvent id="f"/>'
        + flows("b>x", "x>f"),
        "a a a a",
    ),
    runs(
        "multiInstanceLoopCharacteristics",
        "behavior None: each turn throws",
        line("a", "z")
        + many(' isSequential="true" behavior="None" noneBehaviorEventRef="told"')
        + on("a", "b", SIGNAL)
        + tasks("x", "z")
        + '<endEvent id="f"/>'
        + flows("b>x", "x>f"),
        "a a a x a x x z",
        extra=THROWN,
    ),
    runs(
        "multiInstanceLoopCharacteristics",
        "behavior One: the first turn throws",
        line("a", "z")
        + many(' isSequential="true" behavior="One" oneBehaviorEventRef="told"')
        + on("a", "b", SIGNAL)
        + tasks("x", "z")
        + '<endEvent id="f"/>'
        + flows("b>x", "x>f"),
        "a a a x a z",
        extra=THROWN,
    ),
    runs(
        "multiInstanceLoopCharacteristics",
        "behavior Complex: what a condition says is thrown, and may end the rest",
        line("a", "z")
        + many(
            ' isSequential="true" behavior="Complex"',
            THREE + "<complexBehaviorDefinition><condition>numberOfCompletedInstances = 2</condition>"
            f'<event id="ce">{SIGNAL}</event></complexBehaviorDefinition>',
        )
        + on("a", "b", SIGNAL)
        + tasks("x", "z")
        + '<endEvent id="f"/>'
        + flows("b>x", "x>f"),
        "a a a x",
    ),
    refused("multiInstanceLoopCharacteristics", "nobody says how often", "no-collection", line("a") + many("", "")),
    refused(
        "standardLoopCharacteristics",
        "nobody says when to stop",
        "endless-loop",
        line("a") + el("task", "a", LOOP.format("", "")),
    ),
)

QUANTITIES: tuple[Row, ...] = (
    runs(
        "activity",
        "completionQuantity: so many tokens come out",
        line("a", "b") + el("task", "a", completionQuantity="2") + tasks("b"),
        "a b b",
    ),
    runs(
        "activity",
        "startQuantity: so many tokens are needed",
        line("a", "b", "c") + el("task", "a", completionQuantity="2") + tasks("b") + el("task", "c", startQuantity="2"),
        "a b b c",
    ),
    normalised(
        "activity",
        "several flows out: all are taken",
        line("a", "b") + tasks("a", "b", "c") + flows("a>c", "c>e"),
        "a b c",
    ),
    runs(
        "activity",
        "several flows in: each token begins it",
        line("a", "b", "d") + tasks("a", "b", "c", "d") + flows("a>c", "c>d"),
        "a b c d d",
    ),
    normalised(
        "activity",
        "conditional and default flows out",
        SE.replace("<endEvent", '<task id="a" default="a_c"/><endEvent')
        + tasks("b", "c", "d")
        + flows("s>a", "a>b:n = 1", "a>c", "a>d:n > 0", "b>e", "c>e", "d>e"),
        "a b d",
        "start n=1",
    ),
    normalised(
        "activity",
        "the default is taken beside what has no condition",
        SE.replace("<endEvent", '<task id="a" default="a_c"/><endEvent')
        + tasks("b", "c", "d")
        + flows("s>a", "a>b:n = 1", "a>c", "a>d", "b>e", "c>e", "d>e"),
        "a d c",
        "start n=0",
    ),
    normalised("activity", "no flow out: an implicit end", '<startEvent id="s"/>' + tasks("a") + flows("s>a"), "a"),
    normalised("activity", "no flow in: begins with the process", users("a", "b"), "a b", "start", "do a", "do b"),
    refused("activity", "a quantity of none", "quantity", line("a") + el("task", "a", startQuantity="0")),
)

ROWS = TASKS + STAGES + LOOPS + QUANTITIES
