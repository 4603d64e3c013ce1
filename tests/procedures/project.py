"""Carries one instance through its procedure, each task done by whoever may."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Mapping
from typing import Any

from tests.procedures.answers import WORD, asked, inputs, name, plausible, word
from tests.procedures.api import PDF, Api, Refused
from tests.procedures.house import House

MOST = 200
PATIENCE = 30.0


class Project:
    """An instance and what was done to it. `answers`: by field, a value or one for each time that it is asked."""

    def __init__(
        self, house: House, start: Mapping[str, Any], answers: Mapping[str, Any], key: str = "CBS00P004"
    ) -> None:
        self.house = house
        self.answers = answers
        self.times: Counter[str] = Counter()
        self.done: list[str] = []
        self.apis: dict[str, Api] = {}
        self.definition = self.api("project_manager").get(f"process-definitions/{key}")
        self.business_key = f"{key}-{uuid.uuid4().hex[:8]}"
        schema = self.definition["start_form"] or {}
        begun = {"definition": key, "business_key": self.business_key, "variables": self.fill(schema, start)}
        self.id: str = self.api("project_manager").post("process-instances", begun)["id"]

    def api(self, user: str) -> Api:
        """The connection of a user, made once."""
        if user not in self.apis:
            self.apis[user] = self.house.api(user, patient=True)
        return self.apis[user]

    def again(self) -> None:
        """Hang up: the server was started again."""
        self.house.hang_up()
        self.apis.clear()

    def fill(self, schema: Mapping[str, Any], present: Mapping[str, Any]) -> dict[str, Any]:
        """The test's answers, else what the form came with, else something plausible."""
        data = {}
        for component in filter(asked, inputs(schema)):
            key = name(component)
            if key in self.answers:
                data[key] = self.answer(key)
            elif present.get(key) not in (None, "", []):
                data[key] = present[key]
            else:
                data[key] = self.member(key, component)
        return {key: value for key, value in data.items() if value is not None}

    def member(self, key: str, component: Mapping[str, Any]) -> Any:
        """A plausible answer; the team is made of those named after their roles."""
        role = key.removeprefix("team_")
        if role != key and role in self.house.tokens:
            return [role] if component["type"] in ("taglist", "checklist") else role
        return plausible(component)

    def answer(self, key: str) -> Any:
        """The next answer of the test; the last one stands for all later times."""
        given = self.answers[key]
        if not isinstance(given, list):
            return given
        self.times[key] += 1
        return given[min(self.times[key], len(given)) - 1]

    def view(self) -> dict[str, Any]:
        """The instance as the API shows it."""
        shown: dict[str, Any] = self.api("project_manager").get(f"process-instances/{self.id}")
        return shown

    def tasks(self) -> list[dict[str, Any]]:
        """Its open tasks."""
        return self.api("project_manager").every(f"tasks?state=open&instance={self.id}")

    def actor(self, task: Mapping[str, Any]) -> tuple[str, str | None]:
        """Who does a task, and for whom."""
        if task["assignee"]:
            return task["assignee"], None
        own = [role for role in task["roles"] if role in self.house.tokens]
        behalf = [role for role in task["on_behalf_roles"] if role in self.house.tokens]
        return (own[0], None) if own else (behalf[0], task["roles"][0])

    def submission(self, task: Mapping[str, Any]) -> tuple[Api, dict[str, Any]]:
        """What the one who does a task would send, files and evidence already there, the task claimed."""
        user, behalf = self.actor(task)
        api = self.api(user)
        whole = api.get(f"tasks/{task['id']}")
        if not task["assignee"]:
            api.post(f"tasks/{task['id']}/claim")
        body: dict[str, Any] = {"data": self.fill(whole["form"] or {}, whole["data"] or {})}
        for component in inputs(whole["form"] or {}):
            if component["type"] == "filepicker":
                body["data"][name(component)] = [self.attach(api, task, component.get("accept") == ".docx")]
        if behalf:
            body.update(on_behalf_of=behalf, evidence=[self.attach(api, task, False)])
        return api, body

    @staticmethod
    def attach(api: Api, task: Mapping[str, Any], as_word: bool) -> str:
        """The id of a file uploaded to a task."""
        file = ("客户格式.docx", WORD, word()) if as_word else ("签署件.pdf", "application/pdf", PDF)
        return str(api.upload(f"tasks/{task['id']}/attachments", "file", file)["id"])

    def complete(self, task: Mapping[str, Any], key: str | None = None) -> None:
        """Do one task. Raises Refused."""
        api, body = self.submission(task)
        api.post(f"tasks/{task['id']}/complete", body, key)
        self.done.append(task["element"])

    def carry(self, until: str | None = None) -> dict[str, Any]:
        """Do every task until the instance ends, or until a task of that element is open; answers the instance."""
        waited = time.monotonic()
        for _ in range(MOST * 10):
            view = self.view()
            if view["status"] != "active":
                return view
            open_tasks = self.tasks()
            if until and any(task["element"] == until for task in open_tasks):
                return view
            if not open_tasks:
                assert time.monotonic() - waited < PATIENCE, f"nothing to do and not ended: {view['tokens']}"
                time.sleep(0.1)
                continue
            try:
                self.complete(open_tasks[0])
            except Refused as refusal:
                # A timer may have closed it in between.
                if refusal.status not in (404, 409):
                    raise
            waited = time.monotonic()
            assert len(self.done) < MOST, self.done[-20:]
        raise AssertionError(f"no end after {len(self.done)} tasks: {self.done[-20:]}")

    def journal(self) -> list[dict[str, Any]]:
        """Its journal."""
        return self.api("project_manager").every(f"process-instances/{self.id}/journal")

    def documents(self) -> list[dict[str, Any]]:
        """Its records."""
        return self.api("project_manager").every(f"process-instances/{self.id}/documents")

    def clauses(self) -> set[str]:
        """The clauses whose elements it touched."""
        clause = {element["id"]: element["clause"] for element in self.definition["elements"]}
        entries = self.journal()
        touched = {entry["element"] for entry in entries} | {e.get("element") for n in entries for e in n["effects"]}
        return {clause[id] for id in touched if clause.get(id)}
