"""The nodes of a diagram: how a token arrives, what it waits for, and where it goes on.

Each class is a SpiffWorkflow task spec. Its life: `_update` when a token arrives, `_run` when it may run,
`_on_complete` when it is done. Specs are shared by all instances and threads: nothing here is ever written later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from SpiffWorkflow.bpmn.specs.mixins import BpmnSpecMixin
from SpiffWorkflow.util.task import TaskState

from bpmn.model import Element
from bpmn.sentence import of
from engine.spiff import due
from engine.spiff.compensation import FOR, remember, undone
from engine.spiff.data import data_in, data_out
from engine.spiff.errors import StepFailed
from engine.spiff.scope import RESERVED, Scope
from engine.spiff.tree import Token


@dataclass(frozen=True)
class Way:
    """A sequence flow as the machine takes it. `joins`: its target waits for several flows."""

    id: str
    source: str
    target: str
    condition: str | None
    default: bool
    joins: bool


class Node(BpmnSpecMixin):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """What all nodes have in common. `element` is what the diagram says of it, `boundary` the events attached."""

    element: Element
    ways: tuple[Way, ...] = ()
    boundary: tuple[str, ...] = ()
    instance_of: str | None = None
    # The compensation event attached, and how many tokens it takes to begin and gives when it ends.
    compensation: str | None = None
    instantiates: bool = False
    start_quantity: int = 1
    completion_quantity: int = 1

    def test(self) -> None:
        """Nothing: `compile` has checked the wiring."""

    def _predict(self, my_task: Token, seen: Any = None, looked_ahead: int = 0, mask: int = 0) -> None:
        """Nothing: the tree holds real tokens only."""

    def _update(self, my_task: Token) -> None:
        if self.start_quantity > 1 and not self.gathered(my_task):
            return
        if self._update_hook(my_task):
            my_task._ready()

    def gathered(self, token: Token) -> bool:
        """Lets tokens wait until there are enough to begin; they become one."""
        token._set_state(TaskState.WAITING)
        token.internal_data["gathers"] = True
        found = [t for t in token.workflow.live_tokens() if t.task_spec is self and t.internal_data.get("gathers")]
        if len(found) < self.start_quantity:
            return False
        for other in found:
            if other is not token:
                other.end()
        del token.internal_data["gathers"]
        token._set_state(TaskState.FUTURE)
        return True

    def _update_hook(self, my_task: Token) -> bool:
        """A token arrives. Returns whether it may run at once."""
        self.enter(my_task)
        return True

    def enter(self, token: Token) -> None:
        """Records the arrival, opens the local scope of input parameters and the boundary events."""
        machine = token.workflow.top_workflow
        machine.step.spend(self.bpmn_id)
        token.internal_data["entered"] = True
        token.tell("entered")
        self.open_inputs(token)
        for name in self.boundary:
            event = token.workflow.spec.task_specs[name]
            event.listen(token._add_child(event, TaskState.WAITING))

    def open_inputs(self, token: Token) -> None:
        """Gives the token a scope of its own when it has input parameters or data."""
        element = self.element
        values = data_in(token, element)
        if not element.inputs and not values:
            return
        engine = token.workflow.script_engine
        values |= {name: engine.text_or_value(token, token.scope, text) for name, text in element.inputs}
        machine = token.workflow.top_workflow
        token.local = Scope(scope_id(token) + "#in", token.scope, {})
        for name, value in values.items():
            machine.put(self.bpmn_id, token.local, name, value)

    def _on_ready(self, my_task: Token) -> None:
        my_task.workflow.top_workflow.step.queue.append(my_task)

    def _run(self, my_task: Token) -> bool | None:
        return self._run_hook(my_task)

    def _run_hook(self, my_task: Token) -> bool | None:
        return True

    def _on_complete(self, my_task: Token) -> None:
        """The token is done here: it leaves by the ways chosen, or tells the activity that repeats it."""
        self._on_complete_hook(my_task)
        self.write_outputs(my_task)
        for child in my_task.children:
            child.cancel()
        if self.compensation is not None:
            remember(my_task, self.compensation)
        if self.instance_of is not None:
            my_task.tell("left")
            my_task.parent.task_spec.instance_done(my_task.parent, my_task)
        else:
            ways = self.choose(my_task)
            my_task.tell("left")
            for way in ways:
                for _ in range(self.completion_quantity):
                    self.take(my_task, way)
        my_task.workflow._task_completed_notify(my_task)
        if FOR in my_task.internal_data:
            undone(my_task)

    def _on_complete_hook(self, my_task: Token) -> None:
        """What the node does when it is done."""

    def write_outputs(self, token: Token) -> None:
        """Evaluates the output parameters where the token is and writes them around it."""
        if not (self.element.outputs or self.element.gives):
            return
        engine = token.workflow.script_engine
        around = outer_scope(token)
        values = data_out(token, self.element)
        values |= {name: engine.text_or_value(token, token.scope, text) for name, text in self.element.outputs}
        token.workflow.top_workflow.write(token, around, values)

    def choose(self, token: Token) -> list[Way]:
        """The ways out: all without a condition, those whose condition is true, or else the default."""
        if len(self.ways) == 1 and self.ways[0].condition is None:
            return [self.ways[0]]
        engine = token.workflow.script_engine
        asked = [way for way in self.ways if not way.default]
        chosen = [way for way in asked if way.condition is None or engine.holds(token, way.condition)]
        if all(way.condition is None for way in chosen):
            # The default is for when no condition holds; what has none is taken besides (BPMN 2.0, section 13.2.1).
            chosen += [way for way in self.ways if way.default]
        if self.ways and not chosen:
            raise StepFailed(self.bpmn_id, "没有一个条件成立，也没有默认流向")
        return chosen

    def take(self, token: Token, way: Way, **marks: Any) -> None:
        """Moves a token along a sequence flow; `marks` go with it."""
        token.workflow.top_workflow.step.effects.append(
            {
                "type": "flow",
                "element": way.id,
                "source": way.source,
                "target": way.target,
                "path": token.workflow.path,
            }
        )
        spec = token.workflow.spec.task_specs[way.target]
        # Under the parent, not under the token: what a token hosts dies with it, and its way out must not.
        child = (token.parent or token)._add_child(spec)
        child.internal_data.update(marks)
        if way.joins:
            child.internal_data["via"] = way.id
        spec._update(child)


def scope_id(token: Token) -> str:
    """An id for a scope at this token: its path, element and loop index."""
    path = f"{token.workflow.path}/" if token.workflow.path else ""
    loop = "" if token.loop is None else f"[{token.loop}]"
    return f"{path}{token.task_spec.bpmn_id}{loop}"


def outer_scope(token: Token) -> Scope:
    """The scope around the token's own inputs."""
    scope = token.scope
    if token.local is not None and token.local.id.endswith("#in") and scope.parent is not None:
        return scope.parent
    return scope


