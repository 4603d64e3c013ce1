"""How a form is answered when a test does not care: within its own limits, as somebody would who reads it."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from typing import Any

from docx import Document

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
DATES = {"date": "2026-06-01", "time": "09:30", "datetime": "2026-06-01T09:30"}
SAMPLES = ("ABS26001", "WBS26001DY01", "1.0", "13800000000", "2026.06.01", "20260601")


def word() -> bytes:
    """A customer's own document."""
    document = Document()
    document.add_paragraph("客户格式")
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def inputs(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The components that take an answer, groups opened; a list of rows is one of them."""
    for component in schema.get("components", []):
        if component["type"] == "group":
            yield from inputs(component)
        elif component.get("key") or component["type"] == "dynamiclist":
            yield component


def name(component: Mapping[str, Any]) -> str:
    """The key under which a component's answer is sent."""
    return str(component.get("key") or component["path"])


def asked(component: Mapping[str, Any]) -> bool:
    """Whether people fill it in."""
    closed = component.get("readonly") is True or component.get("disabled")
    return not closed and component["type"] not in ("filepicker", "table", "text")


def plausible(component: Mapping[str, Any]) -> Any:
    """An answer of the right type."""
    kind, rules = component["type"], component.get("validate") or {}
    if kind == "number":
        return max(1, int(float(rules.get("min", 1))))
    if kind == "checkbox":
        return bool(rules.get("required"))
    if kind == "datetime":
        return DATES[component.get("subtype", "date")]
    if kind == "dynamiclist":
        return [{name(column): plausible(column) for column in inputs(component) if asked(column)}]
    options = [option["value"] for option in component.get("values") or []]
    if kind in ("checklist", "taglist"):
        return options[:1]
    if kind in ("select", "radio"):
        return options[0] if options else None
    return _text(component, rules)


def _text(component: Mapping[str, Any], rules: Mapping[str, Any]) -> str:
    kind = rules.get("validationType")
    if kind in ("email", "phone"):
        return "someone@example.com" if kind == "email" else "+8613800000000"
    if rules.get("pattern"):
        return next(sample for sample in SAMPLES if re.fullmatch(rules["pattern"], sample))
    text = f"{component.get('label')}：已核实".ljust(int(rules.get("minLength") or 0), "。")
    return text[: int(rules.get("maxLength") or len(text))]
