"""FEEL over what was filled in: conditions, totals, rules and first values."""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Mapping
from functools import lru_cache

from bpmn.errors import GuichengError
from bpmn.model import Json
from forms.context import Context

# Nearly every condition compares one key with one constant: answered here, it costs no call into FEEL's machine.
PLAIN = re.compile(r'\s*=?\s*([A-Za-z_]\w*)\s*(!?=)\s*(?:"([^"\\]*)"|(true|false|null))\s*')
CONSTANTS: Mapping[str, Json] = {"true": True, "false": False, "null": None}


@lru_cache(maxsize=2048)
def _plain(expression: str) -> tuple[str, bool, Json] | None:
    found = PLAIN.fullmatch(expression)
    if found is None:
        return None
    name, sign, text, constant = found.groups()
    return name, sign == "=", CONSTANTS[constant] if text is None else text


class Scope:
    """The values that an expression sees: the row, over the form, over the instance's variables."""

    def __init__(self, context: Context, values: Mapping[str, Json], row: Mapping[str, Json] | None = None) -> None:
        layers = [values, context.variables] if row is None else [row, values, context.variables]
        self._context = context
        # ChainMap wants dicts that could be written to; nothing here writes.
        self._values: Mapping[str, Json] = ChainMap(*layers)  # type: ignore[arg-type]

    def evaluate(self, expression: str) -> Json:
        """The value of an expression; names that nothing has are null. What cannot be evaluated is null."""
        plain = _plain(expression)
        if plain is not None:
            name, same, constant = plain
            value = self._values.get(name)
            return (type(value) is type(constant) and value == constant) is same
        feel = self._context.feel
        try:
            known = {name: self._values.get(name) for name in feel.names(expression)}
            return feel.evaluate(expression, known, self._context.now_us)
        except GuichengError:  # FEEL over half-filled values: the field at fault is told by its own check
            return None

    def holds(self, expression: str) -> bool:
        """Whether an expression is true: null and errors are not."""
        return self.evaluate(expression) is True
