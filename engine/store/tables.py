"""Every table. The first group is the truth; the read tables after it are made from effects and can be made again."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    literal_column,
    text,
)

metadata = MetaData(
    naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s", "fk": "fk_%(table_name)s_%(column_0_name)s"}
)


def partial(name: str, *columns: str, where: str) -> Index:
    """An index of some rows only: what is never looked for costs neither bytes nor a write."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


# --- the truth -------------------------------------------------------------------------------------------------------
entry = Table(
    "entry",
    metadata,
    Column("instance", String(36), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("effects", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("seal", LargeBinary, nullable=False),
    Column("kid", String(40), nullable=False),
    partial("ix_entry_first", "instance", where="seq = 1"),
    sqlite_with_rowid=False,
)
segment = Table(
    "segment", metadata, Column("id", Integer, primary_key=True), Column("body", LargeBinary, nullable=False)
)
"""Entries of several ended instances, packed together: see engine/archive.py."""
packed = Table(
    "packed",
    metadata,
    Column("instance", String(36), primary_key=True),
    Column("first", Integer, primary_key=True),
    Column("last", Integer, nullable=False),
    Column("segment", Integer, ForeignKey("segment.id"), nullable=False),
    sqlite_with_rowid=False,
)
"""In which segment the entries `first` to `last` of an instance lie."""
purged = Table(
    "purged",
    metadata,
    Column("instance", String(36), primary_key=True),
    Column("definition_key", String(200), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(80), nullable=False),
    Column("kid", String(40), nullable=False),
    Column("seal", LargeBinary, nullable=False),
)
"""What is left of an instance whose time was over: the head of its chain. See engine/purge.py."""
payload = Table(
    "payload",
    metadata,
    Column("instance", String(36), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("salt", LargeBinary),
    Column("body", LargeBinary),
    sqlite_with_rowid=False,
)
file = Table(
    "file", metadata, Column("sha256", String(64), primary_key=True), Column("content", LargeBinary, nullable=False)
)
deployment = Table(
    "deployment",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(80), nullable=False),
    Column("findings", Text, nullable=False),
)
definition_set = Table(
    "definition_set",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("key", String(200), nullable=False),
    Column("manifest", Text, nullable=False),
)
definition = Table(
    "definition",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("key", String(200), nullable=False),
    Column("version", Integer, nullable=False),
    Column("name", String(400), nullable=False),
    Column("version_tag", String(80)),
    Column("set_hash", String(64), ForeignKey("definition_set.hash"), nullable=False),
    Column("deployment", String(36), ForeignKey("deployment.id"), nullable=False),
    Index("ix_definition_key_version", "key", "version", unique=True),
)
start_timer = Table(
    "start_timer",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("definition", String(36), ForeignKey("definition.id"), nullable=False),
    Column("element", String(200), nullable=False),
    Column("written", Text, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("cycle", Text),
    Column("failed", Boolean, nullable=False, default=False),
    Index("ix_start_timer_due_at", "due_at"),
    Index("ix_start_timer_definition", "definition"),
)
"""When the newest definitions begin by themselves: see engine/schedule.py. `written` is what the diagram says."""
proposal = Table(
    "proposal",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("key", String(200), nullable=False),
    Column("base_version", Integer),
    Column("title", String(200), nullable=False),
    Column("state", String(10), nullable=False),
    Column("created_by", String(80), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("reason", Text),
    Column("changes", Text),
    Column("effective_on", String(10)),
    Column("instance", String(36)),
    Index("ix_proposal_changed_at_id", "changed_at", "id"),
)
proposal_file = Table(
    "proposal_file",
    metadata,
    Column("proposal", String(36), ForeignKey("proposal.id"), primary_key=True),
    Column("name", String(200), primary_key=True),
    Column("sha256", String(64), ForeignKey("file.sha256")),
    Column("version", Integer, nullable=False),
    Column("changed_by", String(80), nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Index("ix_proposal_file_sha256", "sha256"),
    sqlite_with_rowid=False,
)
"""A removed file keeps its row without a hash: its version must not come again, and who removed it can be told."""
proposal_visit = Table(
    "proposal_visit",
    metadata,
    Column("proposal", String(36), ForeignKey("proposal.id"), primary_key=True),
    Column("user", String(80), primary_key=True),
    Column("name", String(200), primary_key=True),
    Column("at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""Who has which file of a proposal open."""
release = Table(
    "release",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("key", String(200), nullable=False),
    Column("number", String(10), nullable=False),
    Column("version", Integer, nullable=False),
    Column("definition", String(36), ForeignKey("definition.id"), nullable=False),
    Column("set_hash", String(64), nullable=False),
    Column("proposal", String(36), ForeignKey("proposal.id"), nullable=False),
    Column("instance", String(36), nullable=False),
    Column("reason", Text, nullable=False),
    Column("changes", Text, nullable=False),
    Column("effective_on", String(10), nullable=False),
    Column("drafted_by", String(80), nullable=False),
    Column("checked_by", String(80), nullable=False),
    Column("checked_at", BigInteger),
    Column("issued_by", String(80), nullable=False),
    Column("issued_at", BigInteger, nullable=False),
    Index("ix_release_key_number", "key", "number", unique=True),
)
"""What was put in force, each the row of clause 8; `id` is the job that did it."""
user = Table(
    "person",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("display_name", String(200), nullable=False),
    Column("email", String(320)),
    Column("active", Boolean, nullable=False),
    Column("password", String(200)),
    Column("seen_at", BigInteger, nullable=False, default=0),
    Column("language", String(2)),
)
grant = Table(
    "role_grant",
    metadata,
    Column("role", String(80), primary_key=True),
    Column("user", String(80), ForeignKey("person.name"), primary_key=True),
    Index("ix_role_grant_user", "user"),
)
token = Table(
    "token",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("user", String(80), ForeignKey("person.name"), nullable=False),
    Column("at", BigInteger, nullable=False),
)
audit = Table(
    "audit",
    metadata,
    Column("chain", String(36), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(80), nullable=False),
    Column("action", String(40), nullable=False),
    Column("subject", String(200)),
    Column("instance", String(36)),
    Column("body", Text, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("seal", LargeBinary, nullable=False),
    Column("kid", String(40), nullable=False),
    Index("ix_audit_at_chain_seq", "at", "chain", "seq"),
    Index("ix_audit_actor_at", "actor", "at"),
    Index("ix_audit_action_at", "action", "at"),
    Index("ix_audit_actor_action_at", "actor", "action", "at"),
    partial("ix_audit_subject_at", "subject", "at", where="subject IS NOT NULL"),
    partial("ix_audit_instance_at", "instance", "at", where="instance IS NOT NULL"),
    partial("ix_audit_first", "chain", where="seq = 1"),
    sqlite_with_rowid=False,
)
"""Who did what besides the steps of instances: see engine/audit.py. What stands in columns stands in `body` too."""
sample = Table(
    "sample",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("key", String(200), nullable=False),
    Column("seed", String(80), nullable=False),
    Column("size", Integer, nullable=False),
    Column("since", BigInteger),
    Column("until", BigInteger, nullable=False),
    Column("population", Integer, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("drawn_by", String(80), nullable=False),
    Column("drawn_at", BigInteger, nullable=False),
    Column("instances", Text, nullable=False),
    Index("ix_sample_drawn_at_id", "drawn_at", "id"),
    Index("ix_sample_key_drawn_at_id", "key", "drawn_at", "id"),
)
"""Projects that an auditor drew at random: see engine/conformity/samples.py."""
idempotency = Table(
    "idempotency",
    metadata,
    Column("asked", LargeBinary, primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("answer", LargeBinary, nullable=False),
    Column("at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
draft = Table(
    "draft",
    metadata,
    Column("task", String(36), primary_key=True),
    Column("user", String(80), primary_key=True),
    Column("data", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)
link = Table(
    "link",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("task", String(36), nullable=False),
    Column("role", String(80), nullable=False),
    Column("created_by", String(80), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
    Column("used_at", BigInteger),
    Column("note", Text, nullable=False),
    Index("ix_link_task", "task"),
)
notice = Table(
    "notice",
    metadata,
    Column("id", String(120), primary_key=True),
    Column("user", String(80), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("text", Text, nullable=False),
    Column("link", Text),
    Column("kind", String(20), nullable=False, server_default="told"),
    Index("ix_notice_user_at", "user", "at"),
)
letter = Table(
    "letter",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("user", String(80), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("instance", String(36), nullable=False),
    Column("task", String(36), nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("ix_letter_instance", "instance"),
    Index("ix_letter_at", "at"),
)
notice_read = Table(
    "notice_read",
    metadata,
    Column("user", String(80), primary_key=True),
    Column("notice", String(120), primary_key=True),
    sqlite_with_rowid=False,
)
number = Table("number", metadata, Column("prefix", String(80), primary_key=True), Column("last", Integer))
reservation = Table(
    "reservation",
    metadata,
    Column("job", String(36), primary_key=True),
    Column("prefix", String(80), primary_key=True),
    Column("value", Integer, nullable=False),
)
made = Table(
    "made",
    metadata,
    Column("job", String(36), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("instance", String(36), nullable=False),
)

# --- caches ----------------------------------------------------------------------------------------------------------
snapshot = Table(
    "snapshot",
    metadata,
    Column("instance", String(36), primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("fold", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("variables", LargeBinary, nullable=False),
)

passage = Table(
    "passage",
    metadata,
    Column("instance", String(36), primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
"""When the instance was at which element, up to entry `seq`: see engine/passages.py."""

# --- read tables -----------------------------------------------------------------------------------------------------
instance = Table(
    "instance",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("definition", String(36), ForeignKey("definition.id"), nullable=False),
    Column("definition_key", String(200), nullable=False),
    Column("business_key", String(200)),
    Column("title", String(400), nullable=False),
    Column("status", String(20), nullable=False),
    Column("end", String(200)),
    Column("parent", String(36)),
    Column("root", String(36), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("started_by", String(80), nullable=False),
    Column("head_seq", Integer, nullable=False),
    Column("head_hash", LargeBinary, nullable=False),
    Column("head_at", BigInteger, nullable=False),
    Column("return_seq", Integer),
    Column("suspended", Boolean, nullable=False, default=False),
    Index("ix_instance_created_at", "created_at"),
    Index("ix_instance_status_created_at", "status", "created_at"),
    Index("ix_instance_definition_key_created_at", "definition_key", "created_at"),
    partial("ix_instance_parent_created_at", "parent", "created_at", where="parent IS NOT NULL"),
    partial("ix_instance_running", "created_at", where="ended_at IS NULL"),
    Index("ix_instance_root", "root"),
    partial("ix_instance_business_key", "business_key", where="business_key IS NOT NULL"),
)
participant = Table(
    "participant",
    metadata,
    Column("user", String(80), primary_key=True),
    Column("created_at", BigInteger, primary_key=True),
    Column("root", String(36), primary_key=True),
    Index("ix_participant_root_user", "root", "user"),
    sqlite_with_rowid=False,
)
membership = Table(
    "membership",
    metadata,
    Column("root", String(36), primary_key=True),
    Column("role", String(80), primary_key=True),
    Column("user", String(80), primary_key=True),
    Index("ix_membership_user", "user"),
    sqlite_with_rowid=False,
)
task = Table(
    "task",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("instance", String(36), ForeignKey("instance.id"), nullable=False),
    Column("element", String(200), nullable=False),
    Column("name", String(400), nullable=False),
    Column("path", String(400), nullable=False),
    Column("loop", Integer),
    Column("state", String(10), nullable=False),
    Column("failed", Boolean, nullable=False, default=False),
    Column("roles", String(400), nullable=False),
    Column("behalf", String(400), nullable=False),
    Column("assignee", String(80)),
    Column("claimed", Boolean, nullable=False, default=False),
    Column("form", String(200)),
    Column("local", Text),
    Column("due_at", BigInteger),
    Column("follow_up_at", BigInteger),
    Column("priority", Integer),
    Column("round", Integer, nullable=False),
    Column("returned_seq", Integer),
    Column("created_at", BigInteger, nullable=False),
    Column("created_seq", Integer, nullable=False),
    Column("closed_at", BigInteger),
    Column("closed_seq", Integer),
    Column("completed_by", String(80)),
    Column("on_behalf_of", String(80)),
    Index("ix_task_instance_element_round", "instance", "element", "round"),
    partial("ix_task_open", "instance", "created_at", where="state = 'open'"),
    partial("ix_task_assignee_state_created_at", "assignee", "state", "created_at", where="assignee IS NOT NULL"),
    partial("ix_task_completed_by_closed_at", "completed_by", "closed_at", where="completed_by IS NOT NULL"),
    partial("ix_task_due", "due_at", where="state = 'open' AND due_at IS NOT NULL"),
)
OPEN = task.c.state == literal_column("'open'")
"""Said so, and not by a parameter, an open task is found by the indexes of open tasks."""
candidate = Table(
    "candidate",
    metadata,
    Column("principal", String(90), primary_key=True),
    Column("created_at", BigInteger, primary_key=True),
    Column("task", String(36), ForeignKey("task.id"), primary_key=True),
    Index("ix_candidate_task", "task"),
    sqlite_with_rowid=False,
)
timer = Table(
    "timer",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("instance", String(36), ForeignKey("instance.id"), nullable=False),
    Column("element", String(200), nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("failed", Boolean, nullable=False, default=False),
    Index("ix_timer_due_at", "due_at"),
    Index("ix_timer_instance", "instance"),
)
job = Table(
    "job",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("instance", String(36), ForeignKey("instance.id"), nullable=False),
    Column("element", String(200), nullable=False),
    Column("topic", String(200), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("state", String(10), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Index("ix_job_state_due_at", "state", "due_at"),
    Index("ix_job_instance", "instance"),
)
subscription = Table(
    "subscription",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("instance", String(36), ForeignKey("instance.id"), nullable=False),
    Column("element", String(200), nullable=False),
    Column("message", String(200), nullable=False),
    Index("ix_subscription_message", "message"),
    Index("ix_subscription_instance", "instance"),
)
active = Table(
    "active",
    metadata,
    Column("instance", String(36), ForeignKey("instance.id"), primary_key=True),
    Column("token", Integer, primary_key=True),
    Column("element", String(200), nullable=False),
    Column("path", String(400), nullable=False),
    Column("since", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
incident = Table(
    "incident",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("instance", String(36), ForeignKey("instance.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("element", String(200)),
    Column("subject", String(36)),
    Column("reason", Text, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("resolved_at", BigInteger),
    Column("resolved_by", String(80)),
    Index("ix_incident_resolved_at_opened_at", "resolved_at", "opened_at"),
    Index("ix_incident_instance", "instance"),
)
attachment = Table(
    "attachment",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("instance", String(36), ForeignKey("instance.id"), nullable=False),
    Column("task", String(36), nullable=False),
    Column("name", String(255), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("media_type", String(200), nullable=False),
    Column("user", String(80), nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("ix_attachment_instance", "instance"),
)
document = Table(
    "document",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("instance", String(36), ForeignKey("instance.id"), nullable=False),
    Column("number", String(80), nullable=False),
    Column("title", String(400), nullable=False),
    Column("document_number", String(80)),
    Column("version", String(20), nullable=False),
    Column("name", String(255), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("element", String(200), nullable=False),
    Column("job", String(36), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("meta", Text, nullable=False),
    Index("ix_document_instance_created_at", "instance", "created_at"),
    Index("ix_document_document_number", "document_number"),
)
project = Table(
    "project",
    metadata,
    Column("root", String(36), ForeignKey("instance.id"), primary_key=True),
    Column("facts", Text, nullable=False),
    Column("service_end", String(10)),
    Column("project_number", String(80)),
    Column("agreement_number", String(80)),
    Column("former_project_number", String(80)),
    Column("former_agreement_number", String(80)),
    Column("over_since", BigInteger),
    Column("returns", Integer, nullable=False, default=0),
    Column("skips", Integer, nullable=False, default=0),
    Column("interventions", Integer, nullable=False, default=0),
    Column("late", Integer, nullable=False, default=0),
    Column("deviated_at", BigInteger),
    Index("ix_project_service_end", "service_end"),
    Index("ix_project_former_project_number", "former_project_number"),
    Index("ix_project_former_agreement_number", "former_agreement_number"),
    Index("ix_project_over_since", "over_since"),
    Index("ix_project_deviated_at_root", "deviated_at", "root"),
    sqlite_with_rowid=False,
)
intervention = Table(
    "intervention",
    metadata,
    Column("instance", String(36), ForeignKey("instance.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(80), nullable=False),
    Column("kind", String(20), nullable=False),
    Index("ix_intervention_at_instance_seq", "at", "instance", "seq"),
    Index("ix_intervention_actor_at", "actor", "at"),
    Index("ix_intervention_kind_at", "kind", "at"),
    sqlite_with_rowid=False,
)
"""Where in the journals somebody intervened; why stands there."""
finding = Table(
    "finding",
    metadata,
    Column("instance", String(36), ForeignKey("instance.id"), primary_key=True),
    Column("element", String(200), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("found_at", BigInteger, nullable=False),
    Column("due_on", String(10)),
    Column("severity", String(40)),
    Column("finding", Text, nullable=False),
    Column("finding_location", Text),
    Column("finding_owner", Text),
    Index("ix_finding_due_on", "due_on"),
    sqlite_with_rowid=False,
)
site_staff = Table(
    "site_staff",
    metadata,
    Column("instance", String(36), ForeignKey("instance.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("certificate", Text),
    Column("certificate_number", Text),
    sqlite_with_rowid=False,
)
working_day = Table(
    "working_day",
    metadata,
    Column("day", String(10), primary_key=True),
    Column("kind", String(10), nullable=False),
    Column("note", Text, nullable=False),
    Column("by", String(80), nullable=False),
    Column("at", BigInteger, nullable=False),
)
working_year = Table(
    "working_year",
    metadata,
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("note", Text, nullable=False),
    Column("by", String(80), nullable=False),
    Column("at", BigInteger, nullable=False),
)
ticket = Table(
    "ticket",
    metadata,
    Column("instance", String(36), ForeignKey("instance.id"), primary_key=True),
    Column("root", String(36), nullable=False),
    Column("definition_key", String(200), nullable=False),
    Column("priority", String(10)),
    Column("occurred_at", BigInteger, nullable=False),
    Column("due_at", BigInteger),
    Column("broken", Boolean, nullable=False),
    Column("ended_at", BigInteger),
    Column("facts", Text, nullable=False),
    Index("ix_ticket_year", "root", "occurred_at", "definition_key", "broken"),
    partial("ix_ticket_open", "root", "definition_key", where="ended_at IS NULL"),
    partial("ix_ticket_due_at", "due_at", where="due_at IS NOT NULL"),
    sqlite_with_rowid=False,
)
"""What is counted of an instance that is linked to a project: see engine/tickets.py."""

READ_TABLES = (
    *(candidate, task, timer, job, subscription, active, incident, attachment, document),
    *(project, finding, site_staff, intervention, ticket),
    *(membership, participant, instance),
)
"""What `rebuild` empties and makes again, children before parents."""
