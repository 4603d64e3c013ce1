"""Compares the decisions of two sets of files: columns, rules cell by cell, and all that a decision says besides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import partial

from lxml import etree

from bpmn.compare.difference import Difference, Subject, Thing, Value, compared
from bpmn.compare.drawing import Drawing, drawings, moves
from bpmn.compare.facts import facts
from bpmn.compare.sequence import moved
from bpmn.compare.words import word
from bpmn.markup import local, parse
from bpmn.model import File

COLUMNS = ("input", "output")
PARTS = frozenset({*COLUMNS, "rule"})
NOT_THINGS = frozenset({"description", "extensionElements", "import", "DMNDI"})


@dataclass
class _Read:
    """What was read of a set: things by key; of each decision the keys of its columns and rules in their order."""

    things: dict[str, Thing] = field(default_factory=dict)
    order: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    drawings: dict[str, Drawing] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    """Id -> key of what stands in a drawing."""
    names: dict[str, str] = field(default_factory=dict)
    """Key -> name of a column."""


def compare(before: Sequence[File], after: Sequence[File]) -> Iterator[Difference]:
    """The differences between the .dmn files of two sets. Raises bpmn.markup.Unreadable."""
    was, now = (_read(files) for files in (before, after))
    for one in compared(was.things, now.things, partial(_word, was.names, now.names)):
        # Of a decision that is new or gone, its columns and rules are not told one by one.
        if (
            one.was
            and one.now
            or one.subject.type not in PARTS
            or {one.subject.home} <= set(was.things) & set(now.things)
        ):
            yield one
    for place, keys in now.order.items():
        yield from _reordered(was, now, was.order.get(place, ()), keys)
    for file in now.drawings:
        if file in was.drawings:
            yield from _moves(was, now, file)


def _word(was: Mapping[str, str], now: Mapping[str, str], path: str) -> tuple[str, str]:
    """The word for a fact; a cell with the name of its column, with both names where that changed too."""
    found, detail = word(path)
    names = {names[detail] for names in (was, now) if detail in names}
    return found, " / ".join(sorted(names)) if found in ("test", "result") and names else detail


def _reordered(was: _Read, now: _Read, before: Sequence[str], after: Sequence[str]) -> Iterator[Difference]:
    for key in moved(before, after):
        places = (Value(str(keys.index(key) + 1)) for keys in (before, after))
        yield Difference("moved", was.things[key].subject, now.things[key].subject, "order", "", *places)


def _moves(was: _Read, now: _Read, file: str) -> Iterator[Difference]:
    pairs = {
        id: (was.things[key].subject, now.things[key].subject)
        for id, key in now.keys.items()
        if was.keys.get(id) == key and now.things[key].subject.file == file
    }
    whole = was.things[f"{file}#"].subject, now.things[f"{file}#"].subject
    yield from moves(was.drawings[file], now.drawings[file], pairs, whole)


def _read(files: Sequence[File]) -> _Read:
    read = _Read()
    for file in files:
        root = parse(file.content, file.name)
        own = {local(child) for child in root if isinstance(child.tag, str)} - NOT_THINGS | {"DMNDI"}
        read.things[f"{file.name}#"] = _thing(root, file.name, "", file.name, own)
        for number, node in enumerate(child for child in root if isinstance(child.tag, str)):
            if local(node) in NOT_THINGS:
                continue
            key = str(node.get("id") or f"{file.name}#{node.get('name') or number}")
            key = key if key not in read.things else f"{file.name}#{key}#{number}"
            read.keys.setdefault(str(node.get("id")), key)
            read.things[key] = _thing(node, file.name, key, str(node.get("name") or key), PARTS)
            _table(read, node, file.name, key)
        for holder in root:
            if local(holder) == "DMNDI":
                read.drawings[file.name] = next(iter(drawings(holder).values()), Drawing({}, {}))
    return read


def _table(read: _Read, decision: etree._Element, file: str, home: str) -> None:
    table = next((child for child in decision if local(child) == "decisionTable"), None)
    if table is None:
        return
    columns: dict[str, list[str]] = {}
    for kind in (*COLUMNS, "rule"):
        for number, node in enumerate(child for child in table if local(child) == kind):
            key = f"{home}#{kind}#{node.get('id') or number}"
            while key in read.things:
                key += "+"
            read.order.setdefault((home, kind), []).append(key)
            columns.setdefault(kind, []).append(key)
            name = str(number + 1) if kind == "rule" else _column(node)
            read.names[key] = name
            cells = _Cells(columns) if kind == "rule" else None
            read.things[key] = _thing(node, file, home, name, frozenset(), cells)


def _thing(
    node: etree._Element, file: str, home: str, name: str, without: Set[str], cells: _Cells | None = None
) -> Thing:
    kind = local(node)
    said = {path: Value(told) for path, told in facts(node, without, cells) if path != "@id" or kind == "definitions"}
    said["type"] = Value(kind)
    return Thing(Subject("decision", file, home, str(node.get("id") or ""), kind, name), said)


@dataclass(frozen=True)
class _Cells:
    """Calls the cells of a rule after their columns."""

    columns: Mapping[str, Sequence[str]]

    def __call__(self, node: etree._Element, name: str, turn: int) -> str | None:
        keys = self.columns.get(name.removesuffix("Entry"), ()) if name in ("inputEntry", "outputEntry") else ()
        return keys[turn] if turn < len(keys) else None


def _column(node: etree._Element) -> str:
    """What people call a column: its label, what it asks or its name."""
    asked = next((child for child in node if local(child) == "inputExpression"), None)
    text = "" if asked is None else "".join(str(part) for part in asked.itertext()).strip()
    return str(node.get("label") or text or node.get("name") or node.get("id") or "")
