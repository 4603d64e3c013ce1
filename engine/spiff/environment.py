"""Expressions are FEEL, evaluated against scopes; no Python of a diagram is ever executed."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from SpiffWorkflow.bpmn.script_engine.python_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.script_engine.python_environment import BasePythonScriptEngineEnvironment

from bpmn.errors import GuichengError
from bpmn.sentence import of, say
from engine.spiff.errors import StepFailed
from engine.spiff.scope import ABSENT

# Most expressions are a variable, or a comparison of one with a constant: half a millisecond each in V8.
COMPARISON = re.compile(r'=?\s*\w+\s*(!?=)\s*("[^"\\\\]*"|true|false)\s*')
NUMBERS = re.compile(r"=?\s*(\w+)\s*(<=|>=|!=|<|>|=|\+|-|\*)\s*(\w+|-?[0-9]+(?:\.[0-9]+)?)\s*")
NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,9})?")
NUMERIC: Mapping[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "!=": operator.ne,
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
}
EXACT = 10**15  # whole numbers below are the same in Python and as FEEL's doubles


def at_hand(expression: str, given: Mapping[str, Any]) -> Any:
    """The value of an expression that needs no FEEL, or ABSENT. Unlike types are FEEL's to judge."""
    if len(given) == 1:
        (name,) = given
        if expression.lstrip("= \n\t").rstrip() == name:
            return given[name]
        found = COMPARISON.fullmatch(expression)
        if found is not None:
            return _compared(given[name], found[2], found[1])
    whole = NUMBERS.fullmatch(expression)
    return ABSENT if whole is None else _counted(given, *whole.groups())


def _compared(value: Any, text: str, sign: str) -> Any:
    literal: str | bool = text[1:-1] if text[0] == '"' else text == "true"
    return ABSENT if type(value) is not type(literal) else (value == literal) is (sign == "=")


def _counted(given: Mapping[str, Any], name: str, sign: str, other: str) -> Any:
    """Whole numbers are compared with whole numbers and decimals, and reckoned with each other."""
    one = given.get(name)
    two = given[other] if other in given else _number(other)
    if type(one) is not int or abs(one) >= EXACT or isinstance(two, bool) or not isinstance(two, int | float):
        return ABSENT
    if sign in "+-*" and type(two) is not int:
        return ABSENT
    value = NUMERIC[sign](one, two)
    return value if abs(two) < EXACT and abs(value) < EXACT else ABSENT


def _number(text: str) -> int | float | None:
    if not NUMBER.fullmatch(text):
        return None
    return float(text) if "." in text else int(text)


class NoPython(BasePythonScriptEngineEnvironment):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """The environment that SpiffWorkflow would `eval` in: some of its ways go past the engine, and end here."""

    def __init__(self) -> None:
        super().__init__({})

    def evaluate(self, expression: str, context: Any, external_context: Any = None) -> Any:
        """Always raises StepFailed."""
        raise StepFailed(None, "表达式不能在此求值")

    def execute(self, script: str, context: Any, external_context: Any = None) -> bool:
        """Always raises StepFailed."""
        raise StepFailed(None, "脚本不能在此执行")


class FeelEngine(PythonScriptEngine):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """SpiffWorkflow's script engine, on FEEL."""

    def __init__(self) -> None:
        super().__init__(environment=NoPython())

    def evaluate(self, task: Any, expression: str, external_context: Mapping[str, Any] | None = None) -> Any:
        """The value of the expression as the token sees it; `external_context` goes before its variables."""
        return self.within(task, task.scope, expression, external_context)

    def within(self, task: Any, scope: Any, expression: str, more: Mapping[str, Any] | None = None) -> Any:
        """The value of the expression in that scope. Raises StepFailed naming the token's element."""
        machine = task.workflow.top_workflow
        step = machine.step
        try:
            names = machine.expression_names.get(expression)
            if names is None:
                names = machine.expression_names[expression] = tuple(sorted(step.feel.names(expression)))
            given = scope.pick(names)
            if more:
                given.update((name, more[name]) for name in names if name in more)
            known = at_hand(expression, given) if len(given) == len(names) else ABSENT
            if known is not ABSENT:
                return known
            return step.feel.evaluate(expression, given, step.entry.at)
        except StepFailed:
            raise
        except GuichengError as error:
            raise StepFailed(task.task_spec.bpmn_id, of(error)) from error

    def holds(self, task: Any, expression: str, more: Mapping[str, Any] | None = None) -> bool:
        """Whether a condition is true. Raises StepFailed when it is neither true nor false."""
        value = self.evaluate(task, expression, more)
        if value is not True and value is not False:
            raise StepFailed(
                task.task_spec.bpmn_id,
                say("条件“{expression}”的结果既不是 true 也不是 false", expression=expression.strip()),
            )
        return value

    def text_or_value(self, task: Any, scope: Any, text: str) -> Any:
        """A parameter's value: FEEL when it begins with `=`, else the text itself."""
        return self.within(task, scope, text) if text.lstrip().startswith("=") else text

    def execute(self, task: Any, script: str, external_context: Any = None) -> bool:
        """Always raises StepFailed: a script is an expression whose value its node writes."""
        raise StepFailed(task.task_spec.bpmn_id, "脚本不能在此执行")
