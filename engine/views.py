"""What the facade answers: plain frozen values. Times are microseconds UTC unless a name says otherwise."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, Literal, TypeVar

from bpmn.compare import Difference
from bpmn.model import Element, File, Finding, Flow
from bpmn.sentence import Said, Sentence
from engine.obstacle import Obstacle
from forms.errors import Fault

T = TypeVar("T")
FORM_NUMBER = re.compile(r"[JC]BS\d\d[A-Z]\d+[A-Z]?$")


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list; `next` is the cursor of the page after it, or None."""

    items: list[T]
    next: str | None


@dataclass(frozen=True)
class FormView:
    """A form as served: the .form schema with options resolved, and the values it opens with."""

    schema: dict[str, Any]
    data: dict[str, Any]
    key: str = ""


@dataclass(frozen=True)
class DeployedDefinition:
    """A definition that a deployment made, or found unchanged."""

    id: str
    key: str
    version: int
    name: str


@dataclass(frozen=True)
class Deployment:
    """The outcome of a deployment."""

    id: str
    definitions: list[DeployedDefinition]
    findings: list[Finding]


@dataclass(frozen=True)
class DeploymentRow:
    """A deployment in a list. Only those of desktop modelers have a name and a source."""

    id: str
    name: str | None
    source: str | None
    at: int
    by: str


@dataclass(frozen=True)
class Definition:
    """A version of a process with everything it calls."""

    id: str
    key: str
    version: int
    name: str
    version_tag: str | None
    set_hash: str
    elements: list[Element] = field(repr=False)
    flows: list[Flow] = field(repr=False)
    start_form: str | None
    files: tuple[File, ...] = field(repr=False)
    called: tuple[str, ...]
    processes: Mapping[str, str]
    """Process key -> name of its file, the process itself first."""
    names: Mapping[str, str]
    """Process key -> its name."""

    def xml(self, process: str | None = None) -> bytes:
        """The diagram of the process, or of a stage that it calls."""
        name = self.processes[process or self.key]
        return next(file.content for file in self.files if file.name == name)

    def element(self, id: str) -> Element | None:
        """The element of that id, in the process or a stage."""
        return self._by_id.get(id)

    @cached_property
    def _by_id(self) -> dict[str, Element]:
        return {element.id: element for element in self.elements}


@dataclass(frozen=True)
class StartTimer:
    """A start event whose timer begins the process: when next, and whether the last turn failed and it waits."""

    element: str
    name: str
    due_at: int
    failed: bool


@dataclass(frozen=True)
class Version:
    """One version of a definition: when it was deployed, and by whom."""

    id: str
    version: int
    version_tag: str | None
    at: int
    actor: str


@dataclass(frozen=True)
class Comparison:
    """What is different between two versions of a definition."""

    before: Definition
    after: Definition
    differences: list[Difference] = field(repr=False)


@dataclass(frozen=True)
class Lapse:
    """How often an element was reached, what came of it, and how long it took whoever finished: median and 90 %."""

    reached: int
    finished: int
    cancelled: int
    waiting: int
    median: float | None
    ninety: float | None


@dataclass(frozen=True)
class HeatRow:
    """The figures of an element; `turns` are those of the turns of one that repeats, `instances` how many passed it."""

    element: Element
    whole: Lapse
    turns: Lapse | None
    instances: int


@dataclass(frozen=True)
class FlowRow:
    """How often a sequence flow of that process was taken, and in how many instances. `ends` are the names of the
    elements that it leads from and to, or their ids."""

    flow: Flow
    process: str
    ends: tuple[str, str]
    taken: int
    instances: int


@dataclass(frozen=True)
class Heat:
    """The figures of a procedure, of one version or (None) of all, in a time from `since` until before `until`."""

    definition: Definition
    version: int | None
    since: int | None
    until: int | None
    rows: list[HeatRow]
    flows: list[FlowRow]


@dataclass(frozen=True)
class Behind:
    """An instance behind the figures of an element. `longest` (us) counts what still waits until now."""

    id: str
    title: str
    status: str
    reached: int
    finished: int
    waiting: int
    longest: int


