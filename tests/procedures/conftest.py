"""A furnished house for every walk."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.procedures.house import House, furnished


@pytest.fixture(scope="session")
def furnished_var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the bundled procedures, the demonstration accounts and a token for each: to copy, not to use."""
    return furnished(tmp_path_factory.mktemp("furnished"))


@pytest.fixture
def house(furnished_var: Path, tmp_path: Path) -> Iterator[House]:
    """A real server process on a free port, on a store of its own."""
    var = tmp_path / "var"
    shutil.copytree(furnished_var, var)
    running = House(var)
    running.start()
    yield running
    running.stop()
