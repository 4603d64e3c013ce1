"""Events: where they stand, and what they wait for or throw."""

from __future__ import annotations

from tests.engine.spiff.play import flows, timer
from tests.support.row import Row, normalised, refused, runs
from tests.support.shapes import (
    CANCEL,
    COMPENSATE,
    ERROR,
    ESCALATION,
    MESSAGE,
    SE,
    SIGNAL,
    TERMINATE,
    condition,
    el,
    inner,
    line,
    listener,
    on,
    sub,
    tasks,
    undo,
    users,
)

LINK = "</linkEventDefinition>"
CAUGHT = tasks("x") + '<endEvent id="f"/>' + flows("b>x", "x>f")
TWICE = "<multiInstanceLoopCharacteristics{}><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>"
ANSWER = '<messageEventDefinition messageRef="msg2"/>'
OTHER = '<signalEventDefinition signalRef="sig2"/>'


def catch(definition: str, more: str = "") -> str:
    """A catch event `c` before task `a`."""
    return line("c", "a") + f'<intermediateCatchEvent id="c"{more}>{definition}</intermediateCatchEvent>' + tasks("a")


def attached(definition: str, beside: bool = False) -> str:
    """A user task `a` with an event `b` that leads to `x`."""
    return line("a", "z") + users("a") + tasks("z") + on("a", "b", definition, beside) + CAUGHT


def around(end: str, definition: str, beside: bool = False, thrown: str = "endEvent") -> str:
    """A sub-process that throws at its end or before task `u`, and an event attached to it."""
    inside = (
        inner("i", "t", end=end)
        if thrown == "endEvent"
        else inner("i", "t", "y", "u") + el(thrown, "y", end) + tasks("u")
    )
    return line("a", "z") + sub("a", inside + tasks("t")) + tasks("z") + on("a", "b", definition, beside) + CAUGHT


def within(thrown: str, handler: str) -> str:
    """A sub-process in which something is thrown between `t` and `u`, and an event sub-process."""
    return (
        line("a", "z")
        + tasks("z")
        + sub("a", inner("i", "t", "y", "u") + tasks("t", "u") + el("intermediateThrowEvent", "y", thrown) + handler)
    )


STARTS: tuple[Row, ...] = (
    runs("startEvent", "none", line("a") + tasks("a"), "a"),
    runs(
        "startEvent",
        "message: an instance begins with it",
        SE.replace('<startEvent id="s"/>', el("startEvent", "s", MESSAGE)) + tasks("a") + flows("s>a", "a>e"),
        "a",
        "start at s",
    ),
    runs(
        "startEvent",
        "signal: an instance begins with it",
        SE.replace('<startEvent id="s"/>', el("startEvent", "s", SIGNAL)) + tasks("a") + flows("s>a", "a>e"),
        "a",
        "start at s",
    ),
    runs(
        "startEvent",
        "several, each begins an instance",
        line("a") + el("startEvent", "m", MESSAGE) + tasks("a", "b") + flows("m>b", "b>e"),
        "b",
        "start at m",
    ),
    runs(
        "startEvent",
        "multiple: any of them begins an instance",
        SE.replace('<startEvent id="s"/>', el("startEvent", "s", MESSAGE + SIGNAL)) + tasks("a") + flows("s>a", "a>e"),
        "a",
        "start at s",
    ),
    refused(
        "startEvent",
        "several without a trigger",
        "several-starts",
        line("a") + tasks("a") + '<startEvent id="s2"/>' + flows("s2>a"),
    ),
    *(
        runs(
            "startEvent",
            f"timer, {kind}: an instance begins when it is due",
            SE.replace('<startEvent id="s"/>', el("startEvent", "s", timer(written)))
            + tasks("a")
            + flows("s>a", "a>e"),
            "a",
            "start at s",
        )
        for kind, written in (("timeDate", "2030-01-01T09:00:00"), ("timeDuration", "PT1H"), ("timeCycle", "R/P1D"))
    ),
    refused(
        "startEvent",
        "timer, by an expression that reads variables: there are none yet",
        "start-time",
        SE.replace('<startEvent id="s"/>', el("startEvent", "s", timer("=day"))) + flows("s>e"),
    ),
    refused(
        "startEvent",
        "condition: there are no data before there is an instance",
        "unsupported-element",
        SE.replace('<startEvent id="s"/>', el("startEvent", "s", condition("n = 1"))) + flows("s>e"),
    ),
    refused(
        "startEvent",
        "parallelMultiple of a process",
        "unsupported-element",
        SE.replace('<startEvent id="s"/>', el("startEvent", "s", MESSAGE + SIGNAL, parallelMultiple="true"))
        + flows("s>e"),
    ),
    normalised(
        "startEvent",
        "none drawn: what nothing leads to begins",
        tasks("a") + users("b") + flows("a>b"),
        "a b",
        "start",
        "do b",
    ),
)

