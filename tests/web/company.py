"""One company for a whole test run: its store is deployed once, its people are owner, colleague, outsider, ..."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from bpmn.model import File
from engine.actor import OPERATOR
from engine.engine import Engine
from engine.settings import Settings
from engine.store import tables as t
from tests.stores import Store
from tests.web.browsers import PASSWORD, Person, Program
from web.app import build

TINY = Path(__file__).parents[1] / "diagrams"
DEPLOYED = (
    ("web/web_ask.bpmn", "web/web_request.form", "web/web_answer.form"),
    ("engine/review.bpmn",),
    ("engine/waits.bpmn",),
)
STAFF = {
    "owner": ("project_manager",),
    "colleague": ("project_manager", "department_qa"),
    "outsider": ("safety_officer",),
    "auditor": ("auditor",),
    "admin": ("admin",),
    "keeper": ("process_owner",),
    "second": ("process_owner",),
}
REQUEST = {"subject": "备件", "amount": 120050, "urgent": False, "items": [{"item": "硬盘", "count": 2}]}
TEAM: dict[str, Any] = {"team_project_manager": ["owner"], "team_department_qa": ["colleague"]}
PASSING = {"audit", "draft", "notice", "idempotency", "snapshot", "token"}


class Company:
    """An application over an engine, and a program with a token for each of its people."""

    def __init__(self, store: Store) -> None:
        self.settings = Settings(var=store.var, database_url=store.url, max_upload=200_000, max_request=2_000_000)
        self.engine = Engine(self.settings)
        for name, roles in STAFF.items():
            password = PASSWORD if name in ("owner", "auditor", "keeper", "second") else None
            self.engine.create_user(OPERATOR, name, f"{name}的名字", password=password, roles=roles)
        for together in DEPLOYED:
            self.engine.deploy(OPERATOR, [File(Path(name).name, (TINY / name).read_bytes()) for name in together])
        self.app: Flask = build(self.engine, self.settings)
        tokens = {name: self.engine.token_create(name) for name in STAFF}
        self.programs = {name: Program(self.app.test_client(), token) for name, token in tokens.items()}

    def __getattr__(self, name: str) -> Program:
        """`company.owner`: the owner's program."""
        try:
            return self.__dict__["programs"][name]  # type: ignore[no-any-return]  # a dict of programs
        except KeyError:
            raise AttributeError(name) from None

    def person(self, name: str) -> Person:
        """A browser in which that person has logged in."""
        browser = Person(self.app.test_client())
        assert browser.send("/login", name=name, password=PASSWORD).status_code == 302
        return browser

    def begun(self, key: str = "web_ask", **variables: Any) -> tuple[str, str]:
        """An instance that the owner started, and its one open task."""
        made = self.owner.post("process-instances", {"definition": key, "variables": variables})
        assert made.status_code == 201, made.text
        return made.json["id"], self.task(made.json["id"])

    def task(self, instance: str) -> str:
        """The one open task of an instance."""
        (row,) = self.owner.get(f"tasks?instance={instance}").json["items"]
        return str(row["id"])

    def stored(self) -> dict[str, list[str]]:
        """Every row that is there to last: what a refused request may not change."""
        with self.engine.room.database.read() as connection:
            tables = [table for table in t.user.metadata.sorted_tables if table.name not in PASSING]
            return {table.name: sorted(map(repr, connection.execute(select(table)))) for table in tables}


def refused(answer: TestResponse, *statuses: int) -> dict[str, Any]:
    """The problem that an answer is; fails unless it is a whole one with one of these statuses."""
    assert answer.status_code in (statuses or range(400, 500)), (answer.status_code, answer.text[:500])
    assert answer.content_type == "application/problem+json"
    told: dict[str, Any] = msgspec.json.decode(answer.data)
    assert told["status"] == answer.status_code and told["title"] and told["detail"]
    assert all(set(error) == {"field", "message"} and error["message"] for error in told["errors"])
    return told


def fields(told: dict[str, Any]) -> list[str]:
    """The fields that a problem names."""
    return [error["field"] for error in told["errors"]]