class Pass(Node):
    """Task and manual task: done outside the system, the token passes."""


class UserTask(Node):
    """Waits for a person."""

    def __init__(self, wf_spec: Any, bpmn_id: str, **kwargs: Any) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.manual = True

    def _on_ready(self, my_task: Token) -> None:
        machine = my_task.workflow.top_workflow
        engine = my_task.workflow.script_engine
        element, scope = self.element, my_task.scope
        assignee = None if element.assignee is None else engine.text_or_value(my_task, scope, element.assignee)
        if element.assignee is None and not element.roles:
            assignee = machine.given.values["started_by"]
        if assignee is not None and not isinstance(assignee, str):
            raise StepFailed(self.bpmn_id, "办理人必须是一个用户名")
        effect = {
            "type": "task_opened",
            "element": self.bpmn_id,
            "task": "",
            "path": my_task.workflow.path,
            "loop": my_task.loop,
            "name": element.name,
            "roles": list(element.roles),
            "on_behalf_roles": list(element.on_behalf),
            "assignee": assignee,
            "form": element.form,
            "due_at": self.instant(my_task, element.due),
            "follow_up_at": self.instant(my_task, element.follow_up),
            "priority": self.priority(my_task),
            "local": scope.local(),
        }
        effect["task"] = machine.opened(my_task, "task")
        machine.step.effects.append(effect)

    def instant(self, token: Token, text: str | None) -> int | None:
        """The instant (us) that a due or follow-up date means; a day means its end."""
        if not text:
            return None
        literal = due.LITERAL.fullmatch(text.strip())
        value = text if literal else token.workflow.script_engine.evaluate(token, text)
        if value is None:
            return None
        try:
            return due.moment(str(value), token.workflow.top_workflow.step.entry.at, end_of_day=True)
        except ValueError as error:
            raise StepFailed(self.bpmn_id, of(error)) from error

    def priority(self, token: Token) -> int | None:
        """The priority as a whole number."""
        text = self.element.priority
        if not text:
            return None
        value = int(text) if text.strip().lstrip("-").isdigit() else token.workflow.script_engine.evaluate(token, text)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            raise StepFailed(self.bpmn_id, "优先级必须是整数")
        return value

    def submit(self, token: Token, data: Mapping[str, Any]) -> None:
        """What a person sent: written where it belongs, then the token goes on."""
        machine = token.workflow.top_workflow
        machine.close(token, "completed")
        machine.write(token, token.scope, data)
        token.run()


