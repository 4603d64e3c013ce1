"""What is told in the page, and the figures that a role's start page opens with: all from read tables."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Select, func, or_, select, update

from engine import people, roles
from engine.actor import Actor
from engine.clock import DAY
from engine.inbox import principals
from engine.room import Room
from engine.store import tables as t
from engine.views import Notice

SOON = 2 * DAY
k, i, n = t.task.c, t.instance.c, t.notice.c


def notices(room: Room, actor: Actor, limit: int = 50) -> list[Notice]:
    """New tasks, returns, what is due or overdue, and what service tasks told; newest first."""
    now = room.clock.now()
    with room.database.read() as connection:
        seen_at = connection.execute(select(t.user.c.seen_at).where(t.user.c.name == actor.user)).scalar() or 0
        told = connection.execute(select(t.notice).where(n.user == actor.user).order_by(n.at.desc()).limit(limit))
        found = [Notice(row.id, "told", row.text, row.link, row.at, row.at <= seen_at, {}) for row in told]
        for row in connection.execute(_mine(connection, actor).limit(4 * limit)).mappings():
            found += _of_task(dict(row), now, seen_at)
        if "project_supervisor" in people.roles_of(connection, actor.user):
            mine = {notice.id for notice in found}
            for row in connection.execute(_late(now).limit(limit)).mappings():
                found += [told for told in _of_task(dict(row), now, seen_at) if told.kind in ("due", "overdue")]
            found = [one for at, one in enumerate(found) if at < len(mine) or one.id not in mine]
    return sorted(found, key=lambda notice: -notice.at)[:limit]


def _mine(connection: Connection, actor: Actor) -> Select[Any]:
    open_to = select(t.candidate.c.task).where(t.candidate.c.principal.in_(principals(connection, actor.user)))
    query = select(k.id, k.name, k.created_at, k.due_at, k.returned_seq, i.title).join(t.instance, i.id == k.instance)
    query = query.where(t.OPEN, or_(k.assignee == actor.user, k.assignee.is_(None) & k.id.in_(open_to)))
    return query.order_by(k.created_at.desc())


def _late(now: int) -> Select[Any]:
    """Every open task that is due soon or overdue: the project supervisor hears of them all."""
    query = select(k.id, k.name, k.created_at, k.due_at, k.returned_seq, i.title).join(t.instance, i.id == k.instance)
    return query.where(t.OPEN, k.due_at <= now + SOON).order_by(k.due_at)


def _of_task(row: Mapping[str, Any], now: int, seen_at: int) -> list[Notice]:
    details = {"task": row["id"], "name": row["name"], "title": row["title"], "due_at": row["due_at"]}
    text, link = f"{row['title']}：{row['name']}", f"/tasks/{row['id']}"
    kind = "returned" if row["returned_seq"] is not None else "task"
    at = row["created_at"]
    found = [Notice(f"{kind}-{row['id']}", kind, text, link, at, at <= seen_at, details)]
    if row["due_at"] is not None and row["due_at"] - SOON <= now:
        late = row["due_at"] <= now
        at = row["due_at"] if late else row["due_at"] - SOON
        kind = "overdue" if late else "due"
        found.append(Notice(f"{kind}-{row['id']}", kind, text, link, at, at <= seen_at, details))
    return found


def seen(room: Room, actor: Actor) -> None:
    """Everything told so far has been read."""
    seen_now = update(t.user).where(t.user.c.name == actor.user).values(seen_at=room.clock.now())
    room.database.run(lambda connection: connection.execute(seen_now))


def overview(room: Room, actor: Actor, role: str) -> dict[str, Any]:
    """Figures for the start page: mine, open to me, returned, overdue, due soon, projects by status, incidents."""
    now = room.clock.now()
    with room.database.read() as connection:
        mine = _mine(connection, actor).order_by(None).subquery()
        m = mine.c
        count = select(
            func.count(),
            func.count(m.returned_seq),
            func.count().filter(m.due_at <= now),
            func.count().filter(m.due_at > now, m.due_at <= now + SOON),
        )
        tasks, returned, overdue, due = connection.execute(count.select_from(mine)).one()
        assigned = connection.execute(
            select(func.count()).select_from(t.task).where(k.assignee == actor.user, t.OPEN)
        ).scalar_one()
        figures: dict[str, Any] = {
            "tasks": tasks,
            "assigned": assigned,
            "open_to_me": tasks - assigned,
            "returned": returned,
        }
        figures |= {"overdue": overdue, "due_soon": due, "projects": _projects(connection, actor)}
        if people.roles_of(connection, actor.user) & {"admin", "auditor"}:
            failed = select(func.count()).select_from(t.incident).where(t.incident.c.resolved_at.is_(None))
            figures["incidents"] = connection.execute(failed).scalar_one()
        return {**figures, "stuck": _stuck(connection, actor)}


def _projects(connection: Connection, actor: Actor) -> dict[str, int]:
    query = select(i.status, func.count()).where(i.parent.is_(None), i.ended_at.is_(None)).group_by(i.status)
    if not people.roles_of(connection, actor.user) & roles.SEE_ALL:
        query = query.where(i.id.in_(select(t.participant.c.root).where(t.participant.c.user == actor.user)))
    return {status: count for status, count in connection.execute(query)}


def _stuck(connection: Connection, actor: Actor) -> list[dict[str, Any]]:
    """With whom the open tasks of my projects lie, longest first."""
    query = select(k.id, k.name, k.assignee, k.roles, k.created_at, i.title, k.instance)
    query = query.join(t.instance, i.id == k.instance).where(t.OPEN)
    if not people.roles_of(connection, actor.user) & roles.SEE_ALL:
        query = query.where(i.root.in_(select(t.participant.c.root).where(t.participant.c.user == actor.user)))
    return [dict(row) for row in connection.execute(query.order_by(k.created_at).limit(10)).mappings()]
