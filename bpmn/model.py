"""What a diagram says, as plain frozen values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, TypeAlias

Json: TypeAlias = "None | bool | int | float | str | Sequence[Json] | Mapping[str, Json]"
Severity = Literal["error", "warning"]
NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class File:
    """A file of a deployment: its bare name and its bytes."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Multi:
    """A repeated activity: over a collection (FEEL or a variable's name), or a number of times (FEEL), or a loop."""

    kind: Literal["parallel", "sequential", "loop"]
    collection: str | None = None
    variable: str | None = None
    cardinality: str | None = None
    completion: str | None = None
    test_before: bool = False


@dataclass(frozen=True)
class Element:
    """A flow node. `type` is its BPMN tag ("userTask"); `event` its event definition ("timer", "message", ...)."""

    id: str
    type: str
    name: str
    process: str
    clause: str | None = None
    documentation: str = ""
    roles: tuple[str, ...] = ()
    on_behalf: tuple[str, ...] = ()
    assignee: str | None = None
    form: str | None = None
    due: str | None = None
    follow_up: str | None = None
    priority: str | None = None
    topic: str | None = None
    inputs: tuple[tuple[str, str], ...] = ()
    outputs: tuple[tuple[str, str], ...] = ()
    called: str | None = None
    properties: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    incoming: tuple[str, ...] = ()
    outgoing: tuple[str, ...] = ()
    attached_to: str | None = None
    parent: str | None = None
    line: int | None = None
    decision: str | None = None
    result_variable: str | None = None
    script: str | None = None
    script_format: str | None = None
    event: str | None = None
    event_value: str | None = None
    event_kind: str | None = None
    interrupting: bool = True
    default_flow: str | None = None
    multi: Multi | None = None


@dataclass(frozen=True)
class Flow:
    """A sequence flow between two elements; `condition` is FEEL or None."""

    id: str
    source: str
    target: str
    name: str = ""
    condition: str | None = None
    line: int | None = None


@dataclass(frozen=True)
class Process:
    """A process: its elements in the order of the file, those of its sub-processes among them (`parent` tells)."""

    key: str
    name: str
    version_tag: str | None
    file: str
    documentation: str
    start_form: str | None
    elements: tuple[Element, ...]
    flows: tuple[Flow, ...]
    lanes: tuple[tuple[str, tuple[str, ...]], ...]
    executable: bool = True
    line: int | None = None

    def element(self, id: str) -> Element | None:
        """The element of that id, or None."""
        return next((e for e in self.elements if e.id == id), None)


@dataclass(frozen=True)
class Finding:
    """What is wrong in a diagram, where, and what to do about it. An "error" refuses the deployment."""

    severity: Severity
    rule: str
    file: str
    element: str | None
    line: int | None
    message: str


@dataclass(frozen=True)
class Known:
    """What a diagram may name, told from above: forms, topics, roles, and what is deployed already."""

    forms: Set[str] = frozenset()
    topics: Set[str] = frozenset()
    roles: Set[str] = frozenset()
    processes: Set[str] = frozenset()
    decisions: Set[str] = frozenset()
