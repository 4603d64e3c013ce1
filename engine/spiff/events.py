"""Events: starts, ends, what is caught and what is thrown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from SpiffWorkflow.util.task import TaskState

from bpmn.iso8601 import Duration
from engine.spiff import due
from engine.spiff.due import Cycle
from engine.spiff.errors import StepFailed
from engine.spiff.nodes import Node
from engine.spiff.tree import Token

PERSISTENT = frozenset({"message", "signal", "escalation", "conditional"})


class Event(Node):
    """`event` is the kind ("timer", "message", ...), `event_value` a timer's or condition's expression,
    `event_name` a message's or signal's name, `code` an error's or escalation's."""

    event: str | None = None
    event_value: str | None = None
    event_name: str | None = None
    code: str | None = None
    interrupting: bool = True


class Catch(Event):
    """Waits for a timer, a message, a signal or a condition."""

    def _update_hook(self, my_task: Token) -> bool:
        self.enter(my_task)
        if self.event is None:
            return True
        my_task._set_state(TaskState.WAITING)
        self.listen(my_task)
        return False

    def listen(self, token: Token) -> None:
        """Opens what the outside must know: a timer or a subscription."""
        machine = token.workflow.top_workflow
        if self.event == "timer":
            instant, cycle = self.due(token)
            token.internal_data["cycle"] = cycle
            self.open_timer(token, instant)
        elif self.event == "message":
            public = machine.opened(token, "subscription")
            machine.step.effects.append(
                {"type": "waiting", "element": self.bpmn_id, "message": self.event_name, "subscription": public}
            )
        elif self.event == "conditional":
            machine.step.changed = True

    def due(self, token: Token) -> tuple[int, list[Any] | None]:
        """When the timer is due (us), and its cycle. Raises StepFailed when the expression says no time."""
        text = (self.event_value or "").strip()
        at = token.workflow.top_workflow.step.entry.at
        value = text if due.LITERAL.fullmatch(text) else token.workflow.script_engine.evaluate(token, text)
        if not isinstance(value, str):
            raise StepFailed(self.bpmn_id, f"定时“{text}”没有得出时间")
        try:
            if value.upper().startswith("R"):
                instant, cycle = due.cycle(value, at)
                return instant, pack(cycle)
            return due.moment(value, at), None
        except ValueError as error:
            raise StepFailed(self.bpmn_id, str(error)) from error

    def open_timer(self, token: Token, instant: int) -> None:
        """Records a timer with its instant, which never changes again."""
        machine = token.workflow.top_workflow
        public = machine.opened(token, "timer")
        token.internal_data["due"] = instant
        machine.step.effects.append(
            {"type": "timer_opened", "element": self.bpmn_id, "timer": public, "due_at": instant}
        )

    def fire(self, token: Token, payload: Mapping[str, Any]) -> None:
        """What was awaited came."""
        machine = token.workflow.top_workflow
        gateway = token.parent
        if token.internal_data.pop("race", None):
            gateway.task_spec.won(gateway, token)
            self.enter(token)
        machine.close(token, "fired" if self.event == "timer" else "received")
        machine.write(token, token.scope, payload)
        token._ready()

    def rearm(self, token: Token, reason: str) -> None:
        """After a firing that interrupts nothing: messages are awaited still, a cycle turns, all else is over."""
        machine = token.workflow.top_workflow
        if self.event in PERSISTENT:
            return
        machine.close(token, reason)
        following = self.following(token)
        if following is None:
            token.cancel()
            return
        instant, turned = following
        token.internal_data["cycle"] = pack(turned)
        self.open_timer(token, instant)

    def following(self, token: Token) -> tuple[int, Cycle] | None:
        """The cycle's next turn, or None."""
        cycle, entry = token.internal_data.get("cycle"), token.workflow.top_workflow.step.entry
        if not cycle:
            return None
        if "due" in entry.data:
            return due.after(unpack(cycle), token.internal_data["due"], entry.at)
        # Entries of the first release did not say which turn they fire, and passed over what was missed: they still do.
        return due.after(unpack(cycle), entry.at)


def pack(cycle: Cycle) -> list[Any]:
    """A cycle as a snapshot keeps it."""
    every, zone = cycle.every, [cycle.zone] if cycle.zone else []
    return [cycle.anchor, every.months, every.days, every.micros, cycle.turn, cycle.left, cycle.until, *zone]


