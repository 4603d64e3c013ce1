"""The tree of tokens: SpiffWorkflow's tasks and workflows without clock, random ids, prediction and dead wood.

Only what is unfinished is kept: a finished token is spliced out at once and its children hang under its parent,
so that a step costs the same after ten thousand turns. Joins and boundaries therefore never look at the past.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from bpmn.sentence import say
from engine.spiff.environment import FeelEngine
from engine.spiff.errors import StepFailed
from engine.spiff.scope import ABSENT, RESERVED, Scope
from engine.spiff.step import Step

CLOSED = {"task": "task_closed", "timer": "timer_closed", "job": "job_closed", "subscription": "waiting_closed"}


class Token(Task):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """A task whose id is the machine's next number, whose clock stands still and whose data live in scopes."""

    def __init__(
        self, workflow: Any, task_spec: Any, parent: Any = None, state: int = TaskState.FUTURE, id: int | None = None
    ) -> None:
        self.id = workflow.top_workflow.next_serial() if id is None else id
        workflow.tasks[self.id] = self
        self.workflow = workflow
        self.task_spec = task_spec
        self._parent = parent.id if parent is not None else None
        self._children: list[int] = []
        self._state = state
        self.triggered = False
        self.thread_id = 0
        self.data: dict[str, Any] = {}
        self.internal_data: dict[str, Any] = {}
        self.last_state_change = 0
        self.local: Scope | None = None
        if parent is not None:
            parent._children.append(self.id)

    @property
    def scope(self) -> Scope:
        """The innermost scope that this token sees."""
        return self.local or self.workflow.scope

    @property
    def loop(self) -> int | None:
        """Its index among the children of a multi-instance or loop."""
        return self.internal_data.get("loop")

    @property
    def place(self) -> str:
        """The element it waits at: an event sub-process waits at its start event."""
        return str(getattr(self.task_spec, "trigger", self.task_spec).bpmn_id)

    @property
    def unfinished(self) -> bool:
        """Whether it may still move."""
        return bool(self._state & TaskState.NOT_FINISHED_MASK)

    def run(self) -> bool | None:
        """Executes it; what it throws may end itself."""
        done: bool | None = self.task_spec._run(self)
        if done is None and self._state != TaskState.CANCELLED:
            self._set_state(TaskState.STARTED)
        elif done:
            self.complete()
        return done

    def _add_child(self, task_spec: Any, state: int = TaskState.FUTURE) -> Token:
        return Token(self.workflow, task_spec, self, state)

    def _set_state(self, value: int) -> None:
        self._state = value

    def _inherit_data(self) -> None:
        """Nothing: variables live in scopes."""

    def tell(self, kind: str, **more: Any) -> None:
        """Records that the token entered or left its element."""
        self.workflow.top_workflow.step.effects.append(
            {
                "type": kind,
                "element": self.task_spec.bpmn_id,
                "path": self.workflow.path,
                "loop": self.loop,
                "token": self.id,
                **more,
            }
        )

    def end(self) -> None:
        """Ends it quietly: it never was at an element of its own."""
        self.workflow.top_workflow.close(self, "received")
        self._set_state(TaskState.COMPLETED)
        self.workflow.splice(self)

    def cancel(self) -> None:
        """Ends it and all it hosts; quiet for one that was never entered."""
        if not self.unfinished:
            return
        machine = self.workflow.top_workflow
        for child in self.children:
            child.cancel()
        stage = machine.subprocesses.pop(self.id, None)
        if stage is not None:
            stage.cancel_tokens()
        machine.close(self, "cancelled")
        self._set_state(TaskState.CANCELLED)
        if self.internal_data.get("entered"):
            self.tell("left", cancelled=True)
        self.workflow.splice(self)


class Branch:
    """What the whole instance and its stages have in common."""

    tasks: dict[int, Token]
    task_tree: Token
    path: str
    scope: Scope
    top_workflow: Any

    def splice(self, token: Token) -> None:
        """Takes a finished token out of the tree; its children hang under its parent."""
        self.top_workflow.step.touched[id(self)] = self
        if not self.top_workflow.prune or token is self.task_tree:
            return
        parent = self.tasks[token._parent] if token._parent is not None else self.task_tree
        parent._children.remove(token.id)
        for child in token.children:
            child._parent = parent.id
            parent._children.append(child.id)
        del self.tasks[token.id]

    def _task_completed_notify(self, token: Token) -> None:
        self.splice(token)

    def live_tokens(self) -> list[Token]:
        """The unfinished tokens, oldest first."""
        return [t for t in self.tasks.values() if t.unfinished]

    def cancel_tokens(self, spare: Token | None = None) -> None:
        """Ends all tokens but one."""
        for token in self.live_tokens():
            if token is not spare:
                token.cancel()


