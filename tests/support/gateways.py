"""Gateways and sequence flows."""

from __future__ import annotations

from tests.engine.spiff.play import flows, timer
from tests.support.row import Row, normalised, refused, runs
from tests.support.shapes import MESSAGE, SE, SIGNAL, el, line, tasks, users

XOR = '<exclusiveGateway id="g" default="g_c"/>'
ABC = tasks("a", "b", "c")
ENDS = flows("a>e", "b>e", "c>e")
OR = '<inclusiveGateway id="g" default="g_c"/><inclusiveGateway id="j"/>'
JOINED = flows("a>j", "b>j", "c>j", "j>z", "z>e")
ACTIVE = '<complexGateway id="j"><activationCondition>activationCount >= 2</activationCondition></complexGateway>'

ROWS: tuple[Row, ...] = (
    runs("sequenceFlow", "from one to the next", line("a", "b") + tasks("a", "b"), "a b"),
    normalised(
        "sequenceFlow",
        "without an id",
        SE + tasks("a") + '<sequenceFlow sourceRef="s" targetRef="a"/><sequenceFlow sourceRef="a" targetRef="e"/>',
        "a",
    ),
    refused("sequenceFlow", "to nowhere", "dangling-flow", line("a") + tasks("a") + flows("a>nowhere")),
    runs(
        "exclusiveGateway",
        "the first condition that is true",
        SE + XOR + ABC + flows("s>g", "g>a:n > 0", "g>b:n > 1", "g>c") + ENDS,
        "a",
        "start n=2",
    ),
    runs(
        "exclusiveGateway",
        "default, where no condition is true",
        SE + XOR + ABC + flows("s>g", "g>a:n > 0", "g>b:n > 1", "g>c") + ENDS,
        "c",
        "start n=0",
    ),
    normalised(
        "exclusiveGateway",
        "the one flow without a condition is the default",
        SE + '<exclusiveGateway id="g"/>' + tasks("a", "c") + flows("s>g", "g>a:n > 0", "g>c", "a>e", "c>e"),
        "c",
        "start n=0",
    ),
    refused(
        "exclusiveGateway",
        "two flows without a condition",
        "no-condition",
        SE + '<exclusiveGateway id="g"/>' + ABC + flows("s>g", "g>a:n > 0", "g>b", "g>c") + ENDS,
    ),
    runs(
        "exclusiveGateway",
        "joins: each token passes",
        SE
        + '<parallelGateway id="f"/><exclusiveGateway id="j"/>'
        + tasks("a", "b", "z")
        + flows("s>f", "f>a", "f>b", "a>j", "b>j", "j>z", "z>e"),
        "a b z z",
    ),
    runs(
        "parallelGateway",
        "splits and joins",
        SE
        + '<parallelGateway id="f"/><parallelGateway id="j"/>'
        + users("a", "b")
        + tasks("z")
        + flows("s>f", "f>a", "f>b", "a>j", "b>j", "j>z", "z>e"),
        "a b z",
        "start",
        "do b",
        "do a",
    ),
    runs(
        "inclusiveGateway",
        "all conditions that are true; the join waits for what can still come",
        SE + OR + users("a", "b", "c") + tasks("z") + flows("s>g", "g>a:n > 0", "g>b:n > 1", "g>c") + JOINED,
        "a b z",
        "start n=2",
        "do b",
        "do a",
    ),
    runs(
        "inclusiveGateway",
        "default, where no condition is true",
        SE + OR + ABC + tasks("z") + flows("s>g", "g>a:n > 0", "g>b:n > 1", "g>c") + JOINED,
        "c z",
        "start n=0",
    ),
    runs(
        "complexGateway",
        "splits by conditions",
        SE + '<complexGateway id="g" default="g_c"/>' + ABC + flows("s>g", "g>a:n > 0", "g>b:n > 1", "g>c") + ENDS,
        "a b",
        "start n=2",
    ),
    runs(
        "complexGateway",
        "activationCondition: fires, then takes in what still comes",
        SE
        + '<parallelGateway id="f"/>'
        + ACTIVE
        + users("a", "b", "c")
        + tasks("z")
        + flows("s>f", "f>a", "f>b", "f>c", "a>j", "b>j", "c>j", "j>z", "z>e"),
        "a b c z",
        "start",
        "do a",
        "do c",
        "do b",
    ),
    runs(
        "complexGateway",
        "waitingForStart: flows taken when it resets",
        SE
        + '<parallelGateway id="f"/>'
        + ACTIVE
        + users("a", "b", "c")
        + tasks("y", "z")
        + flows(
            "s>f",
            "f>a",
            "f>b",
            "f>c",
            "a>j",
            "b>j",
            "c>j",
            "j>z:waitingForStart",
            "j>y:not(waitingForStart)",
            "z>e",
            "y>e",
        ),
        "a b c z y",
        "start",
        "do a",
        "do c",
        "do b",
    ),
    refused(
        "complexGateway",
        "joins without an activationCondition",
        "no-activation",
        SE
        + '<parallelGateway id="f"/><complexGateway id="j"/>'
        + tasks("a", "b")
        + flows("s>f", "f>a", "f>b", "a>j", "b>j", "j>e"),
    ),
    runs(
        "eventBasedGateway",
        "the first event wins",
        SE
        + '<eventBasedGateway id="g"/>'
        + el("intermediateCatchEvent", "m", MESSAGE)
        + el("intermediateCatchEvent", "t", timer("P1D"))
        + tasks("a", "b")
        + flows("s>g", "g>m", "g>t", "m>a", "t>b", "a>e", "b>e"),
        "b",
        "start",
        "fire t",
    ),
    runs(
        "eventBasedGateway",
        "receive tasks",
        SE
        + '<eventBasedGateway id="g"/>'
        + el("receiveTask", "m", messageRef="msg")
        + el("receiveTask", "k", messageRef="msg2")
        + tasks("a", "b")
        + flows("s>g", "g>m", "g>k", "m>a", "k>b", "a>e", "b>e"),
        "k b",
        "start",
        "come k",
    ),
    runs(
        "eventBasedGateway",
        "instantiate: the instance begins with one of its events",
        '<eventBasedGateway id="g" instantiate="true"/>'
        + el("intermediateCatchEvent", "m", MESSAGE)
        + el("intermediateCatchEvent", "k", '<messageEventDefinition messageRef="msg2"/>')
        + tasks("a", "b")
        + '<endEvent id="e"/>'
        + flows("g>m", "g>k", "m>a", "k>b", "a>e", "b>e"),
        "b",
        "start at k",
    ),
    runs(
        "eventBasedGateway",
        "instantiate, eventGatewayType Parallel: the others are awaited",
        '<eventBasedGateway id="g" instantiate="true" eventGatewayType="Parallel"/>'
        + el("intermediateCatchEvent", "m", MESSAGE)
        + el("intermediateCatchEvent", "k", '<messageEventDefinition messageRef="msg2"/>')
        + tasks("a", "b")
        + '<endEvent id="e"/>'
        + flows("g>m", "g>k", "m>a", "k>b", "a>e", "b>e"),
        "b a",
        "start at k",
        "come m",
    ),
    refused(
        "eventBasedGateway",
        "anything else behind it",
        "event-gateway",
        SE
        + '<eventBasedGateway id="g"/>'
        + el("intermediateCatchEvent", "m", SIGNAL)
        + tasks("a")
        + flows("s>g", "g>m", "g>a", "m>e", "a>e"),
    ),
)
