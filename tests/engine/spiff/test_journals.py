"""Journals kept from each fold are executed again to the same effects; they are never made anew.

When one fails, results have changed: raise FOLD and add journals of the new fold, leave the old ones as they are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from bpmn.feel import Feel
from bpmn.model import File
from engine.entry import Entry
from engine.spiff import FOLD, apply, compile, new, variables

JOURNALS = sorted((Path(__file__).parents[2] / "journals" / str(FOLD)).glob("*.json"))


@pytest.fixture(scope="module")
def feel() -> Iterator[Feel]:
    """One isolate for all journals."""
    real = Feel()
    yield real
    real.close()


@pytest.mark.parametrize("path", JOURNALS, ids=lambda path: path.stem)
def test_a_kept_journal_is_executed_again_to_the_same_effects(path: Path, feel: Feel) -> None:
    kept = json.loads(path.read_text("utf-8"))
    files = [File(name, text.encode()) for name, text in kept["files"].items()]
    live = new(compile(files, kept["key"]), kept["instance"])
    for line in kept["journal"]:
        assert apply(live, msgspec.convert(line["entry"], Entry), feel) == line["effects"]
    assert variables(live) == kept["variables"]


def test_there_are_journals_of_this_fold() -> None:
    assert JOURNALS
