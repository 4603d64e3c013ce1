"""BPMN's own data: what an activity takes in and gives out by data associations, and what it holds itself."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from bpmn.model import Element
from engine.spiff.scope import ABSENT
from engine.spiff.tree import Token

NOTHING: Mapping[str, Any] = MappingProxyType({})
# From this fold on they are executed.
DATA = 2


def data_in(token: Token, element: Element) -> dict[str, Any]:
    """The data that are the activity's own: what is copied in, the rest null until it is written."""
    if not (element.holds or element.takes) or token.workflow.top_workflow.step.entry.fold < DATA:
        return {}
    engine, values = token.workflow.script_engine, dict.fromkeys(element.holds)
    for copy in element.takes:
        known = token.scope.get(copy.value)
        if known is not ABSENT or not copy.value.isidentifier():
            values[copy.target] = engine.evaluate(token, copy.value) if known is ABSENT else known
    return values


def data_out(token: Token, element: Element, result: Mapping[str, Any] = NOTHING) -> dict[str, Any]:
    """What is copied out, of a job's result too: all that has a value."""
    if not element.gives or token.workflow.top_workflow.step.entry.fold < DATA:
        return {}
    engine, values = token.workflow.script_engine, {}
    for copy in element.gives:
        value = result.get(copy.value, token.scope.get(copy.value))
        if value is ABSENT and not copy.value.isidentifier():
            value = engine.evaluate(token, copy.value, result)
        if value is not ABSENT and value is not None:
            values[copy.target] = value
    return values
