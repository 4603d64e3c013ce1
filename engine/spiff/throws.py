"""What is thrown: messages, signals, escalations, errors, compensation; and ends."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.util.task import TaskState

from bpmn.model import Trigger
from engine.spiff.compensation import FOR, compensate, proceed, put
from engine.spiff.errors import StepFailed
from engine.spiff.events import SIGNALS, Event, Part, trigger_of
from engine.spiff.tree import Token

# From this fold on an intermediate event throws before its token goes on.
FIRST = 2


class Throw(Event):
    """Throws messages and signals, escalations within the instance, compensation, or nothing."""

    def _run_hook(self, my_task: Token) -> bool | None:
        if self.undo(my_task):
            return None
        for thrown in self.parts or (self,):
            if thrown.event == "message":
                local = my_task.local
                payload = dict(local.values) if local is not None and local.id.endswith("#in") else {}
                _tell(my_task, message=thrown.event_name, payload=payload)
        if self.outputs and my_task.workflow.top_workflow.step.entry.fold >= FIRST:
            self.throw(my_task)
        return my_task._state == TaskState.READY or None

    def undo(self, token: Token) -> bool:
        """Throws compensation. Returns whether it has to wait until that is done."""
        waits = False
        for trigger in self.element.triggers:
            if trigger.event == "compensate":
                waits = compensate(token, trigger.activity, trigger.waits) or waits
        return waits

    def resume(self, token: Token) -> None:
        """Something that it waited for is undone."""
        if not proceed(token):
            token.complete()

    def throw(self, token: Token) -> None:
        """Throws signals and escalations, which may end the token."""
        for thrown in self.parts or (self,):
            if thrown.event == "signal":
                signal(token, thrown.event_name)
            elif thrown.event == "escalation":
                escalate(token, thrown.code, "escalation")

    def _on_complete(self, my_task: Token) -> None:
        super()._on_complete(my_task)
        if not self.outputs or my_task.workflow.top_workflow.step.entry.fold < FIRST:
            self.throw(my_task)


class End(Throw):
    """An end event."""

    def undo(self, token: Token) -> bool:
        """A cancelled transaction undoes all that it did, after ending all that it does."""
        if self.event != "cancel":
            return super().undo(token)
        for other in token.workflow.live_tokens():
            if other is not token and not other.internal_data.get("kept"):
                other.cancel()
        return compensate(token, None, True)

    def _on_complete(self, my_task: Token) -> None:
        workflow, machine = my_task.workflow, my_task.workflow.top_workflow
        if workflow is machine:
            machine.last_end = self.bpmn_id
        super()._on_complete(my_task)
        for thrown in self.parts or (self,):
            kind = thrown.event
            if kind == "terminate":
                workflow.cancel_tokens()
            elif kind in ("error", "cancel") and not escalate(my_task, thrown.code, kind):
                if workflow is not machine:
                    raise StepFailed(self.bpmn_id, "抛出的错误没有边界事件接住")
                # At the top there is nobody left who could catch it: the instance ends here.
                workflow.cancel_tokens()


class CompensationBoundary(Event):
    """Remembers that its activity has ended, and how to undo it."""

    @property
    def undone(self) -> str | None:
        """The activity."""
        return self.element.attached_to

    def undo(self, kept: Token, thrower: Token | None) -> None:
        """Starts the activity that undoes."""
        workflow = kept.workflow
        handler = workflow.spec.task_specs[self.element.handler]
        token = workflow.task_tree._add_child(handler)
        token.local = kept.local
        token.internal_data[FOR] = 0 if thrower is None else thrower.id
        if kept.loop is not None:
            token.internal_data["loop"] = kept.loop
        kept.tell("entered")
        kept.tell("left")
        put(kept)
        handler._update(token)


def _tell(thrower: Token, **what: Any) -> None:
    thrower.workflow.top_workflow.step.effects.append({"type": "thrown", "element": thrower.task_spec.bpmn_id, **what})


def signal(thrower: Token, name: str | None) -> None:
    """A signal reaches all that wait for it: here at once, elsewhere by a job."""
    if thrower.workflow.top_workflow.step.entry.fold >= SIGNALS:
        _tell(thrower, signal=name, payload={})
    broadcast(thrower, name)


def broadcast(thrower: Token, name: str | None, spare: Token | None = None) -> None:
    """A signal reaches all that wait for it within the instance, but for what is attached to one."""
    machine = thrower.workflow.top_workflow
    branches = [machine, *machine.subprocesses.values()]
    for token in [t for branch in branches for t in branch.tasks.values()]:
        awaited = trigger_of(token)
        if awaited is None or awaited.event != "signal" or awaited.event_name != name:
            continue
        if spare is None or token._parent != spare.id:
            token.task_spec.fire(token, {})


def implicit(host: Token, thrown: Trigger, interrupts: bool) -> None:
    """Throws what a multi-instance tells of its turns: first to what is attached to it (BPMN 2.0, section 13.3.7).

    What only tells how far it is ends nothing: an event attached lets a token out each time."""
    for token in host.children:
        awaited = trigger_of(token)
        if awaited is None or awaited.event != thrown.event:
            continue
        if awaited.event_name not in (None, thrown.value) or awaited.code not in (None, thrown.value):
            continue
        if interrupts:
            token.task_spec.fire(token, {})
        else:
            token.task_spec.let_out(token)
    if thrown.event == "signal":
        if host.workflow.top_workflow.step.entry.fold >= SIGNALS:
            _tell(host, signal=thrown.value, payload={})
        broadcast(host, thrown.value, spare=host)
    elif thrown.event == "message":
        _tell(host, message=thrown.value, payload={})


def escalate(thrower: Token, code: str | None, kind: str, host: Token | None = None) -> bool:
    """Gives an error or escalation to the nearest that catches it, going outwards from `host` or the stage.
    Returns whether somebody did."""
    workflow = thrower.workflow
    while True:
        if host is not None and host.task_spec.instance_of is not None:
            host = host.parent
        waiting = [t for t in workflow.tasks.values() if catches(t, host, kind, code)]
        # Who names the code goes before who catches all.
        waiting.sort(key=lambda t: getattr(t.task_spec, "trigger", t.task_spec).code is None)
        if waiting:
            waiting[0].task_spec.fire(waiting[0], {})
            return True
        if workflow is workflow.top_workflow:
            return False
        host = workflow.host
        workflow = workflow.host.workflow


def catches(token: Token, host: Token | None, kind: str, code: str | None) -> bool:
    """Whether the token catches such an error: attached to the host, or an event sub-process of this stage."""
    awaited = trigger_of(token)
    if awaited is None or awaited.event != kind or awaited.code not in (None, code):
        return False
    attached = token.parent if isinstance(token.task_spec, Part) else token
    return bool(token.internal_data.get("listener")) or (host is not None and attached._parent == host.id)
