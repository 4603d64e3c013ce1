"""Runs the instance until everything waits: tokens, then finished stages, then inclusive joins."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.util.task import TaskState

from engine.spiff.compensation import shelve, undoes, worth_keeping
from engine.spiff.complex import Complex
from engine.spiff.events import trigger_of
from engine.spiff.gateways import Inclusive
from engine.spiff.tree import Machine, Token

# From this fold on a condition is asked whenever a variable changes, not only when nothing else moves.
AT_ONCE = 2


def drain(machine: Machine) -> None:
    """Runs all that can run. Raises StepFailed when the step's budget is spent."""
    step = machine.step
    assert step is not None
    while True:
        while step.queue:
            token: Token = step.queue.popleft()
            if token._state == TaskState.READY and token.workflow.tasks.get(token.id) is token:
                token.run()
            if step.changed and machine.spec.watches and step.entry.fold >= AT_ONCE:
                conditions(machine)
        if finish_stages(machine) or conditions(machine) or release_joins(machine):
            continue
        return


def branches(machine: Machine) -> list[Any]:
    """The instance and its stages, the deepest first."""
    return sorted([machine, *machine.subprocesses.values()], key=lambda branch: -int(branch.depth))


def finish_stages(machine: Machine) -> bool:
    """Lets the hosts of stages go on in which nothing but listeners is left. Returns whether something moved."""
    step = machine.step
    assert step is not None
    touched, step.touched = list(step.touched.values()), {}
    for branch in sorted(touched, key=lambda b: -int(b.depth)):
        left = branch.live_tokens()
        if any(not token.internal_data.get("listener") for token in left):
            continue
        # A stage that was cancelled meanwhile has no host any more; one on the shelf has ended before.
        hosted = branch is not machine and machine.subprocesses.get(branch.host.id) is branch
        if branch is not machine and (not hosted or "shelved" in branch.host.internal_data):
            continue
        if hosted and branch.goes_on():
            continue
        keeps = hosted and worth_keeping(branch)
        for token in left:
            if not keeps or not (token.internal_data.get("kept") or undoes(token)):
                token.cancel()
        branch.completed = True
        if hosted:
            host = branch.host
            del machine.subprocesses[host.id]
            if keeps:
                shelve(machine, branch)
            host._ready()
    return bool(step.queue)


def conditions(machine: Machine) -> bool:
    """Fires conditional events whose condition has become true, once variables have changed."""
    step = machine.step
    assert step is not None
    if not step.changed:
        return False
    step.changed = False
    for branch in branches(machine):
        for token in branch.live_tokens():
            awaited = trigger_of(token)
            if awaited is None or awaited.event != "conditional":
                continue
            if machine.script_engine.holds(token, awaited.event_value or "false"):
                # A condition that stays true fires once; one that interrupts nothing must first become false.
                if token.internal_data.get("was"):
                    continue
                token.internal_data["was"] = True
                token.task_spec.fire(token, {})
                step.changed = True
                return True
            token.internal_data.pop("was", None)
    return False


def release_joins(machine: Machine) -> bool:
    """Fires one inclusive join that no other token can reach. Returns whether one fired."""
    for branch in branches(machine):
        joins = branch.spec.inclusive_joins
        if not joins:
            continue
        waiting = []
        for name in joins:
            join: Inclusive | Complex = branch.spec.task_specs[name]
            if join.release(branch):
                return True
            if isinstance(join, Inclusive) and join.waiting(branch):
                waiting.append(join)
        # Joins that wait for each other only would wait for ever: the first one goes on.
        if waiting and all(
            token.task_spec in waiting or token.internal_data.get("listener") for token in branch.live_tokens()
        ):
            return waiting[0].release(branch, force=True)
    return False
