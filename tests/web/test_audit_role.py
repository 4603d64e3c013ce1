"""An auditor reads everything and changes nothing: every route of the house, with every method, on real objects."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select
from werkzeug.routing import Rule

from bpmn.model import File
from engine import files
from engine.actor import OPERATOR, Actor
from engine.contract import Job, PermanentFailure, Services
from engine.store import tables as t
from tests.engine.house import House
from tests.web.browsers import PASSWORD, PDF, Person, Program
from web.app import build

TINY = Path(__file__).parents[1] / "diagrams" / "web"
OWNER, AUDITOR = Actor("owner", "web"), Actor("auditor")
OWN = {
    "login.enter", "login.leave", "login.language", "profile.password", "profile.token", "notices.read_all",
    "link.submit", "link.stand", "conformity.draw", "api.api_conformity.draw",
}  # fmt: skip
"""What changes something of the auditor's own, is the auditor's own work, or is for whoever has the link."""
ONLY_ADMINISTRATORS = {"users.listed", "users.one", "handover.handover"}
"""Pages that are nothing but forms for administrators; what was done there stands in the audit log."""
ONLY_THOSE_WHO_DO_IT = {"link.link", "modification.page", "migration.page", "migration.rehearsal"}
"""Pages that begin a deed, and what is for whoever has the link."""
BODIES: Mapping[str, Mapping[str, Any]] = {
    "/complete": {"data": {}},
    "/modify": {"reason": "x", "moves": [{"token": 1, "element": "request", "how": "after", "to": "request"}]},
    "/settle": {"reason": "x", "result": {}},
    "/process-instances": {"definition": "web_ask", "variables": {}},
    "/submit": {"reason": "x", "changes": "x", "effective_on": "2099-01-01"},
    "/proposals": {"key": "web_ask", "title": "x"},
    "/messages": {"name": "x", "payload": {}},
    **{f"/{deed}": {"reason": "x"} for deed in ("suspend", "resume", "cancel", "retry", "migrate")},
}
FORM = {
    "reason": "x", "save": "submit", "subject": "x", "text": "x", "name": "owner", "password": "long enough",
    "display_name": "x", "role": "admin", "from_user": "owner", "to_user": "colleague", "on": "2026-01-01",
    "key": "web_ask", "title": "x", "changes": "x", "effective_on": "2099-01-01", "version": "1",
    "instance": "x", "element": "x", "position": "1", "to": "1", "note": "x", "days": "3", "active": "no",
    "kind": ".bpmn",
}  # fmt: skip
"""What a person who may would fill in."""
ONLY_COMPUTES = dict.fromkeys(("api.api_proposals.simulate", "workbench.walk", "start.stand"), 200)
"""Walks a draft, or says how a form stands: nothing of it is stored."""
PROVES = {"api.api_verifications.everything": 202, "api.api_verifications.instance": 202, "trust.anchor": 302}
"""Verifies, or writes an anchor: files beside the store, which is what an auditor is here for."""
NOT_THERE = {"lists.close_finding", "task.revoke", "trust.ask"}
"""What they are about is not there for anybody here: 404 comes first."""
NOTHING_TO_SHOW = {"studio.template", "replay.picture"}
"""The files of this house have no Word template, and its diagram is not drawn."""
WANTED = {**ONLY_COMPUTES, **PROVES, **dict.fromkeys(NOT_THERE, 404)}
KINDS = {"GET", "POST", "PUT", "DELETE", "PATCH"}
ALLOWED = {"audit", "notice_read", "snapshot", "token", "idempotency"}
"""Tables that reading, or one's own account, may write."""


def failing(job: Job, services: Services) -> Mapping[str, Any]:
    """A service that never works."""
    raise PermanentFailure("打印机坏了")


