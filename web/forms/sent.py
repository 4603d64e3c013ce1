"""What the browser sent, as the data that the schema describes. Judging it is the engine's."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from werkzeug.datastructures import FileStorage, MultiDict

Schema = dict[str, Any]
Fields = MultiDict[str, str]
MOST_ROWS = 200
DISPLAYS = frozenset({"text", "separator", "table", "html", "spacer"})


def inputs(components: list[Schema]) -> Iterator[Schema]:
    """The components that people fill in, groups opened."""
    for component in components:
        if component.get("type") == "group":
            yield from inputs(component.get("components") or [])
        elif component.get("type") not in DISPLAYS and key_of(component):
            yield component


def key_of(component: Schema) -> str:
    """The key of an input; a dynamic list has a path."""
    return str(component.get("key") or component.get("path") or "")


def fixed(component: Schema) -> bool:
    """Whether people cannot change it."""
    extras = component.get("properties") or {}
    return component.get("readonly") is True or component.get("disabled") is True or "computed" in extras


def money(component: Schema) -> bool:
    """Whether the number is an amount, 分 inside and 元 on pages."""
    return (component.get("properties") or {}).get("money") == "fen"


def hide_rule(component: Schema) -> str:
    """The condition that hides a component, or an empty text."""
    return str((component.get("conditional") or {}).get("hide") or "")


def data(schema: Schema, sent: Fields) -> dict[str, Any]:
    """The form's data: empty inputs as None, so that clearing a field clears it."""
    return _read(schema.get("components") or [], sent, "")


def _read(components: list[Schema], sent: Fields, prefix: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for component in inputs(components):
        if not fixed(component):
            key = key_of(component)
            found[key] = _value(component, sent, prefix + key)
    return found


def _value(component: Schema, sent: Fields, name: str) -> Any:
    kind = component.get("type")
    if kind == "dynamiclist":
        return _rows(component, sent, name)
    if kind == "checkbox":
        return sent.get(name) is not None
    if kind in ("checklist", "taglist"):
        return [_option(component, text) for text in sent.getlist(name) if text]
    if kind == "filepicker":
        dropped = set(sent.getlist(f"{name}#drop"))
        return [one for one in sent.getlist(name) if one and one not in dropped]
    text = (sent.get(name) or "").replace("\r\n", "\n").strip()
    if not text:
        return None
    if kind in ("select", "radio"):
        return _option(component, text)
    return _number(component, text) if kind == "number" else text


def _rows(component: Schema, sent: Fields, name: str) -> list[dict[str, Any]]:
    given = sent.get(f"{name}#rows", "0")
    count = int(given) if re.fullmatch(r"[0-9]{1,4}", given) else 0
    parts = component.get("components") or []
    return [_read(parts, sent, f"{name}[{index}].") for index in range(min(count, MOST_ROWS + 1))]


def _option(component: Schema, text: str) -> Any:
    for option in component.get("values") or ():
        if option_text(option.get("value")) == text:
            return option["value"]
    return text


def option_text(value: Any) -> str:
    """An option's value as the browser carries it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _number(component: Schema, text: str) -> Any:
    """The number; what is none stays text, for the engine to refuse beside its field."""
    try:
        number = Decimal(text.replace(",", "").replace("，", ""))
    except InvalidOperation:
        return text
    if not number.is_finite() or len(text) > 40:
        return text
    if money(component):
        number *= 100
    return int(number) if number == number.to_integral_value() else float(number)


def add_or_remove(values: dict[str, Any], sent: Fields) -> str | None:
    """Do what a row button asked; returns the list's name, or None when no such button was pressed."""
    adding = sent.get("add")
    if adding:
        rows = values.get(adding)
        if isinstance(rows, list) and len(rows) < MOST_ROWS:
            rows.append({})
        return adding
    place = re.fullmatch(r"(\w+)\[(\d{1,4})\]", sent.get("remove", ""))
    if place:
        rows = values.get(place[1])
        if isinstance(rows, list) and int(place[2]) < len(rows):
            del rows[int(place[2])]
        return place[1]
    return None


def keep_files(
    schema: Schema, values: dict[str, Any], files: MultiDict[str, FileStorage], store: Callable[[FileStorage], str]
) -> None:
    """Store what was chosen in the form's file pickers and add the attachments' ids to the values."""
    for component in inputs(schema.get("components") or []):
        key = key_of(component)
        if component.get("type") == "filepicker" and not fixed(component):
            kept = values[key] if component.get("multiple") else []
            new = [store(file) for file in files.getlist(f"{key}#files") if file.filename]
            if new:
                values[key] = [*kept, *new]
