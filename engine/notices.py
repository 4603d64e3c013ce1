"""What is told in the page: new tasks, returns, due dates from read tables; what service tasks told, as it was told."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Select, delete, insert, or_, select, update

from bpmn.errors import FieldError, Invalid, NotFound
from engine import people, roles
from engine.actor import Actor
from engine.contract import NOTICES
from engine.figures import SOON
from engine.inbox import offered
from engine.room import Room
from engine.store import tables as t
from engine.views import Notice

KINDS = ("task", "returned", "due", "overdue", *NOTICES)
"""Of what kind a notice can be: the first four come from tasks, the others from service tasks."""
k, i, n = t.task.c, t.instance.c, t.notice.c
_tasks = select(k.id, k.name, k.created_at, k.due_at, k.returned_seq, k.instance, i.title).join(
    t.instance, i.id == k.instance
)


def notices(room: Room, actor: Actor, limit: int = 50, kind: str = "", unread: bool = False) -> list[Notice]:
    """What is told to this person, newest first; of one kind, or only what was not read."""
    if kind not in ("", *KINDS):
        raise Invalid(errors=[FieldError("kind", "没有这种通知")])
    with room.database.read() as connection:
        found = _told(connection, actor, kind, limit) if kind in ("", *NOTICES) else []
        if kind not in NOTICES:
            found += of_tasks(connection, actor, room.clock.now(), limit)
        read = reader(connection, actor)
        found = [one for one in found if kind in ("", one.kind)]
        if unread:
            found = [one for one in found if not read(one)]
        newest = sorted(found, key=lambda one: (-one.at, one.id))[:limit]
        return [replace(one, seen=read(one)) for one in newest]


def _told(connection: Connection, actor: Actor, kind: str, limit: int) -> list[Notice]:
    query = select(t.notice).where(n.user == actor.user)
    if kind:
        query = query.where(n.kind == kind)
    rows = connection.execute(query.order_by(n.at.desc(), n.id).limit(limit))
    return [Notice(row.id, row.kind, row.text, row.link, row.at, False, {}) for row in rows]


def of_tasks(connection: Connection, actor: Actor, now: int, limit: int) -> list[Notice]:
    """Tasks of mine; what is due or overdue of anybody's, for the project's supervisor. Each once."""
    found: dict[str, Notice] = {}
    for row in connection.execute(_mine(connection, actor).limit(4 * limit)).mappings():
        found |= {one.id: one for one in _of_task(dict(row), now)}
    if "project_supervisor" in people.roles_of(connection, actor.user):
        for row in connection.execute(_late(actor, now).limit(limit)).mappings():
            late = [one for one in _of_task(dict(row), now) if one.kind in ("due", "overdue")]
            found |= {one.id: one for one in late}
    return list(found.values())


def reader(connection: Connection, actor: Actor) -> Callable[[Notice], bool]:
    """Whether a notice was read: told before all were marked, or opened by itself."""
    seen_at = connection.execute(select(t.user.c.seen_at).where(t.user.c.name == actor.user)).scalar() or 0
    r = t.notice_read.c
    opened = set(connection.execute(select(r.notice).where(r.user == actor.user)).scalars())
    return lambda one: one.at <= seen_at or one.id in opened


def _mine(connection: Connection, actor: Actor) -> Select[Any]:
    theirs = offered(connection, actor.user)
    query = _tasks.where(t.OPEN, or_(k.assignee == actor.user, k.assignee.is_(None) & k.id.in_(theirs)))
    return query.order_by(k.created_at.desc())


def _late(actor: Actor, now: int) -> Select[Any]:
    """Open tasks that are due soon or overdue, of the projects that this person supervises: those that name them, and
    those that name nobody."""
    query = _tasks.where(t.OPEN, k.due_at <= now + SOON)
    return query.where(roles.stands_for(actor.user, "project_supervisor", i.root)).order_by(k.due_at)


def _of_task(row: Mapping[str, Any], now: int) -> list[Notice]:
    details = {"task": row["id"], "due_at": row["due_at"]}
    details |= {name: row[name] for name in ("name", "title", "instance")}
    text, link = f"{row['title']}：{row['name']}", f"/tasks/{row['id']}"
    kind = "returned" if row["returned_seq"] is not None else "task"
    found = [Notice(f"{kind}-{row['id']}", kind, text, link, row["created_at"], False, details)]
    if row["due_at"] is not None and row["due_at"] - SOON <= now:
        late = row["due_at"] <= now
        at = row["due_at"] if late else max(row["due_at"] - SOON, row["created_at"])
        kind = "overdue" if late else "due"
        found.append(Notice(f"{kind}-{row['id']}", kind, text, link, at, False, details))
    return found


def seen(room: Room, actor: Actor, id: str | None = None) -> None:
    """One notice has been read, or everything told so far."""

    def case(connection: Connection) -> None:
        r = t.notice_read.c
        mine = r.user == actor.user
        if id is None:
            connection.execute(delete(t.notice_read).where(mine))
            now = room.clock.now()
            connection.execute(update(t.user).where(t.user.c.name == actor.user).values(seen_at=now))
        elif connection.execute(select(r.notice).where(mine, r.notice == id)).first() is None:
            connection.execute(insert(t.notice_read), {"user": actor.user, "notice": id})

    room.database.run(case)


def notice(room: Room, actor: Actor, id: str) -> Notice:
    """One of the notices told to this person. Raises NotFound."""
    found = next((one for one in notices(room, actor, limit=200) if one.id == id), None)
    if found is None:
        raise NotFound()
    return found