@dataclass(frozen=True)
class RunningVersion:
    """A version of a process: since when it is there, and how many instances run on it."""

    version: int
    version_tag: str | None
    deployed_at: int
    running: int


@dataclass(frozen=True)
class Revision:
    """A version of a procedure, as its table of changes tells it. `definition`: the version of the process definition.

    `issued`: it was released, not merely deployed."""

    definition: int
    version: str
    set_hash: str
    at: int
    by: str
    reason: str
    changes: str
    issued_by: str
    issued: bool
    checked_by: str = ""
    checked_at: int | None = None
    effective_on: str = ""


@dataclass(frozen=True)
class ProcedureDocument:
    """A procedure document as a Word file."""

    name: str
    version: int
    set_hash: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class TokenView:
    """Where an instance stands."""

    element: str
    name: str
    since: int
    task: str | None
    process: str


@dataclass(frozen=True)
class InstanceRow:
    """An instance in a list."""

    id: str
    definition: Mapping[str, Any]
    business_key: str | None
    title: str
    status: str
    end: str | None
    parent: str | None
    created_at: int
    ended_at: int | None
    started_by: str


@dataclass(frozen=True)
class InstanceView(InstanceRow):
    """An instance on its page."""

    variables: dict[str, Any]
    tokens: list[TokenView]
    children: list[str]
    team: dict[str, list[str]]
    root: str


@dataclass(frozen=True)
class Place:
    """A token and the element at which it waits."""

    token: int
    element: str
    name: str
    path: str


@dataclass(frozen=True)
class Rehearsal:
    """What would come of a move: where the tokens of an instance are, where they would be, or what stands against it.

    `version`: the one that it runs on."""

    instance: str
    business_key: str | None
    title: str
    version: int
    before: tuple[Place, ...]
    after: tuple[Place, ...]
    obstacles: tuple[Obstacle, ...] = ()

    @property
    def can(self) -> bool:
        """Whether nothing stands against it."""
        return not self.obstacles

    def __str__(self) -> str:
        """A line for the console."""
        before, after = (", ".join(place.name for place in places) for places in (self.before, self.after))
        because = "; ".join(f"{one.name} {one.reason}" for one in self.obstacles)
        told = f"can: {before} -> {after or 'the end'}" if self.can else f"cannot, because {because}"
        return f"{self.title} ({self.instance}, version {self.version}) {told}"


@dataclass(frozen=True)
class TaskRow:
    """A task in a list."""

    id: str
    name: str
    element: str
    instance: str
    business_key: str | None
    title: str
    roles: list[str]
    on_behalf_roles: list[str]
    assignee: str | None
    due_at: int | None
    follow_up_at: int | None
    priority: int | None
    created_at: int
    returned: bool
    round: int
    state: str
    failed: bool
    completed_at: int | None
    completed_by: str | None
    on_behalf_of: str | None
    claimed: bool


@dataclass(frozen=True)
class Returned:
    """Why a task is open again: who sent it back, from which element, when, after which round."""

    by: str
    by_name: str
    at: int
    round: int
    reason: str
    element: str
    element_name: str


@dataclass(frozen=True)
class Earlier:
    """What was answered in an earlier step."""

    element: str
    element_name: str
    user: str
    user_name: str
    at: int
    on_behalf_of: str | None
    form: str | None
    version: int
    """Of the definition that it ran on then."""
    data: dict[str, Any]
    warnings: list[Fault] = field(default_factory=list)


@dataclass(frozen=True)
class TaskView(TaskRow):
    """A task on its page."""

    form: FormView | None
    form_key: str | None
    returned_by: Returned | None
    earlier: list[Earlier]
    may_act: bool
    may_behalf: bool
    draft: dict[str, Any] | None
    documentation: str
    clause: str | None
    process: str
    reason: Said | None
    """Why the last attempt failed, where it did."""
    warnings: list[Fault] = field(default_factory=list)
    """What is unusual in what the form opens with, or in what was handed in."""


