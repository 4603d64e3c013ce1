"""Every row of the table does what it says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from bpmn.check import check
from bpmn.feel import Feel
from bpmn.model import File, Known
from bpmn.normalise import normalise
from tests.engine.spiff.play import Play
from tests.support.page import PAGE, page
from tests.support.row import Row
from tests.support.table import ROWS

KNOWN = Known(topics={"record"})
WORKS = re.compile(r"(?:[Tt]ask|ubProcess|callActivity|transaction)$")


@pytest.fixture(scope="module")
def feel() -> Iterator[Feel]:
    """One isolate for all rows."""
    real = Feel()
    yield real
    real.close()


def errors(row: Row, feel: Feel) -> set[str]:
    """The rules that refuse the row's files."""
    return {finding.rule for finding in check(row.drawn(), KNOWN, feel) if finding.severity == "error"}


def play(row: Row, prune: bool, feel: Feel) -> Play:
    """The row's diagram as a deployment stores it, played."""
    files = [File(file.name, normalise(file.content)) if file.name.endswith(".bpmn") else file for file in row.drawn()]
    played = Play(*files, prune=prune)
    played.feel = feel
    for move in row.moves:
        kind, *rest = move.split(" ")
        given = {name: json.loads(value) for name, value in (word.split("=", 1) for word in rest if "=" in word)}
        bare = [word for word in rest if "=" not in word]
        if kind == "start":
            played.do("started", bare[1] if bare else None, variables=given)
        elif kind == "do":
            played.complete(bare[0], **given)
        elif kind == "fire":
            played.fire(bare[0])
        elif kind == "come":
            played.message(bare[0], **given)
        else:
            played.job(bare[0], **given)
    return played


def trace(played: Play) -> list[str]:
    """The activities entered, in order."""
    elements = played.program.elements
    entered = [e["element"] for step in played.effects for e in step if e["type"] == "entered"]
    return [id for id in entered if WORKS.search(elements[id].type)]


@pytest.mark.parametrize("prune", [True, False], ids=["pruned", "whole"])
@pytest.mark.parametrize("row", [row for row in ROWS if row.how in ("runs", "normalised")], ids=lambda row: row.name)
def test_what_runs_is_accepted_and_does_what_bpmn_says(row: Row, prune: bool, feel: Feel) -> None:
    assert not errors(row, feel)
    played = play(row, prune, feel)
    assert trace(played) == row.trace.split()
    if row.left:
        assert " ".join(played.open) == row.left
        played.check_replayed()
    else:
        assert played.live.status == "completed"
        played.ended(played.live.end)


@pytest.mark.parametrize("row", [row for row in ROWS if row.how == "refused"], ids=lambda row: row.name)
def test_what_is_refused_is_refused_by_its_rule(row: Row, feel: Feel) -> None:
    assert row.rule in errors(row, feel)


@pytest.mark.parametrize("row", [row for row in ROWS if row.how == "told"], ids=lambda row: row.name)
def test_what_has_no_effect_is_told(row: Row, feel: Feel) -> None:
    assert not errors(row, feel)
    assert row.rule in {finding.rule for finding in check(row.drawn(), KNOWN, feel)}


def test_each_row_has_a_name_of_its_own() -> None:
    names = [row.name for row in ROWS]
    assert len(set(names)) == len(names)


def test_the_page_says_what_the_table_says() -> None:
    assert PAGE.read_text("utf-8") == page(), "run python -m tests.support"
