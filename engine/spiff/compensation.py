"""Compensation: what has been done and can be undone is remembered by tokens that only listen.

An activity that ends with a compensation event attached leaves a token at that event, each turn of a repeated one its
own. A sub-process that ends with such tokens inside is put on a shelf with them. Undoing goes backwards, one by one.
"""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.util.task import TaskState

from engine.spiff.tree import Branch, Machine, Stage, Token

LIST, FOR = "compensating", "compensates"


def remember(token: Token, event: str) -> None:
    """The activity that ends at the token can be undone from now on."""
    workflow = token.workflow
    kept = workflow.task_tree._add_child(workflow.spec.task_specs[event], TaskState.WAITING)
    kept.internal_data["listener"] = kept.internal_data["kept"] = True
    if token.loop is not None:
        kept.internal_data["loop"] = token.loop
    kept.local = token.local


def worth_keeping(stage: Stage) -> bool:
    """Whether a stage that ends holds anything that can be undone, and its host does not say itself how."""
    if stage.host.task_spec.compensation is not None:
        return False
    return any(token.internal_data.get("kept") or undoes(token) for token in stage.live_tokens())


def undoes(token: Token) -> bool:
    """Whether the token listens on behalf of an event sub-process that undoes its stage."""
    trigger = getattr(token.task_spec, "trigger", None)
    return trigger is not None and trigger.event == "compensate" and bool(token.internal_data.get("listener"))


def shelve(machine: Machine, stage: Stage) -> None:
    """Keeps a stage that has ended, hosted by a token that only listens."""
    host = stage.host
    kept = host.workflow.task_tree._add_child(host.task_spec, TaskState.STARTED)
    kept.internal_data.update(listener=True, kept=True, shelved=True)
    if host.loop is not None:
        kept.internal_data["loop"] = host.loop
    kept.local = host.local
    stage.shelve(kept)
    machine.subprocesses[kept.id] = stage
    # A stage stands behind the one that its host is in: so they can be restored in their order.
    for id, other in list(machine.subprocesses.items()):
        if other is not stage and within(other, stage):
            machine.subprocesses[id] = machine.subprocesses.pop(id)


def within(inner: Any, stage: Stage) -> bool:
    """Whether a stage lies in another, however deep."""
    while inner is not inner.top_workflow:
        if inner is stage:
            return True
        inner = inner.host.workflow
    return False


def compensate(thrower: Token, activity: str | None, waits: bool) -> bool:
    """Begins to undo what has ended around the thrower, all or one activity. Returns whether it has to wait."""
    found = _around(thrower, activity)
    if not found:
        return False
    if not waits:
        for kept in found:
            kept.task_spec.undo(kept, None)
        return False
    thrower.internal_data[LIST] = [kept.id for kept in found]
    return proceed(thrower)


def inside(branch: Branch, activity: str | None = None) -> list[Token]:
    """What has ended in a stage and can be undone, the last first."""
    found = [token for token in branch.live_tokens() if token.internal_data.get("kept")]
    return [token for token in reversed(found) if activity in (None, token.task_spec.undone)]


def proceed(thrower: Token) -> bool:
    """Undoes the next one for whoever waits. Returns False when all is undone."""
    todo: list[int] = thrower.internal_data[LIST]
    machine = thrower.workflow.top_workflow
    while todo:
        kept = machine.token(todo.pop(0))
        if kept is not None and kept.unfinished:
            kept.task_spec.undo(kept, thrower)
            return True
    del thrower.internal_data[LIST]
    return False


def undone(token: Token) -> None:
    """A token that undoes is done: whoever waits for it goes on."""
    thrower = token.workflow.top_workflow.token(token.internal_data[FOR])
    if thrower is not None and thrower.unfinished:
        thrower.task_spec.resume(thrower)


def put(kept: Token) -> None:
    """Takes a remembering token away, once."""
    kept._set_state(TaskState.COMPLETED)
    kept.workflow.splice(kept)


def _around(thrower: Token, activity: str | None) -> list[Token]:
    """What can be undone in the thrower's stage; an event sub-process speaks for the stage that it stands in."""
    branch: Any = thrower.workflow
    found = inside(branch, activity)
    while branch is not branch.top_workflow and hasattr(branch.host.task_spec, "trigger"):
        branch = branch.host.workflow
        found += inside(branch, activity)
    return found
