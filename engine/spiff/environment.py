"""Expressions are FEEL, evaluated against scopes; no Python of a diagram is ever executed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from SpiffWorkflow.bpmn.script_engine.python_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.script_engine.python_environment import BasePythonScriptEngineEnvironment

from bpmn.errors import GuichengError
from engine.spiff.errors import StepFailed
from engine.spiff.scope import ABSENT

# Most expressions are a variable, or a comparison of one with a text or truth value: half a millisecond each in V8.
COMPARISON = re.compile(r'=?\s*\w+\s*(!?=)\s*("[^"\\\\]*"|true|false)\s*')


def at_hand(expression: str, name: str, value: Any) -> Any:
    """The value of an expression that needs no FEEL, or ABSENT. Unlike types are FEEL's to judge."""
    if value is ABSENT:
        return ABSENT
    if expression.lstrip("= \n\t").rstrip() == name:
        return value
    found = COMPARISON.fullmatch(expression)
    if found is None:
        return ABSENT
    literal: str | bool = found[2][1:-1] if found[2][0] == '"' else found[2] == "true"
    if type(value) is not type(literal):
        return ABSENT
    return (value == literal) is (found[1] == "=")


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
            if len(names) == 1 and not more:
                known = at_hand(expression, names[0], scope.get(names[0]))
                if known is not ABSENT:
                    return known
            given = scope.pick(names)
            if more:
                given.update((name, more[name]) for name in names if name in more)
            return step.feel.evaluate(expression, given, step.entry.at)
        except StepFailed:
            raise
        except GuichengError as error:
            raise StepFailed(task.task_spec.bpmn_id, str(error)) from error

    def holds(self, task: Any, expression: str, more: Mapping[str, Any] | None = None) -> bool:
        """Whether a condition is true. Raises StepFailed when it is neither true nor false."""
        value = self.evaluate(task, expression, more)
        if value is not True and value is not False:
            raise StepFailed(task.task_spec.bpmn_id, f"条件“{expression.strip()}”的结果既不是 true 也不是 false")
        return value

    def text_or_value(self, task: Any, scope: Any, text: str) -> Any:
        """A parameter's value: FEEL when it begins with `=`, else the text itself."""
        return self.within(task, scope, text) if text.lstrip().startswith("=") else text

    def execute(self, task: Any, script: str, external_context: Any = None) -> bool:
        """Always raises StepFailed: a script is an expression whose value its node writes."""
        raise StepFailed(task.task_spec.bpmn_id, "脚本不能在此执行")
