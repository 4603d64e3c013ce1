"""Business rule tasks: a decision table, asked within the step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from bpmn.dmn import Decision, decide
from bpmn.errors import GuichengError
from bpmn.feel import Feel
from bpmn.sentence import of
from engine.spiff.errors import StepFailed
from engine.spiff.nodes import Node
from engine.spiff.tree import Token


class Rule(Node):
    """Asks a decision; the answer goes to the result variable, or its outputs become variables."""

    decisions: Mapping[str, Decision]

    def _run_hook(self, my_task: Token) -> bool | None:
        machine = my_task.workflow.top_workflow
        step = machine.step
        try:
            # Decision tables need unary tests too, which only the real FEEL has.
            feel = cast(Feel, step.feel)
            answer = decide(self.decisions, self.element.decision or "", my_task.scope.all(), feel, step.entry.at)
        except GuichengError as error:
            raise StepFailed(self.bpmn_id, of(error)) from error
        if self.element.result_variable:
            machine.write(my_task, my_task.scope, {self.element.result_variable: answer})
        elif isinstance(answer, Mapping):
            machine.write(my_task, my_task.scope, answer)
        else:
            raise StepFailed(self.bpmn_id, "决策没有结果变量，其结果也不是一组键值")
        return True
