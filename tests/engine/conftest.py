"""A house of its own for each test, with people in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.house import House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """An engine on an empty store: author, reviewer, colleague, outsider, boss (admin), auditor."""
    made = House(tmp_path / "var")
    yield made
    made.engine.close()
