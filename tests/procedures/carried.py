"""Whole projects carried on the engine itself, on a clock that the test moves, with the real service tasks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from bpmn.roles import ROLES
from engine.actor import OPERATOR, Actor
from engine.engine import Engine
from engine.views import TaskRow
from tests.engine.house import Hand
from tests.procedures.answers import WORD, asked, inputs, name, plausible, word
from tests.procedures.api import PDF

HOUR = 3_600_000_000
MOST = 200
OUTSIDE = {role.key for role in ROLES if role.kind == "outside"}
PM = Actor("project_manager")


class Carried:
    """A project of CBS00P004 of which each task takes an hour. `answers`: by field, a value or one for each time."""

    def __init__(self, engine: Engine, clock: Hand, answers: Mapping[str, Any]) -> None:
        self.engine, self.clock, self.answers = engine, clock, answers
        self.times: Counter[str] = Counter()
        self.done: list[str] = []
        form = engine.start_form(PM, "CBS00P004")
        assert form is not None
        self.id = engine.start(PM, "CBS00P004", None, self.filled(form.schema, form.data)).id
        self.work()

    def work(self) -> None:
        """Timers and jobs, until none is due."""
        while self.engine.run_timers_once() + self.engine.run_jobs_once():
            pass

    def filled(self, schema: Mapping[str, Any], present: Mapping[str, Any]) -> dict[str, Any]:
        """The test's answers, else what the form opens with, else something plausible."""
        data = {}
        for component in filter(asked, inputs(schema)):
            key = name(component)
            role = key.removeprefix("team_")
            if key in self.answers:
                given = self.answers[key]
                self.times[key] += 1
                data[key] = given[min(self.times[key], len(given)) - 1] if isinstance(given, list) else given
            elif present.get(key) not in (None, "", []):
                data[key] = present[key]
            elif role != key:
                data[key] = [role] if component["type"] in ("taglist", "checklist") else role
            else:
                data[key] = plausible(component)
        return {key: value for key, value in data.items() if value is not None}

    def tasks(self) -> list[TaskRow]:
        """Its open tasks."""
        return self.engine.tasks(OPERATOR, instance=self.id, limit=200).items

    def task(self, element: str) -> TaskRow:
        """The open task of that element."""
        return next(row for row in self.tasks() if row.element == element)

    def complete(self, row: TaskRow) -> None:
        """Do one task, its files and evidence attached; what it leads to is not done yet."""
        own = [role for role in row.roles if role not in OUTSIDE]
        behalf = None if row.assignee or own else row.roles[0]
        who = Actor(row.assignee or (own[0] if own else row.on_behalf_roles[0]))
        if not row.assignee:
            self.engine.claim(who, row.id)
        form = self.engine.task(who, row.id).form
        assert form is not None
        data = self.filled(form.schema, form.data)
        for component in inputs(form.schema):
            if component["type"] == "filepicker":
                data[name(component)] = [self.attached(who, row, component.get("accept") == ".docx")]
        evidence = [self.attached(who, row, False)] if behalf else []
        self.engine.complete(who, row.id, data, behalf, evidence)
        self.done.append(row.element)

    def attached(self, who: Actor, row: TaskRow, as_word: bool) -> str:
        """The id of a file attached to a task."""
        file = ("客户格式.docx", word(), WORD) if as_word else ("签署件.pdf", PDF, "application/pdf")
        return self.engine.attach(who, row.id, *file).id

    def carry(self, disturbances: Mapping[str, Callable[[TaskRow], None]] | None = None, until: str = "") -> None:
        """Do every task until the project ends or one of that element is open; a disturbance happens once, instead of
        doing the task of its element."""
        left = dict(disturbances or {})
        while self.engine.instance(OPERATOR, self.id).ended_at is None and len(self.done) < MOST:
            row = self.tasks()[0]
            if row.element == until:
                return
            self.clock.at += HOUR
            left.pop(row.element, self.complete)(row)
            self.work()
