"""The same house under a release before this one, whose fold this one does not know."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from engine import checkpoint, folds, step, verify
from engine.spiff import FOLDS
from tests.engine.house import House

OLD = min(FOLDS) - 1


@contextmanager
def release_before(house: House, *known: int) -> Iterator[None]:
    """The house, run by the release before this one; each starts with nothing in memory."""
    forget(house)
    with pytest.MonkeyPatch.context() as then:
        for module in (step, checkpoint):
            then.setattr(module, "FOLD", OLD)
        for module in (step, folds, verify):
            then.setattr(module, "FOLDS", frozenset({OLD, *known}))
        yield
    forget(house)


def forget(house: House) -> None:
    """As after a restart."""
    house.engine.room.lives.clear()
    house.engine.room.variables.clear()
