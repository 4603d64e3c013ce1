"""What goes into one record: plain values, made ready for paper before they reach the child process that writes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Row = Mapping[str, str]
Shown = str | Sequence[Row]


@dataclass(frozen=True)
class Revision:
    """One row of the revision table."""

    version: str
    reason: str
    by: str
    on: str
    summary: str


@dataclass(frozen=True)
class Deed:
    """Who did what to the record: the action in the procedure's words, Beijing time, on whose behalf."""

    action: str
    stage: str
    name: str
    post: str
    at: str
    on_behalf_of: str


@dataclass(frozen=True)
class Front:
    """What cover, header and signature table show; dates are already written out."""

    number: str
    title: str
    company: str
    customer_name: str
    project_name: str
    project_number: str
    document_number: str
    engineering_number: str
    version: str
    level: str
    dated: str
    title_lines: tuple[str, ...] = ()
    block: str = ""
    prepared_by: str = ""
    prepared_on: str = ""
    checked_by: str = ""
    checked_on: str = ""
    approved_by: str = ""
    approved_on: str = ""
    void: bool = False


@dataclass(frozen=True)
class Picture:
    """A drawing with its name; so many centimetres wide."""

    name: str
    svg: bytes
    png: bytes
    width: float


@dataclass(frozen=True)
class Content:
    """One record, ready to be written: front, body values by field key, revisions, deeds, pictures."""

    front: Front
    body: Mapping[str, Shown]
    revisions: tuple[Revision, ...] = ()
    deeds: tuple[Deed, ...] = field(default=())
    bare: bool = False
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    """By placeholder: what is put where the body has its marker."""