class Desk(House):
    """A house in which there is one of everything, and an auditor with a browser and a token."""

    def __init__(self, var: Path) -> None:
        super().__init__(var, {"work": failing})
        self.deploy("machine")
        self.engine.deploy(OPERATOR, [File(path.name, path.read_bytes()) for path in sorted(TINY.iterdir())])
        self.engine.set_password(OPERATOR, "auditor", PASSWORD)
        self.ids = self._one_of_everything()
        self.app: Flask = build(self.engine, self.settings)
        self.browser = Person(self.app.test_client())
        self.browser.send("/login", name="auditor", password=PASSWORD)
        self.program = Program(self.app.test_client(), self.engine.token_create("auditor"))

    def _one_of_everything(self) -> dict[str, str]:
        failed = self.start("machine", subject="甲")
        self.engine.run_jobs_once()
        (incident,) = self.engine.incidents(OPERATOR)
        made = self.engine.start(OWNER, "web_ask", "A-1", {})
        (task,) = self.engine.tasks(OWNER, instance=made.id).items
        attached = self.engine.attach(OWNER, task.id, "a.pdf", PDF)
        proposal = self.engine.begin_proposal(Actor("boss"), "web_ask", "改进")
        (deployment, *_) = self.engine.deployments()
        row: dict[str, Any] = {
            "id": "document", "instance": made.id, "number": "N", "title": "记录", "version": "1.0", "name": "a.docx",
            "sha256": files.keep(self.settings, PDF), "size": len(PDF), "created_at": self.clock.now(),
            "element": "request", "job": "j", "seq": 1, "meta": "{}",
        }  # fmt: skip
        told: dict[str, Any] = {
            "id": "notice",
            "user": "auditor",
            "at": self.clock.now(),
            "text": "通知",
            "link": "/",
            "kind": "told",
        }
        with self.engine.room.database.write() as connection:
            connection.execute(insert(t.document), row)
            connection.execute(insert(t.notice), told)
        self.engine.anchor()
        verification = self.engine.ask_verification(AUDITOR, made.id)
        sample = self.engine.draw_sample(OPERATOR, "web_ask", 1)
        return {
            "verification": verification.id, "sample": sample.id,
            "instance": made.id, "task": task.id, "attachment": attached.id, "incident": incident.id,
            "failed": failed.id, "proposal": proposal.id, "deployment": deployment.id,
            "file": proposal.files[0].name,
        }  # fmt: skip

    def values(self, rule: Rule) -> dict[str, Any]:
        """What stands in a route's gaps: the one real thing that it is about."""
        path, ids = rule.rule, self.ids
        about = {
            "process-instances": ids["instance"], "/projects/": ids["instance"], "tasks": ids["task"],
            "attachments": ids["attachment"], "documents": "document", "incidents": ids["incident"],
            "proposals": ids["proposal"], "studio": ids["proposal"], "deployment": ids["deployment"],
            "notices": "notice", "verifications": ids["verification"], "samples": ids["sample"],
        }  # fmt: skip
        id = next((id for word, id in about.items() if word in path), "unknown")
        name = {"/lists/<name>": "deviations", "/users/<name>": "owner"}.get(path, ids["file"])
        known: dict[str, Any] = {"id": id, "name": name, "key": "web_ask", "process": "web_ask", "element": "request"}
        known |= {
            "version": 1,
            "entry": 1,
            "number": 1,
            "instance": ids["instance"],
            "token": "none",
            "link_id": "none",
            "deed": "suspend",
        }
        return {given: known[given] for given in rule.arguments}

    def ask(self, rule: Rule, method: str) -> tuple[str, int]:
        """Call a route as the auditor; its address and the status of the answer."""
        with self.app.test_request_context():
            built = rule.build(self.values(rule))
        assert built is not None, rule
        path = built[1]
        headers = {"If-Match": '"1"'} if method in ("PUT", "DELETE") else {}
        if path.startswith(("/api/", "/engine-rest/")):
            body = self._body(path) if method == "POST" else {}
            answer = self.program.client.open(path, method=method, headers={**self.program.headers, **headers}, **body)
        else:
            token = self.browser.get("/profile").text.split('name="csrf-token" content="')[1].split('"')[0]
            body = {"data": self._form(path)} if method == "POST" else {}
            if path.endswith(".json"):
                body = {"json": {"name": self.ids["file"]} if path.endswith("here.json") else {}}
            answer = self.browser.client.open(path, method=method, headers={"X-CSRFToken": token, **headers}, **body)
        answer.close()
        return path, answer.status_code

    def _form(self, path: str) -> dict[str, Any]:
        """What a person who may would send there."""
        return {"files": (io.BytesIO(b"<definitions/>"), "a.bpmn")} if path.endswith("/upload") else dict(FORM)

    def _body(self, path: str) -> dict[str, Any]:
        """What a program that may would send there."""
        if path.endswith("/attachments"):
            return {"data": {"file": (io.BytesIO(PDF), "a.pdf")}}
        if path.endswith(("deployments", "simulations", "create")):
            return {"data": {"files": (io.BytesIO(b"<definitions/>"), "a.bpmn"), "deployment-name": "x"}}
        sent: Mapping[str, Any] = next((body for end, body in BODIES.items() if path.endswith(end)), {})
        return {"json": dict(sent)}

    def routes(self, *methods: str) -> Iterator[tuple[Rule, str]]:
        """Every route with each of these methods, but for files of the front end."""
        for rule in sorted(self.app.url_map.iter_rules(), key=lambda rule: rule.rule):
            for method in sorted((rule.methods or set()) & set(methods)):
                if rule.endpoint != "static":
                    yield rule, method

    def stored(self) -> dict[str, list[str]]:
        """Every row of the house."""
        with self.engine.room.database.read() as connection:
            tables = [table for table in t.metadata.sorted_tables if table.name not in ALLOWED]
            return {table.name: sorted(map(repr, connection.execute(select(table)))) for table in tables}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A fresh one."""
    made = Desk(tmp_path / "var")
    yield made
    made.engine.close()


def test_an_auditor_reads_everything_on_every_route_and_it_is_told(desk: Desk) -> None:
    before = desk.stored()
    wrong, read = [], 0
    for rule, _ in desk.routes("GET"):
        path, status = desk.ask(rule, "GET")
        closed = rule.endpoint in ONLY_ADMINISTRATORS | ONLY_THOSE_WHO_DO_IT
        wanted = {403} if closed else {404} if rule.endpoint in NOTHING_TO_SHOW else {200, 302}
        read += status == 200
        if status not in wanted:
            wrong.append((path, status))
    assert not wrong, str(wrong)
    assert desk.stored() == before
    desk.engine.room.gathered.flush()
    with desk.engine.room.database.read() as connection:
        told = connection.execute(select(t.audit.c.action).where(t.audit.c.actor == "auditor")).scalars().all()
    assert len(told) >= read - 6 and {"read", "open", "download"} <= set(told)  # health and the API's description


def test_an_auditor_changes_nothing_on_any_route(desk: Desk) -> None:
    before = desk.stored()
    wrong = [
        (method, path, status)
        for rule, method in desk.routes(*KINDS - {"GET"})
        if rule.endpoint not in OWN
        for path, status in [desk.ask(rule, method)]
        if status != WANTED.get(rule.endpoint, 403)
    ]
    assert not wrong, str(wrong)
    assert desk.stored() == before
