"""What was filled in, read against its form: what fits, what does not, what is asked at all, and the totals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bpmn.errors import FieldError
from bpmn.model import Json
from forms.context import Context
from forms.errors import FormInvalid, Wrong
from forms.expressions import Scope
from forms.model import Field, Form
from forms.present import first
from forms.values import clean, empty


@dataclass
class Reading:
    """Sent data against its form. `values`: as sent, what is hidden being None; `held`: each condition asked so far."""

    values: dict[str, Json]
    shown: list[Field] = field(default_factory=list)
    cleaned: dict[str, Json] = field(default_factory=dict)
    faults: list[FieldError] = field(default_factory=list)
    held: dict[str, bool] = field(default_factory=dict)
    places: dict[str, list[int]] = field(default_factory=dict)
    """For each list, which of the rows sent its cleaned rows were."""

    @property
    def known(self) -> dict[str, Json]:
        """What expressions see: the cleaned values, and None for all that is hidden or wrong."""
        return {**{key: None for key, value in self.values.items() if value is None}, **self.cleaned}


def read(form: Form, data: Mapping[str, Json], context: Context) -> Reading:
    """Read what was sent, with what the server fills in. Raises FormInvalid only where it is no data at all."""
    if not isinstance(data, Mapping):
        raise FormInvalid(errors=[Wrong("应为字段和值").fault("")])
    reading = _walked(form, data, {}, context)
    # A condition may ask for a total: it is known only when all else was read, so then all is read again.
    server = {f.key for f in form.components if f.filled_by_server} & _asked(form, context)
    if server:
        reading = _walked(form, data, {key: reading.cleaned.get(key) for key in server}, context)
    return reading


def _asked(form: Form, context: Context) -> frozenset[str]:
    """The names that the form's conditions ask for."""
    scope = Scope(context, {})
    inside = [f for outer in form.components for f in (outer, *outer.rows)]
    return frozenset(name for f in inside for condition in f.hides for name in scope.names(condition))


def _walked(form: Form, data: Mapping[str, Json], filled: Mapping[str, Json], context: Context) -> Reading:
    reading = Reading(dict(data))
    reading.faults += unknown(form.components, data)
    for own in (f for f in form.components if fixed(f)):
        reading.values.pop(own.key, None)
    reading.values |= filled
    for one in form.components:
        if one.hides and is_hidden(one, Scope(context, reading.values), reading.held):
            reading.values[one.key] = None
            continue
        reading.shown.append(one)
        if fixed(one):
            continue
        value = reading.values.get(one.key)
        try:
            if one.type == "dynamiclist":
                reading.cleaned[one.key] = _rows(one, value, reading, context)
            else:
                reading.cleaned[one.key] = _one(one, value, context)
        except Wrong as wrong:
            reading.faults.append(wrong.fault(one.key))
            reading.cleaned[one.key] = None
    fill(reading, context)
    return reading


def fixed(field: Field) -> bool:
    """Whether people cannot change it."""
    return field.readonly or "computed" in field.properties


def unknown(fields: Iterable[Field], data: Mapping[str, Json], place: str = "") -> list[FieldError]:
    """What was sent that no field asks for."""
    known = {field.key for field in fields}
    return [Wrong("没有这个字段").fault(f"{place}{str(key)[:100]}") for key in data if key not in known]


def is_hidden(field: Field, scope: Scope, held: dict[str, bool]) -> bool:
    """Each condition is asked once, at the first field that it hides: a group opens or closes as a whole."""
    for condition in field.hides:
        if condition not in held:
            held[condition] = scope.holds(condition)
        if held[condition]:
            return True
    return False


def row_values(
    fields: Sequence[Field], row: Mapping[str, Json], values: Mapping[str, Json], context: Context
) -> tuple[dict[str, Json], dict[str, bool]]:
    """A row as its expressions see it, what is hidden being None, and its conditions: asked in each row anew."""
    seen: dict[str, Json] = dict(row)
    held: dict[str, bool] = {}
    for one in fields:
        if one.hides and is_hidden(one, Scope(context, values, seen), held):
            seen[one.key] = None
    return seen, held


def _one(field: Field, value: Json, context: Context) -> Json:
    """A single value, cleaned; None where nothing was filled in. A box not ticked is a no, not a gap."""
    if field.type == "checkbox":
        value = False if value is None else clean(field, value, context)
        if field.required and value is False:
            raise Wrong("必须勾选")
        return value
    if isinstance(value, str) and field.type != "filepicker":
        value = value.strip()
    if empty(value):
        if field.required:
            raise Wrong("必须填写")
        return None
    return clean(field, value, context)


def _rows(field: Field, value: Json, reading: Reading, context: Context) -> list[dict[str, Json]]:
    """The rows of a list, each cleaned; rows in which nothing was filled in are dropped."""
    if value is None:
        value = []
    if not isinstance(value, (list, tuple)):
        raise Wrong("应为若干行")
    if len(value) > field.most_rows:
        raise Wrong("最多 {most} 行", most=field.most_rows)
    kept, places = [], reading.places.setdefault(field.key, [])
    for index, row in enumerate(value):
        if not isinstance(row, Mapping):
            raise Wrong("应为字段和值", f"[{index}]")
        if all(empty(v) or v is False for v in row.values()):
            continue
        kept.append(_row(field, f"{field.key}[{index}].", row, reading, context))
        places.append(index)
    if field.required and not kept:
        raise Wrong("至少填写一行")
    return kept


def _row(field: Field, place: str, row: Mapping[str, Json], reading: Reading, context: Context) -> dict[str, Json]:
    reading.faults += unknown(field.rows, row, place)
    seen, held = row_values(field.rows, row, reading.values, context)
    cleaned: dict[str, Json] = {}
    for one in field.rows:
        if one.readonly or any(held.get(condition) for condition in one.hides):
            continue
        try:
            value = _one(one, seen.get(one.key), context)
        except Wrong as wrong:
            reading.faults.append(wrong.fault(place + one.key))
            value = None
        cleaned[one.key] = value  # None too: FEEL takes a row without the key for a mistake
    return cleaned


def fill(reading: Reading, context: Context) -> None:
    """Adds what the server knows: totals of rows, totals, and read-only values taken from elsewhere."""
    for one in reading.shown:
        rows, totals = reading.cleaned.get(one.key), [part for part in one.rows if "computed" in part.properties]
        known = reading.known if totals else {}
        for total in totals:
            for row in rows if isinstance(rows, list) else ():
                value = Scope(context, known, row).evaluate(total.properties["computed"])
                if value is not None:
                    row[total.key] = value
        if "computed" in one.properties:
            reading.cleaned[one.key] = Scope(context, reading.known).evaluate(one.properties["computed"])
        elif one.filled_by_server:
            reading.cleaned[one.key] = first(one, context, reading.known)
