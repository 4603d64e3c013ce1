"""What one entry needs while it is applied: its clock, its FEEL, its effects, its budget."""

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from bpmn.sentence import say
from engine.entry import Entry
from engine.spiff.errors import StepFailed

BUDGET = 5_000
_NAMESPACE = uuid.UUID("6f0f6e53-6b54-5b0e-9a0c-0f4f6c2b7a11")


class FeelEvaluator(Protocol):
    """What the machine asks of FEEL; `now_us` is the entry's instant."""

    def evaluate(self, expression: str, variables: Mapping[str, Any], now_us: int) -> Any:
        """The value of the expression. Raises GuichengError."""

    def names(self, expression: str) -> Iterable[str]:
        """The free variables of the expression."""


@dataclass
class Step:
    """The work of one entry. `queue` holds tokens that may run now, `touched` the stages that may have ended."""

    entry: Entry
    feel: FeelEvaluator
    effects: list[dict[str, Any]] = field(default_factory=list)
    queue: deque[Any] = field(default_factory=deque)
    touched: dict[int, Any] = field(default_factory=dict)
    ordinals: dict[tuple[str, str, int | None], int] = field(default_factory=dict)
    changed: bool = False
    left: int = BUDGET

    def spend(self, element: str | None) -> None:
        """Counts a move. Raises StepFailed when a diagram turns without ever waiting."""
        self.left -= 1
        if self.left < 0:
            raise StepFailed(element, say("自动执行超过 {most} 步仍未等待，可能是没有出口的循环", most=BUDGET))

    def public_id(self, path: str, element: str, loop: int | None) -> str:
        """The id that people and programs know: the same whenever this entry is executed again."""
        key = (path, element, loop)
        ordinal = self.ordinals[key] = self.ordinals.get(key, -1) + 1
        name = f"{self.entry.instance}\n{self.entry.seq}\n{path}/{element}\n{loop}\n{ordinal}"
        return str(uuid.uuid5(_NAMESPACE, name))
