"""What is different between two sets of files, as plain frozen values. Sentences are made above, by `what`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

Kind = Literal["added", "removed", "changed", "moved"]
Of = Literal["diagram", "decision", "form", "template", "procedure"]
KINDS: tuple[Kind, ...] = ("added", "removed", "changed", "moved")
OPPOSITE: Mapping[Kind, Kind] = {"added": "removed", "removed": "added", "changed": "changed", "moved": "moved"}
Word = Callable[[str], tuple[str, str]]
"""Path of a fact -> (what people call it, a name that goes with it)."""


@dataclass(frozen=True)
class Subject:
    """What a difference is about: an element, a field, a rule, a paragraph.

    `home` is the process, decision, form or record in which it stands; `type` a tag or a kind of component."""

    of: Of
    file: str
    home: str
    id: str
    type: str
    name: str


@dataclass(frozen=True)
class Value:
    """What a thing says; `name` is what people call it where it refers to something else."""

    text: str
    name: str = ""


@dataclass(frozen=True)
class Difference:
    """One difference. `what` is empty where the whole subject was added or removed.

    "moved" is only where a thing stands: in the drawing, among the fields of a form, among the rules of a decision."""

    kind: Kind
    was: Subject | None
    now: Subject | None
    what: str = ""
    detail: str = ""
    before: Value | None = None
    after: Value | None = None

    @property
    def subject(self) -> Subject:
        """What it is about, as it is now or, where it is gone, as it was."""
        found = self.now or self.was
        assert found is not None
        return found


@dataclass(frozen=True)
class Thing:
    """A subject with all that it says, by path; `ways` are what it offers in an order, by key with their names."""

    subject: Subject
    facts: Mapping[str, Value] = field(default_factory=dict)
    ways: Mapping[str, str] = field(default_factory=dict)


def mirrored(difference: Difference) -> Difference:
    """The same difference, looked at from the other side."""
    one = difference
    kind = OPPOSITE[one.kind]
    return replace(one, kind=kind, was=one.now, now=one.was, before=one.after, after=one.before)


def compared(before: Mapping[str, Thing], after: Mapping[str, Thing], word: Word) -> Iterator[Difference]:
    """What was added, removed and changed among things by key: in the order of `after`, then what is gone."""
    for key, now in after.items():
        was = before.get(key)
        if was is None:
            yield Difference("added", None, now.subject)
        else:
            yield from _changed(was, now, word)
    for key, was in before.items():
        if key not in after:
            yield Difference("removed", was.subject, None)


def _changed(was: Thing, now: Thing, word: Word) -> Iterator[Difference]:
    paths = [*now.facts, *(path for path in was.facts if path not in now.facts)]
    for path in paths:
        old, new = was.facts.get(path), now.facts.get(path)
        if (old and old.text) != (new and new.text) or (old is None) != (new is None):
            what, detail = word(path)
            yield Difference("changed", was.subject, now.subject, what, detail, old, new)
    old_order, new_order = ([way for way in one.ways if way in other.ways] for one, other in ((was, now), (now, was)))
    if old_order != new_order:
        orders = ((old_order, was.ways), (new_order, now.ways))
        values = (Value("\n".join(order), "\n".join(names[way] for way in order)) for order, names in orders)
        yield Difference("changed", was.subject, now.subject, "order", "", *values)
