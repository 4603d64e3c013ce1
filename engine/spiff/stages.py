"""Sub-processes, call activities and event sub-processes: activities with a stage inside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from SpiffWorkflow.bpmn.specs.mixins import SubWorkflowTaskMixin
from SpiffWorkflow.util.task import TaskState

from engine.spiff.events import Catch
from engine.spiff.nodes import Node
from engine.spiff.tree import Branch, Stage, Token


class SubProcess(Node, SubWorkflowTaskMixin):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """Hosts a stage; goes on when nothing in it moves any more."""

    spec: str

    def _update_hook(self, my_task: Token) -> bool:
        self.enter(my_task)
        my_task._set_state(TaskState.STARTED)
        self.start_stage(my_task)
        return False

    def start_stage(self, token: Token) -> Stage:
        """Makes the stage and starts it."""
        machine = token.workflow.top_workflow
        stage = Stage(machine.subprocess_specs[self.spec], token)
        machine.subprocesses[token.id] = stage
        begin(stage)
        return stage

    def _on_cancel(self, my_task: Token) -> None:
        """Nothing: the token has ended its stage."""


def begin(workflow: Branch, start: str | None = None) -> None:
    """Puts the root and the first token into a stage, and lets its event sub-processes listen."""
    spec: Any = workflow.spec  # type: ignore[attr-defined]  # given by SpiffWorkflow's half of the class
    workflow.task_tree = Token(workflow, spec.start, None, TaskState.COMPLETED)
    for name in spec.event_subprocesses:
        node = spec.task_specs[name]
        token = workflow.task_tree._add_child(node, TaskState.WAITING)
        token.internal_data["listener"] = True
        node.listen(token)
    first = spec.task_specs[start or spec.first]
    first._update(workflow.task_tree._add_child(first))


class EventSubProcess(SubProcess, Catch):
    """Listens while its stage lives, as `trigger`, its start event, says; it runs beside the rest or instead of it."""

    trigger: Any

    def listen(self, token: Token) -> None:
        """Opens the timer or the subscription of its start event."""
        self.trigger.listen(token)

    def fire(self, token: Token, payload: Mapping[str, Any]) -> None:
        """Runs its stage; what is around it goes when it interrupts."""
        workflow, trigger = token.workflow, self.trigger
        machine = workflow.top_workflow
        reason = "fired" if trigger.event == "timer" else "received"
        if trigger.interrupting:
            machine.close(token, reason)
            del token.internal_data["listener"]
            workflow.cancel_tokens(spare=token)
            runner = token
        else:
            runner = workflow.task_tree._add_child(self)
            trigger.rearm(token, reason)
        machine.write(runner, runner.scope, payload)
        self.enter(runner)
        runner._set_state(TaskState.STARTED)
        self.start_stage(runner)
