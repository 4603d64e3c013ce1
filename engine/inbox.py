"""Lists of tasks and the page of one: from read tables and the journal, never from a live instance."""

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import BigInteger, ColumnElement, Connection, Select, String, and_, bindparam, literal, or_, select

from bpmn.errors import FieldError, Invalid, NotFound
from bpmn.sentence import Said
from engine import errors, forms, journal, paging, people, reasons, record, roles
from engine.actor import Actor
from engine.definitions import by_id, of_set
from engine.room import Room
from engine.step import values
from engine.store import tables as t
from engine.store.prepared import Prepared
from engine.views import Definition, Earlier, FormView, Page, Returned, TaskRow, TaskView
from forms.arrange import Arrangement
from forms.context import Context
from forms.errors import Fault

k, i = t.task.c, t.instance.c
_rows = select(*t.task.c, i.business_key, i.title, i.root).join(t.instance, i.id == k.instance)
SHOWN_EARLIER = 20


def tasks(
    room: Room,
    actor: Actor,
    state: str = "open",
    instance: str | None = None,
    candidate: str | None = None,
    assignee: str | None = None,
    cursor: str = "",
    limit: int = 50,
) -> Page[TaskRow]:
    """Tasks by state ("open", "open,done"), of an instance, mine to take, or mine. Oldest first; done newest first."""
    states, limit = _states(state), paging.limit_of(limit)
    with room.database.read() as connection:
        if instance is not None:
            query = _of_instance(connection, actor, instance)
        elif candidate == "me":
            return _candidates(connection, actor, states, cursor, limit)
        elif assignee == "me" and states == {"done"}:
            return _done(connection, actor, cursor, limit)
        elif assignee is not None:
            query = _assigned(connection, actor, actor.user if assignee == "me" else assignee)
        else:
            query = _mine(connection, actor)
        if candidate == "me":
            query = query.where(k.assignee.is_(None))
        after = paging.read(cursor, 2)
        if after:
            query = query.where(or_(k.created_at > after[0], and_(k.created_at == after[0], k.id > after[1])))
        query = query.where(_in(states)).order_by(k.created_at, k.id).limit(limit + 1)
        return page(connection, query, limit, lambda r: (r["created_at"], r["id"]))


def _states(state: str) -> set[str]:
    states = set(state.split(",")) if state else {"open"}
    if not states <= {"open", "done", "cancelled"}:
        raise Invalid(errors=[FieldError("state", "应为 open、done 或 cancelled")])
    return states


def _in(states: set[str]) -> ColumnElement[bool]:
    return t.OPEN if states == {"open"} else k.state.in_(states)


def _of_instance(connection: Connection, actor: Actor, instance: str) -> Select[Any]:
    root = connection.execute(select(i.root).where(i.id == instance)).scalar()
    if root is None:
        raise NotFound()
    roles.see(connection, actor, root)
    return _rows.where(k.instance == instance)


def _assigned(connection: Connection, actor: Actor, user: str) -> Select[Any]:
    if user != actor.user and not people.roles_of(connection, actor.user) & roles.SEE_ALL:
        raise errors.NotVisible()
    return _rows.where(k.assignee == user)


def principals(connection: Connection, user: str) -> list[str]:
    """Under which names the tasks that are open to a person stand: their own, and those of their roles."""
    held = people.roles_of(connection, user)
    return [f"u:{user}", *(f"r:{role}" for role in sorted(held))]


def offered(connection: Connection, user: str) -> Select[tuple[str]]:
    """The ids of tasks that are open to a person's roles, taken or not."""
    return select(t.candidate.c.task).where(t.candidate.c.principal.in_(principals(connection, user)))


def _mine(connection: Connection, actor: Actor) -> Select[Any]:
    """Assigned to me, or open to a role of mine."""
    theirs = and_(k.assignee.is_(None), k.id.in_(offered(connection, actor.user)))
    return _rows.where(or_(k.assignee == actor.user, theirs))


def mine_open(connection: Connection, actor: Actor) -> Select[Any]:
    """My open tasks and those that I may take, in no order."""
    return _mine(connection, actor).where(t.OPEN)


def _open_to() -> Select[Any]:
    """Open to a role of mine and taken by nobody, or mine already: along the candidates' own index."""
    c, who = t.candidate.c, bindparam("who", type_=String)
    at, last = bindparam("at", type_=BigInteger), bindparam("last", type_=String)
    held = select(literal("r:").concat(t.grant.c.role)).where(t.grant.c.user == who)
    mine_or_roles = held.union_all(select(bindparam("me", type_=String)))
    found = select(c.created_at, c.task).where(c.principal.in_(mine_or_roles))
    found = found.where(or_(c.created_at > at, and_(c.created_at == at, c.task > last)))
    mine = select(k.created_at, k.id.label("task")).where(k.assignee == who, t.OPEN)
    mine = mine.where(or_(k.created_at > at, and_(k.created_at == at, k.id > last)))
    either = found.union(mine).subquery()
    query = _rows.join(either, either.c.task == k.id).where(t.OPEN, or_(k.assignee.is_(None), k.assignee == who))
    return query.order_by(either.c.created_at, k.id).limit(bindparam("most"))


