"""When processes begin by themselves"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "start_timer",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("definition", sa.String(length=36), nullable=False),
        sa.Column("element", sa.String(length=200), nullable=False),
        sa.Column("written", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("cycle", sa.Text(), nullable=True),
        sa.Column("failed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["definition"], ["definition.id"], name=op.f("fk_start_timer_definition")),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("due_at", "definition"):
        op.create_index(op.f(f"ix_start_timer_{column}"), "start_timer", [column])
