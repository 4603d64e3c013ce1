"""Who uses the application in tests: a person with a browser, a program with a token."""

from __future__ import annotations

import re
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

PASSWORD = "long enough for a test"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


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

    def get(self, path: str) -> Any:
        """GET /api/v1/..."""
        return self.client.get(f"/api/v1/{path}", headers=self.headers)

    def post(self, path: str, body: Any = None, **more: Any) -> Any:
        """POST JSON, or whatever `more` says."""
        headers = {**self.headers, **more.pop("headers", {})}
        if more:
            return self.client.post(f"/api/v1/{path}", headers=headers, **more)
        return self.client.post(f"/api/v1/{path}", headers=headers, json=body)

    def put(self, path: str, content: bytes, version: int | str | None = None) -> Any:
        """PUT bytes in place of that version."""
        match = {} if version is None else {"If-Match": f'"{version}"'}
        return self.client.put(f"/api/v1/{path}", headers={**self.headers, **match}, data=content)

    def delete(self, path: str, version: int | str | None = None) -> Any:
        """DELETE that version."""
        match = {} if version is None else {"If-Match": f'"{version}"'}
        return self.client.delete(f"/api/v1/{path}", headers={**self.headers, **match})