_open_to_me = Prepared(_open_to())
LISTED = (*t.task.c.keys(), "business_key", "title", "root")


def _candidates(connection: Connection, actor: Actor, states: set[str], cursor: str, limit: int) -> Page[TaskRow]:
    at, last = paging.read(cursor, 2) or (-1, "")
    if "open" not in states:
        return Page([], None)
    asked = {"who": actor.user, "me": f"u:{actor.user}", "at": at, "last": last, "most": limit + 1}
    rows = [dict(zip(LISTED, row, strict=True)) for row in _open_to_me.rows(connection, **asked)]
    items, following = paging.cut(rows, limit, lambda row: (row["created_at"], row["id"]))
    return Page([TaskRow(**_row(row)) for row in items], following)


def _done(connection: Connection, actor: Actor, cursor: str, limit: int) -> Page[TaskRow]:
    after = paging.read(cursor, 2)
    query = _rows.where(k.completed_by == actor.user)
    if after:
        query = query.where(or_(k.closed_at < after[0], and_(k.closed_at == after[0], k.id < after[1])))
    query = query.order_by(k.closed_at.desc(), k.id.desc()).limit(limit + 1)
    return page(connection, query, limit, lambda r: (r["closed_at"], r["id"]))


def page(connection: Connection, query: Select[Any], limit: int, position: Any) -> Page[TaskRow]:
    """The tasks of a query of up to limit + 1 rows; `position(row)` says where a row stands."""
    rows, following = paging.cut(list(connection.execute(query).mappings()), limit, position)
    return Page([TaskRow(**_row(row)) for row in rows], following)


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    kept = ("id", "name", "element", "instance", "business_key", "title", "assignee", "due_at", "follow_up_at")
    same = (*kept, "priority", "created_at", "round", "state", "failed", "completed_by", "on_behalf_of", "claimed")
    return {
        **{name: row[name] for name in same},
        "roles": [role for role in row["roles"].split(",") if role],
        "on_behalf_roles": [role for role in row["behalf"].split(",") if role],
        "returned": row["returned_seq"] is not None,
        "completed_at": row["closed_at"] if row["state"] == "done" else None,
    }


_one = Prepared(_rows.add_columns(i.head_seq, i.definition, i.started_by, i.parent).where(k.id == bindparam("wanted")))
_typed = Prepared(
    select(t.draft.c.data).where(t.draft.c.task == bindparam("wanted"), t.draft.c.user == bindparam("who"))
)


def task(room: Room, actor: Actor, id: str, invited: bool = False, whole: bool = True) -> TaskView:
    """One task for whoever may do it, or reads everything. Raises NotYours. Not `whole`: without earlier answers."""
    with room.database.read() as connection:
        row = _one.row(connection, wanted=id)
        if row is None:
            raise NotFound()
        held = roles.held(connection, row["root"], actor.user)
        act = invited or roles.may_do(row, actor.user, held)
        behalf = not invited and roles.may_behalf(row, actor.user, held)
        if not (act or behalf or row["completed_by"] == actor.user or held & {"auditor", "admin"}):
            raise errors.NotYours()
        definition, line = by_id(room, connection, row["definition"]), _closing(connection, row)
        if line is not None:
            definition = of_set(room, connection, definition, line.entry.definition_set)
        element = definition.element(row["element"])
        draft = _draft(connection, id, actor.user) if act or behalf else None
        is_open = row["state"] == "open"
        form, unusual = _form(room, connection, row, definition.set_hash, draft, line)
        return TaskView(
            **_row(row),
            form=form,
            warnings=unusual,
            form_key=row["form"],
            returned_by=_returned(room, connection, definition, row),
            earlier=_earlier(room, connection, definition, row) if whole else [],
            may_act=act and is_open,
            may_behalf=behalf and is_open,
            draft=draft,
            documentation=element.documentation if element else "",
            clause=element.clause if element else None,
            process=element.process if element else definition.key,
            reason=_failure(connection, row) if row["failed"] else None,
        )


