"""An operator moves tokens: one goes on behind its element (skip), or begins again at another (go back, go ahead)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.entry import Entry
from engine.spiff.errors import NotOpen, StepFailed
from engine.spiff.tree import Machine, Token

AFTER = "after"


def modify(machine: Machine, entry: Entry) -> None:
    """Carries out `data["moves"]`: each names a token, the element it waits at, where it goes on, and whether it does
    what is to be done there ("before") or has passed it ("after").

    Raises NotOpen where the token is not there any more, StepFailed where it cannot go."""
    for wanted in entry.data.get("moves") or ():
        token = _found(machine, wanted)
        target = token.workflow.spec.task_specs.get(wanted["to"])
        element = getattr(target, "element", None)
        if target is None or element is None or element.attached_to or element.type == "startEvent":
            raise StepFailed(wanted["to"], "不在这个环节所在的流程里，或不是可以停留的环节")
        # Under the parent: what the token hosts dies with it.
        placed = (token.parent or token.workflow.task_tree)._add_child(target)
        token.cancel()
        if wanted["how"] == AFTER:
            for way in target.choose(placed):
                target.take(placed, way)
            placed.end()
        else:
            target._update(placed)


def _found(machine: Machine, wanted: Mapping[str, Any]) -> Token:
    token = machine.token(wanted["token"])
    if token is None or not token.unfinished or token.place != wanted["element"]:
        raise NotOpen(wanted["element"], "不再等待")
    if token.loop is not None or token.internal_data.get("listener") or token.task_spec.element.attached_to:
        raise StepFailed(wanted["element"], "多实例中的一个、边界事件和事件子流程不能单独移动")
    # What an event gateway waits for goes together.
    return token.parent if token.internal_data.get("race") else token
