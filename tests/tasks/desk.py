"""A desk to try service tasks at: a job, and services that remember what they were asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bpmn.errors import NotFound
from bpmn.feel import Feel
from bpmn.working_time import Calendar
from engine.contract import Answer, Checked, Deed, Issued, Job, Release

MORNING = 1_780_277_400_000_000  # 2026-06-01 09:30 in Beijing
FEEL = Feel()


@dataclass(frozen=True)
class Stored:
    """A document as the engine would show it."""

    id: str
    number: str
    title: str
    document_number: str | None
    version: str
    sha256: str
    created_at: int
    seq: int
    meta: Mapping[str, Any]
    content: bytes = b""
    name: str | None = None


@dataclass(frozen=True)
class Child:
    """A linked instance."""

    id: str
    title: str
    status: str
    business_key: str | None
    definition: Mapping[str, Any]
    variables: Mapping[str, Any] = field(default_factory=dict)
    created_at: int = MORNING
    ended_at: int | None = None


@dataclass(frozen=True)
class Attached:
    """An attached file."""

    id: str
    name: str
    media_type: str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    size: int = 0
    sha256: str = ""


@dataclass
class Desk:
    """Services in memory: numbers count up by prefix, files lie in dictionaries."""

    company_name: str = "XXX软件股份有限公司"
    at: int = MORNING
    feel: Feel = FEEL
    stored: list[Stored] = field(default_factory=list)
    told: list[tuple[list[str], str, str | None]] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    started: list[tuple[str, Mapping[str, Any], str | None]] = field(default_factory=list)
    ended: list[tuple[str, str]] = field(default_factory=list)
    linked: list[Child] = field(default_factory=list)
    entered: dict[str, list[Answer]] = field(default_factory=dict)
    deeds: list[Deed] = field(default_factory=list)
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)
    roles: dict[str, list[str]] = field(default_factory=dict)
    pinned: dict[str, Path] = field(default_factory=dict)
    running: dict[str, int] = field(default_factory=dict)
    over: Child | None = None
    beside: list[Child] = field(default_factory=list)
    calendar: Calendar = field(default_factory=Calendar)

    def start_instance(self, key: str, variables: Mapping[str, Any], business_key: str | None = None) -> str:
        self.started.append((key, variables, business_key))
        return f"child-{len(self.started)}"

    def open_children(self) -> Sequence[Child]:
        return [child for child in self.linked if child.ended_at is None]

    def children(self) -> Sequence[Child]:
        return self.linked

    def project(self) -> Child | None:
        return self.over

    def siblings(self) -> Sequence[Child]:
        return self.beside

    def working_calendar(self) -> Calendar:
        return self.calendar

    def tickets(self) -> Sequence[Child]:
        return self.linked

    def answers(self, instance: str) -> Sequence[Answer]:
        return self.entered.get(instance, [])

    def cancel_instance(self, instance: str, reason: str) -> None:
        self.ended.append((instance, reason))

    def add_document(
        self,
        number: str,
        title: str,
        version: str,
        content: bytes,
        document_number: str | None = None,
        meta: Mapping[str, Any] | None = None,
        name: str | None = None,
    ) -> str:
        made = f"document-{len(self.stored) + 1}"
        self.stored.append(
            Stored(made, number, title, document_number, version, "", self.at, 0, meta or {}, content, name)
        )
        return made

    def documents(self, number: str | None = None) -> Sequence[Stored]:
        return [d for d in self.stored if number in (None, d.number)]

    def document_content(self, document: str) -> bytes:
        return next(d.content for d in self.stored if d.id == document)

    def number_free(self, document_number: str, own_number: str) -> bool:
        return all(d.number == own_number for d in self.stored if d.document_number == document_number)

    def reserve_number(self, prefix: str, width: int = 2) -> str:
        self.running[prefix] = self.running.get(prefix, 0) + 1
        return f"{prefix}{self.running[prefix]:0{width}}"

    def notify(self, users: Sequence[str], text: str, link: str | None = None, kind: str = "told") -> None:
        self.told.append((list(users), text, link))
        self.kinds.append(kind)

    def who_did(self) -> Sequence[Deed]:
        return self.deeds

    def attachment(self, attachment: str) -> tuple[Attached, bytes]:
        if attachment not in self.files:
            raise NotFound()
        name, content = self.files[attachment]
        return Attached(attachment, name), content

    def template(self, name: str) -> Path | None:
        return self.pinned.get(name)

    def names(self, users: Sequence[str]) -> Mapping[str, str]:
        return {user: self.people[user] for user in users if user in self.people}

    def holders(self, role: str) -> Sequence[str]:
        return self.roles.get(role, [])

    def lock_proposal(self, proposal: str) -> Checked:
        raise NotFound()

    def unlock_proposal(self, proposal: str, state: str) -> None:
        raise NotFound()

    def issue_proposal(self, proposal: str, row: Release) -> Issued:
        raise NotFound()


JOB = Job(
    id="job-1",
    topic="record",
    instance="instance-1",
    element="record_plan",
    seq=7,
    inputs={},
    variables={},
    attempt=1,
    business_key="XM-1",
    definition="CBS00P004",
)


def job(inputs: Mapping[str, Any], **variables: Any) -> Job:
    """A job with these inputs in an instance of these variables."""
    return replace(JOB, inputs=inputs, variables=variables)


def deed(element: str, name: str, post: str, at: int = MORNING, on_behalf_of: str | None = None, seq: int = 0) -> Deed:
    """Somebody completed an element."""
    return Deed("completed", element, element, name, name, post, at, on_behalf_of, seq)