class Job(Node):
    """Work that the machine does outside: waits until its result comes back as an entry."""

    def open_inputs(self, token: Token) -> None:
        """Nothing: a job's inputs travel with the job."""

    def _run_hook(self, my_task: Token) -> bool | None:
        machine, engine = my_task.workflow.top_workflow, my_task.workflow.script_engine
        scope = my_task.scope
        inputs = data_in(my_task, self.element)
        inputs |= {name: engine.text_or_value(my_task, scope, text) for name, text in self.element.inputs}
        machine.step.effects.append(
            {
                "type": "job_opened",
                "element": self.bpmn_id,
                "job": machine.opened(my_task, "job"),
                "topic": self.element.topic,
                "inputs": inputs,
                "path": my_task.workflow.path,
                "loop": my_task.loop,
                "local": scope.local(),
            }
        )
        return None

    def deliver(self, token: Token, result: Mapping[str, Any]) -> None:
        """The result came: output parameters are evaluated over it, without any its keys become variables."""
        machine, engine = token.workflow.top_workflow, token.workflow.script_engine
        machine.close(token, "completed")
        values: dict[str, Any] = dict(result)
        if self.element.outputs:
            seen = {**result, "result": dict(result)}
            values = {
                name: engine.within(token, token.scope, text, seen) if text.lstrip().startswith("=") else text
                for name, text in self.element.outputs
            }
        out = data_out(token, self.element, result)
        if out:
            values = {name: value for name, value in values.items() if name not in self.element.holds}
        machine.write(token, token.scope, {**values, **out})
        token.complete()

    def write_outputs(self, token: Token) -> None:
        """Nothing: `deliver` wrote them over the result."""


class Script(Node):
    """A FEEL expression; its value goes to the result variable, or its keys become variables."""

    def _run_hook(self, my_task: Token) -> bool | None:
        value = my_task.workflow.script_engine.evaluate(my_task, self.element.script or "null")
        machine = my_task.workflow.top_workflow
        if self.element.result_variable:
            machine.write(my_task, my_task.scope, {self.element.result_variable: value})
        elif isinstance(value, Mapping):
            machine.write(my_task, my_task.scope, value)
        else:
            raise StepFailed(self.bpmn_id, "脚本没有结果变量，其结果也不是一组键值")
        return True


def submitted(values: Mapping[str, Any], without: tuple[str, ...]) -> dict[str, Any]:
    """What a repeated activity stored in its own scope, without what the engine put there."""
    return {name: value for name, value in values.items() if name not in without and name not in RESERVED}
