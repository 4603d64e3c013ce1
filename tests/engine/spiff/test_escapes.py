"""No Python of a diagram is ever executed, wherever it stands: the door refuses it, and so does the machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bpmn.check import check
from bpmn.feel import Feel
from bpmn.model import File, Known
from bpmn.normalise import normalise
from engine.spiff import ProgramRefused, StepFailed
from engine.spiff.environment import FeelEngine
from tests.support.shapes import SE, condition, el, line, sub, tasks, users

from .play import PREFIX, Play, diagram, flows, timer

ESCAPES = (
    "__import__('pathlib').Path('{mark}').touch()",
    "[c for c in ().__class__.__base__.__subclasses__() if c.__name__ == 'Popen'][0](['touch', '{mark}'])",
    'open("{mark}", "w")',
)
MANY = "<multiInstanceLoopCharacteristics {}>{}</multiInstanceLoopCharacteristics>"
CHOICE = SE + '<exclusiveGateway id="g" default="g_b"/>' + tasks("a", "b") + flows("s>g", "g>b", "a>e", "b>e")
TALK = (
    '<correlationProperty id="cp" name="k"><correlationPropertyRetrievalExpression messageRef="msg"><messagePath>'
    "{}</messagePath></correlationPropertyRetrievalExpression></correlationProperty>"
)
JOINED = (
    '<parallelGateway id="f"/><complexGateway id="j"><activationCondition>{}</activationCondition></complexGateway>'
)
DATA = (
    "<dataInputAssociation><targetRef>x</targetRef><assignment><from>{}</from><to>x</to></assignment>"
    "</dataInputAssociation>"
)


def parameter(escape: str) -> str:
    """An input parameter."""
    inside = f'<camunda:inputParameter name="x">={escape}</camunda:inputParameter>'
    return f"<extensionElements><camunda:inputOutput>{inside}</camunda:inputOutput></extensionElements>"


def at(place: str, escape: str) -> str:
    """A process with the escape at one of the places where an expression may stand."""
    escape = escape.replace("<", "&lt;")
    quoted = escape.replace('"', "&quot;")
    return {
        "condition": CHOICE + flows(f"g>a:{escape}"),
        "script": line("a") + el("scriptTask", "a", f"<script>{escape}</script>", scriptFormat="feel"),
        "python script": line("a") + el("scriptTask", "a", f"<script>{escape}</script>", scriptFormat="python"),
        "timer": line("c") + el("intermediateCatchEvent", "c", timer("=" + escape)),
        "assignee": line("a") + f'<userTask id="a" camunda:assignee="={quoted}"/>',
        "due date": line("a") + f'<userTask id="a" camunda:dueDate="={quoted}"/>',
        "input": line("a") + el("userTask", "a", parameter(escape)),
        "data": line("a") + el("userTask", "a", DATA.format(escape)),
        "cardinality": line("a") + el("userTask", "a", MANY.format("", f"<loopCardinality>{escape}</loopCardinality>")),
        "collection": line("a") + el("userTask", "a", MANY.format(f'camunda:collection="{quoted}"', "")),
        "completion": line("a")
        + el(
            "userTask",
            "a",
            MANY.format("", f"<loopCardinality>2</loopCardinality><completionCondition>{escape}</completionCondition>"),
        ),
        "loop": line("a")
        + el(
            "userTask",
            "a",
            f"<standardLoopCharacteristics><loopCondition>{escape}</loopCondition></standardLoopCharacteristics>",
        ),
        "ad hoc": line("a")
        + sub("a", users("t") + f"<completionCondition>{escape}</completionCondition>", "adHocSubProcess"),
        "event": line("c") + el("intermediateCatchEvent", "c", condition(escape)),
        "activation": SE + JOINED.format(escape) + tasks("a", "b") + flows("s>f", "f>a", "f>b", "a>j", "b>j", "j>e"),
    }[place]


PLACES = (
    *("condition", "script", "python script", "timer", "assignee", "due date", "input", "data", "cardinality"),
    *("collection", "completion", "loop", "ad hoc", "event", "activation"),
)


@pytest.fixture(scope="module")
def feel() -> Iterator[Feel]:
    """One isolate for all."""
    real = Feel()
    yield real
    real.close()


def tried(file: File, feel: Feel) -> None:
    """Plays as far as the machine lets it."""
    play = Play(File(file.name, normalise(file.content)), checked=False)
    play.feel = feel
    play.start()
    while play.open:
        play.complete(play.open[0])


@pytest.mark.parametrize("escape", range(len(ESCAPES)))
@pytest.mark.parametrize("place", PLACES)
def test_python_is_refused_at_the_door_or_by_the_machine_and_never_runs(
    feel: Feel, tmp_path: Path, place: str, escape: int
) -> None:
    mark = tmp_path / "escaped"
    file = diagram(at(place, ESCAPES[escape].format(mark=mark)), extra=PREFIX)
    refused = {f.rule for f in check([file], Known(), feel) if f.severity == "error"}
    # `open("x")` can be read as FEEL: a function that nobody knows, which fails when it is asked.
    assert refused & {"feel-syntax", "script-language", "time"} or escape == 2
    with pytest.raises((StepFailed, ProgramRefused)):
        tried(file, feel)
    assert not mark.exists()


def test_what_spiffworkflow_would_correlate_messages_by_is_not_executed(feel: Feel, tmp_path: Path) -> None:
    mark = tmp_path / "escaped"
    told = TALK.format(ESCAPES[0].format(mark=mark)) + '<collaboration id="co"><correlationKey id="ck" name="k">'
    told += "<correlationPropertyRef>cp</correlationPropertyRef></correlationKey></collaboration>"
    play = Play(diagram(line("a") + el("receiveTask", "a", messageRef="msg"), extra=PREFIX + told))
    play.start()
    play.message("a", k=1)
    play.ended("e")
    assert not mark.exists()


def test_the_ways_that_go_past_the_engine_end_in_a_refusal() -> None:
    environment = FeelEngine().environment
    with pytest.raises(StepFailed):
        environment.evaluate("1 + 1", {})
    with pytest.raises(StepFailed):
        environment.execute("x = 1", {})
