"""Journals kept from each fold known here are executed again to the same effects; they are never made anew.

When one fails, results have changed: raise FOLD and add journals of the new fold, leave the old ones as they are.
Checkpoints in them, of whatever fold, must be read by every later release: instances go on from there.
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
from engine.spiff import FOLD, FOLDS, apply, checkpoint, compile, new, resume, variables

KEPT = sorted((Path(__file__).parents[2] / "journals").glob("*/*.json"))
JOURNALS = [path for path in KEPT if int(path.parent.name) in FOLDS]


@pytest.fixture(scope="module")
def feel() -> Iterator[Feel]:
    """One isolate for all journals."""
    real = Feel()
    yield real
    real.close()


def name(path: Path) -> str:
    """fold/name"""
    return f"{path.parent.name}/{path.stem}"


@pytest.mark.parametrize("path", JOURNALS, ids=name)
def test_a_kept_journal_is_executed_again_to_the_same_effects(path: Path, feel: Feel) -> None:
    kept = json.loads(path.read_text("utf-8"))
    files = [File(name, text.encode()) for name, text in kept["files"].items()]
    live = new(compile(files, kept["key"]), kept["instance"])
    for line in kept["journal"]:
        entry = msgspec.convert(line["entry"], Entry)
        assert apply(live, entry, feel) == line["effects"]
        if entry.kind == "checkpoint":
            assert checkpoint(live) == entry.data["state"]
            live = resume(compile(files, kept["key"]), entry.data["state"])
    assert variables(live) == kept["variables"]


@pytest.mark.parametrize("path", KEPT, ids=name)
def test_a_kept_checkpoint_is_read_whatever_fold_wrote_it(path: Path) -> None:
    kept = json.loads(path.read_text("utf-8"))
    files = [File(name, text.encode()) for name, text in kept["files"].items()]
    for line in kept["journal"]:
        if line["entry"]["kind"] == "checkpoint":
            live = resume(compile(files, kept["key"]), line["entry"]["data"]["state"])
            assert (live.status, live.machine.instance) == ("active", kept["instance"])


def test_there_are_journals_of_this_fold_with_and_without_a_checkpoint() -> None:
    mine = [json.loads(path.read_text("utf-8"))["journal"] for path in KEPT if path.parent.name == str(FOLD)]
    written = ["checkpoint" in [line["entry"]["kind"] for line in journal] for journal in mine]
    assert True in written and False in written
