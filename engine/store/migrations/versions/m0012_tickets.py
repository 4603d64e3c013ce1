"""Tickets: what the desk of a project counts of each instance that is linked to it"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ticket",
        sa.Column("instance", sa.String(length=36), nullable=False),
        sa.Column("root", sa.String(length=36), nullable=False),
        sa.Column("definition_key", sa.String(length=200), nullable=False),
        sa.Column("priority", sa.String(length=10), nullable=True),
        sa.Column("occurred_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("broken", sa.Boolean(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["instance"], ["instance.id"], name=op.f("fk_ticket_instance")),
        sa.PrimaryKeyConstraint("instance"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_ticket_year", "ticket", ["root", "occurred_at", "definition_key", "broken"])
    for name, columns, where in (
        ("ix_ticket_open", ["root", "definition_key"], "ended_at IS NULL"),
        ("ix_ticket_due_at", ["due_at"], "due_at IS NOT NULL"),
    ):
        there = sa.text(where)
        op.create_index(name, "ticket", columns, sqlite_where=there, postgresql_where=there)
