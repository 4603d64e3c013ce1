"""Random walks through a diagram that has nearly everything, for tests that compare. As a script it prints one."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

from bpmn.model import File
from engine.spiff import StepFailed, state

from .play import PREFIX, Play, diagram, flows, timer

MESSAGE = '<messageEventDefinition messageRef="msg"/>'
INNER = (
    '<startEvent id="is"/><inclusiveGateway id="io" default="io_i2"/><userTask id="i1"/><userTask id="i2"/>'
    '<inclusiveGateway id="ij"/><userTask id="i3"/><exclusiveGateway id="ig" default="ig_ie"/><endEvent id="ie"/>'
    '<exclusiveGateway id="im"/>'
    + flows("is>im", "im>io", "io>i1:n > 2", "io>i2", "i1>ij", "i2>ij", "ij>i3", "i3>ig", "ig>im:n > 5", "ig>ie")
)
STAGE = diagram(
    f'<startEvent id="cs"/><subProcess id="inner">{INNER}</subProcess>'
    f'<boundaryEvent id="remind" attachedToRef="inner" cancelActivity="false">{timer("R3/PT1H")}</boundaryEvent>'
    '<userTask id="reminder"/><endEvent id="re"/><eventBasedGateway id="eg"/>'
    f'<intermediateCatchEvent id="em">{MESSAGE}</intermediateCatchEvent>'
    f'<intermediateCatchEvent id="et">{timer("P1D")}</intermediateCatchEvent><endEvent id="ce"/>'
    + flows("cs>inner", "inner>eg", "eg>em", "eg>et", "em>ce", "et>ce", "remind>reminder", "reminder>re"),
    "stage",
)
MANY = (
    '<userTask id="each"><extensionElements><camunda:properties>'
    '<camunda:property name="outputCollection" value="said"/></camunda:properties></extensionElements>'
    '<multiInstanceLoopCharacteristics {} camunda:collection="items" '
    'camunda:elementVariable="item"/></userTask>'
)
TOP = (
    '<startEvent id="s"/><exclusiveGateway id="m"/><parallelGateway id="f"/>'
    '<callActivity id="call" calledElement="stage"/>'
    f'<boundaryEvent id="stop" attachedToRef="call">{MESSAGE}</boundaryEvent><parallelGateway id="j"/>'
    '<exclusiveGateway id="k"/>'
    '<userTask id="twice"><standardLoopCharacteristics loopMaximum="2"/></userTask>'
    '<serviceTask id="job" camunda:type="external" camunda:topic="t"/>'
    '<exclusiveGateway id="g" default="g_e"/><endEvent id="e"/>'
    + flows("s>m", "m>f", "f>call", "f>each", "f>twice", "call>k", "stop>k", "k>j", "each>j", "twice>job", "job>j")
    + flows("j>g", "g>m:n > 3", "g>e")
)


def files(sequential: bool) -> tuple[File, File]:
    """The diagrams."""
    many = MANY.format('isSequential="true"' if sequential else "")
    return diagram(TOP + many, extra=PREFIX), STAGE


def walk(choices: Sequence[int], prune: bool = True, checked: bool = False) -> Play:
    """An instance that goes on as the numbers say, until it ends or they do."""
    play = Play(*files(choices[0] % 2 == 1), prune=prune, checked=checked)
    play.start(items=["x", "y", "z"][: choices[0] % 4], n=choices[0] % 7)
    for choice in choices[1:]:
        if play.live.status != "active":
            break
        move(play, choice)
    return play


def move(play: Play, choice: int) -> None:
    """One of the things that can happen now."""
    live = play.live
    waits = [("completed", *t) for t in live.tasks.items()] + [("timer", *t) for t in live.timers.items()]
    waits += [("message", *t) for t in live.subscriptions.items()] + [("job_completed", *t) for t in live.jobs.items()]
    kind, id, element = sorted(waits)[choice % len(waits)]
    values: dict[str, Any] = {"n": choice % 7, "last": element}
    key = {"completed": "data", "message": "payload", "job_completed": "result"}.get(kind)
    try:
        play.give(kind, element, id, {key: values} if key else {})
    except StepFailed as failure:
        raise AssertionError(str(failure)) from failure


if __name__ == "__main__":
    played = walk(json.loads(sys.argv[1]))
    print(json.dumps([played.effects, state(played.live)], ensure_ascii=False))
