"""Running numbers: the next one under a prefix, and the same again for whoever took one already."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select, update

from engine.store import tables as t

LONGEST = 80
"""As long as a prefix can be kept: those that begin alike so far share their numbers, which are unique all the same."""


def within(project: str, key: str) -> str:
    """What the numbers of a procedure's instances begin with in a project; a business key has 200 places."""
    return f"{project[:150]}/{key}-"


def take(connection: Connection, holder: str, prefix: str, width: int = 2) -> str:
    """The prefix and its next running number, padded with zeros; a holder (a job, an instance) has one per prefix."""
    r, n, kept = t.reservation.c, t.number.c, prefix[:LONGEST]
    mine = select(r.value).where(r.job == holder, r.prefix == kept)
    value = connection.execute(mine).scalar_one_or_none()
    if value is None:
        taken = connection.execute(update(t.number).where(n.prefix == kept).values(last=n.last + 1))
        if taken.rowcount == 0:
            connection.execute(insert(t.number), {"prefix": kept, "last": 1})
        value = connection.execute(select(n.last).where(n.prefix == kept)).scalar_one()
        connection.execute(insert(t.reservation), {"job": holder, "prefix": kept, "value": value})
    return f"{prefix}{value:0{width}}"
