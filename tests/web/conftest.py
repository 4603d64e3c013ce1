"""A house with people, one tiny procedure, and browsers without a screen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bpmn.model import File
from engine.actor import OPERATOR
from engine.engine import Engine
from engine.settings import Settings
from web.app import build

DIAGRAMS = Path(__file__).parents[1] / "diagrams" / "web"
PASSWORD = "long enough for a test"
PEOPLE = {
    "manager": ("project_manager",),
    "colleague": ("project_manager",),
    "outsider": ("safety_officer",),
    "boss": ("admin",),
    "auditor": ("auditor",),
}
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


class House:
    """An application over an engine; `person` is a browser that is logged in, `api` a program with a token."""

    def __init__(self, var: Path) -> None:
        self.settings = Settings(var=var, max_upload=200_000, max_request=400_000)
        self.engine = Engine(self.settings)
        for name, roles in PEOPLE.items():
            self.engine.create_user(OPERATOR, name, f"{name}的名字", password=PASSWORD, roles=roles)
        self.engine.deploy(OPERATOR, [File(path.name, path.read_bytes()) for path in sorted(DIAGRAMS.iterdir())])
        self.app: Flask = build(self.engine, self.settings)

    def person(self, name: str) -> Person:
        """A browser in which that person has logged in."""
        browser = Person(self.app.test_client())
        browser.send("/login", name=name, password=PASSWORD)
        return browser

    def api(self, name: str) -> Program:
        """A program with that person's token."""
        return Program(self.app.test_client(), self.engine.token_create(name))


class Person:
    """Reads pages and sends forms as a browser does, with the page's CSRF token."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str) -> TestResponse:
        """A page."""
        return self.client.get(path)

    def send(self, path: str, page: str | None = None, **fields: Any) -> TestResponse:
        """Send the form of a page (the login page has a token for everybody)."""
        text = self.client.get(page or "/login", follow_redirects=True).text
        token = re.search(r'name="csrf-token" content="([^"]+)"', text)
        assert token is not None
        data = {name.replace("__", "#"): value for name, value in fields.items()}
        return self.client.post(path, data={"csrf_token": token[1], **data}, content_type="multipart/form-data")


class Program:
    """Calls the API."""

    def __init__(self, client: FlaskClient, token: str) -> None:
        self.client, self.headers = client, {"Authorization": f"Bearer {token}"}

    def get(self, path: str) -> TestResponse:
        """GET /api/v1/..."""
        return self.client.get(f"/api/v1/{path}", headers=self.headers)

    def post(self, path: str, body: Any = None, **more: Any) -> TestResponse:
        """POST JSON, or whatever `more` says."""
        headers = {**self.headers, **more.pop("headers", {})}
        if more:
            return self.client.post(f"/api/v1/{path}", headers=headers, **more)
        return self.client.post(f"/api/v1/{path}", headers=headers, json=body)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A fresh house."""
    made = House(tmp_path / "var")
    yield made
    made.engine.close()
