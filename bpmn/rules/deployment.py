"""What a rule looks at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from lxml import etree

from bpmn.feel import Feel
from bpmn.markup import BPMN, line_of, local
from bpmn.model import Element, Finding, Flow, Known, Process, Severity
from bpmn.sentence import Said, as_sentence, say


@dataclass(frozen=True)
class Diagram:
    """A file that could be read: its tree as normalised, its tree as drawn, and its processes."""

    file: str
    root: etree._Element
    drawn: etree._Element
    processes: tuple[Process, ...]

    @cached_property
    def by_id(self) -> Mapping[str, etree._Element]:
        """What is drawn, by id; of two of one id the first."""
        return {str(node.get("id")): node for node in reversed(list(self.drawn.iter(etree.Element))) if node.get("id")}

    def named(self, *tags: str) -> Iterator[etree._Element]:
        """The BPMN elements of those tags as drawn, in the order of the file."""
        return self.drawn.iter(*(BPMN + tag for tag in tags))


@dataclass(frozen=True)
class Deployment:
    """Everything deployed together, and what is known besides."""

    diagrams: tuple[Diagram, ...]
    decisions: frozenset[str]
    known: Known
    feel: Feel
    outputs: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The names that each decision deployed here answers."""

    @property
    def processes(self) -> Iterator[Process]:
        """All processes of all files."""
        return (process for diagram in self.diagrams for process in diagram.processes)

    @property
    def elements(self) -> Iterator[tuple[Process, Element]]:
        """All flow nodes of all processes."""
        return ((process, element) for process in self.processes for element in process.elements)


Rule = Callable[[Deployment], Iterator[Finding]]


def at_element(severity: Severity, rule: str, process: Process, element: Element, message: Said) -> Finding:
    """A finding about an element, told by its name and id; about one that nobody drew, by what stands before it."""
    for flow in element.incoming[:1] if element.line is None else ():
        before = process.element(process.source(flow))
        element = before if before is not None and before.line is not None else element
    told = say("“{name}”（{id}）", name=element.name, id=element.id) if element.name else say("“{id}”", id=element.id)
    return Finding.of(
        severity,
        rule,
        process.file,
        element.id,
        element.line,
        say("{told}：{message}", told=told, message=as_sentence(message)),
    )


def at_flow(severity: Severity, rule: str, process: Process, flow: Flow, message: Said) -> Finding:
    """A finding about a sequence flow."""
    told = say("“{name}”（{id}）", name=flow.name, id=flow.id) if flow.name else say("“{id}”", id=flow.id)
    return Finding.of(
        severity,
        rule,
        process.file,
        flow.id,
        flow.line,
        say("顺序流{told}：{message}", told=told, message=as_sentence(message)),
    )


def at_node(severity: Severity, rule: str, file: str, node: etree._Element, message: Said) -> Finding:
    """A finding about a piece of the file as drawn; what has no id is told by what holds it."""
    holder: etree._Element | None = node
    while holder is not None and not holder.get("id"):
        holder = holder.getparent()
    id = holder.get("id") if holder is not None else None
    name = node.get("name")
    told = say("“{name}”（{id}）", name=name, id=id) if name and holder is node else say("“{id}”", id=id or local(node))
    return Finding.of(
        severity, rule, file, id, line_of(node), say("{told}：{message}", told=told, message=as_sentence(message))
    )
