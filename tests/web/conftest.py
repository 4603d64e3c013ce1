"""A house with people, one tiny procedure, and browsers without a screen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from bpmn.model import File
from engine.actor import OPERATOR, Actor
from engine.engine import Engine
from engine.settings import Settings
from tests.stores import Store, Stores
from tests.web.browsers import PASSWORD, Person, Program
from tests.web.company import Company
from tests.web.moving import Moving
from web.app import build

DIAGRAMS = Path(__file__).parents[1] / "diagrams" / "web"
PEOPLE = {
    "manager": ("project_manager",),
    "colleague": ("project_manager",),
    "outsider": ("safety_officer",),
    "boss": ("admin",),
    "auditor": ("auditor",),
}


class House:
    """An application over an engine; `person` is a browser that is logged in, `api` a program with a token."""

    def __init__(self, var: Path, database_url: str | None = None) -> None:
        self.settings = Settings(var=var, database_url=database_url, max_upload=200_000, max_request=400_000)
        self.engine = Engine(self.settings)
        if not self.engine.users():
            for name, roles in PEOPLE.items():
                self.engine.create_user(OPERATOR, name, f"{name}的名字", password=PASSWORD, roles=roles)
            self.engine.deploy(OPERATOR, [File(path.name, path.read_bytes()) for path in sorted(DIAGRAMS.iterdir())])
        self.app: Flask = build(self.engine, self.settings)

    def person(self, name: str) -> Person:
        """A browser in which that person has logged in."""
        browser = Person(self.app.test_client())
        browser.send("/login", name=name, password=PASSWORD)
        return browser

    def engine_actor(self, name: str) -> Actor:
        """That person, as the engine knows who acts."""
        return Actor(name, "web")

    def api(self, name: str) -> Program:
        """A program with that person's token."""
        return Program(self.app.test_client(), self.engine.token_create(name))


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory, lasting_stores: Stores) -> Store:
    """A store with the people and the procedure, which nobody works on: each house has a copy."""
    store = lasting_stores.new(tmp_path_factory.mktemp("furnished"))
    House(store.var, store.url).engine.close()
    return store


@pytest.fixture
def house(tmp_path: Path, stores: Stores, furnished: Store) -> Iterator[House]:
    """A fresh house."""
    store = stores.copy(furnished, tmp_path / "var")
    made = House(store.var, store.url)
    yield made
    made.engine.close()


@pytest.fixture
def moving(tmp_path: Path) -> Iterator[Moving]:
    """A fresh house in which running instances wait for a newer version."""
    made = Moving(tmp_path / "var")
    yield made
    made.engine.close()


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory, lasting_stores: Stores) -> Iterator[Company]:
    """One company for all tests that need no empty store."""
    made = Company(lasting_stores.new(tmp_path_factory.mktemp("company")))
    yield made
    made.engine.close()
