"""Who has a seat in a project, and in whose inbox an open task lies."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, text

from engine.store import tables as t
from engine.store.prepared import Prepared

_participant = text(
    'INSERT INTO participant ("user", created_at, root) SELECT :user, created_at, id FROM instance WHERE id = :root '
    "ON CONFLICT DO NOTHING"
)
_insert_candidate = Prepared(insert(t.candidate))
_team = Prepared(select(t.membership.c.role, t.membership.c.user).where(t.membership.c.root == bindparam("wanted")))


def join(connection: Connection, root: str, user: str) -> None:
    connection.execute(_participant, {"root": root, "user": user})


def members(value: Any) -> list[str]:
    """The user names in a team variable."""
    given: Iterable[Any] = value if isinstance(value, (list, tuple)) else [value]
    return list(dict.fromkeys(user for user in given if isinstance(user, str) and user))


def seat(connection: Connection, head: Mapping[str, Any], team: Mapping[str, Any]) -> None:
    """A new team changes who may do the open tasks. A linked child has no team of its own."""
    for role, value in team.items():
        connection.execute(delete(t.membership).where(t.membership.c.root == head["id"], t.membership.c.role == role))
        for user in members(value):
            connection.execute(insert(t.membership), {"root": head["id"], "role": role, "user": user})
            join(connection, head["id"], user)
    reseat(connection, head["id"])


def reseat(connection: Connection, root: str) -> None:
    """Make the candidates of every open task under a project again."""
    mine = select(t.task).join(t.instance, t.instance.c.id == t.task.c.instance)
    rows = [dict(r) for r in connection.execute(mine.where(t.instance.c.root == root, t.OPEN)).mappings()]
    if rows:
        connection.execute(delete(t.candidate).where(t.candidate.c.task.in_([row["id"] for row in rows])))
        call(connection, {"root": root}, rows)


def call(connection: Connection, head: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> None:
    """Who finds these open tasks in the inbox: the team's people for a role, else all who hold it."""
    team: dict[str, list[str]] = {}
    for role, user in _team.rows(connection, wanted=head["root"]):
        team.setdefault(role, []).append(user)
    seats = set()
    for row in rows:
        for role in filter(None, [*row["roles"].split(","), *row["behalf"].split(",")]):
            names = [f"u:{user}" for user in team[role]] if role in team else [f"r:{role}"]
            seats |= {(name, row["created_at"], row["id"]) for name in names}
    if seats:
        new = [dict(zip(("principal", "created_at", "task"), seat, strict=True)) for seat in sorted(seats)]
        _insert_candidate.many(connection, new)