ENDS: tuple[Row, ...] = (
    runs("endEvent", "none; the instance ends when no token is left", line("a", "b") + tasks("a", "b"), "a b"),
    runs(
        "endEvent",
        "message",
        SE.replace('<endEvent id="e"/>', el("endEvent", "e", MESSAGE)) + tasks("a") + flows("s>a", "a>e"),
        "a",
    ),
    runs(
        "endEvent",
        "terminate: all else in the same process or sub-process ends",
        SE
        + users("a")
        + tasks("b")
        + '<parallelGateway id="g"/>'
        + el("endEvent", "f", TERMINATE)
        + flows("s>g", "g>a", "g>b", "a>e", "b>f"),
        "a b",
    ),
    runs(
        "endEvent",
        "error at the top: the instance ends there",
        SE.replace('<endEvent id="e"/>', el("endEvent", "e", ERROR)) + tasks("a") + flows("s>a", "a>e"),
        "a",
    ),
    runs(
        "endEvent",
        "escalation nobody catches",
        SE.replace('<endEvent id="e"/>', el("endEvent", "e", ESCALATION)) + tasks("a") + flows("s>a", "a>e"),
        "a",
    ),
    runs("endEvent", "signal", around(SIGNAL, SIGNAL), "a t x"),
    runs(
        "endEvent",
        "several triggers thrown",
        SE.replace('<endEvent id="e"/>', el("endEvent", "e", SIGNAL + MESSAGE))
        + '<parallelGateway id="g"/>'
        + el("intermediateCatchEvent", "c", SIGNAL)
        + tasks("a")
        + '<endEvent id="f"/>'
        + flows("s>g", "g>c", "c>a", "a>f", "g>e"),
        "a",
    ),
)

