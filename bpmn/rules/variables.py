"""Variables: what an expression reads, something sets, and it is of the type that the expression wants."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from bpmn.feel import Comparison, FeelError, stripped
from bpmn.model import Element, Finding, Process, Severity
from bpmn.rules.deployment import Deployment, at_element
from bpmn.rules.expressions import read_by
from bpmn.rules.likeness import WORDS, judged
from bpmn.rules.sources import Family, families
from bpmn.sentence import Sentence, say

ASKED = 100
NEAR = 0.8
"""How much alike two names must be for one to be taken for a slip of the pen."""


def unset(deployment: Deployment) -> Iterator[Finding]:
    """Each variable read is a field of a form, or set by a script, parameter, decision, message, job or the engine."""
    if deployment.known.fields is None:
        return
    for family in families(deployment):
        for asked, (process, element, told, name) in enumerate(_unknown(deployment, family)):
            # Each likeness is looked for among all names: of a thousand wrong ones the first few are told.
            near = get_close_matches(name, family.kinds, n=1, cutoff=NEAR) if asked < ASKED else []
            # Where a message may bring anything, only what looks like a slip of the pen is told.
            if near or not family.open:
                meant = say("是否应为“{near}”？", near=near[0]) if near else ""
                message = say(
                    "{told}用到变量“{name}”，但没有表单、脚本、决策、消息或参数给它赋值，{meant}请改正名称或补上；由程序在发起时给出的可以不管。",
                    told=told,
                    name=name,
                    meant=meant,
                )
                yield at_element("warning", "unset-variable", process, element, message)


def _unknown(deployment: Deployment, family: Family) -> Iterator[tuple[Process, Element, Sentence, str]]:
    for process, element in family.elements:
        # A job's output parameters speak of its results, which have names of their own.
        results = {say("参数 {name}", name=name) for name, _ in element.outputs} if element.topic else set()
        for what, written in read_by(process, element):
            names = frozenset() if what in results else _names(deployment, written)
            for name in sorted(names):
                if not family.sets(name):
                    yield process, element, say("{what}“{written}”", what=what, written=written[:80]), name


def unlike(deployment: Deployment) -> Iterator[Finding]:
    """What is compared is of one type, an option is one that the form offers, and a lone variable is what is wanted."""
    if deployment.known.fields is None:
        return
    for family in families(deployment):
        for process, element in family.elements:
            for what, written in read_by(process, element):
                for comparison in _comparisons(deployment, written):
                    for rule, message in judged(comparison, family.kind):
                        severity: Severity = "error" if rule == "unlike-types" else "warning"
                        yield at_element(
                            severity,
                            rule,
                            process,
                            element,
                            say("{what}“{written}”：{message}", what=what, written=written[:80], message=message),
                        )
            yield from _lone(family, process, element)


def _names(deployment: Deployment, written: str) -> frozenset[str]:
    try:
        return deployment.feel.names(written, filters=False)
    except FeelError:
        return frozenset()


def _comparisons(deployment: Deployment, written: str) -> tuple[Comparison, ...]:
    try:
        return deployment.feel.comparisons(written)
    except FeelError:
        return ()


def _lone(family: Family, process: Process, element: Element) -> Iterator[Finding]:
    """A variable by itself: a condition is true or false, a collection a list, a number of times a number."""
    for what, written, wanted in _wants(process, element):
        kinds = family.kind(stripped(written))
        if kinds and all(kind.type != wanted for kind in kinds):
            given = say("“{written}”是{word}", written=stripped(written), word=say(WORDS[kinds[0].type]))
            message = say(
                "{what}“{written}”要的是{word}，而{given}，请改正。",
                what=what,
                written=written[:80],
                word=say(WORDS[wanted]),
                given=given,
            )
            yield at_element("error", "unlike-types", process, element, message)


def _wants(process: Process, element: Element) -> Iterator[tuple[Sentence, str, str]]:
    for flow in process.leaving(element.id):
        if flow.condition:
            yield say("顺序流 {id} 的条件", id=flow.id), flow.condition, "boolean"
    if element.event == "conditional" and element.event_value:
        yield say("条件"), element.event_value, "boolean"
    if element.event == "timer" and (element.event_value or "").startswith("="):
        yield say("计时"), element.event_value or "", "string"
    many = element.multi
    if many is not None:
        for what, text, wanted in (
            (say("集合"), many.collection, "list"),
            (say("次数"), many.cardinality, "number"),
            (say("完成条件"), many.completion, "boolean"),
        ):
            if text:
                yield what, text, wanted
