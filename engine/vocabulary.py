"""What whoever draws a procedure may name: roles, forms, decisions, clauses, ..., by name so that none is typed."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from bpmn import dmn
from bpmn.errors import GuichengError
from bpmn.model import Element, File, Kind, Process
from bpmn.roles import ROLES
from engine.contract import Described, described_of
from engine.deploy import Stock, offered
from engine.room import Room
from forms.kinds import kinds
from forms.model import Form
from forms.read import read as read_form
from forms.word.record import records


@dataclass(frozen=True)
class Offer:
    """Something that can be named: what stands in the diagram, what people call it, and what kind of it it is."""

    key: str
    name: str
    kind: str = ""


@dataclass(frozen=True)
class Variable:
    """A field of some form, as FEEL sees it: its name, label, type and its only values where these are fixed."""

    name: str
    label: str
    type: str
    options: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Vocabulary:
    """All that there is to name. `clauses` tell which steps carry them out; `topics` what service tasks take."""

    roles: Sequence[Offer]
    forms: Sequence[Offer]
    decisions: Sequence[Offer]
    processes: Sequence[Offer]
    records: Sequence[Offer]
    clauses: Sequence[Offer]
    messages: Sequence[Offer]
    variables: Sequence[Variable]
    topics: Mapping[str, Described]


def vocabulary(room: Room, files: Sequence[File]) -> Vocabulary:
    """What diagrams among these files may name; the files go before what is deployed."""
    stock = offered(room, files)
    found = _forms(stock)
    processes = sorted(stock.processes.values(), key=lambda process: process.key)
    return Vocabulary(
        roles=[Offer(role.key, role.title, role.kind) for role in ROLES if role.kind != "system"],
        forms=[Offer(form.key, form.title) for form in sorted(found, key=lambda form: form.key)],
        decisions=sorted(_decisions(stock), key=lambda offer: offer.key),
        processes=[Offer(process.key, process.name) for process in processes],
        records=[Offer(key, record.title, record.number) for key, record in sorted(records().items())],
        clauses=_clauses(processes),
        messages=_messages(processes),
        variables=_variables(found),
        topics={topic: described_of(topic, handler) for topic, handler in sorted(room.topics.items())},
    )


def _forms(stock: Stock) -> list[Form]:
    found = []
    for name, sha in stock.files.items():
        if name.endswith(".form"):
            with suppress(GuichengError):
                found.append(read_form(stock.stored[sha]))
    return found


def _decisions(stock: Stock) -> Iterable[Offer]:
    for name in sorted({*stock.decisions.values()}):
        for id, decision in dmn.read(File(name, stock.stored[stock.files[name]])).items():
            yield Offer(id, decision.name)


def _elements(processes: Iterable[Process]) -> Iterable[Element]:
    return (element for process in processes for element in process.elements)


def _clauses(processes: Sequence[Process]) -> list[Offer]:
    """The clauses that are carried out already, in their order, with the steps that do."""
    steps: dict[str, dict[str, None]] = {}
    for element in _elements(processes):
        if element.clause:
            known = steps.setdefault(element.clause, {})
            if element.type.endswith(("Task", "Activity")) and element.name:
                known[element.name] = None
    return [Offer(clause, "、".join(steps[clause])) for clause in sorted(steps, key=_numbered)]


def _numbered(clause: str) -> list[tuple[int, str]]:
    """5.10 comes after 5.9."""
    return [(int(part) if part.isdigit() else 0, part) for part in clause.split(".")]


def _messages(processes: Sequence[Process]) -> list[Offer]:
    named = {
        trigger.value for element in _elements(processes) for trigger in element.triggers if trigger.event == "message"
    }
    return [Offer(name, name) for name in sorted(name for name in named if name)]


def _variables(forms: Sequence[Form]) -> list[Variable]:
    found: dict[str, Variable] = {}
    for form in forms:
        for key, kind in kinds(form).items():
            field = form.field(key)
            label = field.label if field is not None else ""
            found.setdefault(key, _variable(key, label, kind))
    return sorted(found.values(), key=lambda variable: variable.name)


def _variable(name: str, label: str, kind: Kind | None) -> Variable:
    return Variable(name, label, "any", ()) if kind is None else Variable(name, label, kind.type, kind.options)
