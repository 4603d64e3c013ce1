"""Activities that repeat: multi-instance, parallel and sequential, and the standard loop."""

from __future__ import annotations

from abc import abstractmethod
from datetime import timedelta
from typing import Any

from SpiffWorkflow.util.task import TaskState

from bpmn.model import Multi
from bpmn.sentence import say
from engine.spiff.due import EPOCH
from engine.spiff.errors import StepFailed
from engine.spiff.nodes import Node, scope_id, submitted
from engine.spiff.scope import ABSENT, Scope
from engine.spiff.step import BUDGET
from engine.spiff.throws import implicit
from engine.spiff.tree import Token

INDEX = "loop_index"


class Repeated(Node):
    """Hosts the tokens that run the activity itself, spec `child`, one for each turn."""

    child: str
    multi: Multi

    def open_inputs(self, token: Token) -> None:
        """Nothing: input parameters belong to each turn."""

    def write_outputs(self, token: Token) -> None:
        """Nothing: output parameters belong to each turn."""

    def begin(self, host: Token, index: int, values: dict[str, Any], holds: bool) -> None:
        """Starts one turn with variables of its own."""
        spec = host.workflow.spec.task_specs[self.child]
        token = host._add_child(spec)
        token.internal_data["loop"] = index
        token.local = Scope(scope_id(token), host.scope, {**values, INDEX: index}, holds)
        spec._update(token)

    @abstractmethod
    def instance_done(self, host: Token, token: Token) -> None:
        """A turn is done: each kind of repetition says what follows."""


def turn_scope(host: Token, token: Token) -> Scope:
    """The scope of the turn, outside its input parameters."""
    scope = token.scope
    while scope.parent is not None and scope.parent is not host.scope:
        scope = scope.parent
    return scope


class Loop(Repeated):
    """Standard loop: turns while its condition is true, at most `cardinality` times."""

    def _update_hook(self, my_task: Token) -> bool:
        self.enter(my_task)
        if self.multi.test_before and not self.goes_on(my_task, my_task, 0):
            return True
        my_task._set_state(TaskState.STARTED)
        self.begin(my_task, 0, {}, False)
        return False

    def goes_on(self, host: Token, token: Token, done: int) -> bool:
        """Whether another turn follows."""
        if self.multi.cardinality is not None and done >= int(self.multi.cardinality):
            return False
        if self.multi.completion is None:
            return self.multi.cardinality is not None
        return bool(host.workflow.script_engine.holds(token, self.multi.completion, {INDEX: done, "loopCounter": done}))

    def instance_done(self, host: Token, token: Token) -> None:
        """Begins the next turn, or goes on."""
        done = (token.loop or 0) + 1
        if self.goes_on(host, token, done):
            self.begin(host, done, {}, False)
        else:
            host._ready()


class MultiInstance(Repeated):
    """Once for each item of a collection, which is frozen when it starts."""

    def _update_hook(self, my_task: Token) -> bool:
        self.enter(my_task)
        items = self.items(my_task)
        state = my_task.internal_data
        state["total"], state["done"] = len(items), 0
        output = self.element.properties.get("outputCollection") or self.multi.output
        if output:
            my_task.workflow.top_workflow.write(my_task, my_task.scope, {output: []})
        if not items:
            return True
        my_task._set_state(TaskState.STARTED)
        if self.multi.kind == "sequential":
            state["items"] = items
            self.begin_item(my_task, 0, items[0])
        else:
            for index, item in enumerate(items):
                self.begin_item(my_task, index, item)
        return False

    def items(self, host: Token) -> list[Any]:
        """The collection's items. Raises StepFailed when it is no list."""
        engine, multi = host.workflow.script_engine, self.multi
        if multi.collection is not None:
            value = engine.evaluate(host, multi.collection)
            if not isinstance(value, list | tuple):
                raise StepFailed(self.bpmn_id, say("集合“{collection}”不是列表", collection=multi.collection))
            items = list(value)
        else:
            value = engine.evaluate(host, multi.cardinality)
            if isinstance(value, bool) or not isinstance(value, int) or value < 0:
                raise StepFailed(self.bpmn_id, say("次数“{cardinality}”不是非负整数", cardinality=multi.cardinality))
            items = list(range(value)) if value <= BUDGET else []
            if value > BUDGET:
                raise StepFailed(self.bpmn_id, say("次数 {value} 过大，至多 {most}", value=value, most=BUDGET))
        return items

    def begin_item(self, host: Token, index: int, item: Any) -> None:
        """Starts the turn of one item."""
        self.begin(host, index, {self.multi.variable: item} if self.multi.variable else {}, True)

    def instance_done(self, host: Token, token: Token) -> None:
        """Collects what the turn stored; goes on when all are done or the completion condition is true."""
        state, index = host.internal_data, token.loop or 0
        state["done"] += 1
        self.collect(host, token, index)
        sequential = self.multi.kind == "sequential"
        running = 0 if sequential else state["total"] - state["done"]
        counts = {}
        for camunda, bpmn, number in (
            ("nrOfInstances", "numberOfInstances", state["total"]),
            ("nrOfCompletedInstances", "numberOfCompletedInstances", state["done"]),
            ("nrOfActiveInstances", "numberOfActiveInstances", running),
        ):
            counts[camunda] = counts[bpmn] = number
        counts["numberOfTerminatedInstances"], counts["loopCounter"] = 0, index
        for when, thrown in self.multi.throws:
            if self.throws(token, when, counts):
                implicit(host, thrown, self.multi.behaviour == "Complex")
        if not host.unfinished:
            return
        complete = state["done"] >= state["total"]
        if not complete and self.multi.completion is not None:
            complete = host.workflow.script_engine.holds(token, self.multi.completion, counts)
        if complete:
            host._ready()
        elif sequential:
            self.begin_item(host, index + 1, state["items"][index + 1])

    def throws(self, token: Token, when: str, counts: dict[str, Any]) -> bool:
        """Whether the turn that ends throws: always, as the first, or when a condition holds."""
        if when in ("", "first"):
            return not when or counts["nrOfCompletedInstances"] == 1
        return bool(token.workflow.script_engine.holds(token, when, counts))

    def collect(self, host: Token, token: Token, index: int) -> None:
        """Puts what the turn stored, with who and when, at its place in the output collection."""
        output = self.element.properties.get("outputCollection") or self.multi.output
        if not output:
            return
        machine = host.workflow.top_workflow
        own = turn_scope(host, token)
        entry = machine.step.entry
        if self.multi.output:
            item = token.scope.get(self.multi.output_item or "")
            self.put(host, output, index, None if item is ABSENT else item)
            return
        at = (EPOCH + timedelta(microseconds=entry.at)).isoformat().replace("+00:00", "Z")
        value = submitted(own.values, (INDEX, self.multi.variable or INDEX))
        value |= {"user": entry.actor, "at": at}
        self.put(host, output, index, value)

    def put(self, host: Token, output: str, index: int, value: Any) -> None:
        """Puts a value at its place in a collection."""
        machine = host.workflow.top_workflow
        scope = host.scope.target(output)
        # A new list each time: what was handed out before must never change.
        collected = list(scope.values.get(output) or [])
        collected += [None] * (index + 1 - len(collected))
        collected[index] = value
        scope.values[output] = collected
        machine.step.changed = True
        machine.step.effects.append(
            {
                "type": "set",
                "element": self.bpmn_id,
                "scope": scope.id,
                "name": output,
                "index": index,
                "old": None,
                "new": value,
            }
        )
