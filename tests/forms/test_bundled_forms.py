"""Every bundled form, filled in as a reasonable person would, is accepted: once, and again when it comes back."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest

from bpmn.model import Json
from forms import library
from forms.context import Context
from forms.errors import FormInvalid
from forms.model import CHOICES, MANY, Field
from forms.present import initial
from forms.validate import hidden, validate
from forms.values import options
from tests.forms.conftest import MANY as MANY_SEATS
from tests.forms.conftest import STAFF

Make = Callable[..., Context]
MOMENTS = {"date": "2026-06-01", "time": "09:30", "datetime": "2026-06-01T09:30"}
SAMPLES = {"project_number": "ABS26001", "signed_version": "1.0", "document_number": "WBS260010001"}
TEAM: dict[str, Json] = {f"team_{role}": [role] if role in MANY_SEATS else role for role in STAFF}


def plausible(field: Field, context: Context) -> Json:
    """A value within the field's own limits."""
    if field.type in CHOICES or field.type in MANY:
        found = options(field, context)[0].value
        return [found] if field.type in MANY else found
    if field.type == "filepicker":
        return ["word" if field.accept == ".docx" else "paper"]
    if field.type == "dynamiclist":
        return [{one.key: plausible(one, context) for one in field.rows if not one.readonly}]
    if field.type == "checkbox":
        return field.required
    if field.type == "number":
        return int(max(field.least or 0, 1))
    if field.type == "datetime":
        return MOMENTS[field.subtype]
    if field.pattern:
        return SAMPLES.get(field.key, "13800000000")
    return "pm@example.com" if field.email else field.label[: field.longest]


def filled(key: str, context: Context, only_required: bool) -> dict[str, Json]:
    """What stands in the form already, and the rest filled in."""
    form = library.form(key)
    data: dict[str, Json] = {k: v for k, v in initial(form, context).items() if not _fixed(form.field(k))}
    for field in form.components:
        if not _fixed(field) and field.key not in data and (field.required or not only_required):
            data[field.key] = plausible(field, context)
    return data


def _fixed(field: Field | None) -> bool:
    return field is None or field.readonly or "computed" in field.properties


@pytest.mark.parametrize("only_required", [True, False], ids=["the least", "everything"])
@pytest.mark.parametrize("key", sorted(library.known()))
def test_a_form_filled_in_reasonably_is_accepted(key: str, only_required: bool, context: Make) -> None:
    known = context(project_name="某项目", contract_amount=1000, review_conclusion="pass", **TEAM)
    data = filled(key, known, only_required)
    cleaned = validate(library.form(key), data, known)
    assert not set(cleaned) & hidden(library.form(key), data, known)
    again = dataclasses.replace(known, variables={**known.variables, **cleaned})
    validate(library.form(key), filled(key, again, only_required), again)


@pytest.mark.parametrize("key", sorted(library.known()))
def test_an_empty_form_is_accepted_or_told_field_by_field(key: str, context: Make) -> None:
    form = library.form(key)
    missing = {f.key for f in form.components if f.required and not f.readonly} - hidden(form, {}, context())
    try:
        validate(form, {}, context())
    except FormInvalid as refused:
        told = {error.field for error in refused.errors}
        assert missing <= told
    else:
        assert not missing
