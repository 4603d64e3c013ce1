"""Runs a bundled diagram on the bare engine: tasks get the answers given, jobs succeed at once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from bpmn.feel import Feel
from bpmn.library import procedures
from bpmn.model import File
from engine.entry import Entry
from engine.spiff import FOLD, Program, apply, compile, new

NOON = 1_790_000_000_000_000
TEAM = {
    "team_project_manager": "pm",
    "team_department_qa": "qa",
    "team_project_member": ["wang", "zhao"],
}


@cache
def feel() -> Feel:
    """One FEEL for all these tests."""
    return Feel()


@cache
def files() -> tuple[File, ...]:
    """Every bundled diagram: stages call each other across folders."""
    return tuple(file for bundle in procedures().values() for file in bundle if file.name.endswith((".bpmn", ".dmn")))


@cache
def program(key: str) -> Program:
    """The compiled procedure or stage."""
    return compile(files(), key)


class Drawn:
    """One instance of a diagram. `results`: what the jobs of a topic answer."""

    def __init__(self, key: str, results: Mapping[str, dict[str, Any]] | None = None, **variables: Any) -> None:
        self.live = new(program(key), "instance")
        self.results = results or {}
        self.seq = 0
        self.effects: list[dict[str, Any]] = []
        self.jobs: list[tuple[str, dict[str, Any]]] = []
        self.enter("started", data={"variables": {**TEAM, **variables}, "business_key": "P-1", "parent": None})

    def enter(self, kind: str, **given: Any) -> None:
        """One entry, and the results of all jobs that it opens."""
        self.seq += 1
        entry = Entry(
            instance="instance",
            seq=self.seq,
            at=NOON + self.seq * 1_000_000,
            kind=kind,
            actor=given.pop("actor", "pm"),
            channel="api",
            fold=FOLD,
            definition_set="drawn",
            **given,
        )
        effects = apply(self.live, entry, feel())
        self.effects += effects
        for effect in effects:
            if effect["type"] == "job_opened":
                self.jobs.append((effect["element"], effect["inputs"]))
                result = self.results.get(effect["topic"], {})
                self.enter("job_completed", task=effect["job"], element=effect["element"], data={"result": result})

    @property
    def open(self) -> list[str]:
        """The elements of the open tasks, in order of the alphabet."""
        return sorted(self.live.tasks.values())

    def do(self, element: str, actor: str = "pm", **data: Any) -> Drawn:
        """Completes the first open task of that element."""
        task = next((id for id, name in self.live.tasks.items() if name == element), None)
        assert task is not None, f"{element} is not open, but {self.open}"
        self.enter("completed", task=task, element=element, actor=actor, data={"data": data})
        return self

    def through(self, *elements: str) -> Drawn:
        """Completes tasks that ask nothing."""
        for element in elements:
            self.do(element)
        return self

    def fire(self, element: str | None = None) -> None:
        """The one open timer is due, or that of an element."""
        ((timer, element),) = [(id, name) for id, name in self.live.timers.items() if element in (None, name)]
        self.enter("timer", task=timer, element=element)

    def send(self, name: str) -> None:
        """The message arrives at the one that waits for it."""
        ((subscription, element),) = self.live.subscriptions.items()
        self.enter("message", task=subscription, element=element, data={"message": name, "payload": {}})

    def entered(self, element: str) -> int:
        """How often a token entered the element."""
        return sum(e["type"] == "entered" and e["element"] == element for e in self.effects)

    def assignees(self, element: str) -> list[str]:
        """Who was given tasks of that element."""
        found = [e for e in self.effects if e["type"] == "task_opened" and e["element"] == element]
        return [e["assignee"] for e in found]

    def recorded(self, form: str) -> int:
        """How many versions of the record were made."""
        return sum(inputs.get("form") == form for _, inputs in self.jobs)

    @property
    def end(self) -> str | None:
        """The end event reached, once nothing moves any more."""
        return self.live.end if self.live.status == "completed" else None
