"""The complex gateway (BPMN 2.0, section 13.4.5): it fires when its condition is true, then takes in what still comes.

Between its firing and the last token that can still come, a token of its own stands at it, which only listens.
"""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.util.task import TaskState

from engine.spiff.errors import StepFailed
from engine.spiff.gateways import Join
from engine.spiff.nodes import Way
from engine.spiff.tree import Token

COUNT, START = "activationCount", "waitingForStart"


class Complex(Join):
    """Fires when `activation` is true of the tokens that have arrived; splits like an inclusive gateway."""

    reaching: dict[str, frozenset[str]]

    def _update_hook(self, my_task: Token) -> bool:
        if "via" not in my_task.internal_data:
            self.enter(my_task)
            return True
        my_task._set_state(TaskState.WAITING)
        kept = None if self.took_in(my_task) else self.fired(my_task.workflow)
        if kept is not None and kept is not my_task:
            kept._ready()
        return kept is my_task

    def fired(self, workflow: Any) -> Token | None:
        """Asks the condition; when it is true, one token of each flow becomes one, and the rest is taken in later."""
        tokens = self.waiting(workflow)
        if not tokens or self.resetting(workflow) is not None:
            return None
        kept = next(iter(tokens.values()))
        count = sum(1 for t in workflow.live_tokens() if t.task_spec is self and "via" in t.internal_data)
        if not workflow.script_engine.holds(kept, self.element.activation, {COUNT: count, START: True}):
            return None
        self.consume(kept, tokens)
        if len(tokens) < len(self.arriving):
            reset = workflow.task_tree._add_child(self, TaskState.STARTED)
            # Until it resets the stage goes on, when there are ways to take then.
            reset.internal_data.update(listener=not self.again, taken=list(tokens))
        return kept

    def took_in(self, token: Token) -> bool:
        """Takes a token in that comes after the firing, the first of its flow."""
        reset = self.resetting(token.workflow)
        if reset is None or token.internal_data["via"] in reset.internal_data["taken"]:
            return False
        reset.internal_data["taken"].append(token.internal_data["via"])
        token.end()
        return True

    def resetting(self, workflow: Any) -> Token | None:
        """The token that stands for the time after a firing."""
        return next(
            (t for t in workflow.tasks.values() if t.task_spec is self and t.unfinished and "taken" in t.internal_data),
            None,
        )

    @property
    def again(self) -> list[Way]:
        """The ways that ask whether this is the start or the reset."""
        return [way for way in self.ways if way.condition is not None and START in way.condition]

    def release(self, workflow: Any, force: bool = False) -> bool:
        """Waits for the next start once nothing more can come. Returns whether something moved."""
        reset = self.resetting(workflow)
        if reset is None:
            return False
        missing = set(self.arriving) - set(reset.internal_data["taken"])
        for token in workflow.live_tokens() if missing else ():
            if (
                token is not reset
                and not token.internal_data.get("listener")
                and self.reaching.get(token.task_spec.name, frozenset()) & missing
            ):
                return False
        engine = workflow.script_engine
        ways = [way for way in self.again if engine.holds(reset, way.condition, {COUNT: 0, START: False})]
        reset.end()
        for way in ways:
            self.take(workflow.task_tree, way)
        # What had come twice along one flow counts for the next start.
        kept = self.fired(workflow)
        if kept is not None:
            kept._ready()
        return True

    def choose(self, token: Token) -> list[Way]:
        """The ways whose condition is true, or else the default. Raises StepFailed when there is none."""
        engine, more = token.workflow.script_engine, {COUNT: 0, START: True}
        asked = [way for way in self.ways if not way.default]
        chosen = [way for way in asked if way.condition is None or engine.holds(token, way.condition, more)]
        chosen = chosen or [way for way in self.ways if way.default]
        if self.ways and not chosen:
            raise StepFailed(self.bpmn_id, "没有一个条件成立，也没有默认流向")
        return chosen