class Stage(Branch, BpmnSubWorkflow):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """The inside of a sub-process or of a call activity; `host` is the token of that activity."""

    def __init__(self, spec: Any, host: Token) -> None:
        self.host = host
        outer = host.workflow
        name = host.task_spec.bpmn_id + ("" if host.loop is None else f"[{host.loop}]")
        self.path = f"{outer.path}/{name}" if outer.path else name
        self.scope = host.scope
        super().__init__(spec, host.id, outer.top_workflow, deserializing=True)

    def shelve(self, host: Token) -> None:
        """Gives it another host, which remembers it after its end."""
        self.host, self.parent_task_id = host, host.id

    def firsts(self, start: str | None) -> list[str]:
        """Where it begins."""
        return [start or self.spec.first]

    def goes_on(self) -> bool:
        """Begins what is still to be done when nothing moves. Returns whether there was something."""
        return False

    @property
    def parent_workflow(self) -> Any:
        return self.host.workflow

    def _calculate_depth(self) -> int:
        return int(self.host.workflow.depth) + 1


class Machine(Branch, BpmnWorkflow):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """The whole instance. `prune` is off only in tests that compare; `open` finds tokens by their public ids."""

    def __init__(self, spec: Any, stages: Mapping[str, Any], instance: str, prune: bool = True) -> None:
        self.instance = instance
        self.prune = prune
        self.serial = 0
        self.status = "new"
        self.end: str | None = None
        self.last_end: str | None = None
        self.path = ""
        given = {"instance_id": instance, "business_key": None, "started_by": "", "parent_id": None}
        self.given = Scope("", None, given)
        self.scope = Scope("", self.given, {}, holds=True)
        self.open: dict[str, Token] = {}
        self.step: Step | None = None
        self.expression_names: dict[str, tuple[str, ...]] = {}
        super().__init__(spec, subprocess_specs=stages, script_engine=FeelEngine(), deserializing=True)

    def firsts(self, start: str | None) -> list[str]:
        """Where it begins."""
        return [self.spec.starts[start] if start else self.spec.first]

    def token(self, id: int) -> Token | None:
        """The token of that number, wherever it is."""
        for branch in (self, *self.subprocesses.values()):
            found: Token | None = branch.tasks.get(id)
            if found is not None:
                return found
        return None

    def next_serial(self) -> int:
        """The next number for a token."""
        self.serial += 1
        return self.serial

    def opened(self, token: Token, kind: str) -> str:
        """Gives what the token waits for a public id."""
        step = self.step
        assert step is not None
        public = step.public_id(token.workflow.path, token.place, token.loop)
        token.internal_data["open"] = [kind, public]
        self.open[public] = token
        return public

    def close(self, token: Token, reason: str) -> None:
        """Records that the token waits no longer."""
        opened = token.internal_data.pop("open", None)
        if opened is None or self.step is None:
            return
        kind, public = opened
        del self.open[public]
        self.step.effects.append({"type": CLOSED[kind], "element": token.place, kind: public, "reason": reason})

    def write(self, token: Token, scope: Scope, values: Mapping[str, Any]) -> None:
        """Writes what was submitted, each key where it belongs, and records old and new."""
        element = token.task_spec.bpmn_id
        for name, value in values.items():
            if name in RESERVED:
                raise StepFailed(element, say("变量名“{name}”由系统保留", name=name))
            self.put(element, scope.target(name), name, value)

    def put(self, element: str | None, scope: Scope, name: str, value: Any) -> None:
        """Replaces one variable in exactly this scope."""
        step = self.step
        assert step is not None
        old = scope.values.get(name, ABSENT)
        scope.values[name] = value
        step.changed = True
        step.effects.append(
            {
                "type": "set",
                "element": element,
                "scope": scope.id,
                "name": name,
                "old": None if old is ABSENT else old,
                "new": value,
            }
        )