TRIGGERS: tuple[Row, ...] = (
    runs("timerEventDefinition", "timeDuration", catch(timer("PT1H")), "a", "start", "fire c"),
    runs("timerEventDefinition", "timeDate", catch(timer("2030-01-01T00:00:00Z")), "a", "start", "fire c"),
    runs("timerEventDefinition", "a FEEL expression", catch(timer("=day")), "a", 'start day="P2D"', "fire c"),
    runs(
        "timerEventDefinition",
        "timeCycle on a border",
        attached(timer("R2/PT1H"), True),
        "a x x z",
        "start",
        "fire b",
        "fire b",
        "do a",
    ),
    runs("timerEventDefinition", "interrupting", attached(timer("PT1H")), "a x", "start", "fire b"),
    runs("messageEventDefinition", "caught", catch(MESSAGE), "a", "start", "come c"),
    runs(
        "messageEventDefinition",
        "thrown",
        line("c", "a") + el("intermediateThrowEvent", "c", MESSAGE) + tasks("a"),
        "a",
    ),
    runs("messageEventDefinition", "on a border, interrupting", attached(MESSAGE), "a x", "start", "come b"),
    runs(
        "messageEventDefinition",
        "on a border, beside",
        attached(MESSAGE, True),
        "a x x z",
        "start",
        "come b",
        "come b",
        "do a",
    ),
    runs(
        "signalEventDefinition",
        "thrown and caught",
        SE
        + '<parallelGateway id="g"/>'
        + el("intermediateCatchEvent", "c", SIGNAL)
        + el("intermediateThrowEvent", "y", SIGNAL)
        + tasks("a", "b")
        + '<endEvent id="f"/>'
        + flows("s>g", "g>c", "c>a", "a>f", "g>y", "y>b", "b>e"),
        "b a",
    ),
    runs("signalEventDefinition", "from another instance", catch(SIGNAL), "a", "start", "come c"),
    runs(
        "signalEventDefinition",
        "on a border, interrupting",
        around(SIGNAL, SIGNAL, thrown="intermediateThrowEvent"),
        "a t x",
    ),
    runs(
        "signalEventDefinition",
        "on a border, beside",
        around(SIGNAL, SIGNAL, True, "intermediateThrowEvent"),
        "a t u x z",
    ),
    runs("errorEventDefinition", "on the border of a sub-process", around(ERROR, ERROR), "a t x"),
    runs("errorEventDefinition", "on the border, any code", around(ERROR, "<errorEventDefinition/>"), "a t x"),
    runs(
        "escalationEventDefinition",
        "on a border, interrupting",
        around(ESCALATION, ESCALATION, thrown="intermediateThrowEvent"),
        "a t x",
    ),
    runs(
        "escalationEventDefinition",
        "on a border, beside",
        around(ESCALATION, ESCALATION, True, "intermediateThrowEvent"),
        "a t u x z",
    ),
    runs("escalationEventDefinition", "from an end event", around(ESCALATION, ESCALATION, True), "a t x z"),
    runs(
        "conditionalEventDefinition",
        "caught when a variable changes",
        SE
        + '<parallelGateway id="g"/>'
        + el("intermediateCatchEvent", "c", condition("n = 1"))
        + users("b")
        + tasks("a")
        + '<endEvent id="f"/>'
        + flows("s>g", "g>c", "c>a", "a>f", "g>b", "b>e"),
        "b a",
        "start n=0",
        "do b n=1",
    ),
    runs(
        "conditionalEventDefinition",
        "on a border, true already when its activity begins",
        around("", condition("n = 1")),
        "a x",
        "start n=1",
    ),
    runs(
        "conditionalEventDefinition",
        "on a border, beside",
        around("", condition("n = 1"), True),
        "a t x z",
        "start n=1",
    ),
    normalised(
        "linkEventDefinition",
        "throw to catch",
        SE
        + el("intermediateThrowEvent", "y", '<linkEventDefinition name="L"/>')
        + el("intermediateCatchEvent", "c", '<linkEventDefinition name="L"/>')
        + tasks("a", "b")
        + flows("s>a", "a>y", "c>b", "b>e"),
        "a b",
    ),
    normalised(
        "linkEventDefinition",
        "source and target: to what is referred to, whatever it is called",
        SE
        + el("intermediateThrowEvent", "y", '<linkEventDefinition id="l1" name="L"><target>l2</target>' + LINK)
        + el("intermediateCatchEvent", "c", '<linkEventDefinition id="l2" name="M"><source>l1</source>' + LINK)
        + tasks("a")
        + flows("s>y", "c>a", "a>e"),
        "a",
    ),
    normalised(
        "message, signal",
        "without a name: it goes by its id",
        SE
        + '<parallelGateway id="g"/><endEvent id="f"/><endEvent id="h"/>'
        + el("intermediateCatchEvent", "c", SIGNAL.replace('"sig"', '"bare"'))
        + el("intermediateThrowEvent", "y", SIGNAL.replace('"sig"', '"bare"'))
        + el("intermediateThrowEvent", "m", MESSAGE.replace('"msg"', '"bare2"'))
        + tasks("a")
        + flows("s>g", "g>c", "c>a", "a>e", "g>y", "y>f", "g>m", "m>h"),
        "a",
        extra='<signal id="bare"/><message id="bare2"/>',
    ),
    normalised(
        "eventDefinitionRef",
        "a trigger defined elsewhere",
        catch("<eventDefinitionRef>later</eventDefinitionRef>"),
        "a",
        "start",
        "fire c",
        extra='<timerEventDefinition id="later"><timeDuration>PT1H</timeDuration></timerEventDefinition>',
    ),
    runs(
        "intermediateCatchEvent",
        "multiple: the first that comes",
        catch(SIGNAL + MESSAGE + timer("PT1H")),
        "a",
        "start",
        "come c",
    ),
    runs(
        "intermediateCatchEvent",
        "parallelMultiple: all must come",
        catch(MESSAGE + timer("PT1H"), ' parallelMultiple="true"'),
        "a",
        "start",
        "fire c",
        "come c",
    ),
    runs(
        "intermediateThrowEvent",
        "multiple: all are thrown",
        SE
        + '<parallelGateway id="g"/>'
        + el("intermediateCatchEvent", "c", SIGNAL)
        + el("intermediateCatchEvent", "d", OTHER)
        + el("intermediateThrowEvent", "y", SIGNAL + OTHER)
        + tasks("a", "b")
        + '<endEvent id="f"/>'
        + flows("s>g", "g>c", "g>d", "c>a", "a>f", "d>b", "b>f", "g>y", "y>e"),
        "a b",
    ),
    runs("boundaryEvent", "multiple, interrupting", attached(MESSAGE + timer("PT1H")), "a x", "start", "fire b"),
    runs(
        "boundaryEvent",
        "multiple, beside",
        attached(MESSAGE + timer("R2/PT1H"), True),
        "a x x x z",
        "start",
        "fire b",
        "come b",
        "fire b",
        "do a",
    ),
    runs(
        "boundaryEvent",
        "parallelMultiple, beside",
        line("a", "z")
        + users("a")
        + tasks("z")
        + on("a", "b", MESSAGE + ANSWER, True, ' parallelMultiple="true"')
        + CAUGHT,
        "a x z",
        "start",
        "come b",
        "come b",
        "do a",
    ),
    refused("intermediateCatchEvent", "without a trigger", "no-trigger", catch("")),
    refused("boundaryEvent", "without a trigger", "no-trigger", attached("")),
    refused("implicitThrowEvent", "drawn by itself", "unsupported-element", line("y") + el("implicitThrowEvent", "y")),
)

