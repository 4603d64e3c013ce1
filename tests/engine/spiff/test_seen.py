"""docs/spiffworkflow.md names, for all that SpiffWorkflow does otherwise, what holds it right: each of it is there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from tests.bpmn import test_check, test_forbidden
from tests.support.table import ROWS

HOUSE = Path(__file__).parents[3]
PAGE = HOUSE / "docs" / "spiffworkflow.md"
HERE = re.compile(r"(runs|normalised|refused|cannot arise)\b")
TESTS = re.compile(r"[a-z_/]+::test_\w+")
ROW_NAMES = {f"{row.element}: {row.feature}" for row in ROWS}
RULES = {rule for rule, _ in test_check.CASES} | {rule for rule, _, _ in test_forbidden.CASES}


def lines() -> Iterator[tuple[str, str, list[str]]]:
    """The lines of the page's tables: what was seen, what becomes of it here, what holds it."""
    for line in PAGE.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")] if line.startswith("| ") else []
        if len(cells) == 3 and cells[0] != "---" and cells[2] != "held by":
            yield cells[0], cells[1], re.findall(r"`([^`]+)`", cells[2])


def there(name: str) -> bool:
    """Whether a test, a row or a rule of that name exists."""
    kind, _, told = name.partition(": ")
    if kind == "row":
        return told in ROW_NAMES
    if kind == "rule":
        return told in RULES
    if not TESTS.fullmatch(name):
        return False
    module, test = name.split("::")
    path = HOUSE / "tests" / f"{module}.py"
    tree = ast.parse(path.read_text("utf-8")) if path.exists() else ast.Module([], [])
    return any(isinstance(node, ast.FunctionDef) and node.name == test for node in tree.body)


def test_what_was_seen_is_held_by_tests_that_exist() -> None:
    told = list(lines())
    assert len(told) > 60
    assert [seen for seen, here, names in told if not HERE.match(here) or not names] == []
    assert [name for _, _, names in told for name in names if not there(name)] == []


def test_spiffworkflow_is_pinned_to_the_version_that_was_looked_at() -> None:
    looked_at = version("SpiffWorkflow")
    assert f"SpiffWorkflow {looked_at} does" in PAGE.read_text("utf-8")
    for name in ("pyproject.toml", "requirements.lock"):
        assert f"SpiffWorkflow=={looked_at}" in (HOUSE / name).read_text("utf-8")
