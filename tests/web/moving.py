"""Two running instances and a newer version of their diagram, behind pages and API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from engine.actor import OPERATOR, Actor
from tests.engine.house import PEOPLE, House
from tests.web.browsers import PASSWORD, Person, Program
from web.app import build

MAPPING = {"check": "review"}


class Moving(House):
    """A house with a web application: one instance at `write`, one at `check`, which the new version calls `review`."""

    def __init__(self, var: Path) -> None:
        super().__init__(var)
        self.engine.create_user(OPERATOR, "keeper", "规程的负责人", roles=("process_owner",))
        self.deploy("returns")
        self.early, self.late = (self.engine.start(Actor("owner"), "returns", key).id for key in ("early", "late"))
        self.do(self.late, "write", "owner")
        self.deploy("returns_later")
        self.app = build(self.engine, self.settings)
        people = (*PEOPLE, "keeper")
        self.api = {name: Program(self.app.test_client(), self.engine.token_create(name)) for name in people}

    def person(self, name: str) -> Person:
        """A browser in which that person has logged in."""
        self.engine.set_password(OPERATOR, name, PASSWORD)
        browser = Person(self.app.test_client())
        assert browser.send("/login", name=name, password=PASSWORD).status_code == 302
        return browser

    def rehearsed(self, body: Any = None, query: str = "", by: str = "keeper", **headers: str) -> Any:
        """The answer of the API to a rehearsal."""
        return self.api[by].post(f"process-definitions/returns/rehearsals{query}", body or {}, headers=headers)

    def token(self, instance: str) -> dict[str, Any]:
        """The one place at which an instance waits."""
        (place,) = self.api["boss"].post(f"process-instances/{instance}/modify/preview", {}).json["before"]
        return dict(place)

    def moves(self, instance: str, how: str, to: str) -> list[dict[str, Any]]:
        """That place, moved."""
        place = self.token(instance)
        return [{"token": place["token"], "element": place["element"], "how": how, "to": to}]

    def version(self, instance: str) -> int:
        """The version that an instance runs on."""
        return int(self.view(instance).definition["version"])
