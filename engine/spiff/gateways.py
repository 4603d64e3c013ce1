"""Gateways. SpiffWorkflow's own joins are wrong in loops; these count tokens by the flow they came along."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.util.task import TaskState

from engine.spiff.errors import StepFailed
from engine.spiff.nodes import Node, Way
from engine.spiff.tree import Token


class Exclusive(Node):
    """The first way whose condition is true, or else the default."""

    def choose(self, token: Token) -> list[Way]:
        """Exactly one way. Raises StepFailed when there is none."""
        engine = token.workflow.script_engine
        for way in self.ways:
            if not way.default and (way.condition is None or engine.holds(token, way.condition)):
                return [way]
        for way in self.ways:
            if way.default:
                return [way]
        if self.ways:
            raise StepFailed(self.bpmn_id, "没有一个条件成立，也没有默认流向")
        return []


class Join(Node):
    """A gateway that may wait for several incoming flows."""

    arriving: tuple[str, ...] = ()

    def waiting(self, workflow: Any) -> dict[str, Token]:
        """The oldest waiting token of each flow."""
        found: dict[str, Token] = {}
        for token in workflow.tasks.values():
            if token.task_spec is self and token._state == TaskState.WAITING:
                found.setdefault(token.internal_data["via"], token)
        return found

    def consume(self, keep: Token, tokens: dict[str, Token]) -> None:
        """One token of each flow becomes one token, which goes on."""
        for token in tokens.values():
            if token is not keep:
                token._set_state(TaskState.CANCELLED)
                token.workflow.splice(token)
        del keep.internal_data["via"]
        keep._set_state(TaskState.FUTURE)
        self.enter(keep)


class Parallel(Join):
    """AND: fires when each incoming flow has a token, and consumes one of each; surplus tokens wait."""

    def _update_hook(self, my_task: Token) -> bool:
        if "via" not in my_task.internal_data:
            self.enter(my_task)
            return True
        my_task._set_state(TaskState.WAITING)
        tokens = self.waiting(my_task.workflow)
        if len(tokens) < len(self.arriving):
            return False
        self.consume(my_task, tokens)
        return True

    def choose(self, token: Token) -> list[Way]:
        """All ways; a parallel gateway knows no conditions."""
        return list(self.ways)


class Inclusive(Join):
    """OR: waits while a token elsewhere can still reach an empty incoming flow and none that is filled."""

    reaching: dict[str, frozenset[str]]

    def _update_hook(self, my_task: Token) -> bool:
        if "via" not in my_task.internal_data:
            self.enter(my_task)
            return True
        # Whether it may go on is asked when nothing else moves: see Drain.release_joins.
        my_task._set_state(TaskState.WAITING)
        my_task.workflow.top_workflow.step.touched[id(my_task.workflow)] = my_task.workflow
        return False

    def release(self, workflow: Any, force: bool = False) -> bool:
        """Fires when no other token can still come. `force`: they all wait for each other. Returns whether it fired."""
        tokens = self.waiting(workflow)
        if not tokens:
            return False
        filled = set(tokens)
        if not force:
            for token in workflow.tasks.values():
                if token.task_spec is self or not token.unfinished or token.internal_data.get("listener"):
                    continue
                reach = self.reaching.get(token.task_spec.name, frozenset())
                if reach and not reach & filled:
                    return False
        keep = next(iter(tokens.values()))
        self.consume(keep, tokens)
        keep._ready()
        return True


def reaching(join: Join, specs: dict[str, Any]) -> dict[str, frozenset[str]]:
    """For each node, the join's incoming flows that a token there can still reach without passing the join."""
    before: dict[str, list[str]] = {}
    last: list[tuple[str, str]] = []
    for name, spec in specs.items():
        if isinstance(spec, Node) and name != join.name:
            for way in [*spec.ways, *(way for event in spec.boundary for way in specs[event].ways)]:
                if way.target == join.name:
                    last.append((name, way.id))
                else:
                    before.setdefault(way.target, []).append(name)
    found: dict[str, set[str]] = {}
    for source, flow in last:
        stack = [source]
        while stack:
            name = stack.pop()
            flows = found.setdefault(name, set())
            if flow not in flows:
                flows.add(flow)
                stack += before.get(name, ())
    # The same few sets stand at many nodes.
    one: dict[frozenset[str], frozenset[str]] = {}
    return {name: one.setdefault(frozenset(flows), frozenset(flows)) for name, flows in found.items()}
