"""Proposals: files prepared for the next version of a procedure, and who is at work on them"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "proposal",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("base_version", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("changes", sa.Text(), nullable=True),
        sa.Column("effective_on", sa.String(length=10), nullable=True),
        sa.Column("instance", sa.String(length=36), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_proposal_changed_at_id"), "proposal", ["changed_at", "id"])
    op.create_table(
        "proposal_file",
        sa.Column("proposal", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_by", sa.String(length=80), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["proposal"], ["proposal.id"], name=op.f("fk_proposal_file_proposal")),
        sa.ForeignKeyConstraint(["sha256"], ["file.sha256"], name=op.f("fk_proposal_file_sha256")),
        sa.PrimaryKeyConstraint("proposal", "name"),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_proposal_file_sha256"), "proposal_file", ["sha256"])
    op.create_table(
        "proposal_visit",
        sa.Column("proposal", sa.String(length=36), nullable=False),
        sa.Column("user", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["proposal"], ["proposal.id"], name=op.f("fk_proposal_visit_proposal")),
        sa.PrimaryKeyConstraint("proposal", "user", "name"),
        sqlite_with_rowid=False,
    )
