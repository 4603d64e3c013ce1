"""FEEL over what was filled in: conditions, totals, rules and first values."""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Callable, Mapping
from functools import lru_cache

from bpmn.errors import GuichengError
from bpmn.model import Json
from forms.context import Context

# Nearly every condition compares keys with constants: answered here, it costs no call into FEEL's machine (1 ms each).
NAME = r"([A-Za-z_]\w*)"
CONSTANT = r'(?:"([^"\\]*)"|(true|false|null))'
COMPARISON = re.compile(rf"\s*{NAME}\s*(!?=)\s*(?:{CONSTANT}|{NAME})\s*")
ONLY = re.compile(rf"\s*(?:{CONSTANT}|{NAME})\s*")
CONSTANTS: Mapping[str, Json] = {"true": True, "false": False, "null": None}
Plain = Callable[[Mapping[str, Json]], Json]


@lru_cache(maxsize=2048)
def _plain(expression: str) -> Plain | None:
    """A function for comparisons joined by `or` or by `and`, for a lone name and a lone constant; None for others."""
    text = expression.strip().removeprefix("=")
    only = ONLY.fullmatch(text)
    if only is not None:
        literal, constant, name = only.groups()
        return _lone(name) if name else _fixed(CONSTANTS[constant] if literal is None else literal)
    for word, joined in ((" or ", any), (" and ", all)):
        found = [COMPARISON.fullmatch(part) for part in text.split(word)]
        if all(found):
            comparisons = tuple(_comparison(one) for one in found if one is not None)
            return lambda values, how=joined, parts=comparisons: how(part(values) for part in parts)  # type: ignore[misc]
    return None


@lru_cache(maxsize=2048)
def _names(expression: str) -> frozenset[str] | None:
    """The names of a plain condition; None for others."""
    if _plain(expression) is None:
        return None
    words = re.findall(r"[A-Za-z_]\w*", re.sub(r'"[^"]*"', "", expression))
    return frozenset(words) - {"and", "or", *CONSTANTS}


def _lone(name: str) -> Plain:
    return lambda values: values.get(name)


def _fixed(value: Json) -> Plain:
    return lambda values: value


def _comparison(found: re.Match[str]) -> Plain:
    name, sign, literal, constant, other = found.groups()
    wanted = CONSTANTS.get(constant) if literal is None else literal
    same = sign == "="

    def compare(values: Mapping[str, Json]) -> Json:
        one, two = values.get(name), values.get(other) if other else wanted
        if one is None or two is None:
            return (one is two) is same
        # FEEL answers null for unlike kinds, which holds neither way.
        return type(one) is type(two) and (one == two) is same

    return compare


class Scope:
    """The values that an expression sees: the row, over the form, over the instance's variables."""

    def __init__(self, context: Context, values: Mapping[str, Json], row: Mapping[str, Json] | None = None) -> None:
        layers = [values, context.variables] if row is None else [row, values, context.variables]
        self._context = context
        # ChainMap wants dicts that could be written to; nothing here writes.
        self._values: Mapping[str, Json] = ChainMap(*layers)  # type: ignore[arg-type]

    def names(self, expression: str) -> frozenset[str]:
        """The names that an expression asks for; none where it cannot be read."""
        found = _names(expression)
        if found is None:
            try:
                found = self._context.feel.names(expression)
            except GuichengError:
                found = frozenset()
        return found

    def evaluate(self, expression: str) -> Json:
        """The value of an expression; names that nothing has are null. What cannot be evaluated is null."""
        plain = _plain(expression)
        if plain is not None:
            return plain(self._values)
        feel = self._context.feel
        try:
            known = {name: self._values.get(name) for name in feel.names(expression)}
            return feel.evaluate(expression, known, self._context.now_us)
        except GuichengError:  # FEEL over half-filled values: the field at fault is told by its own check
            return None

    def holds(self, expression: str) -> bool:
        """Whether an expression is true: null and errors are not."""
        return self.evaluate(expression) is True
