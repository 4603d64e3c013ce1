"""How a half-filled form stands, for its page: what is hidden, totals and warnings in words. The engine judges it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from forms.arrange import Arrangement
from web.forms.macros import words
from web.forms.sent import Schema, hide_rule, inputs, key_of
from web.language import told

ROW = re.compile(r"\[(?:\d+|__n__)\]")


@dataclass(frozen=True)
class Standing:
    """By place of a row ("" for the form itself) the conditions that hold; by path the totals and warnings in words."""

    hidden: Mapping[str, frozenset[str]] = field(default_factory=dict)
    totals: Mapping[str, str] = field(default_factory=dict)
    warnings: Mapping[str, str] = field(default_factory=dict)
    watched: tuple[str, ...] = ()

    def hides(self, component: Schema, place: str) -> bool:
        """Whether a component is hidden there; a row that is still to be added stands as an empty one."""
        found = self.hidden.get(place)
        if found is None:
            found = self.hidden.get(ROW.sub("[]", place), frozenset())
        return hide_rule(component) in found

    def plain(self) -> dict[str, Any]:
        """As the page's script is answered."""
        return {
            "hidden": {place: sorted(rules) for place, rules in self.hidden.items()},
            "totals": self.totals,
            "warnings": self.warnings,
        }


def standing(schema: Schema, arrangement: Arrangement | None) -> Standing:
    """An arrangement in the reader's words."""
    if arrangement is None:
        return Standing()
    known = dict(_components(schema.get("components") or []))
    totals = {
        path: words(known[plain], value)
        for path, value in arrangement.totals.items()
        if (plain := ROW.sub("[]", path)) in known
    }
    warnings: dict[str, str] = {}
    for warning in arrangement.warnings:
        warnings.setdefault(warning.field, told(warning))
    return Standing(arrangement.hidden, totals, warnings, tuple(sorted(arrangement.watched)))


def _components(components: list[Schema], place: str = "") -> Iterator[tuple[str, Schema]]:
    for component in inputs(components):
        yield place + key_of(component), component
        yield from _components(component.get("components") or [], f"{key_of(component)}[].")
