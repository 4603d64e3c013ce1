"""What a rule looks at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lxml import etree

from bpmn.feel import Feel
from bpmn.model import Element, Finding, Flow, Known, Process, Severity


@dataclass(frozen=True)
class Diagram:
    """A file that could be read: its tree as normalised, and its processes."""

    file: str
    root: etree._Element
    processes: tuple[Process, ...]


@dataclass(frozen=True)
class Deployment:
    """Everything deployed together, and what is known besides."""

    diagrams: tuple[Diagram, ...]
    decisions: frozenset[str]
    known: Known
    feel: Feel

    @property
    def processes(self) -> Iterator[Process]:
        """All processes of all files."""
        return (process for diagram in self.diagrams for process in diagram.processes)

    @property
    def elements(self) -> Iterator[tuple[Process, Element]]:
        """All flow nodes of all processes."""
        return ((process, element) for process in self.processes for element in process.elements)


Rule = Callable[[Deployment], Iterator[Finding]]


def at_element(severity: Severity, rule: str, process: Process, element: Element, message: str) -> Finding:
    """A finding about an element, told by its name and id."""
    told = f"“{element.name}”（{element.id}）" if element.name else f"“{element.id}”"
    return Finding(severity, rule, process.file, element.id, element.line, f"{told}：{message}")


def at_flow(severity: Severity, rule: str, process: Process, flow: Flow, message: str) -> Finding:
    """A finding about a sequence flow."""
    told = f"“{flow.name}”（{flow.id}）" if flow.name else f"“{flow.id}”"
    return Finding(severity, rule, process.file, flow.id, flow.line, f"顺序流{told}：{message}")
