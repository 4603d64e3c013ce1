"""A form as it is shown: people as choices, first values that the form would take, values in words."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from bpmn.model import Json
from forms.context import Context
from forms.model import Field
from forms.present import initial, serve, words
from tests.forms.conftest import choice, field, form, rows

Make = Callable[..., Context]


def test_people_are_served_as_choices_and_each_once(context: Make) -> None:
    sample = form(rows("members", field("select", "user", properties={"people": "marketing,department_qa,marketing"})))
    served = serve(sample, context())
    assert served["components"][0]["components"][0]["values"] == [
        {"value": "marketing", "label": "marketing 先生"},
        {"value": "department_qa", "label": "department_qa 先生"},
    ]
    assert "values" not in json.dumps(sample.raw), "the form itself stays as it was deployed"


def test_what_the_variables_alone_hide_is_not_served(context: Make) -> None:
    sample = form(
        field("checkbox", "own"),
        field("textfield", "a", conditional={"hide": "=version = null"}),
        field("textfield", "b", conditional={"hide": "=own != true"}),
        {"type": "group", "conditional": {"hide": "=count(lines) > 0"}, "components": [field("textfield", "c")]},
    )

    def keys(**variables: Json) -> list[str]:
        return [c.get("key", c["type"]) for c in serve(sample, context(**variables))["components"]]

    assert keys() == ["own", "b", "group"]
    assert keys(version="0.1", lines=[1]) == ["own", "a", "b"]


def test_texts_are_served_in_the_language_asked_for(context: Make) -> None:
    sample = form({"type": "group", "label": "组", "components": [choice("radio", "a", "x", description="说明")]})
    served = serve(sample, context(), str.upper)
    assert served["components"][0]["components"][0]["values"] == [{"value": "x", "label": "之X"}]
    assert served["title"] == "SAMPLE"


def test_what_is_known_stands_in_the_form_and_else_the_default(context: Make) -> None:
    sample = form(
        field("textfield", "a", properties={"default": '="新"'}),
        field("textfield", "b", properties={"from": "other"}),
        field("datetime", "c", subtype="date", properties={"default": "=today()"}),
        field("textfield", "d", properties={"fresh": "true"}),
        field("textfield", "e", properties={"default": "=missing + 1"}),
    )
    assert initial(sample, context(other="彼", d="旧")) == {"a": "新", "b": "彼", "c": "2026-06-09"}
    assert initial(sample, context(a="旧"))["a"] == "旧"


def test_a_form_never_opens_with_what_it_would_refuse(context: Make) -> None:
    sample = form(
        choice("radio", "a", "x"),
        field("number", "b"),
        field("taglist", "c", properties={"people": "marketing"}),
        rows("d", field("textfield", "e"), field("number", "f")),
    )
    known = context(a="gone", b="五", c=["marketing", "left"], d=[{"e": "一", "f": "二", "g": 3}, "x", {}])
    assert initial(sample, known) == {"c": ["marketing"], "d": [{"e": "一"}]}


def test_where_only_one_person_can_be_meant_he_stands_there(context: Make) -> None:
    one = field("select", "a", required=True, properties={"people": "marketing"})
    two = field("select", "b", required=True, properties={"people": "marketing,department_qa"})
    all_of = field("taglist", "c", required=True, properties={"people": "marketing"})
    assert initial(form(one, two, all_of), context()) == {"a": "marketing", "c": ["marketing"]}


def test_totals_are_shown_as_they_stand(context: Make) -> None:
    sample = form(field("number", "a"), field("number", "b", readonly=True, properties={"computed": "=a * 2"}))
    assert initial(sample, context(a=4)) == {"a": 4, "b": 8}
    assert initial(sample, context()) == {}


@pytest.mark.parametrize(
    ("component", "value", "said"),
    [
        (choice("radio", "a", "x"), "x", "之x"),
        (choice("taglist", "a", "x", "y"), ["x", "y"], "之x、之y"),
        (field("checkbox", "a"), True, "是"),
        (field("checkbox", "a"), False, "否"),
        (field("number", "a", properties={"money": "fen"}), 123456789, "1,234,567.89"),
        (field("number", "a", properties={"money": "fen"}), -5, "-0.05"),
        (field("number", "a"), 5, "5"),
        (field("select", "a", properties={"people": "any"}), "li", "LI"),
        (field("textfield", "a"), None, ""),
    ],
)
def test_a_value_is_told_in_words(component: dict[str, Json], value: Json, said: str) -> None:
    asked: Field = form(dict(component)).components[0]
    assert words(asked, value, people=str.upper) == said
