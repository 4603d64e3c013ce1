"""A furnished house for every walk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.procedures.house import House, furnished
from tests.stores import Store, Stores


@pytest.fixture(scope="session")
def furnished_store(tmp_path_factory: pytest.TempPathFactory, lasting_stores: Stores) -> Store:
    """A store with the bundled procedures, the demonstration accounts and a token for each: to copy, not to use."""
    return furnished(lasting_stores.new(tmp_path_factory.mktemp("furnished")))


@pytest.fixture
def house(furnished_store: Store, stores: Stores, tmp_path: Path) -> Iterator[House]:
    """A real server process on a free port, on a store of its own."""
    running = House(stores.copy(furnished_store, tmp_path / "var"))
    running.start()
    yield running
    running.stop()
