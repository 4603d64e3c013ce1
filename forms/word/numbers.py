"""Document numbers and versions, by the ways of the house."""

from __future__ import annotations

import re

NUMBER = re.compile(r"WBS[0-9A-Z]{9}")
YEARLY = re.compile(r"WBS(\d{5})[0-9A-Z]{4}")


def prefix(project_number: str, type: str) -> str:
    """WBS, the last five of the project number, two for the document's type; the running number follows."""
    return f"WBS{project_number[-5:]}{type}"


def following(previous: str | None, *, approved: bool, first: str = "0.1") -> str:
    """The version after `previous`: 0.x draft, 1.0 approved, 1.1 changed, 1.9 -> 2.0.

    403B begins at 1.0 and stays in 1.X.
    A tenth draft is 0.10: two different drafts under one version would be worse than a second digit.
    """
    if previous is None:
        return "1.0" if approved else first
    major, minor = (int(part) for part in previous.split("."))
    if major == 0:
        return "1.0" if approved else f"0.{minor + 1}"
    if first != "0.1" or minor < 9:
        return f"{major}.{minor + 1}"
    return f"{major + 1}.0"
