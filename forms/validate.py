"""What was filled in against its form: what fits comes back cleaned, what does not is told per field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bpmn.errors import FieldError
from bpmn.model import Json
from forms.context import Context
from forms.errors import Fault, FormInvalid, Wrong
from forms.expressions import Scope
from forms.model import Field, Form
from forms.reading import Reading, fill, is_hidden, read
from forms.values import empty


def validate(form: Form, data: Mapping[str, Json], context: Context) -> dict[str, Any]:
    """The cleaned data: hidden and read-only values dropped, totals added. Raises FormInvalid with every fault."""
    reading = read(form, data, context)
    faults = reading.faults or _broken(reading, context)
    if faults:
        raise FormInvalid(errors=faults)
    return {key: value for key, value in reading.cleaned.items() if not (value is None and key not in data)}


def warnings(form: Form, data: Mapping[str, Json], context: Context) -> list[Fault]:
    """What is allowed yet unusual in what is filled in so far, told beside its field. `context` is of the entry's time.

    `warn` is the condition; `warn_value`, where there is one, fills `{value}` in `warn_message`."""
    asked = [field for field in form.components if field.extra("warn")]
    if not asked:
        return []
    given = {key: value for key, value in data.items() if not empty(value)}
    reading = Reading({**data, **dict.fromkeys(data.keys() - given.keys())}, cleaned=given)
    reading.shown += (field for field in form.components if field.key not in given)
    fill(reading, context)
    scope = Scope(context, reading.known)
    held: dict[str, bool] = {}
    found: list[Fault] = []
    for field in asked:
        if not is_hidden(field, scope, held) and scope.holds(field.properties["warn"]):
            told = field.extra("warn_value")
            value = scope.evaluate(told) if told else None
            found.append(Wrong(field.extra("warn_message") or "请再核对", value=value).fault(field.key))
    return found


def hidden(form: Form, data: Mapping[str, Json], context: Context) -> frozenset[str]:
    """The keys of the fields that are not asked, given what was filled in so far."""
    shown = {field.key for field in read(form, data, context).shown}
    return frozenset(field.key for field in form.components) - shown


def _broken(reading: Reading, context: Context) -> list[FieldError]:
    """The rules that do not hold, of fields and of rows. A rule speaks only where its field is filled in."""
    faults: list[FieldError] = []
    known = reading.known
    for field in reading.shown:
        value = known.get(field.key)
        rule = field.extra("rule")
        if rule and not empty(value) and not Scope(context, known).holds(rule):
            faults.append(Wrong(_message(field)).fault(field.key))
        for one in (one for one in field.rows if one.extra("rule")):
            rows = value if isinstance(value, list) else ()
            for index, row in zip(reading.places.get(field.key, ()), rows, strict=False):
                scope = Scope(context, known, row)
                if not empty(row.get(one.key)) and not scope.holds(one.properties["rule"]):
                    faults.append(Wrong(_message(one)).fault(f"{field.key}[{index}].{one.key}"))
    return faults


def _message(field: Field) -> str:
    return field.extra("rule_message") or "与其他内容不一致"
