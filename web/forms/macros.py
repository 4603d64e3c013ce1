"""What the form templates need to know of a component."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask_babel import gettext

from bpmn.errors import FieldError
from web import here, times
from web.forms.sent import fixed, hide_rule, inputs, key_of, money, option_text
from web.language import joined, of_form, told
from web.page import person, yuan

LONG = frozenset({"textarea", "dynamiclist", "checklist", "taglist", "filepicker", "table", "separator", "text"})


def register(app: Flask) -> None:
    """Give the templates these words."""
    app.jinja_env.globals.update(
        field_key=key_of, field_fixed=fixed, is_money=money, option_text=option_text, shown_value=words,
        number_text=number_text, is_long=lambda component: component.get("type") in LONG, file_of=file_of,
        form_inputs=inputs, hide_rule=hide_rule, field_words=field_words,
    )  # fmt: skip


@dataclass(frozen=True)
class Errors:
    """Errors by the path of their field."""

    by_field: Mapping[str, str]

    def at(self, name: str) -> str | None:
        """What is wrong with that field."""
        return self.by_field.get(name)

    def __bool__(self) -> bool:
        return bool(self.by_field)


def errors_of(errors: Iterable[FieldError]) -> Errors:
    """The first message of each field."""
    found: dict[str, str] = {}
    for error in errors:
        found.setdefault(error.field, told(error))
    return Errors(found)


_ROW = re.compile(r"(\w+)\[(\d+)\]\.?(\w*)")


def field_words(components: list[dict[str, Any]], path: str) -> str:
    """What the field at a path is called, a row's with its list and number; empty for what the form does not ask."""
    inside = _ROW.fullmatch(path)
    key, row, part = inside.groups() if inside else (path, None, "")
    field = next((one for one in inputs(components) if key_of(one) == key), None)
    if field is None:
        return ""
    if row is None:
        return _label(field)
    cell = next((one for one in field.get("components") or () if key_of(one) == part), None)
    return f"{_label(field)} {int(row) + 1}" + (f" · {_label(cell)}" if cell else "")


def _label(component: Mapping[str, Any]) -> str:
    names = (component.get(name) for name in ("label", "dateLabel", "timeLabel"))
    return of_form(next((name for name in names if name), key_of(dict(component))))


def number_text(component: Mapping[str, Any], value: Any) -> str:
    """A number as its input shows it: 元 for amounts; what was no number stays as it was typed."""
    if value is None:
        return ""
    if money(dict(component)) and isinstance(value, int | float) and not isinstance(value, bool):
        text = f"{value / 100:.2f}"
        return text.removesuffix(".00")
    return str(value)


def words(component: Mapping[str, Any], value: Any) -> str:
    """A value for reading."""
    if value is None or value == "" or value == []:
        return ""
    if isinstance(value, bool):
        return str(gettext("是") if value else gettext("否"))
    if isinstance(value, list):
        return joined(words(component, one) for one in value)
    extras = component.get("properties") or {}
    for option in component.get("values") or ():
        if option.get("value") == value:
            return of_form(option.get("label"))
    if extras.get("people"):
        return person(str(value))
    if extras.get("money") == "fen":
        return yuan(value)
    return times.written(str(value)) if component.get("type") == "datetime" else str(value)


def file_of(id: str) -> Any:
    """What is known of an attachment, or None when it may not be seen."""
    try:
        return here.engine().attachment(here.reader(), id)[0]
    except here.Unseen:
        return None
