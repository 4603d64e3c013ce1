"""A half-filled form stands as the server would judge it: one code for what is hidden, dropped and reckoned."""

from __future__ import annotations

from collections.abc import Callable

from bpmn.model import Json
from forms.arrange import arrange
from forms.context import Context
from forms.validate import validate
from tests.forms.conftest import field, form, rows

Make = Callable[..., Context]


def hides(rule: str) -> dict[str, str]:
    return {"hide": rule}


def test_a_condition_of_any_kind_is_answered(context: Make) -> None:
    sample = form(field("number", "days"), field("textfield", "why", conditional=hides("=days = null or days <= 3")))
    rule = "=days = null or days <= 3"
    assert arrange(sample, {"days": 3}, context()).hidden == {"": {rule}}
    assert arrange(sample, {"days": 4}, context()).hidden == {"": set()}
    assert arrange(sample, {"days": "viele"}, context()).hidden == {"": set()}, "cannot be answered: it is asked"


def test_what_a_hidden_field_says_counts_no_more(context: Make) -> None:
    sample = form(
        field("checkbox", "abroad"),
        field("textfield", "country", conditional=hides("=abroad != true")),
        field("textfield", "visa", conditional=hides("=country = null")),
    )
    given: dict[str, Json] = {"abroad": False, "country": "日本", "visa": "V1"}
    assert arrange(sample, given, context()).hidden[""] == {"=abroad != true", "=country = null"}
    assert validate(sample, given, context()) == {"abroad": False}


def test_each_row_answers_for_itself_and_so_does_one_still_to_be_added(context: Make) -> None:
    rule = "=if amount = null then true else amount * 2 < 10"
    sample = form(rows("costs", field("number", "amount"), field("textfield", "who", conditional=hides(rule))))
    found = arrange(sample, {"costs": [{"amount": 9}, {}, {"amount": 1}]}, context())
    assert found.hidden["costs[0]."] == set()
    assert found.hidden["costs[1]."] == found.hidden["costs[2]."] == found.hidden["costs[]."] == {rule}
    assert found.watched == {"costs", "amount"}


def test_groups_and_texts_in_groups_hide_too(context: Make) -> None:
    note = {"type": "text", "text": "说明", "conditional": hides("=days > 5")}
    box = {"type": "group", "conditional": hides("=days < 2"), "components": [note, field("textfield", "hotel")]}
    sample = form(field("number", "days"), box)
    assert arrange(sample, {"days": 9}, context()).hidden[""] == {"=days > 5"}
    assert arrange(sample, {"days": 1}, context()).hidden[""] == {"=days < 2"}


def test_a_group_within_a_row_is_read_back(context: Make) -> None:
    box = {"type": "group", "conditional": hides("=amount < 5"), "components": [field("textfield", "who", True)]}
    sample = form(rows("costs", field("number", "amount"), box))
    assert validate(sample, {"costs": [{"amount": 1, "who": "x"}, {"amount": 5, "who": "王"}]}, context()) == {
        "costs": [{"amount": 1}, {"amount": 5, "who": "王"}]
    }


def test_totals_are_live_and_stand_at_the_rows_as_they_were_sent(context: Make) -> None:
    sample = form(
        rows("costs", field("number", "n"), field("number", "twice", properties={"computed": "=n * 2"})),
        field("number", "total", properties={"computed": "=sum(costs.n)", "warn": "=total > 5"}),
        field("textfield", "payer", conditional=hides("=total = null or total = 0")),
    )
    found = arrange(sample, {"costs": [{}, {"n": 4}], "payer": "我"}, context())
    assert found.totals == {"costs[1].twice": 8, "total": 4}
    assert found.hidden[""] == set() and not found.warnings
    assert [w.field for w in arrange(sample, {"costs": [{"n": 6}]}, context()).warnings] == ["total"]
    assert arrange(sample, {"costs": []}, context()).hidden[""] == {"=total = null or total = 0"}
    assert validate(sample, {"costs": [{"n": 4}], "payer": "我"}, context())["payer"] == "我"


def test_nobody_decides_by_a_total_that_he_made_up(context: Make) -> None:
    sample = form(
        field("number", "n"),
        field("number", "total", properties={"computed": "=n * 2"}),
        field("textfield", "payer", True, conditional=hides("=total < 10")),
    )
    assert validate(sample, {"n": 1, "total": 99, "payer": "x"}, context()) == {"n": 1, "total": 2}


def test_an_answer_of_an_earlier_round_that_is_hidden_now_is_not_reckoned(context: Make) -> None:
    sample = form(
        field("checkbox", "outside"),
        field("number", "outside_cost", conditional=hides("=outside != true")),
        field("number", "total", properties={"computed": "=if outside_cost = null then 1 else 1 + outside_cost"}),
    )
    known = context(outside_cost=999)
    assert validate(sample, {"outside": False}, known)["total"] == 1


def test_what_changes_nothing_is_not_watched(context: Make) -> None:
    sample = form(
        field("textfield", "name"), field("number", "days"), field("text", "x", conditional=hides("=days > 1"))
    )
    assert arrange(sample, {}, context()).watched == {"days"}
