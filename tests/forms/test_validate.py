"""What was filled in is cleaned, or every fault is told beside its field."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bpmn.model import Json
from forms.context import Context
from forms.errors import FormInvalid
from forms.model import Form
from forms.validate import hidden, validate, warnings
from tests.forms.conftest import choice, field, form, rows

Make = Callable[..., Context]


def faults(sample: Form, data: Any, context: Context) -> dict[str, str]:
    with pytest.raises(FormInvalid) as refused:
        validate(sample, data, context)
    assert refused.value.status == 422
    return {error.field: str(error.message) for error in refused.value.errors}


@pytest.mark.parametrize(
    ("component", "value", "message"),
    [
        (field("textfield", "a"), 5, "应为文字"),
        (field("textfield", "a"), ["x"], "应为文字"),
        (field("textfield", "a"), "x\ny", "不能换行"),
        (field("textfield", "a"), "x\x00y", "含有不可用的控制字符"),
        (field("textfield", "a", validate={"maxLength": 3}), "四个字呢", "不能超过 3 个字"),
        (field("textfield", "a", validate={"minLength": 3}), "两字", "至少要 3 个字"),
        (field("textfield", "a", validate={"pattern": "^(ABS|CBS)[A-Za-z0-9]{5}$"}), "XYZ12345", "格式不对"),
        (field("textfield", "a", validate={"pattern": "ABS"}), "xABSx", "格式不对"),
        (field("textfield", "a", validate={"validationType": "email"}), "nobody", "不是有效的电子邮箱"),
        (field("textfield", "a"), "x" * 501, "不能超过 500 个字"),
        (field("number", "a"), "5", "应为数字"),
        (field("number", "a"), True, "应为数字"),
        (field("number", "a"), float("nan"), "应为数字"),
        (field("number", "a"), float("inf"), "应为数字"),
        (field("number", "a"), 1234567890123456, "不能超过 15 位数字"),
        (field("number", "a"), 0.12345678901234567, "不能超过 15 位数字"),
        (field("number", "a", decimalDigits=0), 1.5, "应为整数"),
        (field("number", "a", decimalDigits=2), 1.005, "最多 2 位小数"),
        (field("number", "a", validate={"min": 0}), -1, "不能小于 0"),
        (field("number", "a", validate={"max": 100}), 100.5, "不能大于 100"),
        (field("datetime", "a", subtype="date"), "2026-02-30", "应为日期，例如 2026-06-01"),
        (field("datetime", "a", subtype="date"), "20260601", "应为日期，例如 2026-06-01"),
        (field("datetime", "a", subtype="date"), 20260601, "应为日期"),
        (field("datetime", "a", subtype="time"), "25:00", "应为时间，例如 09:30"),
        (field("datetime", "a", subtype="datetime"), "tomorrow", "应为时间，例如 09:30"),
        (field("checkbox", "a"), "true", "应为是或否"),
        (field("checkbox", "a"), 1, "应为是或否"),
        (field("checkbox", "a", required=True), False, "必须勾选"),
        (choice("radio", "a", "yes", "no"), "maybe", "不在可选范围内"),
        (choice("select", "a", 1, 2), True, "不在可选范围内"),
        (choice("select", "a", "x"), {"value": "x"}, "不在可选范围内"),
        (choice("taglist", "a", "x", "y"), "x", "应为多项选择"),
        (choice("checklist", "a", "x", "y"), ["x", "z"], "不在可选范围内"),
        (choice("checklist", "a", "x", "y"), ["x", "x"], "有重复的选项"),
        (field("filepicker", "a"), "paper", "应为附件"),
        (field("filepicker", "a"), ["another's"], "找不到所选的附件"),
        (field("filepicker", "a"), ["paper", "word"], "最多 1 个附件"),
        (field("filepicker", "a", accept=".docx"), ["paper"], "附件类型应为 .docx"),
        (rows("a", field("textfield", "b")), {"b": "x"}, "应为若干行"),
        (rows("a", field("textfield", "b")), [{"b": "x"}] * 201, "最多 200 行"),
        (rows("a", field("textfield", "b"), required=True), [{"b": ""}, {}], "至少填写一行"),
    ],
)
def test_a_value_that_does_not_fit_is_told_beside_its_field(
    component: dict[str, Any], value: Json, message: str, context: Make
) -> None:
    assert faults(form(component), {"a": value}, context()) == {"a": message}


@pytest.mark.parametrize(
    ("component", "value", "kept"),
    [
        (field("textfield", "a"), "  两边的空白  ", "两边的空白"),
        (field("textarea", "a"), "一\n二", "一\n二"),
        (field("number", "a"), 5.0, 5),
        (field("number", "a", decimalDigits=2), 1.25, 1.25),
        (field("number", "a"), 999_999_999_999_999, 999_999_999_999_999),
        (field("datetime", "a", subtype="date"), "2026-06-01", "2026-06-01"),
        (field("datetime", "a", subtype="time"), "09:30:00", "09:30"),
        (field("datetime", "a", subtype="datetime"), "2026-06-01T09:30", "2026-06-01T09:30"),
        (field("checkbox", "a"), None, False),
        (choice("taglist", "a", "x", "y"), ["y", "x"], ["y", "x"]),
        (field("filepicker", "a", accept=".pdf"), ["paper"], ["paper"]),
        (field("filepicker", "a", multiple=True), ["paper", "word"], ["paper", "word"]),
        (field("textfield", "a"), "", None),
    ],
)
def test_a_value_that_fits_is_kept_in_one_form(
    component: dict[str, Any], value: Json, kept: Json, context: Make
) -> None:
    assert validate(form(component), {"a": value}, context()) == {"a": kept}


@pytest.mark.parametrize(
    ("pattern", "fits", "does_not"),
    [
        (r"[\u4e00-\u9fa5]{2,4}", "张三", "Zhang"),
        (r"\\u0041", "\\u0041", "A"),
        (r"^\d{3}[-/]\w+$", "123/ab", "12-ab"),
        ("(a|a)*(a+)+b", "aaab", "a" * 9_000),
    ],
)
def test_a_pattern_of_any_kind_is_answered(pattern: str, fits: str, does_not: str, context: Make) -> None:
    sample = form(field("textarea", "a", validate={"pattern": pattern}))
    assert validate(sample, {"a": fits}, context()) == {"a": fits}
    assert faults(sample, {"a": does_not}, context()) == {"a": "格式不对"}


def test_an_unknown_field_is_refused_by_its_name(context: Make) -> None:
    assert faults(form(field("textfield", "a")), {"a": "x", "admin": True}, context()) == {"admin": "没有这个字段"}


def test_what_must_be_filled_in_and_is_missing_is_told(context: Make) -> None:
    sample = form(field("textfield", "a", required=True), choice("radio", "b", "x", required=True))
    assert faults(sample, {"a": "   "}, context()) == {"a": "必须填写", "b": "必须填写"}


def test_a_fault_within_a_row_is_told_with_the_number_of_its_row(context: Make) -> None:
    sample = form(rows("systems", field("textfield", "system_name", required=True), field("number", "count")))
    data: Any = {"systems": [{"system_name": "一"}, {"system_name": "", "count": "x", "spy": 1}, "nothing"]}
    assert faults(sample, data, context())["systems[2]"] == "应为字段和值"
    data["systems"].pop()
    assert faults(sample, data, context()) == {
        "systems[1].spy": "没有这个字段",
        "systems[1].system_name": "必须填写",
        "systems[1].count": "应为数字",
    }


def test_something_other_than_fields_and_values_is_refused(context: Make) -> None:
    assert faults(form(field("textfield", "a")), ["a"], context()) == {"": "应为字段和值"}


def test_a_hidden_field_is_dropped_and_not_checked(context: Make) -> None:
    sample = form(
        choice("radio", "kind", "new", "renewal", required=True),
        field("number", "change", required=True, conditional={"hide": '=kind != "renewal"'}),
    )
    assert validate(sample, {"kind": "new", "change": "not a number"}, context()) == {"kind": "new"}
    assert faults(sample, {"kind": "renewal"}, context()) == {"change": "必须填写"}
    assert hidden(sample, {"kind": "new"}, context()) == {"change"}


def test_a_group_hides_what_stands_in_it_and_a_hidden_field_decides_nothing(context: Make) -> None:
    sample = form(
        field("checkbox", "signed"),
        {
            "type": "group",
            "conditional": {"hide": "=signed != true"},
            "components": [field("checkbox", "sealed"), field("textfield", "by", required=True)],
        },
        field("textfield", "seal", required=True, conditional={"hide": "=sealed != true"}),
    )
    assert validate(sample, {"signed": False, "sealed": True, "by": 5}, context()) == {"signed": False}
    assert faults(sample, {"signed": True, "sealed": True}, context()) == {"by": "必须填写", "seal": "必须填写"}


def test_a_condition_sees_the_variables_of_the_instance(context: Make) -> None:
    sample = form(field("textfield", "a", required=True, conditional={"hide": "=subcontracted != true"}))
    assert validate(sample, {}, context(subcontracted=False)) == {}
    assert faults(sample, {}, context(subcontracted=True)) == {"a": "必须填写"}


def test_a_read_only_field_is_dropped_and_cannot_be_forged(context: Make) -> None:
    sample = form(field("number", "amount", readonly=True), field("textfield", "a"))
    assert validate(sample, {"amount": 1, "a": "x"}, context(amount=500)) == {"a": "x"}


def test_a_read_only_field_from_elsewhere_is_filled_by_the_server(context: Make) -> None:
    sample = form(field("textfield", "owner", readonly=True, properties={"from": "team_marketing"}))
    assert validate(sample, {"owner": "me"}, context(team_marketing="李")) == {"owner": "李"}


def test_totals_are_computed_by_the_server_in_rows_too(context: Make) -> None:
    sample = form(
        rows(
            "lines",
            field("number", "count"),
            field("number", "price"),
            field("number", "amount", readonly=True, properties={"computed": "=count * price"}),
        ),
        field("number", "total", readonly=True, properties={"computed": "=sum(for l in lines return l.amount)"}),
    )
    data: dict[str, Json] = {"lines": [{"count": 2, "price": 50, "amount": 1}, {"count": 1, "price": 7}], "total": 3}
    cleaned = validate(sample, data, context())
    assert cleaned["total"] == 107
    assert [line["amount"] for line in cleaned["lines"]] == [100, 7]


def test_a_rule_that_does_not_hold_is_told_in_its_own_words(context: Make) -> None:
    later = {"rule": "=date(end) > date(start)", "rule_message": "应晚于开始日期"}
    sample = form(
        field("datetime", "start", subtype="date"), field("datetime", "end", subtype="date", properties=later)
    )
    assert faults(sample, {"start": "2026-01-02", "end": "2026-01-02"}, context()) == {"end": "应晚于开始日期"}
    assert validate(sample, {"start": "2026-01-01", "end": "2026-01-02"}, context())["end"] == "2026-01-02"
    assert validate(sample, {"start": "2026-01-01"}, context()) == {"start": "2026-01-01"}


def test_a_rule_holds_for_every_row(context: Make) -> None:
    rule = {"rule": "=high >= low", "rule_message": "上限不应低于下限"}
    sample = form(rows("bands", field("number", "low"), field("number", "high", properties=rule)))
    data = {"bands": [{"low": 1, "high": 2}, {"low": 3, "high": 2}]}
    assert faults(sample, data, context()) == {"bands[1].high": "上限不应低于下限"}


def test_a_warning_refuses_nothing(context: Make) -> None:
    warn = {"warn": "=amount > 100", "warn_message": "超过预算"}
    sample = form(field("number", "amount", properties=warn))
    assert validate(sample, {"amount": 200}, context()) == {"amount": 200}
    assert [w.message for w in warnings(sample, {"amount": 200}, context())] == ["超过预算"]
    assert warnings(sample, {"amount": 50}, context()) == []


def test_only_eligible_people_can_be_chosen(context: Make) -> None:
    sample = form(field("select", "a", properties={"people": "marketing,department_qa"}))
    assert validate(sample, {"a": "marketing"}, context()) == {"a": "marketing"}
    assert faults(sample, {"a": "project_manager"}, context()) == {"a": "不在可选范围内"}


def test_a_fault_can_be_told_in_another_language(context: Make) -> None:
    with pytest.raises(FormInvalid) as refused:
        validate(form(field("textfield", "a", validate={"maxLength": 3})), {"a": "四个字呢"}, context())
    error: Any = refused.value.errors[0]
    assert (error.template, dict(error.details)) == ("不能超过 {longest} 个字", {"longest": 3})
