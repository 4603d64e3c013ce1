"""What a service task sees of the engine: a job, and the services that it may use. Nothing else is promised."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from bpmn.sentence import Said, as_sentence
from bpmn.working_time import Calendar
from forms.context import Evaluator

Json = Any  # a JSON value; mypy has no recursive alias that users can write down without casts


NOTICES = ("approved", "number", "closed", "escalated", "refused", "told")
"""Kinds of notices: an approval, a number given, a closing, an escalation, a refusal, anything else."""


class PermanentFailure(Exception):
    """Raised by a service task when trying again cannot help.

    What it is raised with is the reason that the operator reads: a text, or a sentence with gaps (`say`)."""

    def __init__(self, reason: Said) -> None:
        super().__init__(as_sentence(reason))


@dataclass(frozen=True)
class Completer:
    """Who completed an element last, under which post, when (microseconds), and for whom."""

    user: str
    name: str
    post: str
    at: int
    on_behalf_of: str | None = None


@dataclass(frozen=True)
class Job:
    """One piece of work. `id` is the same at every attempt: use it as the key of whatever the work leaves behind."""

    id: str
    topic: str
    instance: str
    element: str
    seq: int
    inputs: Mapping[str, Json]
    variables: Mapping[str, Json]
    attempt: int
    business_key: str | None
    definition: str
    actors: Mapping[str, Completer] = field(default_factory=dict)
    payload: Mapping[str, Json] = field(default_factory=dict)
    """What the message told that opened the job, where one did."""


@dataclass(frozen=True)
class Deed:
    """One line of 'who did what': the element, its name, who did it under which post, when (microseconds)."""

    action: str
    element: str
    element_name: str
    user: str
    name: str
    post: str
    at: int
    on_behalf_of: str | None
    seq: int = 0
    """The entry by which it was done."""


@dataclass(frozen=True)
class Answer:
    """What somebody entered when completing an element: when (microseconds), and the values by field."""

    element: str
    at: int
    data: Mapping[str, Json]


@dataclass(frozen=True)
class Checked:
    """What was found in a proposal: how many errors, the findings and the walk in words."""

    errors: int
    findings: str
    walked: str


@dataclass(frozen=True)
class Release:
    """The row of clause 8 of a version that is put in force. Times are microseconds; effective_on is a day."""

    reason: str
    changes: str
    effective_on: str
    drafted_by: str
    checked_by: str
    checked_at: int | None
    issued_by: str


@dataclass(frozen=True)
class Issued:
    """A version in force: its number, the definition's version, and whom it concerns (user names)."""

    number: str
    version: int
    readers: Sequence[str]


class ChildView(Protocol):
    """The part of an instance that a service task may look at."""

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def business_key(self) -> str | None: ...
    @property
    def definition(self) -> Mapping[str, Json]: ...
    @property
    def variables(self) -> Mapping[str, Json]: ...
    @property
    def created_at(self) -> int: ...
    @property
    def ended_at(self) -> int | None: ...


