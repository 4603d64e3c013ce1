"""Events that are caught: starts, boundaries, intermediate events, and the gateway before them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from SpiffWorkflow.util.task import TaskState

from bpmn.sentence import of, say
from engine.spiff import due
from engine.spiff.compensation import FOR
from engine.spiff.due import Cycle, pack, unpack
from engine.spiff.errors import StepFailed
from engine.spiff.nodes import Node, Way
from engine.spiff.tree import Token

# From this fold on a signal comes from other instances too.
SIGNALS = 2
# A link is a way that is not drawn.
PASSED = frozenset({None, "link"})
PERSISTENT = frozenset({"message", "signal", "escalation", "conditional"})


class Event(Node):
    """`event` is the kind ("timer", "message", ...), `event_value` a timer's or condition's expression,
    `event_name` a message's or signal's name, `code` an error's or escalation's; `parts` its triggers when there are
    several."""

    event: str | None = None
    event_value: str | None = None
    event_name: str | None = None
    code: str | None = None
    interrupting: bool = True
    parts: tuple[Event, ...] = ()


class Catch(Event):
    """Waits for a timer, a message, a signal or a condition, or for one or all of several."""

    def _update_hook(self, my_task: Token) -> bool:
        self.enter(my_task)
        if self.event in PASSED or my_task.internal_data.pop("occurred", False):
            return True
        my_task._set_state(TaskState.WAITING)
        self.listen(my_task)
        return False

    def listen(self, token: Token) -> None:
        """Opens what the outside must know: a timer or a subscription."""
        machine = token.workflow.top_workflow
        for part in self.parts:
            waiting = token._add_child(part, TaskState.WAITING)
            if token.internal_data.get("listener"):
                waiting.internal_data["listener"] = True
            part.listen(waiting)
        if self.event == "timer":
            instant, cycle = self.due(token)
            token.internal_data["cycle"] = cycle
            self.open_timer(token, instant)
        elif self.event == "message":
            public = machine.opened(token, "subscription")
            machine.step.effects.append(
                {"type": "waiting", "element": self.bpmn_id, "message": self.event_name, "subscription": public}
            )
        elif self.event == "signal" and machine.step.entry.fold >= SIGNALS:
            public = machine.opened(token, "subscription")
            machine.step.effects.append(
                {"type": "waiting", "element": self.bpmn_id, "signal": self.event_name, "subscription": public}
            )
        elif self.event == "conditional":
            machine.step.changed = True

    def due(self, token: Token) -> tuple[int, list[Any] | None]:
        """When the timer is due (us), and its cycle. Raises StepFailed when the expression says no time."""
        text = (self.event_value or "").strip()
        at = token.workflow.top_workflow.step.entry.at
        value = text if due.LITERAL.fullmatch(text) else token.workflow.script_engine.evaluate(token, text)
        if not isinstance(value, str):
            raise StepFailed(self.bpmn_id, say("定时“{text}”没有得出时间", text=text))
        try:
            instant, cycle = due.when(value, at)
        except ValueError as error:
            raise StepFailed(self.bpmn_id, of(error)) from error
        return instant, None if cycle is None else pack(cycle)

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

    def came(self, token: Token, part: Token, payload: Mapping[str, Any]) -> None:
        """One of several triggers came."""
        token.workflow.top_workflow.write(token, token.scope, payload)
        awaiting: Any = getattr(self, "trigger", self)
        if awaiting.element.all_triggers:
            part.end()
            if any(isinstance(other.task_spec, Part) and other.unfinished for other in token.children):
                return
        else:
            token.internal_data["came"] = part.id
        self.fire(token, {})

    def rearm(self, token: Token, reason: str) -> None:
        """After a firing that interrupts nothing: messages are awaited still, a cycle turns, all else is over."""
        machine = token.workflow.top_workflow
        if self.parts:
            if self.element.all_triggers:
                self.listen(token)
                return
            part = machine.token(token.internal_data.pop("came"))
            part.task_spec.rearm(part, reason)
            if not any(other.unfinished for other in token.children):
                token.cancel()
            return
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


class Part(Catch):
    """One of several triggers of an event; its token stands under the event's."""

    def fire(self, token: Token, payload: Mapping[str, Any]) -> None:
        """Tells the event."""
        whole = token.parent
        whole.task_spec.came(whole, token, payload)


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
            if FOR in host.internal_data:
                # What undoes has failed: whoever waits for it goes on with the way that this event leads.
                out.internal_data[FOR] = host.internal_data[FOR]
            host.cancel()
        else:
            self.rearm(token, reason)
        workflow.top_workflow.write(out, out.scope, payload)
        self._update(out)

    def let_out(self, token: Token) -> None:
        """Lets a token out; nothing ends, and it goes on waiting."""
        self._update(token.parent.parent._add_child(self))


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


class Instantiating(EventGateway):
    """An event gateway that the instance begins at: one of its events has come, or the first of all."""

    instantiates = True

    def _update_hook(self, my_task: Token) -> bool:
        self.enter(my_task)
        return True

    def choose(self, token: Token) -> list[Way]:
        """The way of the event that came; all ways when all must come."""
        came = next((way for way in self.ways if way.target == token.internal_data["start"]), self.ways[0])
        return list(self.ways) if self.element.gateway_type == "Parallel" else [came]

    def take(self, token: Token, way: Way, **marks: Any) -> None:
        """The event that came is not awaited again."""
        start = token.internal_data["start"] or self.ways[0].target
        super().take(token, way, **({"occurred": True} if way.target == start else {}))


def trigger_of(token: Token) -> Event | None:
    """The event that a waiting token awaits."""
    spec = getattr(token.task_spec, "trigger", token.task_spec)
    # Asked again for each: the one that fired before may have ended this one.
    return spec if token._state == TaskState.WAITING and isinstance(spec, Event) else None
