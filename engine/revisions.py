"""The versions of a procedure: the rows of its table of changes that this house has kept."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from engine import people
from engine.store import tables as t
from engine.views import Revision


def revisions(connection: Connection, key: str) -> list[Revision]:
    """The versions of a definition as they were deployed, oldest first.

    The one place that says what a row of clause 8 is: a release, or a deployment that came without one."""
    d, r = t.definition.c, t.release.c
    released = (r.number, r.reason, r.changes, r.drafted_by, r.issued_by, r.issued_at)
    checked = (r.checked_by, r.checked_at, r.effective_on)
    query = (
        select(d.version, d.version_tag, d.set_hash, t.deployment.c.at, t.deployment.c.actor, *released, *checked)
        .join(t.deployment, t.deployment.c.id == d.deployment)
        .outerjoin(t.release, (r.definition == d.id))
        .where(d.key == key)
        .order_by(d.version)
    )
    rows = connection.execute(query).all()
    told = {user for row in rows for user in (row.actor, row.drafted_by, row.checked_by, row.issued_by) if user}
    names = people.names(connection, told)
    return [_revision(row, names) for row in rows]


def _revision(row: Any, names: Mapping[str, str]) -> Revision:
    if row.number is not None:
        return Revision(
            definition=row.version,
            version=row.number,
            set_hash=row.set_hash,
            at=row.issued_at,
            by=names.get(row.drafted_by, row.drafted_by),
            reason=row.reason,
            changes=row.changes,
            issued_by=names.get(row.issued_by, row.issued_by),
            issued=True,
            checked_by=names.get(row.checked_by, row.checked_by),
            checked_at=row.checked_at,
            effective_on=row.effective_on,
        )
    return Revision(
        definition=row.version,
        version=row.version_tag or str(row.version),
        set_hash=row.set_hash,
        at=row.at,
        by=names[row.actor],
        reason="部署流程图",
        changes=f"流程定义第 {row.version} 版",
        issued_by="",
        issued=False,
    )
