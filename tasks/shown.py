"""What a record shows of what is known: nothing that its form hides, nothing that was said of an earlier draft."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.contract import Services
from forms.context import Context
from forms.expressions import Scope
from forms.word import fields
from forms.word.fields import Field
from forms.word.record import Record


def shown(
    kind: Record, asked: Sequence[Field], values: Mapping[str, Any], approved: bool, services: Services
) -> dict[str, Any]:
    """The values that the record's body shows."""
    scope = Scope(Context(values, services.at, services.feel), {})
    hidden = {field.key for field in asked if any(scope.holds(condition) for condition in field.hide)}
    if not approved:
        hidden |= _decided(kind)
    return {name: value for name, value in values.items() if name not in hidden}


def _decided(kind: Record) -> set[str]:
    """The fields that only the forms ask for by which the record is decided on."""
    keys = {form: {field.key for field in fields.bundled(form)} for form in kind.forms}
    written: set[str] = set().union(*(keys[form] for form in kind.forms if form not in kind.decisions))
    return set().union(*(keys[form] for form in kind.decisions)) - written