def unpack(packed: list[Any]) -> Cycle:
    """The cycle again."""
    anchor, months, days, micros, turn, left, until, *zone = packed
    return Cycle(anchor, Duration(months, days, micros), turn, left, until, *zone)


class Start(Catch):
    """A start event: the token passes, whatever started it; that of an event sub-process listens on its behalf."""

    def _update_hook(self, my_task: Token) -> bool:
        self.enter(my_task)
        return True


class Boundary(Catch):
    """Waits while its host is active; fired, a token of its own goes out beside the host."""

    def _update_hook(self, my_task: Token) -> bool:
        self.enter(my_task)
        return True

    def fire(self, token: Token, payload: Mapping[str, Any]) -> None:
        """Lets a token out; the host goes when the event interrupts."""
        host = token.parent
        workflow = token.workflow
        reason = "fired" if self.event == "timer" else "received"
        out = host.parent._add_child(self)
        if self.interrupting:
            workflow.top_workflow.close(token, reason)
            host.cancel()
        else:
            self.rearm(token, reason)
        workflow.top_workflow.write(out, out.scope, payload)
        self._update(out)


class EventGateway(Node):
    """Races its catch events; the first that fires wins."""

    def _update_hook(self, my_task: Token) -> bool:
        self.enter(my_task)
        my_task._set_state(TaskState.STARTED)
        for way in self.ways:
            spec = my_task.workflow.spec.task_specs[way.target]
            racer = my_task._add_child(spec, TaskState.WAITING)
            racer.internal_data["race"] = way.id
            spec.listen(racer)
        return False

    def won(self, gateway: Token, racer: Token) -> None:
        """Ends the race: the winner goes on beside, the others and the gateway are done."""
        parent = gateway.parent
        gateway._children.remove(racer.id)
        racer._parent = parent.id
        parent._children.append(racer.id)
        for loser in gateway.children:
            loser.cancel()
        way = next(w for w in self.ways if w.target == racer.task_spec.name)
        gateway._set_state(TaskState.COMPLETED)
        gateway.tell("left")
        gateway.workflow.top_workflow.step.effects.append(
            {
                "type": "flow",
                "element": way.id,
                "source": way.source,
                "target": way.target,
                "path": gateway.workflow.path,
            }
        )
        gateway.workflow.splice(gateway)


class Throw(Event):
    """Throws a message to the outside, a signal or an escalation within the instance, or nothing."""

    def _run_hook(self, my_task: Token) -> bool | None:
        if self.event == "message":
            local = my_task.local
            payload = dict(local.values) if local is not None and local.id.endswith("#in") else {}
            my_task.workflow.top_workflow.step.effects.append(
                {"type": "thrown", "element": self.bpmn_id, "message": self.event_name, "payload": payload}
            )
        return True

    def _on_complete(self, my_task: Token) -> None:
        super()._on_complete(my_task)
        if self.event == "signal":
            broadcast(my_task, self.event_name)
        elif self.event == "escalation":
            escalate(my_task, self.code, "escalation")


class End(Throw):
    """An end event."""

    def _on_complete(self, my_task: Token) -> None:
        workflow, machine = my_task.workflow, my_task.workflow.top_workflow
        if workflow is machine:
            machine.last_end = self.bpmn_id
        super()._on_complete(my_task)
        kind = self.event
        if kind == "terminate":
            workflow.cancel_tokens()
        elif kind in ("error", "cancel") and not escalate(my_task, self.code, kind):
            if workflow is not machine:
                raise StepFailed(self.bpmn_id, "抛出的错误没有边界事件接住")
            # At the top there is nobody left who could catch it: the instance ends here.
            workflow.cancel_tokens()


def broadcast(thrower: Token, name: str | None) -> None:
    """A signal reaches all that wait for it within the instance."""
    machine = thrower.workflow.top_workflow
    branches = [machine, *machine.subprocesses.values()]
    for token in [t for branch in branches for t in branch.tasks.values()]:
        awaited = trigger_of(token)
        if awaited is not None and awaited.event == "signal" and awaited.event_name == name:
            token.task_spec.fire(token, {})


def trigger_of(token: Token) -> Event | None:
    """The event that a waiting token awaits."""
    spec = getattr(token.task_spec, "trigger", token.task_spec)
    # Asked again for each: the one that fired before may have ended this one.
    return spec if token._state == TaskState.WAITING and isinstance(spec, Event) else None


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
    return bool(token.internal_data.get("listener")) or (host is not None and token._parent == host.id)
