"""Whatever fits a form passes and cleans to itself; whatever is unknown is refused; whatever is hidden is dropped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bpmn.model import Json
from forms.context import Context
from forms.errors import FormInvalid
from forms.validate import validate
from tests.forms.conftest import FILES, choice, field, form, rows

Make = Callable[..., Context]
bounded = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

SAMPLE = form(
    field("textfield", "name", required=True, validate={"maxLength": 40}),
    field("textarea", "story"),
    field("number", "money", decimalDigits=0, validate={"min": 0}),
    field("number", "share", decimalDigits=2, validate={"min": 0, "max": 100}),
    field("datetime", "day", subtype="date"),
    field("datetime", "hour", subtype="time"),
    field("checkbox", "agreed"),
    choice("radio", "kind", "new", "renewal", required=True),
    choice("taglist", "tags", "a", "b", "c"),
    field("select", "lead", properties={"people": "marketing,department_qa"}),
    field("filepicker", "scan", multiple=True),
    field("textfield", "change", conditional={"hide": '=kind != "renewal"'}),
    rows(
        "lines", field("textfield", "item", required=True), field("number", "count"), choice("select", "size", "s", "l")
    ),
)

letters = st.characters(blacklist_categories=["Cc", "Cs", "Cn", "Zs", "Zl", "Zp"])
word = st.text(letters, min_size=1, max_size=40)
number = st.integers(min_value=0, max_value=10**14)
line = st.fixed_dictionaries({"item": word, "count": number, "size": st.sampled_from(["s", "l"])})
fitting = st.fixed_dictionaries(
    {"name": word, "agreed": st.booleans(), "kind": st.just("renewal"), "lines": st.lists(line, max_size=4)},
    optional={
        "story": word,
        "money": number,
        "share": st.integers(0, 10_000).map(lambda n: n / 100).map(lambda n: int(n) if n.is_integer() else n),
        "day": st.dates().map(str),
        "hour": st.times().map(lambda t: t.isoformat(timespec="minutes")),
        "tags": st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, unique=True),
        "lead": st.sampled_from(["marketing", "department_qa"]),
        "scan": st.lists(st.sampled_from(sorted(FILES)), min_size=1, unique=True),
        "change": word,
    },
)
anything: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = [f.key for f in SAMPLE.components]


@bounded
@given(data=fitting)
def test_what_fits_passes_and_cleans_to_itself(data: dict[str, Json], context: Make) -> None:
    once = validate(SAMPLE, data, context())
    assert once == data
    assert validate(SAMPLE, once, context()) == once


@bounded
@given(data=fitting, key=word.filter(lambda key: key not in KEYS), value=anything)
def test_an_unknown_key_is_refused(data: dict[str, Json], key: str, value: Json, context: Make) -> None:
    with pytest.raises(FormInvalid) as refused:
        validate(SAMPLE, {**data, key: value}, context())
    assert [error.field for error in refused.value.errors] == [key]


@bounded
@given(data=fitting, value=anything)
def test_a_hidden_value_is_dropped_whatever_it_is(data: dict[str, Json], value: Json, context: Make) -> None:
    cleaned = validate(SAMPLE, {**data, "kind": "new", "change": value}, context())
    assert "change" not in cleaned


@settings(bounded, max_examples=200)
@given(data=st.dictionaries(st.sampled_from(KEYS), anything) | anything)
def test_whatever_is_sent_is_cleaned_or_refused_and_never_breaks(data: Any, context: Make) -> None:
    try:
        cleaned = validate(SAMPLE, data, context())
    except FormInvalid as refused:
        assert refused.errors and all(error.message for error in refused.errors)
    else:
        assert set(cleaned) <= set(KEYS)
