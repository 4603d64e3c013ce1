"""What was filled in against its form: what fits comes back cleaned, what does not is told per field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bpmn.errors import FieldError
from bpmn.model import Json
from forms.context import Context
from forms.errors import Fault, FormInvalid, Wrong
from forms.expressions import Scope
from forms.model import Field, Form
from forms.present import first
from forms.values import clean, empty


def validate(form: Form, data: Mapping[str, Json], context: Context) -> dict[str, Any]:
    """The cleaned data: hidden and read-only values dropped, totals added. Raises FormInvalid with every fault."""
    if not isinstance(data, Mapping):
        raise FormInvalid(errors=[Wrong("应为字段和值").fault("")])
    faults: list[FieldError] = _unknown(form.components, data)
    values: dict[str, Json] = dict(data)
    for hidden in (f for f in form.components if f.readonly):
        values.pop(hidden.key, None)
    seen: dict[str, bool] = {}
    shown: list[Field] = []
    cleaned: dict[str, Json] = {}
    for field in form.components:
        if field.hides and _hidden(field, Scope(context, values), seen):
            values[field.key] = None
            continue
        shown.append(field)
        if field.readonly or "computed" in field.properties:
            continue
        try:
            value = values.get(field.key)
            if field.type == "dynamiclist":
                cleaned[field.key] = _rows(field, value, values, context, faults)
            else:
                cleaned[field.key] = _one(field, value, context)
        except Wrong as wrong:
            faults.append(wrong.fault(field.key))
    if not faults:
        _fill(shown, cleaned, context)
        faults = _broken(shown, cleaned, context)
    if faults:
        raise FormInvalid(errors=faults)
    return {key: value for key, value in cleaned.items() if not (value is None and key not in data)}


def warnings(form: Form, data: Mapping[str, Json], context: Context) -> list[Fault]:
    """What is allowed yet unusual in what is filled in so far, told beside its field. `context` is of the entry's time.

    `warn` is the condition; `warn_value`, where there is one, fills `{value}` in `warn_message`."""
    asked = [field for field in form.components if field.extra("warn")]
    if not asked:
        return []
    values: dict[str, Json] = {key: value for key, value in data.items() if not empty(value)}
    _fill([field for field in form.components if field.key not in values], values, context)
    scope = Scope(context, values)
    seen: dict[str, bool] = {}
    found: list[Fault] = []
    for field in asked:
        if not _hidden(field, scope, seen) and scope.holds(field.properties["warn"]):
            told = field.extra("warn_value")
            value = scope.evaluate(told) if told else None
            found.append(Wrong(field.extra("warn_message") or "请再核对", value=value).fault(field.key))
    return found


def hidden(form: Form, data: Mapping[str, Json], context: Context) -> frozenset[str]:
    """The keys of the fields that are not asked, given what was filled in so far."""
    values: dict[str, Json] = dict(data)
    found = set()
    seen: dict[str, bool] = {}
    for field in form.components:
        if _hidden(field, Scope(context, values), seen):
            found.add(field.key)
            values[field.key] = None
    return frozenset(found)


def _unknown(fields: Iterable[Field], data: Mapping[str, Json]) -> list[FieldError]:
    known = {field.key for field in fields}
    return [Wrong("没有这个字段").fault(str(key)[:100]) for key in data if key not in known]


def _hidden(field: Field, scope: Scope, seen: dict[str, bool]) -> bool:
    """Each condition is asked once, at the first field that it hides: a group opens or closes as a whole."""
    for condition in field.hides:
        if condition not in seen:
            seen[condition] = scope.holds(condition)
        if seen[condition]:
            return True
    return False


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


def _rows(
    field: Field, value: Json, values: Mapping[str, Json], context: Context, faults: list[FieldError]
) -> list[dict[str, Json]]:
    """The rows of a list, each cleaned; rows in which nothing was filled in are dropped."""
    if value is None:
        value = []
    if not isinstance(value, (list, tuple)):
        raise Wrong("应为若干行")
    if len(value) > field.most_rows:
        raise Wrong("最多 {most} 行", most=field.most_rows)
    kept = []
    for index, row in enumerate(value):
        if not isinstance(row, Mapping):
            raise Wrong("应为字段和值", f"[{index}]")
        if all(empty(v) or v is False for v in row.values()):
            continue
        kept.append(_row(field, f"[{index}]", row, values, context, faults))
    if field.required and not kept:
        raise Wrong("至少填写一行")
    return kept


def _row(
    field: Field,
    place: str,
    row: Mapping[str, Json],
    values: Mapping[str, Json],
    context: Context,
    faults: list[FieldError],
) -> dict[str, Json]:
    known = {one.key for one in field.rows}
    faults.extend(
        Wrong("没有这个字段", f"{place}.{str(key)[:100]}").fault(field.key) for key in row if key not in known
    )
    cleaned: dict[str, Json] = {}
    for one in field.rows:
        if one.readonly or (one.hides and _hidden(one, Scope(context, values, row), {})):
            continue
        try:
            value = _one(one, row.get(one.key), context)
        except Wrong as wrong:
            faults.append(wrong.fault(f"{field.key}{place}.{one.key}"))
        else:
            cleaned[one.key] = value  # None too: FEEL takes a row without the key for a mistake
    return cleaned


def _fill(fields: Iterable[Field], cleaned: dict[str, Json], context: Context) -> None:
    """Adds what the server knows: totals of rows, totals, and read-only values taken from elsewhere."""
    for field in fields:
        rows = cleaned.get(field.key)
        for total in (one for one in field.rows if "computed" in one.properties):
            for row in rows if isinstance(rows, list) else ():
                value = Scope(context, cleaned, row).evaluate(total.properties["computed"])
                if value is not None:
                    row[total.key] = value
        if "computed" in field.properties:
            cleaned[field.key] = Scope(context, cleaned).evaluate(field.properties["computed"])
        elif field.filled_by_server:
            cleaned[field.key] = first(field, context, cleaned)


def _broken(fields: Iterable[Field], cleaned: Mapping[str, Json], context: Context) -> list[FieldError]:
    """The rules that do not hold, of fields and of rows. A rule speaks only where its field is filled in."""
    faults: list[FieldError] = []
    for field in fields:
        value = cleaned.get(field.key)
        rule = field.extra("rule")
        if rule and not empty(value) and not Scope(context, cleaned).holds(rule):
            faults.append(Wrong(_message(field)).fault(field.key))
        for one in (one for one in field.rows if one.extra("rule")):
            for index, row in enumerate(value if isinstance(value, list) else ()):
                scope = Scope(context, cleaned, row)
                if not empty(row.get(one.key)) and not scope.holds(one.properties["rule"]):
                    faults.append(Wrong(_message(one)).fault(f"{field.key}[{index}].{one.key}"))
    return faults


def _message(field: Field) -> str:
    return field.extra("rule_message") or "与其他内容不一致"
