"""Reads a .form file of form-js into a Form. What it cannot keep is refused by `forms.check`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from bpmn.sentence import say
from forms.errors import FormUnreadable
from forms.model import INPUTS, LONGEST, MOST_ROWS, Field, Form, Option

MOST_BYTES = 1_000_000
MOST_DEPTH = 12


def parse(content: bytes) -> dict[str, Any]:
    """The schema of a .form file. Raises FormUnreadable."""
    if len(content) > MOST_BYTES:
        raise FormUnreadable(reason="文件过大")
    try:
        schema = json.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise FormUnreadable(reason="不是 JSON") from error
    if not isinstance(schema, dict) or not isinstance(schema.get("components"), list):
        raise FormUnreadable(reason="缺少 components")
    return schema


@lru_cache(maxsize=512)
def read(content: bytes) -> Form:
    """The form of a .form file. Raises FormUnreadable."""
    schema = parse(content)
    key = schema.get("id")
    if not isinstance(key, str) or not key:
        raise FormUnreadable(reason="缺少 id")
    try:
        fields = tuple(_fields(schema["components"], ()))
    except (TypeError, ValueError, AttributeError) as error:
        raise FormUnreadable(reason=say("组件的写法有误（{error}）", error=error)) from error
    return Form(key, str(schema.get("title") or key), fields, schema)


def _fields(components: list[dict[str, Any]], hides: tuple[str, ...], depth: int = 0) -> Iterator[Field]:
    """The inputs in the order of the page; a group hands its condition down to what stands in it."""
    if depth > MOST_DEPTH:
        raise ValueError("嵌套过深")
    for component in components:
        own = (component.get("conditional") or {}).get("hide")
        inherited = (*hides, own) if own else hides
        if component.get("type") == "group":
            yield from _fields(component.get("components") or [], inherited, depth + 1)
        elif component.get("type") in INPUTS:
            yield _field(component, inherited, depth)


def _field(component: Mapping[str, Any], hides: tuple[str, ...], depth: int) -> Field:
    rules = component.get("validate") or {}
    kind = component["type"]
    return Field(
        key=str(component.get("key") or component.get("path") or ""),
        type=kind,
        label=str(component.get("label") or component.get("dateLabel") or component.get("timeLabel") or ""),
        description=str(component.get("description") or ""),
        required=bool(rules.get("required")),
        readonly=bool(component.get("readonly") or component.get("disabled")),
        hides=hides,
        options=tuple(Option(o["value"], str(o.get("label", o["value"]))) for o in component.get("values") or ()),
        pattern=rules.get("pattern") or None,
        email=rules.get("validationType") == "email",
        shortest=int(rules.get("minLength") or 0),
        longest=int(rules.get("maxLength") or LONGEST.get(kind, 0)),
        least=None if rules.get("min") is None else float(rules["min"]),
        most=None if rules.get("max") is None else float(rules["max"]),
        digits=None if component.get("decimalDigits") is None else int(component["decimalDigits"]),
        subtype=component.get("subtype") or "date",
        accept=component.get("accept") or "",
        multiple=bool(component.get("multiple")),
        default=component.get("defaultValue"),
        rows=tuple(_fields(component.get("components") or [], (), depth + 1)) if kind == "dynamiclist" else (),
        most_rows=int((component.get("properties") or {}).get("max_rows") or MOST_ROWS),
        properties={str(k): str(v) for k, v in (component.get("properties") or {}).items()},
    )