class DocumentView(Protocol):
    """The part of a document that a service task may look at."""

    @property
    def id(self) -> str: ...
    @property
    def number(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def document_number(self) -> str | None: ...
    @property
    def version(self) -> str: ...
    @property
    def sha256(self) -> str: ...
    @property
    def created_at(self) -> int: ...
    @property
    def seq(self) -> int: ...
    @property
    def meta(self) -> Mapping[str, Json]: ...


class FileView(Protocol):
    """The part of an attachment that a service task may look at."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def media_type(self) -> str: ...
    @property
    def sha256(self) -> str: ...


class Services(Protocol):
    """What the engine does for a job. Everything is keyed by the job's id, so that a repeated job repeats nothing."""

    company_name: str
    at: int
    """When the job's step was taken, microseconds: the time to print, the same at every attempt."""

    @property
    def feel(self) -> Evaluator:
        """FEEL, for the conditions of forms."""

    def start_instance(self, key: str, variables: Mapping[str, Json], business_key: str | None = None) -> str:
        """Start an instance linked to the project; returns its id. One job starts at most one instance per key."""

    def open_children(self) -> Sequence[ChildView]:
        """The linked instances that have not ended."""

    def children(self) -> Sequence[ChildView]:
        """All linked instances, ended ones too, oldest first."""

    def project(self) -> ChildView | None:
        """The instance that this one is linked to, or None."""

    def siblings(self) -> Sequence[ChildView]:
        """All instances that are linked to the same project, this one and ended ones too, oldest first."""

    def working_calendar(self) -> Calendar:
        """Holidays, make-up working days, and what the house overrides of them."""

    def tickets(self) -> Sequence[ChildView]:
        """The same with those variables only that figures are made of: one query, however many there are."""

    def answers(self, instance: str) -> Sequence[Answer]:
        """What people entered in an instance of the same project, oldest first. Raises NotFound."""

    def cancel_instance(self, instance: str, reason: str) -> None:
        """End a linked instance, or the parent, as terminated; ended ones are left alone."""

    def add_document(
        self,
        number: str,
        title: str,
        version: str,
        content: bytes,
        document_number: str | None = None,
        meta: Mapping[str, Json] | None = None,
        name: str | None = None,
    ) -> str:
        """Store a record under its SHA-256; returns its id. It is listed when the job's result is in the journal."""

    def documents(self, number: str | None = None) -> Sequence[DocumentView]:
        """The instance's records so far, oldest first."""

    def document_content(self, document: str) -> bytes:
        """The bytes of one of the instance's records."""

    def number_free(self, document_number: str, own_number: str) -> bool:
        """Whether no other record, of this or any instance, carries the document number."""

    def reserve_number(self, prefix: str, width: int = 2) -> str:
        """The prefix and the next running number, padded with zeros; a repeated job gets the same."""

    def notify(self, users: Sequence[str], text: str, link: str | None = None, kind: str = "told") -> None:
        """Tell people something in the page; `kind` is one of NOTICES."""

    def who_did(self) -> Sequence[Deed]:
        """Everything that people did in this instance, oldest first."""

    def attachment(self, attachment: str) -> tuple[FileView, bytes]:
        """A file attached in this instance, and its content. Raises NotFound."""

    def template(self, name: str) -> Path | None:
        """A file that the definition set of this instance pins (a form or a record template), or None."""

    def lock_proposal(self, proposal: str) -> Checked:
        """Check a proposal and walk it; without errors nobody can change it from now on. Raises NotFound."""

    def unlock_proposal(self, proposal: str, state: str) -> None:
        """Let a proposal be changed again ("draft"), or rest ("withdrawn"). Raises NotFound."""

    def issue_proposal(self, proposal: str, row: Release) -> Issued:
        """Deploy a proposal for good under the next version number; one job issues once."""

    def names(self, users: Sequence[str]) -> Mapping[str, str]:
        """Display names by user name; one who is unknown is missing."""

    def holders(self, role: str) -> Sequence[str]:
        """Who holds a role in this instance: user names."""


TaskHandler = Callable[[Job, Services], Mapping[str, Json]]


def results(*names: str) -> Callable[[TaskHandler], TaskHandler]:
    """Says which variables a handler's results may become; `name*` for what begins so. For checking diagrams only."""

    def told(handler: TaskHandler) -> TaskHandler:
        handler.__dict__["results"] = frozenset(names)
        return handler

    return told


def reads(handler: TaskHandler) -> TaskHandler:
    """Says that a handler only reads: what it would answer may be asked at any time, and nothing comes of it."""
    handler.__dict__["reads"] = True
    return handler


def only_reads(handler: TaskHandler | None) -> bool:
    """Whether a handler said so."""
    return bool(getattr(handler, "reads", False))


def results_of(handler: TaskHandler) -> frozenset[str] | None:
    """The variables that a handler said it answers, or None where it said nothing."""
    found: frozenset[str] | None = getattr(handler, "results", None)
    return found


Taken = Literal["text", "long", "choice", "truth", "record", "roles", "procedure"]


@dataclass(frozen=True)
class Input:
    """A parameter that a service task takes: its name in diagrams, its label, and what stands in it.

    `choice` has fixed `choices` as (value, label); record, roles and procedure are chosen among those known. Any of
    them may be a FEEL expression instead."""

    name: str
    label: str
    kind: Taken = "text"
    required: bool = False
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Described:
    """What a topic is called where diagrams are drawn, and what it takes. `free`: other parameters mean something."""

    title: str
    inputs: tuple[Input, ...] = ()
    free: bool = False


def described(title: str, *inputs: Input, free: bool = False) -> Callable[[TaskHandler], TaskHandler]:
    """Says what a handler is called and takes, for those who draw diagrams. Nothing is checked by it."""

    def told(handler: TaskHandler) -> TaskHandler:
        handler.__dict__["described"] = Described(title, inputs, free)
        return handler

    return told


def described_of(topic: str, handler: TaskHandler) -> Described:
    """What was said of a handler; where nothing was, the topic is its title."""
    found: Described | None = getattr(handler, "described", None)
    return found or Described(topic, free=True)
