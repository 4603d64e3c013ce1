"""The fields of a record: labels, choices and columns, read from the .form files whose answers it collects."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from forms.word.record import FORMS, Record

SILENT = ("text", "separator", "button", "html", "spacer")
LABELS = ("label", "dateLabel", "timeLabel", "key", "path")


@dataclass(frozen=True)
class Field:
    """One field as a record shows it; `columns` for rows, `section` is the heading it stands under.

    `hide`: the conditions under which its form does not show it, its groups' too.
    """

    key: str
    type: str
    label: str
    section: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    money: bool = False
    people: bool = False
    source: str = ""
    hide: tuple[str, ...] = ()
    columns: tuple[Field, ...] = ()


def _choices(component: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (str(o["value"]), str(o.get("label") or o["value"])) for o in component.get("values") or () if "value" in o
    )


def _hidden(component: Mapping[str, Any]) -> tuple[str, ...]:
    condition = (component.get("conditional") or {}).get("hide")
    return (str(condition),) if condition else ()


def _field(component: Mapping[str, Any], section: str, hide: tuple[str, ...] = ()) -> Field:
    kind = component["type"]
    more = component.get("properties") or {}
    columns: tuple[Field, ...] = ()
    if kind == "dynamiclist":
        columns = tuple(_fields(component.get("components") or (), ""))
    elif kind == "table":
        columns = tuple(
            known()[c["key"]] if c["key"] in known() else Field(c["key"], "textfield", str(c.get("label") or c["key"]))
            for c in component.get("columns") or ()
        )
    return Field(
        key=str(component.get("key") or component.get("path")),
        type=kind,
        label=next(str(component[name]) for name in LABELS if component.get(name)),
        section=section,
        choices=_choices(component),
        money=more.get("money") == "fen",
        people=bool(more.get("people")),
        source=str(more.get("from") or ""),
        hide=hide + _hidden(component),
        columns=columns,
    )


def _fields(components: Sequence[Mapping[str, Any]], section: str, hide: tuple[str, ...] = ()) -> Iterator[Field]:
    for component in components:
        kind = component.get("type")
        if kind == "group":
            within = hide + _hidden(component)
            yield from _fields(component.get("components") or (), str(component.get("label") or section), within)
        elif kind == "text" and str(component.get("text", "")).startswith("#"):
            section = str(component["text"]).lstrip("# ").strip()
        elif kind not in SILENT and (component.get("key") or component.get("path")):
            yield _field(component, section, hide)


def read(content: bytes) -> tuple[Field, ...]:
    """The fields of one .form file, in its order."""
    schema = json.loads(content)
    title = next((str(c["text"]).lstrip("# ").strip() for c in schema["components"][:1] if c.get("type") == "text"), "")
    return tuple(_fields(schema["components"], title))


def form_path(key: str) -> Path:
    """Where a form of the house lies."""
    return FORMS / key / f"{key}.form"


@cache
def known() -> Mapping[str, Field]:
    """Every plain field of every form by key, columns included: the same fact has the same key everywhere."""
    found: dict[str, Field] = {}
    for path in sorted(FORMS.glob("*/*.form")):
        for component in _walk(json.loads(path.read_bytes()).get("components") or ()):
            if component.get("key") and component["type"] not in ("table", "dynamiclist"):
                field = _field(component, "")
                # A field with its choices says more than a read-only copy of it without.
                if field.key not in found or (field.choices and not found[field.key].choices):
                    found[field.key] = field
    return found


def _walk(components: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for component in components:
        if component.get("type") not in SILENT:
            yield component
        yield from _walk(component.get("components") or ())


@cache
def everywhere() -> Mapping[str, Field]:
    """Every field of every form of the house by key, rows included."""
    found: dict[str, Field] = {}
    for path in sorted(FORMS.glob("*/*.form")):
        for field in read(path.read_bytes()):
            found.setdefault(field.key, field)
    return found


def _bundled(key: str) -> bytes:
    """A form of the house; a deployment may have a record's form of its own, so a missing one has no fields."""
    path = form_path(key)
    return path.read_bytes() if path.exists() else b'{"components": []}'


def bundled(key: str) -> tuple[Field, ...]:
    """The fields of a form of the house."""
    return read(_bundled(key))


def of_record(record: Record, forms: Mapping[str, bytes] | None = None) -> tuple[Field, ...]:
    """The fields of all forms that a record collects, each once; `forms` are deployed ones that replace the house's."""
    found: dict[str, Field] = {}
    for key in record.forms:
        content = (forms or {}).get(key) or _bundled(key)
        for field in read(content):
            found.setdefault(field.key, field)
    return tuple(found.values())
