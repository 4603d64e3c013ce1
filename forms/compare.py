"""Compares the forms of two sets of files, field by field: by key, whatever group it stands in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from bpmn.compare import Difference, Subject, Thing, Value, compared, moved
from bpmn.model import File
from forms.read import parse

# Path (a regular expression) -> word; the group of the expression, where it has one, is told beside the word.
WORDS: tuple[tuple[str, str], ...] = (
    (r"(?:label|dateLabel|timeLabel)", "label"),
    (r"title", "name"),
    (r"description", "description"),
    (r"type", "tag"),
    (r"group", "group"),
    (r"validate\.required", "required"),
    (r"validate\.minLength", "shortest"),
    (r"validate\.maxLength", "longest"),
    (r"validate\.min", "least"),
    (r"validate\.max", "most"),
    (r"validate\.(?:pattern|validationType)", "pattern"),
    (r"conditional\.hide", "hidden"),
    (r"(?:readonly|disabled)", "readonly"),
    (r"values\[(.*?)\](?:\..*)?", "option"),
    (r"columns\[(.*?)\](?:\..*)?", "column"),
    (r"subtype", "subtype"),
    (r"defaultValue", "default_value"),
    (r"accept", "accept"),
    (r"multiple", "multiple"),
    (r"decimalDigits", "digits"),
    (r"text", "text"),
    (r"properties\.computed", "computed"),
    (r"properties\.default", "opens_with"),
    (r"properties\.from", "taken_from"),
    (r"properties\.rule", "rule"),
    (r"properties\.rule_message", "rule_message"),
    (r"properties\.warn", "warning"),
    (r"properties\.warn_message", "warning_message"),
    (r"properties\.people", "people"),
    (r"properties\.max_rows", "most_rows"),
    (r"properties\.(.*)", "property"),
    (r"layout\..*", "layout"),
)
_patterns = tuple((re.compile(pattern, re.DOTALL), word) for pattern, word in WORDS)
# A list whose items are told one by one, and what names an item.
NAMED = {"values": "value", "columns": "key"}
MEANS_SOMETHING = frozenset({"defaultValue"})


@dataclass
class _Read:
    """A form read: its components by key, and of each group and list the keys that stand in it, in their order."""

    whole: Thing
    things: dict[str, Thing] = field(default_factory=dict)
    order: dict[str, list[str]] = field(default_factory=dict)


def compare(before: Sequence[File], after: Sequence[File]) -> Iterator[Difference]:
    """The differences between the .form files of two sets. Raises FormUnreadable."""
    was, now = ({file.name: _read(file) for file in files} for files in (before, after))
    old, new = ({name: form.whole for name, form in forms.items()} for forms in (was, now))
    yield from compared(old, new, word)
    for name in now:
        if name in was:
            yield from _form(was[name], now[name])


def _form(was: _Read, now: _Read) -> Iterator[Difference]:
    for one in compared(was.things, now.things, word):
        yield replace(one, kind="moved") if one.what in ("layout", "group") else one
    for place, keys in now.order.items():
        before = was.order.get(place, [])
        for key in moved(before, keys):
            places = (Value(str(order.index(key) + 1)) for order in (before, keys))
            yield Difference("moved", was.things[key].subject, now.things[key].subject, "order", "", *places)


@lru_cache(maxsize=1024)
def word(path: str) -> tuple[str, str]:
    """The word for a fact and the name that goes with it; what has no word is "other", with its path."""
    for pattern, found in _patterns:
        match = pattern.fullmatch(path)
        if match:
            return found, next((group for group in match.groups() if group), "")
    return "other", path


def _read(file: File) -> _Read:
    schema = parse(file.content)
    home = str(schema.get("id") or file.name)
    title = str(schema.get("title") or home)
    said = dict(_facts({name: value for name, value in schema.items() if name != "components"}))
    read = _Read(Thing(Subject("form", file.name, home, "", "form", title), said))
    _components(read, file.name, home, schema["components"], "", "")
    return read


def _components(
    read: _Read, file: str, home: str, components: Sequence[Mapping[str, Any]], scope: str, group: str
) -> None:
    """Reads what stands in a group or list; keys are unique in the form, and once more in each list."""
    for number, component in enumerate(components):
        kind = str(component.get("type"))
        named = next((name for name in ("key", "path", "id") if component.get(name)), "")
        own = str(component[named]) if named in ("key", "path") else ""
        key = f"{scope}{own}" if own else f"{scope}#{component.get('id') or f'{group}/{kind}{number}'}"
        while key in read.things:
            key += "+"
        said = dict(_facts({name: value for name, value in component.items() if name not in ("components", named)}))
        if group:
            inside = read.things[group].subject
            said["group"] = Value(group, inside.name)
        subject = Subject("form", file, home, key, kind, _name(component))
        read.things[key] = Thing(subject, said, dict(_listed(component)))
        read.order.setdefault(group, []).append(key)
        within = f"{key}[]." if kind == "dynamiclist" else scope
        _components(read, file, home, component.get("components") or (), within, key)


def _name(component: Mapping[str, Any]) -> str:
    told = (component.get(name) for name in ("label", "dateLabel", "timeLabel", "text", "key"))
    return next((str(text).lstrip("# ").strip() for text in told if text), "")


def _listed(component: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The options or columns in their order, with their labels."""
    for name, key in NAMED.items():
        for item in component.get(name) or ():
            if isinstance(item, dict):
                yield _scalar(item.get(key)), str(item.get("label") or _scalar(item.get(key)))


def _facts(node: Mapping[str, Any], at: str = "") -> Iterator[tuple[str, Value]]:
    """Everything that a component says, flat; what says no more than its absence would is left out."""
    for name, value in node.items():
        path = f"{at}{name}"
        if isinstance(value, dict):
            yield from _facts(value, f"{path}.")
        elif name in NAMED and isinstance(value, list) and all(isinstance(item, dict) for item in value):
            yield from _items(value, path, NAMED[name])
        elif value not in (None, False, "", []) or name in MEANS_SOMETHING:
            yield path, Value(_scalar(value))


def _items(items: Sequence[Mapping[str, Any]], path: str, key: str) -> Iterator[tuple[str, Value]]:
    for item in items:
        at = f"{path}[{_scalar(item.get(key))}]"
        yield at, Value(str(item.get("label", "")))
        yield from _facts({name: value for name, value in item.items() if name not in (key, "label")}, f"{at}.")


def _scalar(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
