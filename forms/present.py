"""A form as it is shown: its schema with people resolved, its first values, and a value in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bpmn.model import Json
from forms.context import Context
from forms.errors import Wrong
from forms.expressions import Scope
from forms.model import CHOICES, MANY, Field, Form, Option
from forms.values import clean, empty, options

Translate = Callable[[str], str]
WORDS = ("label", "description", "dateLabel", "timeLabel", "text", "content")


def same(text: str) -> str:
    """The text itself: Chinese is what forms are written in."""
    return text


def serve(form: Form, context: Context, translate: Translate = same) -> dict[str, Any]:
    """The .form schema for a page or a program: choices of people in `values`, texts translated.

    What the instance's variables alone hide is left out: no answer given in the form could bring it back.
    Parts that need no change are the form's own: whoever wants to change the answer makes a copy first.
    """
    schema: dict[str, Any] = dict(form.raw)
    schema["title"] = translate(form.title)
    answers = frozenset(field.key for field in form.components if not field.readonly or field.filled_by_server)
    schema["components"] = _served(schema["components"], answers, context, translate)
    return schema


def _served(
    components: Sequence[dict[str, Any]], answers: frozenset[str], context: Context, translate: Translate
) -> list[dict[str, Any]]:
    scope = Scope(context, {})
    kept = []
    for component in components:
        condition = (component.get("conditional") or {}).get("hide")
        if not (condition and scope.names(condition).isdisjoint(answers) and scope.holds(condition)):
            kept.append(_serve(component, answers, context, translate))
    return kept


def _serve(
    component: dict[str, Any], answers: frozenset[str], context: Context, translate: Translate
) -> dict[str, Any]:
    served = dict(component)
    if component.get("components"):
        answers |= {str(inner.get("key")) for inner in component["components"]}
        served["components"] = _served(component["components"], answers, context, translate)
    people = (component.get("properties") or {}).get("people")
    if people:
        field = Field(component.get("key") or "", component["type"], "", properties={"people": people})
        served["values"] = [{"value": o.value, "label": o.label} for o in options(field, context)]
    if translate is not same:
        for word in WORDS:
            if isinstance(component.get(word), str) and component[word]:
                served[word] = translate(component[word])
        if component.get("values") and not people:
            served["values"] = [{**o, "label": translate(str(o.get("label", o["value"])))} for o in component["values"]]
    return served


def initial(form: Form, context: Context) -> dict[str, Any]:
    """The first values of a form: what is known already, else the default; nothing where neither is."""
    values: dict[str, Any] = {}
    for field in form.components:
        value = first(field, context, values)
        if not empty(value):
            values[field.key] = value
    for field in form.components:
        if "computed" in field.properties:
            total = Scope(context, values).evaluate(field.properties["computed"])
            if total is not None:
                values[field.key] = total
    return values


def first(field: Field, context: Context, values: Mapping[str, Json]) -> Json:
    """The first value of one field. `fresh` fields never repeat an earlier answer: each round decides anew."""
    source = field.extra("from") or field.key
    if "fresh" not in field.properties:
        value = _fitting(field, context.variables.get(source), context)
        if not empty(value):
            return value
    default = field.extra("default")
    value = Scope(context, values).evaluate(default) if default else field.default
    if value is None and field.people and field.required and not field.readonly:
        eligible = options(field, context)
        if len(eligible) != 1:
            return None
        return [eligible[0].value] if field.type in MANY else eligible[0].value  # only one person can be meant
    return _fitting(field, value, context)


def _fitting(field: Field, value: Json, context: Context) -> Json:
    """The value where the field can hold it, else None: a form never opens with what it would refuse."""
    if empty(value):
        return None
    if field.type == "dynamiclist":
        return _fitting_rows(field, value, context)
    if field.type in MANY and isinstance(value, (list, tuple)):
        eligible = [o.value for o in options(field, context)]
        return [one for one in dict.fromkeys(v for v in value if isinstance(v, str)) if one in eligible]
    if field.readonly:  # shown as it stands: what once was accepted need not be an option any more
        return value
    try:
        return clean(field, value, context)
    except Wrong:
        return None


def _fitting_rows(field: Field, value: Json, context: Context) -> Json:
    if not isinstance(value, (list, tuple)):
        return None
    rows = []
    for row in value:
        if isinstance(row, Mapping):
            kept = {one.key: _fitting(one, row.get(one.key), context) for one in field.rows}
            rows.append({key: one for key, one in kept.items() if one is not None})
    return [row for row in rows if row]


def words(field: Field, value: Json, people: Callable[[str], str] = same, translate: Translate = same) -> str:
    """A value in words: the option's label, yes or no, a person's name, an amount in yuan."""
    if empty(value):
        return ""
    if isinstance(value, bool):
        return translate("是") if value else translate("否")
    if isinstance(value, (list, tuple)) and not field.rows:
        return translate("、").join(words(field, one, people, translate) for one in value)
    if field.people:
        return people(str(value))
    if field.type in CHOICES or field.type in MANY:
        return translate(_label(field.options, value))
    if field.extra("money") == "fen" and isinstance(value, int):
        return f"{'-' if value < 0 else ''}{abs(value) // 100:,}.{abs(value) % 100:02d}"
    return str(value)


def _label(choices: Sequence[Option], value: Json) -> str:
    return next((option.label for option in choices if option.value == value), str(value))