def arranged(room: Room, actor: Actor, id: str, data: Mapping[str, Any], invited: bool = False) -> Arrangement | None:
    """How the form of an open task stands with what was typed so far, for whoever may hand it in. Raises NotYours."""
    with room.database.read() as connection:
        row = _one.row(connection, wanted=id)
        if row is None:
            raise NotFound()
        held = roles.held(connection, row["root"], actor.user)
        if not (invited or roles.may_do(row, actor.user, held) or roles.may_behalf(row, actor.user, held)):
            raise errors.NotYours()
        if row["state"] != "open":
            raise errors.TaskClosed()
        if row["form"] is None:
            return None
        set_hash = by_id(room, connection, row["definition"]).set_hash
        return forms.arranged(room, connection, set_hash, row["form"], data, _context(room, connection, row))


def _draft(connection: Connection, task: str, user: str) -> dict[str, Any] | None:
    found = _typed.first(connection, wanted=task, who=user)
    return None if found is None else dict(msgspec.json.decode(found[0]))


def _closing(connection: Connection, row: Mapping[str, Any]) -> journal.Line | None:
    """The entry that closed a task, None while it is open."""
    seq = row["closed_seq"]
    return None if seq is None else journal.read(connection, row["instance"], after=seq - 1, to=seq)[0]


def _form(
    room: Room,
    connection: Connection,
    row: Mapping[str, Any],
    set_hash: str,
    draft: Mapping[str, Any] | None,
    line: journal.Line | None,
) -> tuple[FormView | None, list[Fault]]:
    """The form as it opens, and what is unusual in it."""
    if row["form"] is None:
        return None, []
    # A done task shows what was handed in, not what the variables say today.
    if row["state"] == "done" and line is not None:
        draft = {} if line.erased else line.entry.data.get("data") or {}
    context = _context(room, connection, row)
    form = forms.shown(room, connection, set_hash, row["form"], context, draft)
    if row["state"] == "done":
        return form, forms.handed_in(room, connection, set_hash, row["form"], draft or {}, row["closed_at"])
    return form, forms.warnings(room, connection, set_hash, row["form"], form.data, context)


def _context(room: Room, connection: Connection, row: Mapping[str, Any]) -> Context:
    scope = values(room, connection, row["instance"], row["head_seq"])
    scope = {**scope, **forms.local(row), **forms.own({**row, "id": row["instance"]})}
    return forms.context(room, connection, row["root"], row["instance"], scope, room.clock.now())


def _returned(room: Room, connection: Connection, definition: Definition, row: Mapping[str, Any]) -> Returned | None:
    seq = row["returned_seq"]
    if seq is None:
        return None
    entry = journal.read(connection, row["instance"], after=seq - 1, to=seq)[0].entry
    names = people.names(connection, {entry.actor})
    element = of_set(room, connection, definition, entry.definition_set).element(entry.element or "")
    reason = record.reason(entry.data.get("data") or {}) or ""
    name = element.name if element else entry.element or ""
    return Returned(entry.actor, names[entry.actor], entry.at, row["round"] - 1, reason, entry.element or "", name)


def _earlier(room: Room, connection: Connection, definition: Definition, row: Mapping[str, Any]) -> list[Earlier]:
    """The last answer of each earlier step of the instance, newest first."""
    query = select(k.element, k.closed_seq).where(
        k.instance == row["instance"], k.state == "done", k.closed_seq <= (row["closed_seq"] or row["head_seq"])
    )
    seqs: dict[str, int] = {}
    for element, seq in connection.execute(query.order_by(k.closed_seq.desc()).limit(4 * SHOWN_EARLIER)):
        seqs.setdefault(element, seq)
    wanted = sorted(seqs.values(), reverse=True)[:SHOWN_EARLIER]
    lines = [line for seq in wanted for line in journal.read(connection, row["instance"], after=seq - 1, to=seq)]
    names = people.names(connection, {line.entry.actor for line in lines})
    found = []
    for entry in (line.entry for line in lines if line.entry.kind == "completed"):
        then = of_set(room, connection, definition, entry.definition_set)
        element = then.element(entry.element or "")
        form, data = element.form if element else None, entry.data.get("data") or {}
        found.append(
            Earlier(
                entry.element or "",
                element.name if element else "",
                entry.actor,
                names[entry.actor],
                entry.at,
                entry.on_behalf_of,
                form,
                then.version,
                data,
                forms.handed_in(room, connection, then.set_hash, form, data, entry.at),
            )
        )
    return found


def _failure(connection: Connection, row: Mapping[str, Any]) -> Said | None:
    c = t.incident.c
    query = select(c.instance, c.seq, c.reason).where(c.subject == row["id"], c.resolved_at.is_(None))
    found = connection.execute(query.order_by(c.seq.desc()).limit(1)).one_or_none()
    if found is None:
        return None
    return reasons.told(connection, found.instance, found.seq) or str(found.reason)
