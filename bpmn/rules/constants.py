"""Expressions that say nothing: empty ones, natural language, constants of the wrong type."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from bpmn.feel import FeelError
from bpmn.juel import is_juel
from bpmn.markup import local
from bpmn.model import Finding
from bpmn.rules.deployment import Deployment, at_node
from bpmn.rules.expressions import BODIES
from bpmn.rules.sources import families
from bpmn.sentence import say

TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
# Where BPMN demands a formal expression, or one that says so.
PATHS = ("messagePath", "dataPath", "formalExpression", "to")
CONDITIONS = ("conditionExpression", "condition", "completionCondition", "loopCondition", "activationCondition")
MOST_TURNS = 5_000
"""Turns of one multi-instance; the engine executes no more in one step."""


def empty(deployment: Deployment) -> Iterator[Finding]:
    """An expression that is written is not empty (section 8.3.13)."""
    for diagram in deployment.diagrams:
        for node in diagram.named(*BODIES, *PATHS):
            if not len(node) and not (node.text or "").strip():
                message = say("{node} 是空的，请写上表达式，或删去它。", node=local(node))
                yield at_node("error", "empty-expression", diagram.file, node, message)


def natural(deployment: Deployment) -> Iterator[Finding]:
    """What is not marked as formal and reads like a sentence is natural language: nobody can execute it."""
    known = families(deployment)
    for diagram in deployment.diagrams:
        for node in diagram.named(*BODIES):
            written = (node.text or "").strip()
            if _formal(node) or len(node) or local(node).startswith("time") or not written or is_juel(written):
                continue
            try:
                names = deployment.feel.names(written)
            except FeelError:
                continue
            if any(len(name.split()) > 1 and not any(family.sets(name) for family in known) for name in names):
                message = say(
                    "“{written}”像是自然语言，不能执行，请写成 FEEL，并标上 xsi:type=tFormalExpression。",
                    written=written[:80],
                )
                yield at_node("error", "natural-language", diagram.file, node, message)


def _formal(node: etree._Element) -> bool:
    kind = (node.get(TYPE) or "").rpartition(":")[2]
    return kind == "tFormalExpression" or bool(node.get("language")) or (node.text or "").lstrip().startswith("=")


def constants(deployment: Deployment) -> Iterator[Finding]:
    """An expression that reads no variable is of the type that is wanted there."""
    for diagram in deployment.diagrams:
        for node in diagram.named(*CONDITIONS):
            value = _constant(deployment, node)
            if value is not None and not isinstance(value[0], bool):
                message = say(
                    "{node}“{text}”不是是非（true 或 false），请改正。",
                    node=local(node),
                    text=(node.text or "").strip()[:80],
                )
                yield at_node("error", "constant", diagram.file, node, message)
        for node in diagram.named("loopCardinality"):
            value = _constant(deployment, node)
            if value is not None and not _is_count(value[0]):
                message = say(
                    "次数“{text}”要是 0 到 {most} 的整数，请改正。",
                    text=(node.text or "").strip()[:80],
                    most=MOST_TURNS,
                )
                yield at_node("error", "constant", diagram.file, node, message)


def _constant(deployment: Deployment, node: etree._Element) -> tuple[object] | None:
    """The value of an expression that reads no variable, in a tuple; None where it reads one or cannot be read."""
    written = (node.text or "").strip()
    if not written or len(node) or is_juel(written):
        return None
    try:
        return (deployment.feel.evaluate(written, {}, 0),) if not deployment.feel.names(written) else None
    except FeelError:
        return None


def _is_count(value: object) -> bool:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return number and value == int(value) and 0 <= value <= MOST_TURNS  # type: ignore[call-overload, operator]
