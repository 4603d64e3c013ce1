"""What FEEL sees in the fields of a form: types, fixed options, keys of rows."""

from __future__ import annotations

from bpmn.model import Kind
from forms.model import CHOICES, MANY, Field, Form


def kinds(form: Form) -> dict[str, Kind | None]:
    """The kind of each field, by key; None where its options are of several types."""
    return _of(form.components)


def _of(fields: tuple[Field, ...]) -> dict[str, Kind | None]:
    return {field.key: _kind(field) for field in fields}


def _kind(field: Field) -> Kind | None:
    if field.type == "dynamiclist":
        return Kind("list", rows=_of(field.rows))
    if field.type in MANY or field.type == "filepicker":
        return Kind("list")
    if field.type == "number":
        return Kind("number")
    if field.type == "checkbox":
        return Kind("boolean")
    if field.type not in CHOICES or field.people:
        return Kind("string")  # dates too: they are ISO texts
    values = tuple(option.value for option in field.options)
    types = {bool: "boolean", str: "string", int: "number", float: "number"}
    named = {types.get(type(value)) for value in values}
    if named == {"string"}:
        return Kind("string", values)
    if named == {"number"}:
        return Kind("number", values)
    return Kind("boolean", values) if named == {"boolean"} else None
