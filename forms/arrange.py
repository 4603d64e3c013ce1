"""A half-filled form as the server sees it: what is hidden, what its totals say, what is unusual."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bpmn.errors import FieldError
from bpmn.model import Json
from forms.context import Context
from forms.expressions import Scope
from forms.model import Field, Form
from forms.reading import fixed, read, row_values
from forms.validate import warnings

BLANK = "[]."
"""The place of a row that is still to be added: `systems[].`."""


@dataclass(frozen=True)
class Arrangement:
    """`hidden`: the conditions that hold, by place ("" for the form, `systems[0].` for a row); `totals`: what the
    server fills in, by path; `watched`: the keys whose change can change any of this."""

    hidden: Mapping[str, frozenset[str]]
    totals: Mapping[str, Json]
    warnings: Sequence[FieldError]
    watched: frozenset[str]


def arrange(form: Form, data: Mapping[str, Json], context: Context) -> Arrangement:
    """How the form stands with what was filled in so far. What is typed wrong counts as not filled in."""
    reading = read(form, data, context)
    known = reading.known
    schema = list(_conditions(form.raw["components"]))
    top = Scope(context, {**reading.values, **known})
    held = {one: top.holds(one) for inside, one in schema if not inside and one not in reading.held} | reading.held
    hidden = {"": held}
    for field in (f for f in form.components if f.rows):
        own = [condition for inside, condition in schema if inside == field.key]
        if own:
            hidden |= _rows(field, own, reading.values, context)
    return Arrangement(
        {place: frozenset(one for one, holds in found.items() if holds) for place, found in hidden.items()},
        dict(_totals(reading.shown, reading.cleaned, reading.places)),
        warnings(form, known, context),
        _watched(form, [condition for _, condition in schema], context),
    )


def _conditions(components: Any, inside: str = "") -> Iterator[tuple[str, str]]:
    """Every condition, of what only displays too, with the list in whose rows it is asked."""
    for component in components:
        condition = (component.get("conditional") or {}).get("hide")
        if condition:
            yield inside, condition
        own = str(component.get("key")) if component.get("type") == "dynamiclist" else inside
        yield from _conditions(component.get("components") or [], own)


def _rows(
    field: Field, conditions: Sequence[str], values: Mapping[str, Json], context: Context
) -> Iterator[tuple[str, dict[str, bool]]]:
    sent = values.get(field.key)
    rows = list(sent)[: field.most_rows] if isinstance(sent, (list, tuple)) else []
    places = [f"{field.key}[{index}]." for index in range(len(rows))]
    for place, row in zip([*places, field.key + BLANK], [*rows, {}], strict=True):
        seen, held = row_values(field.rows, row if isinstance(row, Mapping) else {}, values, context)
        scope = Scope(context, values, seen)
        yield place, {one: held[one] if one in held else scope.holds(one) for one in conditions}


def _totals(
    shown: Sequence[Field], cleaned: Mapping[str, Json], places: Mapping[str, Sequence[int]]
) -> Iterator[tuple[str, Json]]:
    for field in shown:
        value = cleaned.get(field.key)
        if field.filled_by_server and field.type != "dynamiclist":
            yield field.key, value
        computed = [one.key for one in field.rows if "computed" in one.properties]
        for index, row in zip(places.get(field.key, ()), value if isinstance(value, list) else (), strict=False):
            if isinstance(row, Mapping):
                yield from ((f"{field.key}[{index}].{key}", row.get(key)) for key in computed)


def _watched(form: Form, conditions: Sequence[str], context: Context) -> frozenset[str]:
    inside = [one for field in form.components for one in (field, *field.rows)]
    asked = [
        text for one in inside for name in ("computed", "warn", "warn_value") for text in (one.extra(name),) if text
    ]
    asked += [text for one in inside if one.filled_by_server for text in (one.extra("default"),) if text]
    scope = Scope(context, {})
    names = {name for text in (*conditions, *asked) for name in scope.names(text)}
    lists = {field.key for field in form.components if names & {one.key for one in field.rows}}
    return frozenset(one.key for one in inside if one.key in names and not fixed(one)) | lists
