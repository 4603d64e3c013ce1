"""A .form file is read, or refused with the field and the remedy."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bpmn.feel import Feel
from bpmn.model import File
from forms import library
from forms.check import check
from forms.errors import FormUnknown, FormUnreadable
from forms.read import read
from tests.forms.conftest import choice, field, rows


def file(*components: dict[str, Any], **more: Any) -> File:
    schema = {"type": "default", "id": "sample", "components": list(components), **more}
    return File("sample.form", json.dumps(schema).encode())


def rules(*components: dict[str, Any], **more: Any) -> list[str]:
    return [finding.rule for finding in check([file(*components, **more)])]


def test_a_form_of_supported_components_has_no_finding() -> None:
    group = {"type": "group", "components": [field("textfield", "a"), {"type": "text", "text": "说明"}]}
    table = {"type": "table", "id": "t", "dataSource": "=rows", "columns": []}
    assert rules(group, {"type": "separator"}, table, rows("b", field("number", "c")), choice("radio", "d", 1)) == []


@pytest.mark.parametrize(
    ("component", "rule"),
    [
        ({"type": "iframe", "id": "x"}, "form-component"),
        ({"type": "button", "key": "x"}, "form-component"),
        ({"type": "html", "content": "<script>"}, "form-component"),
        ({"type": "expression", "key": "x"}, "form-component"),
        ({}, "form-component"),
        ({"type": "group", "path": "p", "components": []}, "form-group-path"),
        (field("textfield", ""), "form-key"),
        (field("textfield", "a b"), "form-key"),
        (field("textfield", "__class__"), "form-key"),
        (field("textfield", "__proto__"), "form-key"),
        (rows("a", field("textfield", "__init__")), "form-key"),
        (field("textfield", "a", readonly="=b"), "form-expression"),
        (field("textfield", "a", validate={"pattern": "("}), "form-pattern"),
        (field("textfield", "a", validate={"pattern": 5}), "form-pattern"),
        (field("textfield", "a", validate={"pattern": "\ud800"}), "form-pattern"),
        (field("textfield", "a", validate={"pattern": "(?=a)b"}), "form-pattern"),
        (field("textfield", "a", validate={"pattern": "((((x{1,1000}){1,1000}){1,1000}){1,1000})"}), "form-pattern"),
        (field("number", "a", validate={"min": "=b"}), "form-limit"),
        (field("select", "a"), "form-options"),
        (field("select", "a", valuesKey="b"), "form-options"),
        (choice("radio", "a", "x", "x"), "form-options"),
        (field("select", "a", properties={"people": "king"}), "form-people"),
        (rows("a"), "form-empty-list"),
        (rows("a", rows("b", field("textfield", "c"))), "form-nested-list"),
        (rows("a", field("filepicker", "b")), "form-file-in-list"),
        ({"type": "dynamiclist", "path": "a", "components": [field("textfield", "b")]}, "form-list-path"),
    ],
)
def test_what_the_house_cannot_keep_is_refused(component: dict[str, Any], rule: str) -> None:
    assert rules(component) == [rule]


def test_two_fields_of_one_key_are_refused() -> None:
    group = {"type": "group", "components": [field("textfield", "a")]}
    assert rules(group, field("number", "a")) == ["form-key-twice"]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b"\xff\xfe", b'{"components": 5}', b"[" * 100_000])
def test_what_is_no_form_is_refused_and_not_a_crash(content: bytes) -> None:
    assert [finding.rule for finding in check([File("a.form", content)])] == ["form-unreadable"]
    with pytest.raises(FormUnreadable):
        read(content)


@pytest.mark.parametrize("components", [[5], ["x"], [None], [{"type": "textfield", "key": "a", "validate": 5}]])
def test_components_of_a_wrong_kind_are_refused(components: list[Any]) -> None:
    content = json.dumps({"id": "a", "components": components}).encode()
    assert [finding.rule for finding in check([File("a.form", content)])] == ["form-unreadable"]
    with pytest.raises(FormUnreadable):
        read(content)


def test_a_form_without_an_id_is_refused() -> None:
    assert "form-id" in rules(field("textfield", "a"), id="")


def test_a_finding_names_file_and_field() -> None:
    (finding,) = check([file({"type": "iframe", "id": "window"})])
    assert (finding.severity, finding.file, finding.element) == ("error", "sample.form", "window")
    assert "iframe" in finding.message


def test_an_expression_that_cannot_be_read_is_refused(feel: Feel) -> None:
    bad = file(
        field("number", "a", properties={"computed": "=1 +"}), field("number", "b", conditional={"hide": "=a = 1"})
    )
    assert [(finding.rule, finding.element) for finding in check([bad], feel)] == [("form-feel", "a")]
    assert check([file(field("number", "b", conditional={"hide": "=a = 1"}))], feel) == []


def test_an_expression_that_compares_unlike_types_is_refused(feel: Feel) -> None:
    parts = [
        field("number", "amount"),
        choice("select", "kind", "big", "small"),
        field("textfield", "why", conditional={"hide": '=amount = "1"'}),
        rows("costs", field("number", "price"), field("textfield", "who", conditional={"hide": '=price = "x"'})),
        field("textfield", "how", conditional={"hide": '=kind = "bigg"'}),
        field("textfield", "fine", conditional={"hide": '=kind = "big" and amount > 1 and elsewhere = "x"'}),
    ]
    found = [(one.severity, one.rule, one.element) for one in check([file(*parts)], feel)]
    assert found == [
        ("error", "form-unlike-types", "why"),
        ("error", "form-unlike-types", "who"),
        ("warning", "form-not-an-option", "how"),
    ]


def test_other_files_are_none_of_its_business() -> None:
    assert check([File("a.bpmn", b"<x/>")]) == []


def test_a_form_that_is_not_there_is_told_by_its_key() -> None:
    with pytest.raises(FormUnknown, match="nothing"):
        library.form("nothing")
