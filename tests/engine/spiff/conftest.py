"""Every instance that a test plays is executed again when the test ends, and its film is held against it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .filmed import check_filmed
from .play import Play


@pytest.fixture(autouse=True)
def executed_again() -> Iterator[None]:
    """All that were checked live; what was not checked says so itself."""
    Play.made.clear()
    yield
    for play in Play.made:
        if play.checked and play.entries:
            play.check_replayed()
            check_filmed(play)
    Play.made.clear()
