"""The facade: everything that pages, the API and the console may ask of the engine, in one place."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence, Set
from datetime import date
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Connection

from bpmn.feel import Feel
from bpmn.model import File, Finding
from bpmn.procedure import Procedure
from bpmn.working_time import Calendar
from engine import (
    acts,
    anchors,
    archive,
    audit,
    audit_log,
    auditing,
    backup,
    checkpoint,
    compare,
    definitions,
    deployments,
    desk,
    errors,
    event_log,
    evidence,
    figures,
    heat,
    idempotency,
    inbox,
    incidents,
    instances,
    keys,
    links,
    lists,
    logins,
    migration,
    notices,
    papers,
    passages,
    people,
    procedure,
    proposals,
    purge,
    rejected,
    releases,
    replay,
    revisions,
    runs,
    schedule,
    starting,
    verify,
    working_days,
)
from engine import deploy as deploying
from engine import rebuild as rebuilding
from engine import roles as who
from engine import simulate as simulating
from engine.actor import OPERATOR, Actor
from engine.audit_log import Asked
from engine.clock import Clock, SystemClock
from engine.conformity import desk as conforming
from engine.conformity import samples
from engine.conformity.views import Conformity, Sample
from engine.contract import TaskHandler
from engine.event_log import Span as LogSpan
from engine.event_log import Trace
from engine.film import Moment
from engine.heat import Span
from engine.jobs import anchor_mail, letters, schema, starts, timers, work
from engine.jobs.deferred import Deferred
from engine.jobs.thread import JobThread, Wake
from engine.replay import MomentView, Reel
from engine.report import Report
from engine.room import Kept, Room
from engine.settings import Settings
from engine.step import run
from engine.store.database import Database
from engine.tickets import Ticket
from engine.verifications import Asked as AskedVerification
from engine.verifications import Desk, Verification
from engine.views import (
    Attachment,
    AuditPage,
    AuditRow,
    Behind,
    Comparison,
    Definition,
    Deployment,
    DeploymentRow,
    DeskRow,
    DiagramState,
    Document,
    DueTask,
    FindingRow,
    FormView,
    Heat,
    Incident,
    InstanceRow,
    InstanceView,
    Link,
    MissingRow,
    Notice,
    Page,
    ProcedureDocument,
    ProjectRow,
    Proposal,
    ProposalFile,
    ProposalRow,
    Rehearsal,
    Rejected,
    ReleaseRow,
    Revision,
    RunningVersion,
    StaffRow,
    Standing,
    StartTimer,
    StuckRow,
    TaskRow,
    TaskView,
    TimelineRow,
    User,
    Version,
    Visit,
)
from engine.vocabulary import Vocabulary
from forms.arrange import Arrangement
from forms.errors import Fault


def _taken_over(own: keys.Keys, connection: Connection) -> None:
    """What a store of an earlier structure needs besides its tables."""
    audit.adopt(connection, own)
    rebuilding.remake(connection)


class Engine:
    """One house's engine. Opens and migrates the store; `close` ends its thread, writes an anchor and lets go."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock | None = None,
        topics: Mapping[str, TaskHandler] | None = None,
        say: Callable[[str, str], str] | None = None,
    ) -> None:
        settings.var.mkdir(parents=True, exist_ok=True)
        self.settings = settings
        database, own = Database(settings.url), keys.load(settings)
        try:
            database.migrate(partial(_taken_over, own))
        except BaseException:
            database.close()
            raise
        clock = clock or SystemClock()
        wake = Wake() if database.sqlite else None
        if wake is None:
            schema.prepare(database)
        self.room = Room(
            settings,
            clock,
            own,
            database,
            Feel(),
            topics or {},
            wake or Deferred(clock.now),
            Kept(settings.live_cache),
            Kept(settings.live_cache),
        )
        if say is not None:
            self.room.say = say
        self.secret = self.room.keys.secret
        self._failures = logins.Failures()
        self._desk = Desk(self.room)
        self._thread = JobThread(self.room, wake, self.keep_house) if wake is not None else None

    # --- the house ------------------------------------------------------------------------------------------------
    def start_background(self) -> None:
        """Run jobs, timers and hourly anchors in one thread; on PostgreSQL workers do."""
        if self._thread is not None:
            self._thread.start()

    def stop_background(self) -> None:
        """Let the running job finish, then run no more."""
        if self._thread is not None:
            self._thread.stop()

    @property
    def needs_workers(self) -> bool:
        """Whether jobs and timers are run by other processes."""
        return self._thread is None

    def run_worker(self) -> None:
        """Be a worker until SIGTERM: run jobs, timers and what is hourly. Raises NeedsPostgres."""
        if not self.needs_workers:
            raise errors.NeedsPostgres()
        # Loaded here alone: it brings Procrastinate and a PostgreSQL driver, which a house on SQLite may lack.
        import_module("engine.jobs.worker").serve(self.room, self.keep_house)

    def keep_house(self) -> None:
        """What is due every hour: an anchor, old idempotency records and contents that nothing names dropped, journals
        that ended packed.

        Passages are kept, and what lacked a checkpoint is tried again."""
        anchors.anchor(self.room)
        anchor_mail.post(self.room)
        run(self.room, idempotency.forget)
        run(self.room, proposals.forget)
        passages.keep(self.room)  # before journals are packed: one entry of those costs a whole segment to read
        letters.forget(self.room)
        archive.pack(self.room)
        self.room.stranded.clear()

    def run_jobs_once(self, limit: int = 20) -> int:
        """Run the jobs that are due; answers how many."""
        return work.run_once(self.room, limit)

    def run_timers_once(self) -> int:
        """Fire the timers that are due, those that begin processes too; answers how many."""
        return timers.fire_due(self.room) + starts.fire_due(self.room)

    def close(self) -> None:
        """End the background thread, write an anchor, close FEEL and the store."""
        self.stop_background()
        self._desk.close()
        self.room.gathered.close()
        anchors.anchor(self.room)
        anchor_mail.post(self.room)
        self.room.feel.close()
        self.room.database.close()

    def ready(self) -> bool:
        """Whether the store answers."""
        with self.room.database.read() as connection:
            connection.exec_driver_sql("SELECT 1")
        return True

    # --- definitions ----------------------------------------------------------------------------------------------
    def deploy(self, actor: Actor, files: Sequence[File], idempotency_key: str | None = None) -> Deployment:
        """Check and store diagrams, forms and templates. Raises NeedsRole, DeploymentRefused, IdempotencyMismatch."""
        with self.room.database.read() as connection:
            people.require(connection, actor, "admin", "process_owner")
        return deploying.deploy(self.room, actor, files, idempotency_key)

    def deploy_named(
        self,
        actor: Actor,
        files: Sequence[File],
        name: str | None,
        source: str | None,
        unchanged: bool = False,
        changed_only: bool = False,
    ) -> tuple[DeploymentRow, Deployment | None]:
        """Deploy as a desktop modeler does; None where nothing changed. Raises NeedsRole, DeploymentRefused."""
        with self.room.database.read() as connection:
            people.require(connection, actor, "admin", "process_owner")
        return deployments.create(self.room, actor, files, name, source, unchanged, changed_only)

    def deployments(self) -> list[DeploymentRow]:
        """Every deployment, oldest first."""
        return deployments.listed(self.room)

    def deployment(self, id: str) -> DeploymentRow:
        """A deployment. Raises UnknownDeployment."""
        return deployments.one(self.room, id)

    def simulate(
        self,
        actor: Actor,
        files: Sequence[File],
        answers: Mapping[str, Any] | None = None,
        runs: int = simulating.RUNS,
        seed: int = 1,
        key: str | None = None,
    ) -> simulating.Outcome:
        """Walk a draft with chosen or random answers, storing nothing. Raises NeedsRole, Invalid."""
        with self.room.database.read() as connection:
            people.require(connection, actor, "admin", "process_owner")
        return simulating.simulate(self.room, files, answers or {}, runs, seed, key)

    # --- proposals ------------------------------------------------------------------------------------------------
    def begin_proposal(
        self,
        actor: Actor,
        key: str,
        title: str,
        empty: bool = False,
        idempotency_key: str | None = None,
        version: int | None = None,
    ) -> Proposal:
        """Prepare the next version of a procedure, from its newest, an older one or nothing.

        Raises NeedsRole, Invalid, UnknownDefinition."""
        return proposals.begin(self.room, actor, key, title, empty, idempotency_key, version)

    def proposals(
        self, actor: Actor, state: str | None = None, key: str | None = None, cursor: str = "", limit: int = 50
    ) -> Page[ProposalRow]:
        """The proposals, the last changed first. Raises NeedsRole."""
        return proposals.listed(self.room, actor, state, key, cursor, limit)

    def proposal(self, actor: Actor, id: str) -> Proposal:
        """One proposal with its files. Raises NeedsRole, NotFound."""
        return proposals.proposal(self.room, actor, id)

    def proposal_file(self, actor: Actor, id: str, name: str) -> tuple[ProposalFile, bytes]:
        """A file of a proposal and its bytes."""
        return proposals.content(self.room, actor, id, name)

    def put_proposal_file(
        self, actor: Actor, id: str, name: str, content: bytes | BinaryIO, version: int | None = None
    ) -> ProposalFile:
        """Write a file in place of that version, or a new one. Raises FileChanged, VersionMissing, ProposalClosed."""
        return proposals.put(self.room, actor, id, name, content, version)

    def remove_proposal_file(self, actor: Actor, id: str, name: str, version: int | None) -> None:
        """Take that version of a file out of a proposal. Raises FileChanged, VersionMissing, ProposalClosed."""
        proposals.remove(self.room, actor, id, name, version)

    def restore_proposal_file(self, actor: Actor, id: str, name: str, version: int | None = None) -> ProposalFile:
        """Put a file back as the version that the proposal began from has it. Raises as put_proposal_file does."""
        return proposals.restore(self.room, actor, id, name, version)

    def withdraw_proposal(self, actor: Actor, id: str, idempotency_key: str | None = None) -> Proposal:
        """Give a draft up. Raises ProposalClosed."""
        return proposals.withdraw(self.room, actor, id, idempotency_key)

    def check_proposal(self, actor: Actor, id: str) -> Sequence[Finding]:
        """What deploying the whole set would find. Stores nothing."""
        return proposals.check(self.room, actor, id)

    def simulate_proposal(
        self,
        actor: Actor,
        id: str,
        answers: Mapping[str, Any] | None = None,
        runs: int = simulating.RUNS,
        seed: int = 1,
        key: str | None = None,
    ) -> simulating.Outcome:
        """Walk a proposal's procedure, or the process of that key, storing nothing. Raises Invalid."""
        return proposals.walk(self.room, actor, id, answers or {}, runs, seed, key)

    def vocabulary(self, actor: Actor, id: str) -> Vocabulary:
        """What the diagrams of a proposal may name: roles, forms, decisions, clauses, topics, ..."""
        return proposals.offers(self.room, actor, id)

    def visit_proposal(self, actor: Actor, id: str, name: str) -> list[Visit]:
        """Say that one has a file open; answers who else is at work on the proposal."""
        return proposals.visit(self.room, actor, id, name)

    # --- what is deployed -----------------------------------------------------------------------------------------
    def definitions(self) -> list[Definition]:
        """The newest version of every process, by key."""
        with self.room.database.read() as connection:
            return [definitions.by_id(self.room, connection, row.id) for row in definitions.newest(connection)]

    def definition(self, key: str, version: int | None = None) -> Definition:
        """One definition, the newest where no version is told. Raises UnknownDefinition."""
        with self.room.database.read() as connection:
            return definitions.by_key(self.room, connection, key, version)

    def drawing(self, key: str, process: str, version: int | None = None) -> File:
        """The diagram of a process as it was deployed, for a modeler; what is executed is the definition's `xml`.

        Raises UnknownDefinition, NotFound."""
        with self.room.database.read() as connection:
            definition = definitions.by_key(self.room, connection, key, version)
            return definitions.drawing(self.room, connection, definition, process)

    def findings_of(self, key: str, version: int | None = None) -> list[Finding]:
        """What was found when a version was deployed, the newest where none is told. Raises UnknownDefinition."""
        with self.room.database.read() as connection:
            return definitions.findings(connection, definitions.by_key(self.room, connection, key, version))

    def start_timers(self, key: str) -> list[StartTimer]:
        """When the newest version of a process begins by itself next, the soonest first. Raises UnknownDefinition."""
        with self.room.database.read() as connection:
            return schedule.waiting(connection, definitions.by_key(self.room, connection, key))

    def versions(self, key: str) -> list[Version]:
        """Every version of a definition, the newest first. Raises UnknownDefinition."""
        with self.room.database.read() as connection:
            return definitions.versions(connection, key)

    def compare(self, key: str, before: int | None = None, after: int | None = None) -> Comparison:
        """What is different between two versions: the newest and the one before it unless told. UnknownDefinition."""
        return compare.compare(self.room, key, before, after)

    def heat(self, span: Span) -> Heat:
        """How often each element was reached and how long it took. Raises UnknownDefinition."""
        return heat.heat(self.room, span)

    def behind(
        self, actor: Actor, element: str, span: Span, cursor: str = "", limit: int = 50
    ) -> tuple[Page[Behind], int]:
        """The instances behind an element's figures, of those that the actor may see; and how many there are."""
        return heat.behind(self.room, actor, element, span, cursor, limit)

    def revisions(self, key: str) -> list[Revision]:
        """The versions of a procedure, oldest first."""
        with self.room.database.read() as connection:
            return revisions.revisions(connection, key)

    def procedure(self, key: str, version: int | None = None) -> Procedure | None:
        """What a procedure says besides its diagrams, or None. Raises UnknownDefinition."""
        return procedure.of(self.definition(key, version))

    def procedure_document(self, key: str, version: int | None = None) -> ProcedureDocument:
        """The procedure document as Word, of the newest version where none is told. Raises UnknownDefinition."""
        return procedure.document(self.room, key, version)

    def instance_definition(self, actor: Actor, id: str) -> Definition:
        """The definition that an instance is pinned to."""
        with self.room.database.read() as connection:
            row = instances.find(connection, actor, id)
            return definitions.by_id(self.room, connection, row["definition"])

    def start_form(self, actor: Actor, key: str, parent: str | None = None) -> FormView | None:
        """The start form with its options, or None where a process has none."""
        return starting.form(self.room, actor, key, parent)

    def arranged_start(self, actor: Actor, key: str, parent: str | None, data: Mapping[str, Any]) -> Arrangement | None:
        """How a start form stands with what was typed so far."""
        return starting.arranged(self.room, actor, key, parent, data)

    # --- instances ------------------------------------------------------------------------------------------------
    def start(
        self,
        actor: Actor,
        key: str,
        business_key: str | None = None,
        variables: Mapping[str, Any] | None = None,
        parent: str | None = None,
        idempotency_key: str | None = None,
    ) -> InstanceView:
        """Start an instance. Raises FormInvalid, StartRefused, NeedsRole, NotVisible."""
        given = {} if variables is None else variables
        return self.instance(actor, runs.start(self.room, actor, key, business_key, given, parent, idempotency_key))

    def over(self, actor: Actor, ids: Sequence[str]) -> dict[str, tuple[str, str]]:
        """The project, its id and title, of each of these instances that is linked to one."""
        return instances.over(self.room, actor, ids)

    def titles(self, actor: Actor, ids: Collection[str]) -> dict[str, str]:
        """What instances are called, of those that the actor may see."""
        return instances.titles(self.room, actor, ids)

    def instance(self, actor: Actor, id: str) -> InstanceView:
        """One instance."""
        return instances.instance(self.room, actor, id)

    def instances(
        self,
        actor: Actor,
        q: str = "",
        definition: str | None = None,
        status: str | None = None,
        parent: str | None = None,
        cursor: str = "",
        limit: int = 50,
    ) -> Page[InstanceRow]:
        """The instances that the actor may see, newest first."""
        return instances.instances(self.room, actor, q, definition, status, parent, cursor, limit)

    def suspend(self, actor: Actor, id: str, reason: str, idempotency_key: str | None = None) -> InstanceView:
        """Let nothing happen to an instance until it is resumed."""
        runs.operate(self.room, actor, id, "suspended", reason, idempotency_key)
        return self.instance(actor, id)

    def resume(self, actor: Actor, id: str, reason: str, idempotency_key: str | None = None) -> InstanceView:
        """Let it go on."""
        runs.operate(self.room, actor, id, "resumed", reason, idempotency_key)
        return self.instance(actor, id)

    def cancel(self, actor: Actor, id: str, reason: str, idempotency_key: str | None = None) -> InstanceView:
        """End it as terminated."""
        runs.operate(self.room, actor, id, "cancelled", reason, idempotency_key)
        return self.instance(actor, id)

    def running_versions(self, actor: Actor, key: str) -> list[RunningVersion]:
        """The versions of a process, the newest first, each with how many instances run on it."""
        return migration.running_versions(self.room, actor, key)

    def rehearse(
        self,
        actor: Actor,
        key: str,
        version: int | None = None,
        mapping: Mapping[str, str] | None = None,
        cursor: str = "",
        limit: int = 50,
    ) -> Page[Rehearsal]:
        """What would come of each running instance of a process on another version; nothing is stored."""
        return migration.rehearse(self.room, actor, key, version, mapping, cursor, limit)

    def migrate(
        self,
        actor: Actor,
        id: str,
        version: int | None,
        mapping: Mapping[str, str],
        reason: str,
        idempotency_key: str | None = None,
        key: str | None = None,
    ) -> InstanceView:
        """Let one instance go on on another version of its process, which must be `key` where one is named; answers
        where it stands. Raises CannotMigrate, OtherProcess."""
        migration.migrated(self.room, actor, id, version, mapping, reason, idempotency_key, key)
        return instances.outside(self.room, id)

    def preview(self, actor: Actor, id: str, moves: Sequence[Mapping[str, Any]] = ()) -> Rehearsal:
        """What would come of an operator's moves, or where the instance stands; nothing is stored."""
        return migration.preview(self.room, actor, id, moves)

    def modify(
        self,
        actor: Actor,
        id: str,
        moves: Sequence[Mapping[str, Any]],
        reason: str,
        idempotency_key: str | None = None,
    ) -> InstanceView:
        """Move tokens of an instance that is stuck: skip, go back, go ahead."""
        migration.modified(self.room, actor, id, moves, reason, idempotency_key)
        return self.instance(actor, id)

    def hand_over(
        self,
        actor: Actor,
        from_user: str,
        to_user: str,
        reason: str,
        on: str,
        instances: Sequence[str] | None = None,
    ) -> list[str]:
        """Give a leaving person's projects and tasks to another; answers the instances concerned."""
        return runs.hand_over(self.room, actor, from_user, to_user, reason, on, instances)

    def comment(self, actor: Actor, id: str, text: str) -> None:
        """Write a remark into the journal."""
        runs.comment(self.room, actor, id, text)

    def message(
        self,
        actor: Actor,
        name: str,
        business_key: str | None = None,
        payload: Mapping[str, Any] | None = None,
        idempotency_key: str | None = None,
        instance: str | None = None,
    ) -> list[str]:
        """Deliver a message, to one instance alone where it is told; answers those that took it. Raises NobodyWaits."""
        return runs.message(self.room, actor, name, business_key, payload or {}, idempotency_key, instance)

    def journal(self, actor: Actor, instance: str, cursor: str = "", limit: int = 50) -> Page[dict[str, Any]]:
        """The journal as the API answers it."""
        return instances.entries(self.room, actor, instance, cursor, limit)

    def timeline(
        self, actor: Actor, instance: str, quiet: Set[str] = frozenset(), cursor: str = "", limit: int = 50
    ) -> Page[TimelineRow]:
        """Who did what when, newest first, without the kinds that are quiet."""
        return instances.timeline(self.room, actor, instance, quiet, cursor, limit)

    def diagram_state(self, actor: Actor, instance: str, process: str | None = None) -> DiagramState:
        """What to colour in a diagram."""
        return instances.diagram_state(self.room, actor, instance, process)

    def replay(self, actor: Actor, instance: str) -> Reel:
        """Every moment of an instance, one an entry. Raises NotFound, NotVisible."""
        return replay.reel(self.room, actor, instance)

    def moments(self, actor: Actor, instance: str, cursor: str = "", limit: int = 50) -> Page[Moment]:
        """The moments of an instance, oldest first."""
        return replay.moments(self.room, actor, instance, cursor, limit)

    def moment(self, actor: Actor, instance: str, seq: int) -> MomentView:
        """One moment: the picture, the entry, and what came of it. Raises NotFound, NotVisible."""
        return replay.moment(self.room, actor, instance, seq)

    def seq_at(self, actor: Actor, instance: str, at: int) -> int:
        """The number of the last entry of an instance at or before that time."""
        return replay.seq_at(self.room, actor, instance, at)

    def incidents(self, actor: Actor, resolved: bool = False) -> list[Incident]:
        """Steps and jobs that failed, the newest 200."""
        return self.incident_list(actor, resolved, limit=200).items

    def incident_list(self, actor: Actor, resolved: bool = False, cursor: str = "", limit: int = 50) -> Page[Incident]:
        """Steps and jobs that failed, newest first."""
        return incidents.listed(self.room, actor, resolved, cursor, limit)

    def rejected(self, actor: Actor, incident: str) -> Rejected:
        """One of them, with the input that it keeps."""
        return rejected.rejected(self.room, actor, incident)

    def retry(self, actor: Actor, incident: str, reason: str, idempotency_key: str | None = None) -> None:
        """Apply a rejected input again, or run a failed job again."""
        incidents.retry(self.room, actor, incident, reason, idempotency_key)

    def settle(
        self,
        actor: Actor,
        incident: str,
        result: Mapping[str, Any],
        reason: str,
        idempotency_key: str | None = None,
    ) -> None:
        """Give a failed job its result. Raises NoJob where the incident is not a job's."""
        incidents.settle(self.room, actor, incident, result, reason, idempotency_key)

    def erase(self, actor: Actor, instance: str, seq: int, reason: str) -> None:
        """Remove the payload of an entry for good."""
        runs.erase(self.room, actor, instance, seq, reason)

    def submit_proposal(
        self,
        actor: Actor,
        id: str,
        reason: str,
        changes: str,
        effective_on: str,
        idempotency_key: str | None = None,
    ) -> Proposal:
        """Hand a draft in: its release begins."""
        return releases.submit(self.room, actor, id, reason, changes, effective_on, idempotency_key)

    def releases(self, actor: Actor, key: str) -> Sequence[ReleaseRow]:
        """The rows of clause 8 of a procedure, oldest first."""
        return releases.releases(self.room, actor, key)

    # --- tasks ----------------------------------------------------------------------------------------------------
    def tasks(
        self,
        actor: Actor,
        state: str = "open",
        instance: str | None = None,
        candidate: str | None = None,
        assignee: str | None = None,
        cursor: str = "",
        limit: int = 50,
    ) -> Page[TaskRow]:
        """A list of tasks: of an instance, or the actor's own."""
        return inbox.tasks(self.room, actor, state, instance, candidate, assignee, cursor, limit)

    def task(self, actor: Actor, id: str, whole: bool = True) -> TaskView:
        """One task, for whoever may do it."""
        return inbox.task(self.room, actor, id, whole=whole)

    def claim(self, actor: Actor, id: str) -> None:
        """Take a task of one's role."""
        acts.claim(self.room, actor, id)

    def unclaim(self, actor: Actor, id: str, idempotency_key: str | None = None) -> None:
        """Put a claimed task back."""
        acts.unclaim(self.room, actor, id, idempotency_key)

    def assign(self, actor: Actor, id: str, user: str, reason: str) -> None:
        """Give a task to a person."""
        acts.assign(self.room, actor, id, user, reason)

    def complete(
        self,
        actor: Actor,
        id: str,
        data: Mapping[str, Any],
        on_behalf_of: str | None = None,
        evidence: Sequence[str] = (),
        idempotency_key: str | None = None,
    ) -> list[Fault]:
        """Hand in a task; answers what is unusual in it, which refuses nothing."""
        return acts.complete(self.room, actor, id, data, on_behalf_of, evidence, idempotency_key)

    def arranged(self, actor: Actor, id: str, data: Mapping[str, Any]) -> Arrangement | None:
        """How a task's form stands with what was typed so far: hidden fields, totals, warnings; None without a form."""
        return inbox.arranged(self.room, actor, id, data)

    def save_draft(self, actor: Actor, id: str, data: Mapping[str, Any]) -> None:
        """Keep what was typed so far."""
        acts.save_draft(self.room, actor, id, data)

    def draft(self, actor: Actor, id: str) -> dict[str, Any] | None:
        """What was typed so far, or None."""
        return inbox.task(self.room, actor, id, whole=False).draft

    def attach(
        self,
        actor: Actor,
        task_id: str,
        name: str,
        content: bytes | BinaryIO,
        media_type: str | None = None,
        idempotency_key: str | None = None,
    ) -> Attachment:
        """Attach a file to a task. Raises FileRefused, TooLarge."""
        return papers.attach(self.room, actor, task_id, name, content, media_type, idempotency_key)

    def attachment(self, actor: Actor, id: str) -> tuple[Attachment, Path]:
        """A file and where it lies."""
        return papers.attachment(self.room, actor, id)

    def documents(self, actor: Actor, instance: str) -> list[Document]:
        """The records of an instance."""
        return papers.documents(self.room, actor, instance)

    def document(self, actor: Actor, id: str) -> Document:
        """One record."""
        return papers.document(self.room, actor, id)

    def document_path(self, actor: Actor, id: str) -> Path:
        """Where a record lies."""
        return papers.document_path(self.room, actor, id)

    # --- links ----------------------------------------------------------------------------------------------------
    def create_link(self, actor: Actor, task_id: str, days: int | None = None, note: str = "") -> str:
        """A one-time signed token to one task, for an outside party."""
        return links.create(self.room, actor, task_id, days, note)

    def links(self, actor: Actor, task_id: str) -> list[Link]:
        """The links made for a task."""
        return links.of(self.room, actor, task_id)

    def revoke_link(self, actor: Actor, link_id: str) -> None:
        """Make a link worthless."""
        links.revoke(self.room, actor, link_id)

    def open_link(self, token: str) -> TaskView:
        """The task behind a link. Raises LinkInvalid."""
        return links.open_(self.room, token)

    def arranged_by_link(self, token: str, data: Mapping[str, Any]) -> Arrangement | None:
        """How the form behind a link stands with what was typed so far."""
        return links.arranged(self.room, token, data)

    def attach_by_link(
        self, token: str, name: str, content: bytes | BinaryIO, address: str | None = None
    ) -> Attachment:
        """Attach a file through a link."""
        return links.attach(self.room, token, name, content, address)

    def complete_by_link(
        self,
        token: str,
        data: Mapping[str, Any],
        files: Mapping[str, Sequence[tuple[str, bytes]]] | None = None,
        address: str | None = None,
    ) -> None:
        """Hand in the task behind a link; `files` by field key as (name, content). The link is used up."""
        links.complete(self.room, token, data, files or {}, address)

    # --- people ---------------------------------------------------------------------------------------------------
    def users(self) -> list[User]:
        """Everybody, by name."""
        with self.room.database.read() as connection:
            return people.users(connection)

    def user(self, name: str) -> User:
        """One person. Raises UserUnknown."""
        with self.room.database.read() as connection:
            return people.user(connection, name)

    def names(self, users: Sequence[str]) -> dict[str, str]:
        """Display names by user name."""
        with self.room.database.read() as connection:
            return people.names(connection, set(users))

    def working_calendar(self) -> Calendar:
        """The calendar that all working time is counted by."""
        with self.room.database.read() as connection:
            return working_days.calendar(connection)

    def working_days(self) -> tuple[list[working_days.Override], list[working_days.ToldYear]]:
        """What the house said of its working days: single days, and years."""
        with self.room.database.read() as connection:
            return working_days.overrides(connection), working_days.told_years(connection)

    def override_working_day(self, actor: Actor, day: date, kind: str | None, note: str) -> None:
        """Say that a day is `working` or `off`; None takes it back."""
        working_days.override(self.room, actor, day, kind, note)

    def tell_working_year(self, actor: Actor, year: int, days: Mapping[date, str], note: str) -> None:
        """Tell the working days of a year that is not announced otherwise."""
        working_days.tell_year(self.room, actor, year, days, note)

    def create_user(
        self,
        actor: Actor,
        name: str,
        display_name: str,
        email: str | None = None,
        password: str | None = None,
        roles: Sequence[str] = (),
    ) -> User:
        """A new account with its roles."""
        people.create(self.room, actor, name, display_name, password, email or None)
        for role in roles:
            people.grant(self.room, actor, name, role)
        return self.user(name)

    def set_password(self, actor: Actor, name: str, password: str) -> None:
        """One's own, or anybody's for an administrator."""
        people.set_password(self.room, actor, name, password)

    def set_language(self, actor: Actor, language: str) -> None:
        """The language in which the actor is told things."""
        people.set_language(self.room, actor, language)

    def set_active(self, actor: Actor, name: str, active: bool) -> None:
        """Let a person in, or no longer."""
        people.set_active(self.room, actor, name, active)

    def grant(self, actor: Actor, user: str, role: str) -> None:
        """Give a person a role."""
        people.grant(self.room, actor, user, role)

    def revoke(self, actor: Actor, user: str, role: str) -> None:
        """Take a role from a person."""
        people.revoke(self.room, actor, user, role)

    def authenticate(self, name: str, password: str) -> User | None:
        """The person whose password this is, or None."""
        return people.authenticate(self.room, name, password)

    def token_create(self, user: str, actor: Actor = OPERATOR) -> str:
        """A new API token, told this once."""
        return people.token_create(self.room, actor, user)

    def token_user(self, token: str) -> User | None:
        """Whose token this is, or None."""
        return people.token_user(self.room, token)

    def holders(self, role: str, instance: str | None = None) -> list[User]:
        """Active people who hold a role, in an instance where one is told."""
        with self.room.database.read() as connection:
            found = people.holders(connection, role)
            if instance is None:
                return found
            root = instances.root(connection, instance)
            able = {user for user, _ in who.holders(connection, root, role)}
            return [user for user in found if user.name in able]

    # --- what pages open with -------------------------------------------------------------------------------------
    def notices(self, actor: Actor, limit: int = 50, kind: str = "", unread: bool = False) -> list[Notice]:
        """What is told to this person in the page, newest first."""
        return notices.notices(self.room, actor, limit, kind, unread)

    def unread(self, actor: Actor) -> int:
        """How many notices this person has not read, fifty at most."""
        return notices.unread(self.room, actor)

    def notice(self, actor: Actor, id: str) -> Notice:
        """One of them. Raises NotFound."""
        return notices.notice(self.room, actor, id)

    def notices_seen(self, actor: Actor, id: str | None = None) -> None:
        """One notice, or everything told so far, has been read."""
        notices.seen(self.room, actor, id)

    def overview(self, actor: Actor, project: str | None = None) -> dict[str, Any]:
        """Figures for the start page: tasks, projects (those of that procedure), incidents."""
        return figures.overview(self.room, actor, project)

    def waiting(self, actor: Actor) -> tuple[int, int]:
        """How many open tasks are the actor's, and how many more they may take."""
        return figures.waiting(self.room, actor)

    def counts(self, actor: Actor, wanted: Collection[str]) -> dict[str, int]:
        """How long the lists of these names are."""
        return figures.counts(self.room, actor, wanted)

    def work(
        self,
        actor: Actor,
        elements: Collection[str] | None = None,
        only: str = "",
        cursor: str = "",
        limit: int = 50,
    ) -> Page[TaskRow]:
        """My open tasks and those open to me, by due time; `only`: mine, free, returned, due, overdue."""
        return figures.work(self.room, actor, elements, only, cursor, limit)

    def stuck(self, actor: Actor, cursor: str = "", limit: int = 50) -> Page[StuckRow]:
        """With whom the open tasks of my projects lie."""
        return figures.stuck(self.room, actor, cursor, limit)

    def renewals(self, actor: Actor, cursor: str = "", limit: int = 50) -> Page[ProjectRow]:
        """Projects whose service ends within 90 days and that nobody renews."""
        return lists.renewals(self.room, actor, cursor, limit)

    def over_budget(self, actor: Actor, cursor: str = "", limit: int = 50) -> Page[ProjectRow]:
        """Projects that cost more than they may."""
        return lists.over_budget(self.room, actor, cursor, limit)

    def findings(self, actor: Actor, cursor: str = "", limit: int = 50) -> Page[FindingRow]:
        """Open findings of reviews."""
        return lists.findings(self.room, actor, cursor, limit)

    def close_finding(self, actor: Actor, instance: str, element: str, position: int, text: str) -> None:
        """Say how a finding was verified. Raises NeedsRole, NotFound, ReasonMissing."""
        runs.close_finding(self.room, actor, instance, element, position, text)

    def site_staff(self, actor: Actor, cursor: str = "", limit: int = 50) -> Page[StaffRow]:
        """Subcontractors' staff."""
        return lists.site_staff(self.room, actor, cursor, limit)

    def missing(self, actor: Actor, stages: Sequence[str], needs: Mapping[str, Sequence[str]]) -> Page[MissingRow]:
        """Projects near their closing and the records that they lack."""
        return lists.missing(self.room, actor, stages, needs)

    def deviations(self, actor: Actor, cursor: str = "", limit: int = 50) -> Page[ProjectRow]:
        """Projects with returns, skips, interventions and late tasks."""
        return lists.deviations(self.room, actor, cursor, limit)

    def sample(self, actor: Actor, seed: str = "") -> tuple[str, list[ProjectRow]]:
        """A sample of projects and its seed."""
        return lists.sample(self.room, actor, seed)

    def late_projects(self, actor: Actor, cursor: str = "", limit: int = 50) -> Page[str]:
        """The ids of projects in which a task is overdue."""
        return lists.late_projects(self.room, actor, cursor, limit)

    def standing(self, actor: Actor, ids: Sequence[str]) -> dict[str, Standing]:
        """Where these projects stand, by id."""
        return lists.standing(self.room, actor, ids)

    # --- conformity -----------------------------------------------------------------------------------------------
    def conformity(self, actor: Actor, instance: str) -> Conformity:
        """One project held against its procedure, clause by clause; for auditors and administrators."""
        return conforming.conformity(self.room, actor, instance)

    def draw_sample(
        self,
        actor: Actor,
        key: str,
        size: int,
        seed: str = "",
        since: int | None = None,
        until: int | None = None,
        idempotency_key: str | None = None,
    ) -> Sample:
        """Draw projects of a procedure at random and keep which they are."""
        return samples.draw(self.room, actor, key, size, seed, since, until, idempotency_key)

    def kept_samples(self, actor: Actor, key: str = "", cursor: str = "", limit: int = 50) -> Page[Sample]:
        """The samples that were drawn, the newest first."""
        return samples.samples(self.room, actor, key, cursor, limit)

    def kept_sample(self, actor: Actor, id: str) -> Sample:
        """One of them."""
        return samples.sample(self.room, actor, id)

    def sampled(self, actor: Actor, sample: str, cursor: str = "", limit: int = 50) -> Page[Conformity]:
        """The projects of a sample, each held against its procedure."""
        return conforming.sampled(self.room, actor, sample, cursor, limit)

    def whole_sample(self, actor: Actor, sample: str) -> list[Conformity]:
        """All of them, for sums and exports."""
        return conforming.whole(self.room, actor, sample)

    # --- the desk -----------------------------------------------------------------------------------------------------
    def tickets(self, actor: Actor, id: str) -> list[Ticket]:
        """What is linked to a project, oldest first, with what is counted of it. Raises NotFound, NotVisible."""
        return desk.linked(self.room, actor, id)

    def due_tasks(self, actor: Actor, id: str, until: int, limit: int = 50) -> list[DueTask]:
        """The open tasks of a project and of what is linked to it that are due until then, the soonest first."""
        return desk.due_tasks(self.room, actor, id, until, limit)

    def foretell(self, actor: Actor, id: str, topic: str) -> dict[str, Any] | None:
        """What a service task that only reads would answer now; None where it has nothing to answer.

        Raises NotFound, NotVisible."""
        return desk.foretell(self.room, actor, id, topic)

    def desks(self, actor: Actor, key: str, fault: str, cursor: str = "", limit: int = 50) -> Page[DeskRow]:
        """The running projects of a procedure that the actor may see, with the figures of their desks.

        `fault` is the procedure whose instances are major faults."""
        return desk.desks(self.room, actor, key, fault, cursor, limit)

    # --- retention ------------------------------------------------------------------------------------------------
    def purge_due(self, actor: Actor, key: str, days: int) -> list[str]:
        """The projects of a procedure that ended more than so many days ago, with all that is linked to them."""
        return purge.due(self.room, actor, key, days)

    def purge(self, actor: Actor, key: str, days: int, reason: str) -> list[str]:
        """Remove them, but for the heads of their chains; answers the projects."""
        return purge.purge(self.room, actor, key, days, reason)

    # --- the audit log --------------------------------------------------------------------------------------------
    def noted(
        self, actor: Actor, action: str, subject: str | None = None, instance: str | None = None, **data: Any
    ) -> None:
        """Write into the audit log what is about to be answered."""
        auditing.now(self.room, actor, action, subject, instance, **data)

    def noted_soon(
        self, actor: Actor, action: str, subject: str | None = None, instance: str | None = None, **data: Any
    ) -> None:
        """Have a read written into the audit log within a second."""
        auditing.soon(self.room, actor, action, subject, instance, **data)

    def login_failed(self, name: str, address: str | None, channel: str = "web") -> None:
        """Write down that somebody failed to log in as that user."""
        logins.failed(self.room, self._failures, name, address, channel)

    def audit_log(self, actor: Actor, asked: Asked, cursor: str = "", limit: int = 50) -> AuditPage:
        """Who did what, newest first, interventions in instances too; for auditors and administrators."""
        return audit_log.log(self.room, actor, asked, cursor, limit)

    def event_log(self, actor: Actor, span: LogSpan) -> Iterator[Trace]:
        """What happened in instances, for other tools; for auditors and administrators."""
        return event_log.traces(self.room, actor, span)

    def whole_audit_log(self, actor: Actor, asked: Asked) -> Iterator[AuditRow]:
        """All that is asked for, for an export."""
        return audit_log.whole(self.room, actor, asked)

    # --- trust ----------------------------------------------------------------------------------------------------
    def verify(self, instance: str | None = None, paper: str | None = None) -> Report:
        """Check every chain and re-execute every instance, or one, in a fresh process.

        `paper`: the root of a printed anchor, which must be among those that are kept."""
        return verify.verify(self.room, instance, None if paper is None else anchors.meant(paper))

    def ask_verification(
        self, actor: Actor, instance: str | None = None, paper: str | None = None
    ) -> AskedVerification:
        """Have everything or one instance verified apart; answers at once. Raises NeedsRole, VerificationsBusy."""
        return self._desk.ask(actor, instance, None if paper is None else anchors.meant(paper))

    def verifications(self, actor: Actor, instance: str | None = None) -> list[Verification]:
        """The verifications asked for, the newest first. Raises NeedsRole."""
        return self._desk.listed(actor, instance)

    def verification(self, actor: Actor, id: str) -> Verification:
        """One of them. Raises NeedsRole, NotFound."""
        return self._desk.one(actor, id)

    def evidence(self, actor: Actor, id: str) -> evidence.Evidence:
        """What proves a project: journals, files, proofs to an anchor. Raises NotFound, NotVisible, NeedsRole."""
        return evidence.gather(self.room, actor, id)

    def evidence_made(self, actor: Actor, id: str, manifest: str) -> None:
        """Write down the hash of the manifest of a pack."""
        evidence.noted(self.room, actor, id, manifest)

    def may_take_evidence(self, actor: Actor, id: str) -> bool:
        """Whether this person may take the evidence of an instance."""
        return evidence.may_take(self.room, actor, id)

    def anchors(self, actor: Actor) -> anchors.Standing:
        """The anchors, the newest first, and what none covers yet. Raises NeedsRole."""
        with self.room.database.read() as connection:
            people.require(connection, actor, "auditor", "admin")
        return anchors.standing(self.room)

    def rebuild(self) -> int:
        """Make the read tables again from the journal; answers how many instances."""
        return rebuilding.rebuild(self.room)

    def backup(self, path: Path) -> backup.Contents:
        """Write everything but the keys into one file, while the house serves. Raises BackupRefused, StoreFull."""
        return backup.write(self.settings, self.room.clock, self.room.database, path)

    def checkpoint(self) -> checkpoint.Checkpoints:
        """Write each running instance's full state as an entry, for a release of another fold to go on from."""
        return checkpoint.write(self.room)

    def anchor(self) -> str | None:
        """Write the Merkle root over all heads outside the database; answers the file, None when nothing is new."""
        return anchors.anchor(self.room)
