"""The pure machine: an instance, and `apply`, which moves it by one entry of its journal.

`apply` knows no clock but the entry's, no chance, no input or output. The same entries give the same state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bpmn.sentence import say
from engine.entry import Entry
from engine.spiff.drain import branches, drain
from engine.spiff.errors import NotOpen, StepFailed
from engine.spiff.modify import modify
from engine.spiff.program import Program
from engine.spiff.stages import begin
from engine.spiff.step import FeelEvaluator, Step
from engine.spiff.throws import broadcast, escalate
from engine.spiff.tree import Machine, Token

# Raised whenever SpiffWorkflow, feelin, mini-racer, normalise, pruning or our nodes could change a result.
FOLD = 2
# The folds whose entries this release executes to the same results; from any other, checkpoints lead into the newest.
FOLDS = frozenset({1, FOLD})
NEED_OPEN_TASK = frozenset({"claimed", "unclaimed", "assigned"})


@dataclass(frozen=True)
class Live:
    """An instance in memory, for one thread at a time. After StepFailed drop it; NotOpen leaves it untouched."""

    program: Program
    machine: Machine

    @property
    def status(self) -> str:
        """new, active, completed or terminated."""
        return self.machine.status

    @property
    def end(self) -> str | None:
        """The end event that was reached, or None."""
        return self.machine.end

    @property
    def tasks(self) -> dict[str, str]:
        """Open user tasks: public id -> element."""
        return self._open("task")

    @property
    def timers(self) -> dict[str, str]:
        """Open timers: public id -> element."""
        return self._open("timer")

    @property
    def jobs(self) -> dict[str, str]:
        """Open jobs: public id -> element."""
        return self._open("job")

    @property
    def subscriptions(self) -> dict[str, str]:
        """Open message subscriptions: public id -> element."""
        return self._open("subscription")

    @property
    def places(self) -> list[tuple[int, str, str]]:
        """Where its tokens are, the oldest first: number, element, path. What repeats is one of them, not its turns."""
        machine = self.machine
        found = [
            (token.id, token.place, branch.path)
            for branch in (machine, *machine.subprocesses.values())
            for token in branch.live_tokens()
            if token.internal_data.get("entered") and not token.internal_data.get("kept") and token.loop is None
        ]
        return sorted(found)

    def _open(self, kind: str) -> dict[str, str]:
        machine = self.machine
        return {id: t.place for id, t in machine.open.items() if t.internal_data["open"][0] == kind}


def new(program: Program, instance_id: str, prune: bool = True) -> Live:
    """An instance to which nothing has happened yet. `prune` is off only in tests that compare."""
    return Live(program, Machine(program.spec, program.stages, instance_id, prune))


def variables(live: Live) -> dict[str, Any]:
    """The variables of the instance's scope, to read only."""
    return dict(live.machine.scope.values)


def follow(values: dict[str, Any], effect: Mapping[str, Any]) -> None:
    """Brings variables from before a "set" effect to after it; with `index` it is one item of an output collection."""
    name, index = effect["name"], effect.get("index")
    if index is None:
        values[name] = effect["new"]
        return
    items = list(values.get(name) or [])
    items += [None] * (index + 1 - len(items))
    items[index] = effect["new"]
    values[name] = items


def apply(live: Live, entry: Entry, feel: FeelEvaluator) -> list[dict[str, Any]]:
    """Moves the instance by one entry and returns what came of it, in order.

    Raises NotOpen when the task, timer or subscription named is not open at that element (the instance is untouched),
    StepFailed when the diagram cannot go on (the instance is damaged: drop it)."""
    machine = live.machine
    if entry.instance != machine.instance:
        raise NotOpen(entry.element, "记录属于另一实例")
    move = MOVES.get(entry.kind)
    if move is None:
        if entry.kind in NEED_OPEN_TASK and entry.task is not None:
            _token(machine, entry, "task")
        return []
    if (machine.status == "new") != (entry.kind == "started"):
        raise NotOpen(entry.element, "实例尚未开始或已经开始")
    if machine.status not in ("new", "active"):
        if entry.kind in ("job_completed", "job_failed"):
            return []
        raise NotOpen(entry.element, "实例已经结束")
    step = machine.step = Step(entry, feel)
    try:
        move(machine, entry)
        settle(machine, step)
    except RecursionError as error:
        raise StepFailed(entry.element, "流程嵌套过深") from error
    finally:
        machine.step = None
    return step.effects


