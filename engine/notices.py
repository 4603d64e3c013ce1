"""What is told in the page: new tasks, returns, due dates from read tables; what service tasks told, as it was told."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Integer,
    Select,
    String,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    union,
    union_all,
    update,
)

from bpmn.errors import FieldError, Invalid, NotFound
from engine import inbox, roles
from engine.actor import Actor
from engine.contract import NOTICES
from engine.figures import SOON
from engine.room import Room
from engine.store import tables as t
from engine.store.prepared import Prepared
from engine.views import Notice

KINDS = ("task", "returned", "due", "overdue", *NOTICES)
"""Of what kind a notice can be: the first four come from tasks, the others from service tasks."""
SHOWN = 50
LOOKED_AT = 4
"""For each notice that is asked for so many tasks are looked at, of each role: no more are read, however many wait."""
k, i, n, c, r = t.task.c, t.instance.c, t.notice.c, t.candidate.c, t.notice_read.c
who, now, most = bindparam("who", type_=String), bindparam("now", type_=BigInteger), bindparam("most", type_=Integer)


def notices(room: Room, actor: Actor, limit: int = SHOWN, kind: str = "", unread: bool = False) -> list[Notice]:
    """What is told to this person, newest first; of one kind, or only what was not read."""
    if kind not in ("", *KINDS):
        raise Invalid(errors=[FieldError("kind", "没有这种通知")])
    with room.database.read() as connection:
        return _listed(connection, actor, room.clock.now(), limit, KINDS if kind == "" else (kind,), unread)


def unread(room: Room, actor: Actor) -> int:
    """How many of the newest fifty notices this person has not read: it stands on every page."""
    with room.database.read() as connection:
        asked, held = _asked(connection, actor, room.clock.now(), SHOWN)
        found = _count(*held).first(connection, **asked)
    return int(found[0]) if found else 0


def of_tasks(connection: Connection, actor: Actor, at: int, limit: int) -> list[Notice]:
    """Tasks of mine; what is due or overdue of anybody's, for the project's supervisor. Each once."""
    return _listed(connection, actor, at, limit, KINDS[:4], unread=False)


def _listed(
    connection: Connection, actor: Actor, at: int, limit: int, kinds: tuple[str, ...], unread: bool
) -> list[Notice]:
    asked, held = _asked(connection, actor, at, limit)
    return [
        _notice(dict(zip(LISTED, row, strict=True))) for row in _list(*held, kinds, unread).rows(connection, **asked)
    ]


def _asked(connection: Connection, actor: Actor, at: int, limit: int) -> tuple[dict[str, Any], tuple[int, bool]]:
    """The values of the statements, and which statement: for how many principals, and whether for a supervisor."""
    principals = inbox.principals(connection, actor.user)
    asked = {"who": actor.user, "now": at, "most": limit, "looked_at": LOOKED_AT * limit}
    asked |= {f"principal_{place}": principal for place, principal in enumerate(principals)}
    return asked, (len(principals), "r:project_supervisor" in principals)


@cache
def _count(principals: int, supervises: bool) -> Prepared:
    newest = _newest(principals, supervises, KINDS, unread=True)
    return Prepared(select(func.count()).select_from(newest.subquery()))


LISTED = ("id", "kind", "at", "task", "seen", "text", "link", "due_at", "name", "instance", "title")


@cache
def _list(principals: int, supervises: bool, kinds: tuple[str, ...], unread: bool) -> Prepared:
    one = _newest(principals, supervises, kinds, unread).subquery()
    query = select(one, n.text, n.link, k.due_at, k.name, k.instance, i.title)
    query = query.outerjoin(t.notice, n.id == one.c.id).outerjoin(t.task, k.id == one.c.task)
    return Prepared(query.outerjoin(t.instance, i.id == k.instance).order_by(one.c.at.desc(), one.c.id))


def _newest(principals: int, supervises: bool, kinds: Sequence[str], unread: bool) -> Select[Any]:
    """Id, kind, time, task of each, and whether it was read."""
    found: list[Any] = []
    if set(kinds) & set(NOTICES):
        found.append(_told(kinds, unread))
    if set(kinds) - set(NOTICES):
        found += [_new(principals), _due_or_late(principals) if supervises else _due(principals)]
    each = union_all(*(select(one.subquery()) for one in found)).subquery().c
    read = _read(each.id, each.at)
    query = select(each.id, each.kind, each.at, each.task, read.label("seen")).where(_of(each.kind, kinds))
    return (query.where(~read) if unread else query).order_by(each.at.desc(), each.id).limit(most)


def _of(kind: ColumnElement[str], kinds: Sequence[str]) -> ColumnElement[bool]:
    return or_(*(kind == one for one in kinds))


def _read(id: ColumnElement[str], at: ColumnElement[int]) -> ColumnElement[bool]:
    """Told before all were marked, or opened by itself."""
    marked = select(t.user.c.seen_at).where(t.user.c.name == who).scalar_subquery()
    opened = select(r.notice).where(r.user == who, r.notice == id)
    return or_(at <= func.coalesce(marked, 0), opened.exists())


def _told(kinds: Sequence[str], unread: bool) -> Select[Any]:
    """What service tasks told."""
    query = select(n.id, n.kind, n.at, null().label("task")).where(n.user == who, _of(n.kind, kinds))
    query = query.where(~_read(n.id, n.at)) if unread else query
    return query.order_by(n.at.desc(), n.id).limit(most)


def _mine(principals: int) -> list[ColumnElement[bool]]:
    """The newest tasks that I have, and the newest of each role that nobody has."""
    taken = select(k.id).where(k.assignee == who, t.OPEN).order_by(k.created_at.desc())
    names = [bindparam(f"principal_{place}", type_=String) for place in range(principals)]
    open_to = [select(c.task).where(c.principal == one).order_by(c.created_at.desc()) for one in names]
    newest = [select(one.limit(bindparam("looked_at", type_=Integer)).subquery()) for one in (taken, *open_to)]
    return [t.OPEN, k.id.in_(union_all(*newest)), or_(k.assignee.is_(None), k.assignee == who)]


def _new(principals: int) -> Select[Any]:
    kind = case((k.returned_seq.is_(None), literal("task")), else_=literal("returned"))
    return _of_task(kind, k.created_at).where(*_mine(principals))


def _due(principals: int) -> Select[Any]:
    return _with_date().where(*_mine(principals))


def _due_or_late(principals: int) -> Any:
    """Mine that are due, and open tasks that are due soon or overdue of the projects that this person supervises:
    those that name them, and those that name nobody."""
    others = _with_date().join(t.instance, i.id == k.instance).where(t.OPEN)
    others = others.where(roles.stands_for(who, "project_supervisor", i.root)).order_by(k.due_at).limit(most)
    return union(_due(principals), select(others.subquery()))


def _with_date() -> Select[Any]:
    """Due soon or overdue: told when it began to be."""
    begun = case((k.due_at - SOON > k.created_at, k.due_at - SOON), else_=k.created_at)
    late = k.due_at <= now
    kind = case((late, literal("overdue")), else_=literal("due"))
    return _of_task(kind, case((late, k.due_at), else_=begun)).where(k.due_at <= now + SOON)


def _of_task(kind: ColumnElement[str], at: ColumnElement[int]) -> Select[Any]:
    return select(kind.concat("-").concat(k.id).label("id"), kind.label("kind"), at.label("at"), k.id.label("task"))


def _notice(row: Mapping[str, Any]) -> Notice:
    told = row["id"], row["kind"]
    if row["task"] is None:
        return Notice(*told, row["text"], row["link"], row["at"], row["seen"], {})
    details = {name: row[name] for name in ("task", "due_at", "name", "title", "instance")}
    return Notice(*told, f"{row['title']}：{row['name']}", f"/tasks/{row['task']}", row["at"], row["seen"], details)


def seen(room: Room, actor: Actor, id: str | None = None) -> None:
    """One notice has been read, or everything told so far."""

    def write(connection: Connection) -> None:
        mine = r.user == actor.user
        if id is None:
            connection.execute(delete(t.notice_read).where(mine))
            now = room.clock.now()
            connection.execute(update(t.user).where(t.user.c.name == actor.user).values(seen_at=now))
        elif connection.execute(select(r.notice).where(mine, r.notice == id)).first() is None:
            connection.execute(insert(t.notice_read), {"user": actor.user, "notice": id})

    room.database.run(write)


def notice(room: Room, actor: Actor, id: str) -> Notice:
    """One of the notices told to this person. Raises NotFound."""
    found = next((one for one in notices(room, actor, limit=200) if one.id == id), None)
    if found is None:
        raise NotFound()
    return found
