"""Indexes of the rows that are looked for, smaller idempotency rows, segments of ended journals, purged heads"""

import hashlib

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

DROPPED = (
    ("instance", "ix_instance_created_at_id"),
    ("instance", "ix_instance_status_created_at_id"),
    ("instance", "ix_instance_definition_key_created_at_id"),
    ("instance", "ix_instance_parent"),
    ("instance", "ix_instance_business_key"),
    ("task", "ix_task_instance_created_at_id"),
    ("task", "ix_task_assignee_state_created_at_id"),
    ("task", "ix_task_completed_by_closed_at"),
    ("task", "ix_task_state_due_at"),
)
MADE = (
    ("ix_instance_created_at", "instance", ["created_at"], None),
    ("ix_instance_status_created_at", "instance", ["status", "created_at"], None),
    ("ix_instance_definition_key_created_at", "instance", ["definition_key", "created_at"], None),
    ("ix_instance_parent_created_at", "instance", ["parent", "created_at"], "parent IS NOT NULL"),
    ("ix_instance_running", "instance", ["created_at"], "ended_at IS NULL"),
    ("ix_instance_business_key", "instance", ["business_key"], "business_key IS NOT NULL"),
    ("ix_task_instance_element_round", "task", ["instance", "element", "round"], None),
    ("ix_task_open", "task", ["instance", "created_at"], "state = 'open'"),
    ("ix_task_assignee_state_created_at", "task", ["assignee", "state", "created_at"], "assignee IS NOT NULL"),
    ("ix_task_completed_by_closed_at", "task", ["completed_by", "closed_at"], "completed_by IS NOT NULL"),
    ("ix_task_due", "task", ["due_at"], "state = 'open' AND due_at IS NOT NULL"),
    ("ix_entry_first", "entry", ["instance"], "seq = 1"),
)


def upgrade() -> None:
    for table, name in DROPPED:
        op.drop_index(name, table_name=table)
    for name, table, columns, where in MADE:
        told = None if where is None else sa.text(where)
        op.create_index(name, table, columns, sqlite_where=told, postgresql_where=told)
    op.create_table(
        "segment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "packed",
        sa.Column("instance", sa.String(length=36), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("segment", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["segment"], ["segment.id"]),
        sa.PrimaryKeyConstraint("instance", "first"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "purged",
        sa.Column("instance", sa.String(length=36), nullable=False),
        sa.Column("definition_key", sa.String(length=200), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("kid", sa.String(length=40), nullable=False),
        sa.Column("seal", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("instance"),
    )
    _idempotency()


def _idempotency() -> None:
    """The same rows under a digest of who asked with which key."""
    connection = op.get_bind()
    old = connection.execute(sa.text('SELECT "user", "key", digest, answer, at FROM idempotency')).all()
    op.drop_index("ix_idempotency_at", table_name="idempotency")
    op.drop_table("idempotency")
    made = op.create_table(
        "idempotency",
        sa.Column("asked", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("asked"),
        sqlite_with_rowid=False,
    )
    rows = [
        {
            "asked": hashlib.sha256(f"{row.user}\n{row.key}".encode()).digest()[:16],
            "digest": bytes(row.digest)[:16],
            "answer": bytes(row.answer),
            "at": row.at,
        }
        for row in old
    ]
    if rows:
        op.bulk_insert(made, rows)
