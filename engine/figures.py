"""The figures that start pages open with, and the tasks behind those that count tasks: from read tables alone."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from sqlalchemy import Connection, Select, and_, func, literal, or_, select

from engine import inbox, lists, paging, people, roles
from engine.actor import Actor
from engine.clock import DAY
from engine.lists import RUNNING
from engine.room import Room
from engine.store import tables as t
from engine.views import Page, StuckRow, TaskRow

SOON = 2 * DAY
FAR = 2**62
MOST = 1000
"""Figures stop here: nobody needs to know more, and counting on would take the longer the more there is."""
k, i = t.task.c, t.instance.c


def overview(room: Room, actor: Actor, project: str | None = None) -> dict[str, Any]:
    """Mine, open to me, returned, overdue, due soon, by element; running projects by status, of the procedure with
    that key where one is told; incidents."""
    now = room.clock.now()
    with room.database.read() as connection:
        mine = inbox.mine_open(connection, actor).subquery()
        m = mine.c
        count = select(
            func.count(),
            func.count().filter(m.assignee == actor.user),
            func.count(m.returned_seq),
            func.count().filter(m.due_at <= now),
            func.count().filter(m.due_at > now, m.due_at <= now + SOON),
        )
        tasks, assigned, returned, overdue, due = connection.execute(count.select_from(mine)).one()
        figures: dict[str, Any] = {"tasks": tasks, "assigned": assigned, "mine_open": tasks - assigned}
        figures |= {"returned": returned, "overdue": overdue, "due_soon": due}
        by_element = select(m.element, func.count()).group_by(m.element)
        figures["elements"] = {element: number for element, number in connection.execute(by_element)}
        figures["projects"] = _projects(connection, actor, project)
        if people.roles_of(connection, actor.user) & {"admin", "auditor"}:
            failed = select(func.count()).select_from(t.incident).where(t.incident.c.resolved_at.is_(None))
            figures["incidents"] = connection.execute(failed).scalar_one()
        return figures


def _projects(connection: Connection, actor: Actor, key: str | None) -> dict[str, int]:
    query = select(i.status, func.count()).where(i.status.in_(RUNNING), i.parent.is_(None))
    if key is not None:
        query = query.where(i.definition_key == key)
    query = query.where(*roles.within(connection, actor, i.root)).group_by(i.status)
    return {status: count for status, count in connection.execute(query)}


def waiting(room: Room, actor: Actor) -> tuple[int, int]:
    """How many open tasks are mine, and how many more I may take: a thousand at most."""
    with room.database.read() as connection:
        some = inbox.mine_open(connection, actor).with_only_columns(k.assignee).limit(MOST).subquery()
        count = select(func.count(), func.count(some.c.assignee)).select_from(some)
        both, mine = connection.execute(count).one()
        return mine, both - mine


Query = Callable[[Room, Connection, Actor], Select[Any]]
COUNTED: Mapping[str, Query] = {
    "stuck": lambda room, connection, actor: stuck_query(connection, actor),
    "renewals": lists.renewal_query,
    "over_budget": lambda room, connection, actor: lists.over_query(connection, actor),
    "findings": lambda room, connection, actor: lists.finding_query(connection, actor),
    "site_staff": lambda room, connection, actor: lists.staff_query(connection, actor),
    "late_projects": lists.late_query,
    "deviations": lambda room, connection, actor: select(t.project.c.root).where(t.project.c.deviated_at > 0),
}
"""What can be counted beside tasks: the lists of the same names."""


def counts(room: Room, actor: Actor, wanted: Collection[str]) -> dict[str, int]:
    """How long the lists of these names are, a thousand at most."""
    with room.database.read() as connection:
        return {name: _count(connection, COUNTED[name](room, connection, actor)) for name in wanted if name in COUNTED}


def _count(connection: Connection, query: Select[Any]) -> int:
    some = query.with_only_columns(literal(1), maintain_column_froms=True).order_by(None).limit(MOST).subquery()
    return int(connection.execute(select(func.count()).select_from(some)).scalar_one())


def work(
    room: Room,
    actor: Actor,
    elements: Collection[str] | None = None,
    only: str = "",
    cursor: str = "",
    limit: int = 50,
) -> Page[TaskRow]:
    """My open tasks and those open to me, by due time: all, or of these elements, or only what is mine already, free
    to be taken, returned, due soon or overdue."""
    now, limit, after = room.clock.now(), paging.limit_of(limit), paging.read(cursor, 2)
    due = func.coalesce(k.due_at, FAR)
    with room.database.read() as connection:
        query = inbox.mine_open(connection, actor)
        if elements is not None:
            query = query.where(k.element.in_(list(elements)))
        if only in ("mine", "free"):
            query = query.where(k.assignee.is_not(None) if only == "mine" else k.assignee.is_(None))
        elif only == "returned":
            query = query.where(k.returned_seq.is_not(None))
        elif only == "due":
            query = query.where(k.due_at > now, k.due_at <= now + SOON)
        elif only == "overdue":
            query = query.where(k.due_at <= now)
        if after:
            query = query.where(or_(due > after[0], and_(due == after[0], k.id > after[1])))
        query = query.order_by(due, k.id).limit(limit + 1)

        def place(row: Mapping[str, Any]) -> tuple[int, str]:
            return (FAR if row["due_at"] is None else row["due_at"], row["id"])

        return inbox.page(connection, query, limit, place)


def stuck_query(connection: Connection, actor: Actor) -> Select[Any]:
    """Open tasks of my projects that lie with somebody else; of the projects that I manage, where I manage any."""
    query = select(k.id, k.name, k.assignee, k.roles, k.created_at, k.due_at, i.title, k.instance)
    query = query.join(t.instance, i.id == k.instance)
    others = and_(k.assignee.is_(None), k.id.not_in(inbox.offered(connection, actor.user)))
    query = query.where(t.OPEN, or_(others, k.assignee != actor.user))
    held = people.roles_of(connection, actor.user)
    if "project_manager" in held and not held & roles.SEE_ALL:
        query = query.where(roles.stands_for(actor.user, "project_manager", i.root))
    return query.where(*roles.within(connection, actor, i.root))


def stuck(room: Room, actor: Actor, cursor: str = "", limit: int = 50) -> Page[StuckRow]:
    """With whom the open tasks of my projects lie, the longest first."""
    limit, after = paging.limit_of(limit), paging.read(cursor, 2)
    with room.database.read() as connection:
        query = stuck_query(connection, actor)
        if after:
            query = query.where(or_(k.created_at > after[0], and_(k.created_at == after[0], k.id > after[1])))
        query = query.order_by(k.created_at, k.id).limit(limit + 1)
        rows, following = paging.cut(
            list(connection.execute(query).mappings()), limit, lambda row: (row["created_at"], row["id"])
        )
        return Page([StuckRow(**{**row, "roles": _roles(row["roles"])}) for row in rows], following)


def _roles(text: str) -> list[str]:
    return [role for role in text.split(",") if role]
