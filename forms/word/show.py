"""Values as paper shows them: choices by label, people by name, money in 元, nothing as a dash."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forms.word.content import Row, Shown
from forms.word.dates import written
from forms.word.fields import Field

EMPTY = "—"
# Control characters cannot stand in XML; docxtpl also reads \a and \f as marks of its own.
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff\ud800-\udfff]")


@dataclass(frozen=True)
class Names:
    """How ids are told to people: a user's display name, an attachment's file name."""

    person: Callable[[str], str]
    file: Callable[[str], str]


def money(fen: int | float) -> str:
    """Whole 分 as 元 with thousands."""
    return f"{'-' if fen < 0 else ''}{abs(int(fen)) // 100:,}.{abs(int(fen)) % 100:02} 元"


def clean(text: str) -> str:
    """Text without what XML cannot hold; line ends as Word wants them."""
    return CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _number(value: int | float) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def one(field: Field, value: Any, names: Names) -> str:
    """One value of a field that is not rows."""
    if value is None or value == "" or value == []:
        return EMPTY
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list | tuple):
        return "、".join(one(field, item, names) for item in value)
    if isinstance(value, Mapping):
        return "；".join(clean(f"{part}") for part in value.values() if part not in (None, ""))
    if isinstance(value, int | float):
        return money(value) if field.money else _number(value)
    text = str(value)
    if field.people:
        return clean(names.person(text)) or EMPTY
    if field.type == "filepicker":
        return clean(names.file(text)) or EMPTY
    labels = dict(field.choices)
    return clean(labels.get(text) or written(text)) or EMPTY


def rows(field: Field, value: Any, names: Names) -> Sequence[Row]:
    """The rows of a list; one row of dashes where there are none, so that the table stays a table."""
    given = [row for row in value if isinstance(row, Mapping)] if isinstance(value, list | tuple) else []
    if not given:
        return [{"index": EMPTY, **{column.key: EMPTY for column in field.columns}}]
    return [
        {"index": str(n), **{column.key: cell(column, row.get(column.key), names) for column in field.columns}}
        for n, row in enumerate(given, 1)
    ]


def cell(column: Field, value: Any, names: Names) -> str:
    """A cell; rows within rows are told in one line each."""
    if column.columns:
        lines = rows(column, value, names)
        return "\n".join("；".join(text for key, text in line.items() if key != "index") for line in lines)
    if column.key in ("user", "recipient", "reviewer") and isinstance(value, str):
        return clean(names.person(value)) or EMPTY
    return one(column, value, names)


def body(fields: Sequence[Field], values: Mapping[str, Any], names: Names) -> dict[str, Shown]:
    """What the template's placeholders stand for: every field of the record, given or not."""
    shown: dict[str, Shown] = {}
    for field in fields:
        value = values.get(field.key)
        if value is None and field.source:
            value = values.get(field.source)
        shown[field.key] = rows(field, value, names) if field.columns else one(field, value, names)
    return shown
