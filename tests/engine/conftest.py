"""A house of its own for each test, with people in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.house import House
from tests.engine.postman import Postman, serving


@pytest.fixture
def house(tmp_path: Path, store: str | None) -> Iterator[House]:
    """An engine on an empty store, SQLite and PostgreSQL: owner, colleague, reviewer, outsider, boss, auditor."""
    made = House(tmp_path / "var", database_url=store)
    yield made
    made.engine.close()


@pytest.fixture
def twin(house: House) -> Iterator[House]:
    """A second engine on the house's store."""
    made = house.twin()
    yield made
    made.engine.close()


@pytest.fixture
def postman() -> Postman:
    """Who takes the letters."""
    return Postman()


@pytest.fixture
def address(postman: Postman) -> Iterator[str]:
    """The address of a mail server."""
    with serving(postman) as url:
        yield url