SUB_PROCESSES: tuple[Row, ...] = (
    runs(
        "event sub-process",
        "message, interrupting",
        line("a", "z") + tasks("z") + sub("a", inner("i", "t") + users("t") + listener("h", MESSAGE, "x")),
        "a t h x z",
        "start",
        "come hs",
    ),
    runs(
        "event sub-process",
        "message, beside",
        line("a", "z") + tasks("z") + sub("a", inner("i", "t") + users("t") + listener("h", MESSAGE, "x", beside=True)),
        "a t h x h x z",
        "start",
        "come hs",
        "come hs",
        "do t",
    ),
    runs(
        "event sub-process",
        "timer, interrupting",
        line("a", "z") + tasks("z") + sub("a", inner("i", "t") + users("t") + listener("h", timer("PT1H"), "x")),
        "a t h x z",
        "start",
        "fire hs",
    ),
    runs(
        "event sub-process",
        "timer with a cycle, beside",
        line("a", "z")
        + tasks("z")
        + sub("a", inner("i", "t") + users("t") + listener("h", timer("R2/PT1H"), "x", beside=True)),
        "a t h x h x z",
        "start",
        "fire hs",
        "fire hs",
        "do t",
    ),
    runs("event sub-process", "signal, interrupting", within(SIGNAL, listener("h", SIGNAL, "x")), "a t h x z"),
    runs("event sub-process", "signal, beside", within(SIGNAL, listener("h", SIGNAL, "x", beside=True)), "a t h u x z"),
    runs(
        "event sub-process", "escalation, interrupting", within(ESCALATION, listener("h", ESCALATION, "x")), "a t h x z"
    ),
    runs(
        "event sub-process",
        "escalation, beside",
        within(ESCALATION, listener("h", ESCALATION, "x", beside=True)),
        "a t h u x z",
    ),
    runs(
        "event sub-process",
        "error",
        line("a", "z") + tasks("z") + sub("a", inner("i", "t", end=ERROR) + tasks("t") + listener("h", ERROR, "x")),
        "a t h x z",
    ),
    runs(
        "event sub-process",
        "condition, interrupting",
        line("a", "z") + tasks("z") + sub("a", inner("i", "t") + tasks("t") + listener("h", condition("n = 1"), "x")),
        "a h x z",
        "start n=1",
    ),
    runs(
        "event sub-process",
        "condition, beside",
        line("a", "z")
        + tasks("z")
        + sub("a", inner("i", "t") + tasks("t") + listener("h", condition("n = 1"), "x", beside=True)),
        "a h t x z",
        "start n=1",
    ),
    runs(
        "event sub-process",
        "multiple",
        line("a", "z")
        + tasks("z")
        + sub("a", inner("i", "t") + users("t") + listener("h", MESSAGE + timer("PT1H"), "x")),
        "a t h x z",
        "start",
        "fire hs",
    ),
    runs(
        "event sub-process",
        "parallelMultiple, beside",
        line("a", "z")
        + tasks("z")
        + sub(
            "a",
            inner("i", "t")
            + users("t")
            + listener("h", MESSAGE + ANSWER, "x", beside=True, more=' parallelMultiple="true"'),
        ),
        "a t h x z",
        "start",
        "come hs",
        "come hs",
        "do t",
    ),
    runs(
        "event sub-process",
        "of the process itself",
        line("a") + users("a") + listener("h", MESSAGE, "x"),
        "a h x",
        "start",
        "come hs",
    ),
)

