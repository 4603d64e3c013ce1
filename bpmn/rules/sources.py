"""Where variables come from: forms, parameters, scripts, decisions, repetitions, messages and jobs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bpmn.model import Element, Kind, Process
from bpmn.rules.deployment import Deployment

ENGINE: Mapping[str, Kind] = {
    **{name: Kind("string") for name in ("instance_id", "business_key", "started_by", "parent_id")},
    **{
        name: Kind("number")
        for name in (
            *("loop_index", "loopCounter", "nrOfInstances", "nrOfCompletedInstances", "nrOfActiveInstances"),
            *("numberOfInstances", "numberOfActiveInstances", "numberOfCompletedInstances"),
            "numberOfTerminatedInstances",
        )
    },
}


@dataclass
class Family:
    """Processes that call each other and so share their variables. `kinds`: what each variable may be, None standing
    for anything; `open`: something may set a variable of any name."""

    processes: list[Process]
    kinds: dict[str, list[Kind | None]] = field(default_factory=dict)
    beginnings: set[str] = field(default_factory=set)
    open: bool = False

    @property
    def elements(self) -> Iterator[tuple[Process, Element]]:
        """All flow nodes of the family."""
        return ((process, element) for process in self.processes for element in process.elements)

    def sets(self, name: str) -> bool:
        """Whether something is known to set that variable."""
        return name in self.kinds or any(name.startswith(one) for one in self.beginnings)

    def kind(self, name: str) -> list[Kind]:
        """What a variable may be; empty where that is not known."""
        found = self.kinds.get(name) or []
        known = [kind for kind in found if kind is not None]
        return known if len(known) == len(found) else []

    def add(self, name: str, kind: Kind | None = None) -> None:
        """One more place that sets a variable."""
        if name.endswith("*"):
            self.beginnings.add(name.removesuffix("*"))
        elif name:
            self.kinds.setdefault(name, []).append(kind)


def families(deployment: Deployment) -> list[Family]:
    """The processes by family, each with what sets its variables."""
    fields = deployment.known.fields or {}
    told = _told(deployment)
    found = [Family(group) for group in _groups(list(deployment.processes))]
    for family in found:
        own = {process.key for process in family.processes}
        for name, own_kind in ENGINE.items():
            family.add(name, own_kind)
        for process, element in family.elements:
            for form in {element.form, process.start_form} - {None}:
                for name, kind in fields.get(form or "", {}).items():
                    family.add(name, kind)
            _by_element(family, element, deployment, told)
            family.open = family.open or element.called not in own | {None}
    return found


def _groups(processes: list[Process]) -> list[list[Process]]:
    leader = {process.key: process.key for process in processes}

    def head(key: str) -> str:
        while leader[key] != key:
            leader[key] = leader[leader[key]]
            key = leader[key]
        return key

    for process in processes:
        for element in process.elements:
            if element.called in leader:
                leader[head(element.called or "")] = head(process.key)
    grouped: dict[str, list[Process]] = {}
    for process in processes:
        grouped.setdefault(head(process.key), []).append(process)
    return list(grouped.values())


def _told(deployment: Deployment) -> dict[str, set[str]]:
    """What each message carries that an element of these diagrams sends, by the message's name."""
    found: dict[str, set[str]] = {}
    for _, element in deployment.elements:
        if element.event == "message" and element.type in ("sendTask", "intermediateThrowEvent", "endEvent"):
            found.setdefault(element.event_value or "", set()).update(name for name, _ in element.inputs)
    return found


def _by_element(family: Family, element: Element, deployment: Deployment, told: Mapping[str, set[str]]) -> None:
    for name, written in (*element.inputs, *element.outputs):
        family.add(name, None if written.lstrip().startswith("=") else Kind("string"))
    family.add(element.result_variable or "")
    family.add(element.properties.get("outputCollection", ""), Kind("list"))
    if element.multi:
        family.add(element.multi.variable or "")
    if element.type == "scriptTask" and not element.result_variable:
        family.open = True  # a context, whose keys become variables
    if element.type == "businessRuleTask" and not element.topic and not element.result_variable:
        outputs = deployment.outputs.get(element.decision or "")
        family.open = family.open or outputs is None
        for name in outputs or ():
            family.add(name)
    if element.topic and not element.outputs:
        results = deployment.known.results.get(element.topic)
        family.open = family.open or results is None
        for name in results or ():
            family.add(name)
    receives = element.type not in ("sendTask", "intermediateThrowEvent", "endEvent")
    if element.event == "message" and receives:
        # A program may send it as well: its payload is known only where it is named, or where these diagrams send it.
        family.open = family.open or not (element.payload or element.event_value in told)
        for name in element.payload:
            family.add(name)
        for name in told.get(element.event_value or "", ()):
            family.add(name)