@dataclass(frozen=True)
class Attachment:
    """A file that somebody attached to a task."""

    id: str
    name: str
    size: int
    sha256: str
    media_type: str
    instance: str
    task: str
    user: str
    at: int


@dataclass(frozen=True)
class Document:
    """A record: never overwritten, named by the hash of its bytes."""

    id: str
    instance: str
    number: str
    title: str
    document_number: str | None
    version: str
    name: str
    sha256: str
    size: int
    created_at: int
    element: str
    job: str
    seq: int
    meta: Mapping[str, Any]

    @property
    def form_number(self) -> str | None:
        """The number that the company gave the form (clause 7), None for a form that has none."""
        return self.number if FORM_NUMBER.match(self.number) else None


@dataclass(frozen=True)
class Incident:
    """A step that could not be taken, with its rejected input kept in the journal."""

    id: str
    instance: str
    title: str
    seq: int
    element: str | None
    subject: str | None
    reason: str
    opened_at: int
    resolved_at: int | None
    resolved_by: str | None
    said: Sentence | None = None
    """The reason in a form that can be told in another language; what was stored by earlier releases has none."""
    job: bool = False
    """Whether it is a job's that still waits, so that it can be given a result."""


@dataclass(frozen=True)
class User:
    """A person who can log in."""

    name: str
    display_name: str
    email: str | None
    active: bool
    roles: frozenset[str]
    language: str | None = None
    """`zh` or `en`; None while they have not chosen."""


@dataclass(frozen=True)
class TimelineRow:
    """One line of an instance's history for people."""

    seq: int
    at: int
    kind: str
    actor: str
    actor_name: str
    on_behalf_of: str | None
    element: str | None
    element_name: str
    clause: str | None
    channel: str
    data: Any
    form: str | None
    version: int
    """Of the definition that it ran on then."""
    effects: Sequence[Mapping[str, Any]]
    warnings: list[Fault] = field(default_factory=list)


@dataclass(frozen=True)
class DiagramState:
    """What to colour in a diagram: elements by id (active, done, failed) and the flows taken."""

    elements: dict[str, str]
    flows: list[str]


@dataclass(frozen=True)
class Notice:
    """Something told in the page."""

    id: str
    kind: str
    text: str
    link: str | None
    at: int
    seen: bool
    details: Mapping[str, Any]


@dataclass(frozen=True)
class Link:
    """A one-time link to one task."""

    id: str
    task: str
    role: str
    created_by: str
    created_at: int
    expires_at: int
    revoked_at: int | None
    used_at: int | None
    note: str


@dataclass(frozen=True)
class ProjectRow:
    """A project with what its start pages ask of it. Amounts in 分."""

    id: str
    title: str
    status: str
    created_at: int
    facts: Mapping[str, Any]
    service_end: str | None
    overruns: list[tuple[str, str, int, int]]
    """(item, "planned" or "actual", what it may cost, what it costs)."""
    returns: int
    skips: int
    interventions: int
    late: int
    deviated_at: int | None


@dataclass(frozen=True)
class DeskRow:
    """A running project on the desk of all: its open tickets, and what happened in the last year."""

    id: str
    title: str
    status: str
    open: int
    faults: int
    """Major faults that are open."""
    urgent: int
    """Open tickets of the first priority."""
    overdue: int
    due: int
    """Open tickets whose promise falls due within seven days."""
    year: int
    broken: int
    """Tickets of the last year, and those of them that broke a promise."""
    facts: Mapping[str, Any]
    overruns: list[tuple[str, str, int, int]]


@dataclass(frozen=True)
class DueTask:
    """An open task of a project, or of what is linked to it, with its due time (microseconds)."""

    id: str
    name: str
    instance: str
    title: str
    due_at: int
    assignee: str | None
    roles: list[str]


@dataclass(frozen=True)
class FindingRow:
    """A finding of a review that is not closed: where, what, whose, until when."""

    instance: str
    title: str
    element: str
    element_name: str
    position: int
    found_at: int
    due_on: str | None
    severity: str | None
    finding: str
    finding_location: str | None
    finding_owner: str | None


