"""Sub-processes, call activities and event sub-processes: activities with a stage inside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from SpiffWorkflow.bpmn.specs.mixins import SubWorkflowTaskMixin
from SpiffWorkflow.util.task import TaskState

from engine.spiff.compensation import FOR, LIST, inside, proceed, put, undoes, undone
from engine.spiff.events import Catch
from engine.spiff.nodes import Node
from engine.spiff.tree import Machine, Stage, Token


class SubProcess(Node, SubWorkflowTaskMixin):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """Hosts a stage; goes on when nothing in it moves any more."""

    spec: str
    stage_class: type[Stage] = Stage

    def _update_hook(self, my_task: Token) -> bool:
        self.enter(my_task)
        my_task._set_state(TaskState.STARTED)
        self.start_stage(my_task)
        return False

    def start_stage(self, token: Token) -> Stage:
        """Makes the stage and starts it."""
        machine = token.workflow.top_workflow
        stage = self.stage_class(machine.subprocess_specs[self.spec], token)
        machine.subprocesses[token.id] = stage
        begin(stage)
        return stage

    @property
    def undone(self) -> str | None:
        """The activity that a token on the shelf remembers."""
        return str(self.bpmn_id)

    def undo(self, kept: Token, thrower: Token | None) -> None:
        """Undoes what ended in a stage on the shelf: by its own event sub-process, else backwards one by one."""
        machine = kept.workflow.top_workflow
        stage = machine.subprocesses[kept.id]
        del kept.internal_data["listener"], kept.internal_data["kept"]
        kept.internal_data[FOR] = 0 if thrower is None else thrower.id
        handler = next((token for token in stage.live_tokens() if undoes(token)), None)
        kept.internal_data[LIST] = [] if handler is not None else [token.id for token in inside(stage)]
        if handler is not None:
            handler.internal_data[FOR] = kept.id
            handler.task_spec.start(handler)
        else:
            proceed(kept)

    def resume(self, token: Token) -> None:
        """Something inside is undone: the next, or the stage leaves the shelf."""
        if proceed(token):
            return
        token.workflow.top_workflow.subprocesses.pop(token.id).cancel_tokens()
        put(token)
        undone(token)

    def _on_cancel(self, my_task: Token) -> None:
        """Nothing: the token has ended its stage."""


def begin(workflow: Machine | Stage, start: str | None = None) -> None:
    """Puts the root and the first token into a stage, and lets its event sub-processes listen."""
    spec: Any = workflow.spec
    workflow.task_tree = Token(workflow, spec.start, None, TaskState.COMPLETED)
    for name in spec.event_subprocesses:
        node = spec.task_specs[name]
        token = workflow.task_tree._add_child(node, TaskState.WAITING)
        token.internal_data["listener"] = True
        node.listen(token)
    for name in workflow.firsts(start):
        first = spec.task_specs[name]
        token = workflow.task_tree._add_child(first)
        if first.instantiates:
            token.internal_data["start"] = start
        first._update(token)


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
        self.start(runner)

    def start(self, runner: Token) -> None:
        """Runs its stage."""
        runner.internal_data.pop("listener", None)
        self.enter(runner)
        runner._set_state(TaskState.STARTED)
        self.start_stage(runner)
