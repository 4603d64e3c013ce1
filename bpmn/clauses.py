"""Which steps of a diagram carry out each clause, the measure of whether a procedure was followed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from bpmn.model import Element

NOTES = "_not_applicable"
"""How the variable ends in which a script notes that a clause does not apply, and why."""
NUMBER = re.compile(r"\d+(?:\.\d+)+")


@dataclass(frozen=True)
class Clause:
    """A clause and the steps that carry it out, in the order of the diagrams."""

    number: str
    steps: tuple[Element, ...]


def place(number: str) -> tuple[int, ...]:
    """Where a clause stands among others; what is no number goes last."""
    parts = number.split(".")
    return tuple(map(int, parts)) if all(part.isascii() and part.isdigit() for part in parts) else (10**6,)


def is_step(element: Element) -> bool:
    """Whether somebody or something does work there: a script keeps books, a call leads to steps with own clauses."""
    return element.clause is not None and element.type.lower().endswith("task") and element.type != "scriptTask"


def clauses(elements: Iterable[Element]) -> list[Clause]:
    """Every clause that a step carries out, by its number."""
    found: dict[str, list[Element]] = {}
    for element in elements:
        if is_step(element):
            found.setdefault(element.clause or "", []).append(element)
    return [Clause(number, tuple(found[number])) for number in sorted(found, key=lambda one: (place(one), one))]


def noted(element: Element) -> dict[str, str]:
    """The clauses that a script notes as not applicable, each with the reason that stands in the diagram."""
    text = (element.script or "").strip()
    if not (element.result_variable or "").endswith(NOTES) or not (text.startswith('"') and text.endswith('"')):
        return {}
    said = text.strip('"')
    return dict.fromkeys(NUMBER.findall(said), said)
