"""The versions of a procedure: the rows of its table of changes that this house has kept."""

from typing import Any

from sqlalchemy import Connection, select

from engine import people
from engine.store import tables as t
from engine.views import Revision


def revisions(connection: Connection, key: str) -> list[Revision]:
    """The versions of a definition as they were deployed, oldest first.

    The one place that says what a row of clause 8 is: a deployment today."""
    d = t.definition.c
    query = (
        select(d.version, d.version_tag, d.set_hash, t.deployment.c.at, t.deployment.c.actor)
        .join(t.deployment, t.deployment.c.id == d.deployment)
        .where(d.key == key)
        .order_by(d.version)
    )
    rows = connection.execute(query).all()
    names = people.names(connection, {row.actor for row in rows})
    return [_revision(row, names[row.actor]) for row in rows]


def _revision(row: Any, name: str) -> Revision:
    return Revision(
        definition=row.version,
        version=row.version_tag or str(row.version),
        set_hash=row.set_hash,
        at=row.at,
        by=name,
        reason="部署流程图",
        changes=f"流程定义第 {row.version} 版",
        issued_by="",
        issued=False,
    )
