"""The service and the acceptance of a project, played on a clock that the test moves, with the real service tasks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from bpmn.model import File
from bpmn.roles import ROLES
from engine.actor import OPERATOR, Actor
from engine.engine import Engine
from engine.furnish import bundled
from engine.settings import Settings
from engine.views import Document, InstanceView, TaskRow
from forms.word.dates import BEIJING
from tasks import TASKS
from tests.engine.house import Hand
from tests.procedures.answers import asked, inputs, name, plausible
from tests.procedures.api import PDF
from tests.stores import Store
from tests.web.browsers import PASSWORD, Person
from web.app import build

DIAGRAM = Path(__file__).parents[1] / "diagrams" / "procedures" / "years.bpmn"
PROMISE = {
    **{"service_item": "应用支持", "priority": "p3", "response_minutes": 30, "recovery_hours": 4},
    **{"service_hours": "7x24", "availability_percent": 99.5},
}
PROJECT: Mapping[str, Any] = {
    **{"project_name": "MES运维", "customer_name": "某钢铁", "system_kind": "computer", "project_number": "ABS26007"},
    **{"service_start": "2026-07-01", "service_end": "2028-06-30"},
    **{"systems": [{"system_name": "MES"}], "service_items": [PROMISE], "contract_amount": 100, "members": []},
}
PM = Actor("project_manager")


def furnished(store: Store) -> Store:
    """A store with the bundled procedures and somebody for each role."""
    engine = Engine(Settings(var=store.var, database_url=store.url), Hand(), TASKS)
    try:
        engine.deploy(OPERATOR, [*bundled(), File(DIAGRAM.name, DIAGRAM.read_bytes())])
        for role in ROLES:
            if role.kind != "outside":
                password = PASSWORD if role.key == PM.user else None
                engine.create_user(OPERATOR, role.key, role.title, password=password, roles=(role.key,))
    finally:
        engine.close()
    return store


class Years:
    """One project from the beginning of its service. `do` hands in a task: answers, else what stands in its form."""

    def __init__(self, store: Store, **facts: Any) -> None:
        self.clock = Hand()
        settings = Settings(var=store.var, database_url=store.url, live_cache=1, snapshot_every=1)
        self.engine = Engine(settings, self.clock, TASKS)
        self.at("2026-07-01T09:00")
        self.id = self.engine.start(PM, "years", "XM-1", {**PROJECT, **facts}).id
        self.work()

    def at(self, text: str) -> None:
        """It is that time in Beijing, and whatever is due happens."""
        self.clock.at = int(datetime.fromisoformat(text).replace(tzinfo=BEIJING).timestamp()) * 1_000_000
        self.work()

    def work(self) -> None:
        """Timers and jobs, until none is due."""
        while self.engine.run_timers_once() + self.engine.run_jobs_once():
            pass
        reasons = [one.reason for one in self.engine.incidents(OPERATOR)]
        assert not reasons, reasons

    def view(self, id: str | None = None) -> InstanceView:
        """The project, or another instance."""
        return self.engine.instance(OPERATOR, id or self.id)

    def linked(self, key: str) -> list[InstanceView]:
        """The project's instances of a procedure, oldest first."""
        found = [self.view(id) for id in self.view().children]
        return [one for one in found if one.definition["key"] == key]

    def open(self, id: str | None = None) -> list[str]:
        """The elements of the open tasks."""
        return sorted(row.element for row in self.engine.tasks(OPERATOR, instance=id or self.id, limit=200).items)

    def task(self, element: str, id: str | None = None) -> TaskRow:
        """The open task of that element."""
        rows = self.engine.tasks(OPERATOR, instance=id or self.id, limit=200).items
        (row,) = (row for row in rows if row.element == element)
        return row

    def actor(self, row: TaskRow) -> tuple[Actor, str | None]:
        """Who does a task, and for whom."""
        if row.assignee:
            return Actor(row.assignee), None
        outside = {role.key for role in ROLES if role.kind == "outside"}
        own = [role for role in row.roles if role not in outside]
        return (Actor(own[0]), None) if own else (Actor(row.on_behalf_roles[0]), row.roles[0])

    def shown(self, element: str, id: str | None = None) -> dict[str, Any]:
        """What the form of an open task opens with."""
        row = self.task(element, id)
        form = self.engine.task(self.actor(row)[0], row.id).form
        assert form is not None
        return form.data

    def do(self, element: str, id: str | None = None, **answers: Any) -> None:
        """Hand in the open task of that element."""
        row = self.task(element, id)
        who, behalf = self.actor(row)
        if not row.assignee:
            self.engine.claim(who, row.id)
        form = self.engine.task(who, row.id).form
        assert form is not None
        data: dict[str, Any] = {}
        for component in inputs(form.schema):
            key = name(component)
            if component["type"] == "filepicker":
                data[key] = [self.attached(who, row)]
            elif asked(component):
                known = answers.get(key, form.data.get(key))
                data[key] = plausible(component) if known in (None, "", []) and key not in answers else known
        evidence = [self.attached(who, row)] if behalf else []
        given = {key: value for key, value in data.items() if value is not None}
        self.engine.complete(who, row.id, given, behalf, evidence)
        self.work()

    def attached(self, who: Actor, row: TaskRow) -> str:
        """The id of a file attached to a task."""
        return self.engine.attach(who, row.id, "签署件.pdf", PDF, "application/pdf").id

    def ticket(self, key: str) -> str:
        """The id of a ticket raised for the project."""
        return self.engine.start(PM, key, f"XM-1-{key}", {}, parent=self.id).id

    def fault(self, **payload: Any) -> InstanceView:
        """The instance that the report of a major fault started."""
        assert self.engine.message(PM, "major_fault", "XM-1", payload) == [self.id]
        self.work()
        return self.linked("CBS00P007")[-1]

    def browser(self) -> Person:
        """The project manager's browser, logged in."""
        person = Person(build(self.engine, self.engine.settings).test_client())
        person.send("/login", name=PM.user, password=PASSWORD)
        return person

    def reports(self) -> list[Document]:
        """The annual reports that were made."""
        return [one for one in self.engine.documents(OPERATOR, self.id) if one.number.startswith("JBS00P00403")]
