"""What a diagram says, as plain frozen values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Literal, TypeAlias, TypeVar

from bpmn.sentence import Said, Sentence, as_sentence

Json: TypeAlias = "None | bool | int | float | str | Sequence[Json] | Mapping[str, Json]"
Severity = Literal["error", "warning"]
K = TypeVar("K")
V = TypeVar("V")
NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class File:
    """A file of a deployment: its bare name and its bytes."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Trigger:
    """What an event waits for or throws. `value`: a time, a condition, the name or code of what is referred to.

    `activity` is what a compensation is about, None for all; `waits`: whoever throws it waits until it is done."""

    event: str
    kind: str | None = None
    value: str | None = None
    activity: str | None = None
    waits: bool = True


@dataclass(frozen=True)
class Multi:
    """A repeated activity: over a collection (FEEL or a variable's name), or a number of times (FEEL), or a loop.

    `throws`: what a turn that ends throws, each when its condition holds ("" always, "first" after the first only);
    `output` is the list that collects the variable `output_item` of each turn."""

    kind: Literal["parallel", "sequential", "loop"]
    collection: str | None = None
    variable: str | None = None
    cardinality: str | None = None
    completion: str | None = None
    test_before: bool = False
    behaviour: str = "All"
    throws: tuple[tuple[str, Trigger], ...] = ()
    output: str | None = None
    output_item: str | None = None


@dataclass(frozen=True)
class AdHoc:
    """What an ad-hoc sub-process says: one at a time or all at once, and when it is done (FEEL)."""

    sequential: bool = False
    completion: str | None = None
    cancels: bool = True


@dataclass(frozen=True)
class Copy:
    """A data association: the variable `target` gets the value of the FEEL expression `value`."""

    target: str
    value: str


@dataclass(frozen=True)
class Element:
    """A flow node. `type` is its BPMN tag ("userTask"); `event` its event definition ("timer", "message", ...).

    `triggers`: all event definitions, of which `all_triggers` must come; `handler`: what a compensation event leads to;
    `takes`, `gives`: what data go in and out; `holds`: the names of data that are its own; `payload`: the only fields
    that a message may bring, any when empty."""

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
    triggers: tuple[Trigger, ...] = ()
    all_triggers: bool = False
    for_compensation: bool = False
    handler: str | None = None
    start_quantity: int = 1
    completion_quantity: int = 1
    instantiates: bool = False
    gateway_type: str | None = None
    activation: str | None = None
    ad_hoc: AdHoc | None = None
    takes: tuple[Copy, ...] = ()
    gives: tuple[Copy, ...] = ()
    holds: tuple[str, ...] = ()
    payload: tuple[str, ...] = ()


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
        return self._by_id.get(id)

    def leaving(self, id: str) -> tuple[Flow, ...]:
        """The flows out of an element, in the order of the file."""
        return self._leaving.get(id, ())

    def source(self, flow: str) -> str:
        """The element that a flow leaves; "" where there is no such flow."""
        return self._source.get(flow, "")

    def inside(self, stage: str | None) -> tuple[Element, ...]:
        """What stands directly in a sub-process, or (None) in the process itself."""
        return self._inside.get(stage, ())

    # Looked up for each element by each rule: searching would let one large file keep the server busy for hours.
    @cached_property
    def _by_id(self) -> Mapping[str, Element]:
        return {element.id: element for element in reversed(self.elements)}

    @cached_property
    def _leaving(self) -> Mapping[str, tuple[Flow, ...]]:
        return _grouped((flow.source, flow) for flow in self.flows)

    @cached_property
    def _source(self) -> Mapping[str, str]:
        return {flow.id: flow.source for flow in reversed(self.flows)}

    @cached_property
    def _inside(self) -> Mapping[str | None, tuple[Element, ...]]:
        return _grouped((element.parent, element) for element in self.elements)


def _grouped(pairs: Iterable[tuple[K, V]]) -> Mapping[K, tuple[V, ...]]:
    found: dict[K, list[V]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return {key: tuple(values) for key, values in found.items()}


@dataclass(frozen=True)
class Finding:
    """What is wrong in a diagram, where, and what to do about it. An "error" refuses the deployment."""

    severity: Severity
    rule: str
    file: str
    element: str | None
    line: int | None
    message: str
    # The message in a form that can be told in another language; findings stored by earlier releases have none.
    said: Sentence | None = None

    @classmethod
    def of(
        cls, severity: Severity, rule: str, file: str, element: str | None, line: int | None, message: Said
    ) -> Finding:
        """A finding whose message is kept as a sentence too."""
        return cls(severity, rule, file, element, line, str(message), as_sentence(message))


@dataclass(frozen=True)
class Kind:
    """What FEEL sees in a variable: its type, its only values where they are fixed, and the keys of its rows."""

    type: Literal["string", "number", "boolean", "list"]
    options: tuple[Json, ...] = ()
    rows: Mapping[str, Kind | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Known:
    """What a diagram may name, told from above: forms, topics, roles, and what is deployed already."""

    forms: Set[str] = frozenset()
    topics: Set[str] = frozenset()
    roles: Set[str] = frozenset()
    processes: Set[str] = frozenset()
    decisions: Set[str] = frozenset()
    # The fields of each form, where the caller knows them: then a variable that nothing sets is told.
    fields: Mapping[str, Mapping[str, Kind | None]] | None = None
    # What the results of a topic are called, where its handler says so; `name*` is the beginning of a name.
    results: Mapping[str, Set[str]] = field(default_factory=dict)
