"""Variables live once per scope, as in Camunda 7: the instance, a stage with inputs, a child of a multi-instance."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

RESERVED = frozenset({"instance_id", "business_key", "started_by", "parent_id"})
ABSENT = object()


@dataclass
class Scope:
    """One scope. `holds`: what is submitted inside stays here, whatever the scopes above contain."""

    id: str
    parent: Scope | None
    values: dict[str, Any] = field(default_factory=dict)
    holds: bool = False

    def get(self, name: str) -> Any:
        """The nearest value of that name, or ABSENT."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.values:
                return scope.values[name]
            scope = scope.parent
        return ABSENT

    def pick(self, names: Iterable[str]) -> dict[str, Any]:
        """The values of those names that exist; crossing into FEEL costs by the byte, so only these go."""
        found = {}
        for name in names:
            value = self.get(name)
            if value is not ABSENT:
                found[name] = value
        return found

    def all(self) -> dict[str, Any]:
        """All that is visible here."""
        above = self.parent.all() if self.parent is not None else {}
        return {**above, **self.values}

    def target(self, name: str) -> Scope:
        """Where a submitted key is written: the scope that has it, else the first that holds."""
        scope = self
        while name not in scope.values and not scope.holds and scope.parent is not None:
            scope = scope.parent
        return scope

    def local(self) -> dict[str, Any]:
        """What is visible here and is not in the instance's scope."""
        found: dict[str, Any] = {}
        scope: Scope | None = self
        while scope is not None and scope.id:
            found = {**scope.values, **found}
            scope = scope.parent
        return found
