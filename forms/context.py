"""What a form needs to know of the outside, given as values and functions by whoever shows or checks it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bpmn.model import Json


class Evaluator(Protocol):
    """FEEL, as `bpmn.feel.Feel` speaks it."""

    def evaluate(self, expression: str, variables: Mapping[str, Json], now_us: int) -> Json:
        """The value of an expression; raises FeelError."""

    def names(self, expression: str) -> frozenset[str]:
        """The free variables of an expression."""


def nobody(role: str) -> Sequence[tuple[str, str]]:
    """No people at all: for forms that ask for none."""
    return ()


def no_file(identity: str) -> str | None:
    """No file at all: for forms that ask for none."""
    return None


@dataclass(frozen=True)
class Context:
    """Variables of the instance; people of a role as (user, label); the step's time in microseconds; FEEL; files.

    `attachments` answers the name of a file that may be used here, or None: another's file is none.
    """

    variables: Mapping[str, Json]
    now_us: int
    feel: Evaluator
    people: Callable[[str], Sequence[tuple[str, str]]] = field(default=nobody)
    attachments: Callable[[str], str | None] = field(default=no_file)
