"""What is different between two versions of a form is found, told by field, and the same from either side."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bpmn.compare import Difference, Value, mirrored
from bpmn.model import File
from forms import library
from forms.compare import compare

A: dict[str, Any] = {"type": "textfield", "id": "F1", "key": "a", "label": "甲"}
B: dict[str, Any] = {"type": "number", "key": "b", "label": "乙", "validate": {"min": 1}}
C: dict[str, Any] = {"type": "select", "key": "c", "label": "丙", "values": [{"value": "x", "label": "某"}]}


def form(*components: dict[str, Any], **more: Any) -> File:
    """A form of these components."""
    return File("f.form", json.dumps({"id": "f", "title": "表", "components": list(components), **more}).encode())


def both(before: File, after: File) -> list[Difference]:
    """The differences of two forms, which are those of the other direction mirrored."""
    found = list(compare([before], [after]))
    assert Counter(map(mirrored, found)) == Counter(compare([after], [before]))
    return found


def text(value: Value | None) -> str | None:
    """What a value says."""
    return None if value is None else value.text


def told(found: list[Difference]) -> list[tuple[str, str, str, str, str | None, str | None]]:
    """Kind, field, word, what goes with it, before, after."""
    texts = ((one, text(one.before), text(one.after)) for one in found)
    return [(one.kind, one.subject.id, one.what, one.detail, old, new) for one, old, new in texts]


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"label": "丁"}, ("label", "", "甲", "丁")),
        ({"type": "textarea"}, ("tag", "", "textfield", "textarea")),
        ({"validate": {"required": True}}, ("required", "", None, "true")),
        ({"conditional": {"hide": "=b > 1"}}, ("hidden", "", None, "=b > 1")),
        ({"properties": {"computed": "b * 2"}}, ("computed", "", None, "b * 2")),
        ({"properties": {"anything": "x"}}, ("property", "anything", None, "x")),
        ({"unknown": {"deep": [1, {"x": None}]}}, ("other", "unknown.deep", None, '[1, {"x": null}]')),
        ({"defaultValue": False}, ("default_value", "", None, "false")),
        ({"id": "F2"}, ("other", "id", "F1", "F2")),
    ],
)
def test_what_changed_is_told_by_field_and_word(
    changes: dict[str, Any], found: tuple[str, str, str | None, str | None]
) -> None:
    assert told(both(form(A, B), form({**A, **changes}, B))) == [("changed", "a", *found)]


def test_what_says_no_more_than_its_absence_is_no_difference() -> None:
    assert both(form(A), form({**A, "validate": {"required": False}, "readonly": False, "description": ""})) == []


def test_options_are_told_one_by_one_and_so_is_their_order() -> None:
    more = [{"value": "y", "label": "别"}, {"value": "x", "label": "另"}]
    assert told(both(form(C), form({**C, "values": more}))) == [
        ("changed", "c", "option", "y", None, "别"),
        ("changed", "c", "option", "x", "某", "另"),
    ]
    assert told(both(form({**C, "values": more}), form({**C, "values": more[::-1]}))) == [
        ("changed", "c", "order", "", "y\nx", "x\ny")
    ]


def test_fields_are_added_removed_and_moved() -> None:
    assert told(both(form(A, B), form(B, C))) == [
        ("added", "c", "", "", None, None),
        ("removed", "a", "", "", None, None),
    ]
    ((kind, key, what, *_),) = told(both(form(A, B, C), form(C, A, B)))
    assert (kind, key, what) == ("moved", "c", "order")


def test_a_field_keeps_its_identity_in_another_group_and_a_column_is_not_the_field_of_its_name() -> None:
    group = {"type": "group", "id": "G", "label": "组", "components": [A]}
    assert ("moved", "a", "group", "", None, "#G") in told(both(form(A), form(group)))
    rows = {"type": "dynamiclist", "path": "rows", "label": "行", "components": [A]}
    found = told(both(form(rows, A), form({**rows, "components": [{**A, "label": "子"}]}, A)))
    assert found == [("changed", "rows[].a", "label", "", "甲", "子")]


def test_a_form_that_is_new_is_told_as_a_whole() -> None:
    (one,) = compare([], [form(A, B)])
    assert (one.kind, one.subject.type, one.subject.name) == ("added", "form", "表")


FORMS = [file for file in library.files().values() if len(file.content) > 3000]


@pytest.mark.parametrize("file", FORMS, ids=lambda file: file.name)
def test_a_form_is_no_different_from_itself(file: File) -> None:
    assert list(compare([file], [File(file.name, json.dumps(json.loads(file.content)).encode())])) == []


def leaves(node: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to each value that says something."""
    if isinstance(node, dict | list):
        for key, inner in node.items() if isinstance(node, dict) else enumerate(node):
            yield from leaves(inner, (*at, key))
    elif node not in (None, False, ""):
        yield at


PLAN = json.loads(library.files()["JBS00P00402"].content)


@given(st.sampled_from(list(leaves(PLAN))), st.booleans())
def test_whatever_is_edited_or_taken_out_is_found(way: tuple[Any, ...], out: bool) -> None:
    schema = deepcopy(PLAN)
    holder = schema
    for step in way[:-1]:
        holder = holder[step]
    old = holder[way[-1]]
    if out and len(way) > 1:
        del holder[way[-1]]
    else:
        holder[way[-1]] = f"{old}x" if isinstance(old, str) else not old if isinstance(old, bool) else old + 1
    files = (File("f.form", json.dumps(whole).encode()) for whole in (PLAN, schema))
    assert both(*files) != []
