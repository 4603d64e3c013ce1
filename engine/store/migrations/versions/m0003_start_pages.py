"""What the start pages show: projects, findings, subcontractors' staff; kinds and marks of notices"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("notice", sa.Column("kind", sa.String(length=20), server_default="told", nullable=False))
    op.create_table(
        "notice_read",
        sa.Column("user", sa.String(length=80), nullable=False),
        sa.Column("notice", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("user", "notice"),
        sqlite_with_rowid=False,
    )
    _project()
    op.create_table(
        "finding",
        sa.Column("instance", sa.String(length=36), nullable=False),
        sa.Column("element", sa.String(length=200), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("found_at", sa.BigInteger(), nullable=False),
        sa.Column("due_on", sa.String(length=10), nullable=True),
        sa.Column("severity", sa.String(length=40), nullable=True),
        sa.Column("finding", sa.Text(), nullable=False),
        sa.Column("finding_location", sa.Text(), nullable=True),
        sa.Column("finding_owner", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["instance"], ["instance.id"], name=op.f("fk_finding_instance")),
        sa.PrimaryKeyConstraint("instance", "element", "position"),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_finding_due_on"), "finding", ["due_on"])
    op.create_table(
        "site_staff",
        sa.Column("instance", sa.String(length=36), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("certificate", sa.Text(), nullable=True),
        sa.Column("certificate_number", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["instance"], ["instance.id"], name=op.f("fk_site_staff_instance")),
        sa.PrimaryKeyConstraint("instance", "position"),
        sqlite_with_rowid=False,
    )


def _project() -> None:
    numbers = ("project_number", "agreement_number", "former_project_number", "former_agreement_number")
    counts = ("returns", "skips", "interventions", "late")
    op.create_table(
        "project",
        sa.Column("root", sa.String(length=36), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("service_end", sa.String(length=10), nullable=True),
        *(sa.Column(name, sa.String(length=80), nullable=True) for name in numbers),
        sa.Column("over_since", sa.BigInteger(), nullable=True),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in counts),
        sa.Column("deviated_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["root"], ["instance.id"], name=op.f("fk_project_root")),
        sa.PrimaryKeyConstraint("root"),
        sqlite_with_rowid=False,
    )
    former = (["former_project_number"], ["former_agreement_number"])
    for columns in (["service_end"], *former, ["over_since"], ["deviated_at", "root"]):
        op.create_index(op.f(f"ix_project_{'_'.join(columns)}"), "project", columns)
