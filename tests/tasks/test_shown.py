"""A record shows nothing that its form hides, and a draft nothing that was said of the draft before."""

from __future__ import annotations

import json
from typing import Any

import pytest

from forms.word import fields
from forms.word.record import FORMS, record, records
from tasks.shown import shown
from tests.tasks.desk import Desk

CONFIRMED = {"customer_confirmation": "confirmed", "customer_comments": "第一轮的退回意见", "service_scope": "MES"}


def visible(key: str, values: dict[str, Any], approved: bool = True) -> set[str]:
    kind = record(key)
    return set(shown(kind, fields.of_record(kind), values, approved, Desk()))


def test_what_was_said_when_it_was_returned_is_not_in_what_was_confirmed() -> None:
    assert visible("JBS00P00401", CONFIRMED) == {"customer_confirmation", "service_scope"}
    returned = {**CONFIRMED, "customer_confirmation": "returned"}
    assert "customer_comments" in visible("JBS00P00401", returned)


def test_a_draft_says_nothing_of_a_confirmation_that_is_still_to_come() -> None:
    assert visible("JBS00P00401", {**CONFIRMED, "customer_confirmation": "returned"}, approved=False) == {
        "service_scope"
    }


def test_a_field_that_the_writer_asks_too_stays_in_the_draft() -> None:
    values = {"satisfaction_score": 90, "acceptance_result": "rejected", "open_issues": "无"}
    written = {field.key for field in fields.bundled("JBS00F00502")}
    assert visible("JBS00F00502", values, approved=False) == set(values) & written


def test_a_hidden_group_hides_its_fields() -> None:
    fields_of = {field.key: field for field in fields.bundled("acceptance")}
    assert fields_of["customer_signatory"].hide == ('=acceptance_result != "accepted"',)
    values = {"acceptance_result": "rejected", "customer_signatory": "张三"}
    assert visible("JBS00F00502", values) == {"acceptance_result"}


@pytest.mark.parametrize("key", sorted(records()))
def test_the_forms_that_decide_on_a_record_are_among_its_forms(key: str) -> None:
    told = json.loads((FORMS / key / "record.json").read_text(encoding="utf-8"))
    assert set(told.get("decisions", ())) <= set(told["forms"])
