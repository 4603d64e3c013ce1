"""What a record is: number, cover, template and the forms whose fields it collects, from forms/<key>/record.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from forms.word.errors import UnknownRecord

FORMS = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Cover:
    """The cover of clause 7: its title's lines, its details ("survey", "A" or "B"), its date ("month" or "day")."""

    lines: tuple[str, ...]
    block: str
    dated: str = "month"


@dataclass(frozen=True)
class Record:
    """One kind of record; `number` is empty where the procedure gives none, and none is invented.

    `parties` sign it by hand: a first template has lines for them. `decisions` are those of its forms that are
    answered once it is written: a draft shows nothing of them, whatever was said of the draft before.
    """

    key: str
    number: str
    title: str
    type: str
    forms: tuple[str, ...]
    cover: Cover | None
    deeds: Mapping[str, tuple[str, ...]]
    final: bool = False
    first_version: str = "0.1"
    customer_file: str = ""
    parties: tuple[str, ...] = ()
    decisions: tuple[str, ...] = ()

    @property
    def listed(self) -> str:
        """The number under which lists show it; a record without one is listed under its key."""
        return self.number or self.key

    def template(self) -> bytes:
        """The template that the quality department edits in Word."""
        return (FORMS / self.key / "template.docx").read_bytes()


def parse(key: str, content: bytes) -> Record:
    """The record that a record.json describes."""
    data = json.loads(content)
    cover = data.get("cover")
    return Record(
        key=key,
        number=data.get("number", ""),
        title=data["title"],
        type=data["type"],
        forms=tuple(data["forms"]),
        cover=Cover(tuple(cover["lines"]), cover["block"], cover.get("dated", "month")) if cover else None,
        deeds={action: tuple(elements) for action, elements in data.get("deeds", {}).items()},
        final=data.get("final", False),
        first_version=data.get("first_version", "0.1"),
        customer_file=data.get("customer_file", ""),
        parties=tuple(data.get("parties", ())),
        decisions=tuple(data.get("decisions", ())),
    )


@cache
def records() -> Mapping[str, Record]:
    """Every record of the house by key: a new one is a new folder and no other line."""
    return {
        path.parent.name: parse(path.parent.name, path.read_bytes()) for path in sorted(FORMS.glob("*/record.json"))
    }


def record(name: str) -> Record:
    """The record of this number or key. Raises UnknownRecord."""
    for found in records().values():
        if name in (found.key, found.number):
            return found
    raise UnknownRecord(name=name)
