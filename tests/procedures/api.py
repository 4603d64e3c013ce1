"""One user's view of /api/v1."""

from __future__ import annotations

import http.client
import json
import uuid
from typing import Any

PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)


class Refused(Exception):
    """An answer of 400 or above."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        super().__init__(f"{status} {json.dumps(problem, ensure_ascii=False)[:800]}")
        self.status = status
        self.problem = problem

    @property
    def fields(self) -> set[str]:
        """The fields that the answer finds fault with."""
        return {error["field"] for error in self.problem.get("errors", [])}


class Api:
    """Asks the server on a kept connection, twice where `patient`; every POST has an Idempotency-Key."""

    def __init__(self, host: str, port: int, token: str, patient: bool = False) -> None:
        self.connection = http.client.HTTPConnection(host, port, timeout=60)
        self.token = token
        self.more: dict[str, str] = {}
        self.patient = patient

    def close(self) -> None:
        """Hang up."""
        self.connection.close()

    def get(self, path: str) -> Any:
        """The answer to a GET. Raises Refused."""
        return self._ask("GET", path, {}, None)

    def post(self, path: str, body: Any = None, key: str | None = None) -> Any:
        """The answer to a POST of JSON. Raises Refused."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": key or uuid.uuid4().hex}
        return self._ask("POST", path, headers, json.dumps(body if body is not None else {}).encode())

    def upload(self, path: str, field: str, *files: tuple[str, str, bytes]) -> Any:
        """The answer to a POST of files, each (name, media type, content). Raises Refused."""
        boundary = uuid.uuid4().hex
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n'
            f"Content-Type: {kind}\r\n\r\n".encode()
            + content
            + b"\r\n"
            for name, kind, content in files
        ]
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}", "Idempotency-Key": uuid.uuid4().hex}
        return self._ask("POST", path, headers, b"".join(parts) + f"--{boundary}--\r\n".encode())

    def put(self, path: str, content: bytes) -> Any:
        """The answer to a PUT of a new file. Raises Refused."""
        return self._ask("PUT", path, {"Content-Type": "application/octet-stream"}, content)

    def every(self, path: str) -> list[Any]:
        """All items of a list, page by page."""
        found: list[Any] = []
        cursor: str | None = ""
        while cursor is not None:
            page = self.get(f"{path}{'&' if '?' in path else '?'}limit=200&cursor={cursor}")
            found += page["items"]
            cursor = page["next"]
        return found

    def _ask(self, method: str, path: str, headers: dict[str, str], body: bytes | None) -> Any:
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/json", **self.more, **headers}
        try:
            self.connection.request(method, "/api/v1/" + path, body, headers)
            answer = self.connection.getresponse()
            content = answer.read()
        except (http.client.HTTPException, OSError):
            self.connection.close()
            if not self.patient:
                raise
            # A connection left idle is hung up by the server; the same Idempotency-Key makes asking again safe.
            self.patient = False
            try:
                return self._ask(method, path, headers, body)
            finally:
                self.patient = True
        if answer.status >= 400:
            raise Refused(answer.status, json.loads(content))
        return json.loads(content) if content else None
