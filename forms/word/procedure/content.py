"""What goes into a procedure document: plain values, before they are written."""

from __future__ import annotations

from dataclasses import dataclass

from bpmn.drawing import Drawing
from bpmn.procedure import Procedure


@dataclass(frozen=True)
class Step:
    """A line of a section: who does what, with which form, leaving which record. `ours`: 系统补充 as a whole."""

    clause: str
    name: str
    who: str
    text: str
    papers: str
    ours: bool


@dataclass(frozen=True)
class Figure:
    """A diagram and what it is called."""

    name: str
    drawing: Drawing


@dataclass(frozen=True)
class Stage:
    """What a diagram says: what it is about, its pictures, its steps. `ours`: all of it is 系统补充."""

    texts: tuple[str, ...]
    figures: tuple[Figure, ...]
    steps: tuple[Step, ...]
    ours: bool = False


@dataclass(frozen=True)
class Section:
    """A passage of the clause on the procedure itself, with the stages that carry it out."""

    number: str
    title: str
    stages: tuple[Stage, ...]


@dataclass(frozen=True)
class Duty:
    """A role and the steps that are its own: (clause, name, whether the step is 系统补充)."""

    who: str
    steps: tuple[tuple[str, str, bool], ...]


@dataclass(frozen=True)
class Kept:
    """A record: its form number, empty where the company gave none, and its title."""

    number: str
    title: str


@dataclass(frozen=True)
class Change:
    """A row of the table of changes. `ours`: it was deployed, and nobody issued it."""

    reason: str
    version: str
    by: str
    on: str
    changes: str
    ours: bool = False


@dataclass(frozen=True)
class Steps:
    """All that the diagrams say: an overview, sections in the order of their numbers, and what else is called."""

    overview: Section
    sections: tuple[Section, ...]
    called: tuple[Section, ...]


@dataclass(frozen=True)
class Paper:
    """A whole procedure document. `procedure` is None where nobody wrote its standing texts."""

    key: str
    name: str
    procedure: Procedure | None
    version: str
    definition: int
    set_hash: str
    deployed_on: str
    issued_by: str
    current: str
    """The version in force, where this is another; else empty."""
    steps: Steps
    duties: tuple[Duty, ...]
    records: tuple[Kept, ...]
    changes: tuple[Change, ...]
    signed: tuple[tuple[str, str, str], ...] = ()
    """Who drafted, checked and issued it: (what, name, day)."""
    legible: bool = True
    """Whether the names in the PNG pictures can be read: see bpmn.drawing.png."""

    @property
    def number(self) -> str:
        """The document's number."""
        return self.procedure.number if self.procedure else self.key

    @property
    def title(self) -> str:
        """The document's title."""
        return self.procedure.title if self.procedure else self.name
