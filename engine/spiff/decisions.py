"""Business rule tasks: a decision table, evaluated in the step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bpmn.model import File


class Decision:
    """placeholder"""

    node: Any


def decisions_of(files: Sequence[File]) -> Mapping[str, Decision]:
    return {}
