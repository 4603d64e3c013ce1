"""What simulated people answer: as told, else by chance among values that the diagram's own conditions ask about."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from bpmn.feel import Feel, FeelError, stripped
from bpmn.model import Json
from forms.model import Field, Form

LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"|(?<![\w.])(-?\d+(?:\.\d+)?)(?![\w.])|\b(true|false)\b')
LISTED = re.compile(r"\bin\s+(\w+)\s+(?:satisfies|return)\b")
BARE = re.compile(r"\w+|not\s*\(\s*\w+\s*\)")
PEOPLE = ("simulated_1", "simulated_2", "simulated_3")
SOMEDAY = date(2026, 6, 1)


def hints(expressions: Iterable[str], feel: Feel) -> dict[str, list[Json]]:
    """For each variable that expressions name, the values that they compare with; next to a number its neighbours."""
    found: dict[str, list[Json]] = {}
    for expression in expressions:
        try:
            names = feel.names(expression)
        except FeelError:
            continue
        lists = names & set(LISTED.findall(expression))
        values = list(_literals(stripped(expression)))
        if BARE.fullmatch(stripped(expression)):
            values = [True, False]
        for name in sorted(names):
            new: list[Json] = [[]] if name in lists else values
            known = found.setdefault(name, [])
            known += [value for value in new if value not in known]
    return {name: values for name, values in found.items() if values}


def _literals(expression: str) -> Iterable[Json]:
    for text, number, truth in LITERAL.findall(expression):
        if number:
            yield from (float(number) + step if "." in number else int(number) + step for step in (-1, 0, 1))
        else:
            yield truth == "true" if truth else text


@dataclass
class Answers:
    """One simulated company. `told`: a field's value, or a list of them for its first, second, ... visit."""

    told: Mapping[str, Json]
    hints: Mapping[str, list[Json]]
    chance: random.Random
    visits: dict[str, int] = field(default_factory=dict)

    def of_form(self, form: Form) -> dict[str, Json]:
        """What is filled in; read-only and computed fields are the server's."""
        return {
            item.key: self.value(item, f"{form.key}.{item.key}")
            for item in form.components
            if not (item.readonly or item.filled_by_server)
        }

    def of_names(self, names: Iterable[str]) -> dict[str, Json]:
        """A value for each of these variables."""
        return {name: self.told_for(name, name, self.guess(name)) for name in names}

    def told_for(self, key: str, place: str, otherwise: Json) -> Json:
        """What was told for the key on this visit, else the other value."""
        if key not in self.told:
            return otherwise
        given = self.told[key]
        if not isinstance(given, list) or not given:
            return given
        turn = self.visits[place] = self.visits.get(place, -1) + 1
        chosen: Json = given[min(turn, len(given) - 1)]
        return chosen

    def guess(self, name: str) -> Json:
        """One of the values that conditions ask about."""
        known: list[Json] = self.hints.get(name) or [f"“{name}”"]
        return self.chance.choice(known)

    def value(self, item: Field, place: str) -> Json:
        """A value for a field."""
        return self.told_for(item.key, place, self.by_kind(item, place))

    def by_kind(self, item: Field, place: str) -> Json:
        """A value of the field's kind, within its limits."""
        options = [option.value for option in item.options] or (list(PEOPLE) if item.people else [])
        if item.type in ("select", "radio"):
            return self.chance.choice(options) if options else None
        if item.type in ("checklist", "taglist"):
            return self.chance.sample(options, self.chance.randint(1, len(options))) if options else []
        if item.type == "checkbox":
            return self.chance.random() < 0.5
        if item.type == "number":
            return self.number(item)
        if item.type == "datetime":
            day = (SOMEDAY + timedelta(days=self.chance.randint(0, 400))).isoformat()
            return {"time": "09:30", "datetime": f"{day}T09:30"}.get(item.subtype, day)
        if item.type == "dynamiclist":
            count = self.chance.randint(1, 2)
            return [{part.key: self.value(part, f"{place}.{part.key}") for part in item.rows} for _ in range(count)]
        if item.type == "filepicker":
            return ["simulated"]
        known = [value for value in self.hints.get(item.key, ()) if isinstance(value, str)]
        return self.chance.choice(known) if known and self.chance.random() < 0.5 else item.label or item.key

    def number(self, item: Field) -> Json:
        """A number within the limits, more often than not one that a condition turns on."""
        low = item.least if item.least is not None else 0
        high = item.most if item.most is not None else low + 1000
        known = [
            value
            for value in self.hints.get(item.key, ())
            if isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high
        ]
        if known and self.chance.random() < 0.8:
            return self.chance.choice(known)
        return self.chance.randint(int(low), int(high)) if high - low >= 1 else low