def settle(machine: Machine, step: Step) -> None:
    """Runs all that can run, and ends the instance when nothing is left. Raises StepFailed."""
    drain(machine)
    _finish(machine, step)


def _token(machine: Machine, entry: Entry, kind: str) -> Token:
    """The token that waits under the entry's id. Raises NotOpen."""
    token = machine.open.get(entry.task or "")
    if token is None or token.internal_data["open"][0] != kind or token.place != entry.element:
        raise NotOpen(entry.element, "不再等待")
    return token


def _started(machine: Machine, entry: Entry) -> None:
    if entry.element is not None and entry.element not in machine.spec.starts:
        raise NotOpen(entry.element, "不是开始事件")
    data = entry.data
    machine.given.values.update(
        business_key=data.get("business_key"), started_by=entry.actor, parent_id=data.get("parent")
    )
    machine.status = "active"
    root = entry.element or machine.spec.first
    for name, value in (data.get("variables") or {}).items():
        if name in machine.given.values:
            raise StepFailed(root, say("变量名“{name}”由系统保留", name=name))
        machine.put(root, machine.scope, name, value)
    begin(machine, entry.element)


def _completed(machine: Machine, entry: Entry) -> None:
    token = _token(machine, entry, "task")
    token.task_spec.submit(token, _mapping(entry, "data"))


def _message(machine: Machine, entry: Entry) -> None:
    token = _token(machine, entry, "subscription")
    if "signal" in entry.data:
        broadcast(token, str(entry.data["signal"]))
    else:
        token.task_spec.fire(token, _mapping(entry, "payload"))


def _timer(machine: Machine, entry: Entry) -> None:
    token = _token(machine, entry, "timer")
    token.task_spec.fire(token, {})


def _job_completed(machine: Machine, entry: Entry) -> None:
    # The late result of a job that was cancelled is an entry without effect.
    if entry.task in machine.open:
        token = _token(machine, entry, "job")
        token.task_spec.deliver(token, _mapping(entry, "result"))


def _job_failed(machine: Machine, entry: Entry) -> None:
    code = entry.data.get("error_code")
    if code is None or entry.task not in machine.open:
        return
    token = _token(machine, entry, "job")
    if not escalate(token, str(code), "error", token):
        raise StepFailed(entry.element, say("错误“{code}”没有边界事件接住", code=code))


def _cancelled(machine: Machine, entry: Entry) -> None:
    machine.cancel_tokens()
    machine.status = "terminated"


def _mapping(entry: Entry, name: str) -> Mapping[str, Any]:
    value = entry.data.get(name) or {}
    if not isinstance(value, Mapping):
        raise StepFailed(entry.element, say("“{name}”必须是一组键值", name=name))
    return value


def _finish(machine: Machine, step: Step) -> None:
    """Ends the instance when no token is left. Raises StepFailed when there are some that nothing can ever move."""
    left = [token for token in machine.live_tokens() if not token.internal_data.get("listener")]
    if left:
        if not machine.open:
            stuck = next(t for branch in branches(machine) for t in branch.live_tokens())
            raise StepFailed(stuck.place, "流程停滞：这里还在等待，但再没有什么能到达")
        return
    if machine.status == "active":
        machine.status, machine.end = "completed", machine.last_end
    machine.completed = True
    step.effects.append({"type": "ended", "element": machine.end, "status": machine.status})


MOVES: Mapping[str, Callable[[Machine, Entry], None]] = {
    "started": _started,
    "completed": _completed,
    "message": _message,
    "timer": _timer,
    "job_completed": _job_completed,
    "job_failed": _job_failed,
    "cancelled": _cancelled,
    "modified": modify,
}
