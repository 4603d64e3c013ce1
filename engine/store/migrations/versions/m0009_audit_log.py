"""The audit log, which takes over what administrators did, and interventions by time"""

import hashlib
import json

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    audit = op.create_table(
        "audit",
        sa.Column("chain", sa.String(length=36), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=True),
        sa.Column("instance", sa.String(length=36), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("seal", sa.LargeBinary(), nullable=False),
        sa.Column("kid", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("chain", "seq"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_audit_at_chain_seq", "audit", ["at", "chain", "seq"])
    for name in ("actor", "action"):
        op.create_index(f"ix_audit_{name}_at", "audit", [name, "at"])
    op.create_index("ix_audit_actor_action_at", "audit", ["actor", "action", "at"])
    for name in ("subject", "instance"):
        there = sa.text(f"{name} IS NOT NULL")
        op.create_index(f"ix_audit_{name}_at", "audit", [name, "at"], sqlite_where=there, postgresql_where=there)
    first = sa.text("seq = 1")
    op.create_index("ix_audit_first", "audit", ["chain"], sqlite_where=first, postgresql_where=first)
    op.create_table(
        "intervention",
        sa.Column("instance", sa.String(length=36), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["instance"], ["instance.id"], name=op.f("fk_intervention_instance")),
        sa.PrimaryKeyConstraint("instance", "seq"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_intervention_at_instance_seq", "intervention", ["at", "instance", "seq"])
    for name in ("actor", "kind"):
        op.create_index(f"ix_intervention_{name}_at", "intervention", [name, "at"])
    _take_over(audit)
    op.drop_table("admin_log")


def _take_over(audit: sa.Table) -> None:
    """What administrators did, chained; whoever migrates has the keys and seals it."""
    connection, previous = op.get_bind(), b"\0" * 32
    told = sa.text("SELECT at, actor, action, data FROM admin_log ORDER BY id")
    for seq, (at, actor, action, text) in enumerate(connection.execute(told).all(), start=1):
        data = json.loads(text)
        subject = data.pop("user", None)
        row = {"chain": "admin-log", "seq": seq, "at": at, "actor": actor, "action": action}
        row |= {"subject": subject} if subject else {}
        body = json.dumps({**row, "data": data}, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        previous = hashlib.sha256(previous + body.encode()).digest()
        sealed = {"body": body, "hash": previous, "seal": b"", "kid": "", "subject": subject, "instance": None}
        connection.execute(sa.insert(audit), {**row, **sealed})