@dataclass(frozen=True)
class StaffRow:
    """One of a subcontractor's staff, with papers; the project's facts tell the period and the briefing."""

    instance: str
    title: str
    position: int
    name: str
    certificate: str | None
    certificate_number: str | None
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class MissingRow:
    """A project near its closing and the records that it lacks: (name, "none" or "draft")."""

    id: str
    title: str
    since: int
    missing: list[tuple[str, str]]


@dataclass(frozen=True)
class Standing:
    """Where a project stands: its stages, how many tasks are overdue and the oldest due time, its managers."""

    stages: list[str]
    late: int
    due_at: int | None
    managers: list[str]


@dataclass(frozen=True)
class StuckRow:
    """An open task and with whom it lies."""

    id: str
    name: str
    instance: str
    title: str
    assignee: str | None
    roles: list[str]
    created_at: int
    due_at: int | None


@dataclass(frozen=True)
class Rejected:
    """An incident and the input that could not be taken: whose it was, at which element, and what was given."""

    incident: Incident
    ended: bool
    kind: str
    """The kind of the entry that failed: completed, message, timer, job."""
    actor: str
    actor_name: str
    on_behalf_of: str | None
    element_name: str
    at_element_name: str
    """Where the step stopped, which may lie behind the element."""
    topic: str | None
    form: str | None
    data: Mapping[str, Any]
    results: frozenset[str] | None = None
    """The fields that the waiting job may answer, `name*` for what begins so; None where that is not known."""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    """What the diagram gave to the waiting job."""


@dataclass(frozen=True)
class ProposalFile:
    """A file of a proposal. `version` counts its changes; `standing` against the version that the proposal began from.

    A removed one has no hash, and its version says which change that was."""

    name: str
    sha256: str | None
    version: int
    changed_by: str
    changed_by_name: str
    changed_at: int
    standing: Literal["same", "changed", "new", "removed"] = "new"
    title: str = ""


@dataclass(frozen=True)
class ProposalRow:
    """A proposal in a list: files prepared for the next version of a procedure. State: draft, submitted, issued,
    withdrawn."""

    id: str
    key: str
    base_version: int | None
    title: str
    state: str
    created_by: str
    created_by_name: str
    created_at: int
    changed_at: int
    reason: str | None
    changes: str | None
    effective_on: str | None
    instance: str | None


@dataclass(frozen=True)
class Proposal(ProposalRow):
    """A proposal on its page; `files` by name, without those removed; `removed` are the base's that it leaves out.

    `templates`: the records that its processes make, as (key, title)."""

    files: list[ProposalFile]
    removed: list[str]
    templates: list[tuple[str, str]]

    def file(self, name: str) -> ProposalFile | None:
        """The file of that name, or None."""
        return next((file for file in self.files if file.name == name), None)


@dataclass(frozen=True)
class ReleaseRow:
    """A version in force and its row of clause 8; people by display name.

    `acknowledged` of those `asked` have read it."""

    key: str
    number: str
    version: int
    set_hash: str
    proposal: str
    instance: str
    reason: str
    changes: str
    effective_on: str
    drafted_by: str
    checked_by: str
    checked_at: int | None
    issued_by: str
    issued_at: int
    acknowledged: int
    asked: int


@dataclass(frozen=True)
class Visit:
    """Somebody else who has a file of a proposal open, seen last at that time."""

    user: str
    user_name: str
    name: str
    at: int


@dataclass(frozen=True)
class AuditRow:
    """A line of the audit log, or an intervention that stands in a journal (`source`: audit, journal).

    `place` is the chain or the instance in which it is number `seq`; `data` says more, by name. What the log of
    administrators told before there was this one has no channel."""

    source: str
    at: int
    actor: str
    channel: str | None
    address: str | None
    action: str
    subject: str | None
    instance: str | None
    data: Mapping[str, Any]
    place: str
    seq: int
    hash: str


@dataclass(frozen=True)
class AuditPage(Page[AuditRow]):
    """A page of the audit log; `looked_back_to` is how far (microseconds) a text was looked for, None to its end."""

    looked_back_to: int | None = None