COMPENSATIONS: tuple[Row, ...] = (
    runs(
        "compensateEventDefinition",
        "thrown between, all backwards",
        line("a", "b", "y", "z")
        + tasks("a", "b", "z")
        + undo("a", "a2")
        + undo("b", "b2")
        + el("intermediateThrowEvent", "y", COMPENSATE),
        "a b b2 a2 z",
    ),
    runs(
        "compensateEventDefinition",
        "thrown at an end",
        SE.replace('<endEvent id="e"/>', el("endEvent", "e", COMPENSATE))
        + tasks("a")
        + undo("a", "a2")
        + flows("s>a", "a>e"),
        "a a2",
    ),
    runs(
        "compensateEventDefinition",
        "activityRef: one activity",
        line("a", "b", "y", "z")
        + tasks("a", "b", "z")
        + undo("a", "a2")
        + undo("b", "b2")
        + el("intermediateThrowEvent", "y", '<compensateEventDefinition activityRef="a"/>'),
        "a b a2 z",
    ),
    runs(
        "compensateEventDefinition",
        "waitForCompletion false: goes on at once",
        line("a", "y", "z")
        + users("a")
        + tasks("z")
        + on("a", "a_b", COMPENSATE)
        + '<userTask id="a2" isForCompensation="true"/><association id="as" sourceRef="a_b" targetRef="a2"/>'
        + el("intermediateThrowEvent", "y", '<compensateEventDefinition waitForCompletion="false"/>'),
        "a a2 z",
        "start",
        "do a",
        "do a2",
    ),
    runs(
        "compensateEventDefinition",
        "waits while a person undoes",
        line("a", "y", "z")
        + users("a")
        + tasks("z")
        + on("a", "a_b", COMPENSATE)
        + '<userTask id="a2" isForCompensation="true"/><association id="as" sourceRef="a_b" targetRef="a2"/>'
        + el("intermediateThrowEvent", "y", COMPENSATE),
        "a a2 z",
        "start",
        "do a",
        "do a2",
    ),
    runs(
        "compensateEventDefinition",
        "what has not ended is not undone",
        SE
        + '<parallelGateway id="g"/><parallelGateway id="j"/>'
        + users("a")
        + tasks("b", "z")
        + undo("a", "a2")
        + el("intermediateThrowEvent", "y", COMPENSATE)
        + flows("s>g", "g>a", "g>b", "b>y", "y>j", "a>j", "j>z", "z>e"),
        "a b z",
        "start",
        "do a",
    ),
    runs(
        "compensateEventDefinition",
        "on a sub-process",
        line("a", "y", "z")
        + sub("a", inner("i", "t") + tasks("t"))
        + tasks("z")
        + undo("a", "a2")
        + el("intermediateThrowEvent", "y", COMPENSATE),
        "a t a2 z",
    ),
    runs(
        "compensateEventDefinition",
        "of a sub-process that has ended: what it did, backwards",
        line("a", "y", "z")
        + sub("a", inner("i", "t", "u") + tasks("t", "u") + undo("t", "t2") + undo("u", "u2"))
        + tasks("z")
        + el("intermediateThrowEvent", "y", COMPENSATE),
        "a t u u2 t2 z",
    ),
    runs(
        "compensateEventDefinition",
        "of a sub-process in a sub-process that has ended",
        line("a", "y", "z")
        + sub("a", inner("i", "b") + sub("b", inner("k", "t") + tasks("t") + undo("t", "t2")))
        + tasks("z")
        + el("intermediateThrowEvent", "y", COMPENSATE),
        "a b t t2 z",
    ),
    runs(
        "compensateEventDefinition",
        "inside a sub-process: what it did itself",
        line("a", "z") + tasks("z") + sub("a", inner("i", "t", end=COMPENSATE) + tasks("t") + undo("t", "t2")),
        "a t t2 z",
    ),
    runs(
        "compensateEventDefinition",
        "an event sub-process undoes its sub-process",
        line("a", "y", "z")
        + tasks("z")
        + sub("a", inner("i", "t") + tasks("t") + undo("t", "t2") + listener("h", COMPENSATE, "x"))
        + el("intermediateThrowEvent", "y", COMPENSATE),
        "a t h x z",
    ),
    runs(
        "compensateEventDefinition",
        "thrown in such an event sub-process: what its sub-process did",
        line("a", "y", "z")
        + tasks("z")
        + sub(
            "a",
            inner("i", "t")
            + tasks("t")
            + undo("t", "t2")
            + '<subProcess id="h" triggeredByEvent="true">'
            + el("startEvent", "hs", COMPENSATE)
            + el("intermediateThrowEvent", "hy", COMPENSATE)
            + '<endEvent id="he"/>'
            + flows("hs>hy", "hy>he")
            + "</subProcess>",
        )
        + el("intermediateThrowEvent", "y", COMPENSATE),
        "a t h t2 z",
    ),
    runs(
        "compensateEventDefinition",
        "each turn of a multi-instance",
        line("a", "y", "z")
        + el(
            "task",
            "a",
            TWICE.format(""),
        )
        + tasks("z")
        + undo("a", "a2")
        + el("intermediateThrowEvent", "y", COMPENSATE),
        "a a a a2 a2 z",
    ),
    runs(
        "compensateEventDefinition",
        "each turn of a multi-instance sub-process",
        line("a", "y", "z")
        + sub(
            "a",
            TWICE.format(' isSequential="true"') + inner("i", "t") + tasks("t") + undo("t", "t2"),
        )
        + tasks("z")
        + el("intermediateThrowEvent", "y", COMPENSATE),
        "a a t a t t2 t2 z",
    ),
    runs(
        "compensateEventDefinition",
        "each turn of a loop in the flow",
        line("m", "a", "g", "y")
        + '<exclusiveGateway id="m"/><exclusiveGateway id="g" default="g_y"/>'
        + users("a")
        + undo("a", "a2")
        + el("intermediateThrowEvent", "y", COMPENSATE)
        + flows("g>m:n = 1"),
        "a a a2 a2",
        "start",
        "do a n=1",
        "do a n=2",
    ),
    runs(
        "compensateEventDefinition",
        "by a sub-process",
        line("a", "y", "z")
        + tasks("a", "z")
        + on("a", "a_b", COMPENSATE)
        + sub("a2", inner("i", "t") + users("t"), more=' isForCompensation="true"')
        + '<association id="as" sourceRef="a_b" targetRef="a2"/>'
        + el("intermediateThrowEvent", "y", COMPENSATE),
        "a a2 t z",
        "start",
        "do t",
    ),
    refused(
        "compensateEventDefinition",
        "on a border, leading nowhere",
        "compensation",
        line("a") + tasks("a") + on("a", "b", COMPENSATE),
    ),
    refused(
        "cancelEventDefinition",
        "outside of a transaction",
        "cancel-place",
        SE.replace('<endEvent id="e"/>', el("endEvent", "e", CANCEL)) + flows("s>e"),
    ),
)

ROWS = STARTS + ENDS + TRIGGERS + SUB_PROCESSES + COMPENSATIONS
