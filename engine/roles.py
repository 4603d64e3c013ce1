"""Who may: who holds a role in a project, who may see it, who may do a task of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, or_, select

from bpmn.errors import FieldError, Invalid
from engine.actor import OWN, Actor
from engine.errors import NotHolder, NotVisible
from engine.people import holders as granted
from engine.people import roles_of
from engine.seats import members
from engine.store import tables as t
from engine.store.prepared import Prepared

SEE_ALL = frozenset({"auditor", "admin", "project_supervisor"})

_seat = Prepared(select(t.membership.c.role, t.membership.c.user).where(t.membership.c.root == bindparam("wanted")))
_held = Prepared(
    select(t.grant.c.role, t.membership.c.user)
    .outerjoin(t.membership, (t.membership.c.root == bindparam("wanted")) & (t.membership.c.role == t.grant.c.role))
    .where(t.grant.c.user == bindparam("who"))
)
_participant = Prepared(
    select(t.participant.c.root).where(
        t.participant.c.root == bindparam("wanted"), t.participant.c.user == bindparam("who")
    )
)


def team(connection: Connection, root: str) -> dict[str, list[str]]:
    """The people of a project by role, as named in it."""
    found: dict[str, list[str]] = {}
    for role, user in _seat.rows(connection, wanted=root):
        found.setdefault(role, []).append(user)
    return found


def held(connection: Connection, root: str, user: str) -> frozenset[str]:
    """The roles that a person holds in a project: granted, and where the team names people for it, named."""
    seats: dict[str, set[str | None]] = {}
    for role, seated in _held.rows(connection, wanted=root, who=user):
        seats.setdefault(role, set()).add(seated)
    return frozenset(role for role, users in seats.items() if user in users or users == {None})


def holders(connection: Connection, root: str, role: str) -> list[tuple[str, str]]:
    """Who holds a role in a project, as (user name, display name); "team" is everybody in it, "any" all staff.

    "all:<role>" is everybody who may be named for the role, whether the project has named them or not.
    """
    if role.startswith("all:"):
        return [(user.name, user.display_name) for user in granted(connection, role.removeprefix("all:"))]
    seats = team(connection, root)
    if role == "team":
        wanted = {user for users in seats.values() for user in users}
        rows = connection.execute(select(t.user.c.name, t.user.c.display_name).where(t.user.c.name.in_(wanted)))
        return sorted((row.name, row.display_name) for row in rows)
    found = [(user.name, user.display_name) for user in granted(connection, role)]
    return [pair for pair in found if role not in seats or pair[0] in seats[role]]


def check_team(connection: Connection, effects: Sequence[Mapping[str, Any]]) -> None:
    """Raises NotHolder where a step names somebody for a role who does not hold it."""
    for effect in effects:
        if effect["type"] != "set" or effect["scope"] != "" or not effect["name"].startswith("team_"):
            continue
        role, users = effect["name"].removeprefix("team_"), members(effect.get("new"))
        if effect.get("new") is not None and not _names(effect["new"]):
            raise Invalid(errors=[FieldError(effect["name"], "应为用户名的列表")])
        have = set(
            connection.execute(
                select(t.grant.c.user).where(t.grant.c.role == role, t.grant.c.user.in_(users))
            ).scalars()
        )
        for user in users:
            if user not in have:
                raise NotHolder(user=user, role=role)


def _names(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(one, str) for one in value))


def may_see(connection: Connection, actor: Actor, root: str) -> bool:
    """Whether the project's rows are for this person: a member, somebody who worked in it, or one who sees all."""
    if actor.channel == "cli" or actor.user in OWN:
        return True
    if _participant.first(connection, wanted=root, who=actor.user) is not None:
        return True
    roles = roles_of(connection, actor.user)
    if roles & SEE_ALL:
        return True
    return _waits_for(connection, root, actor.user, {f"u:{actor.user}", *(f"r:{role}" for role in roles)})


def within(connection: Connection, actor: Actor, root: ColumnElement[str]) -> list[ColumnElement[bool]]:
    """The conditions under which rows of a list are for this person: none for whoever sees all."""
    if actor.channel == "cli" or actor.user in OWN or roles_of(connection, actor.user) & SEE_ALL:
        return []
    return [root.in_(select(t.participant.c.root).where(t.participant.c.user == actor.user))]


def stands_for(user: str | ColumnElement[str], role: str, root: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether a project names this person for a role of theirs, or names nobody for it."""
    m = t.membership.c
    named = select(m.root).where(m.root == root, m.role == role)
    return or_(~named.exists(), named.where(m.user == user).exists())


def _waits_for(connection: Connection, root: str, user: str, principals: set[str]) -> bool:
    """Whether an open task of the project is this person's, or waits for one of these."""
    open_tasks = select(t.task.c.id).join(t.instance, t.instance.c.id == t.task.c.instance)
    open_tasks = open_tasks.where(t.instance.c.root == root)
    own = open_tasks.where(t.OPEN, t.task.c.assignee == user).limit(1)
    offered = open_tasks.join(t.candidate, t.candidate.c.task == t.task.c.id)
    offered = offered.where(t.candidate.c.principal.in_(principals)).limit(1)
    return any(connection.execute(query).first() is not None for query in (own, offered))


def see(connection: Connection, actor: Actor, root: str) -> None:
    """Raises NotVisible to outsiders."""
    if not may_see(connection, actor, root):
        raise NotVisible()


def may_do(row: Mapping[str, Any], user: str, roles: frozenset[str]) -> bool:
    """Whether a task is this person's: assigned to them, or open to a role that they hold in the project."""
    if row["assignee"] is not None:
        return bool(row["assignee"] == user)
    return bool(roles & set(row["roles"].split(",")))


def may_behalf(row: Mapping[str, Any], user: str, roles: frozenset[str]) -> bool:
    """Whether this person may do it for somebody outside the house."""
    if row["assignee"] not in (None, user):
        return False
    return bool(roles & set(filter(None, row["behalf"].split(","))))
