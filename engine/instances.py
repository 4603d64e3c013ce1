"""Lists of instances, the page of one, its history: from read tables and the journal."""

from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, or_, select

from bpmn.errors import NotFound
from engine import forms, journal, paging, people, roles
from engine.actor import Actor
from engine.clock import rfc3339
from engine.definitions import by_id, of_set
from engine.room import Room
from engine.step import values
from engine.store import tables as t
from engine.store.prepared import Prepared
from engine.views import (
    Definition,
    DiagramState,
    InstanceRow,
    InstanceView,
    Page,
    TimelineRow,
    TokenView,
)

WINDOW = 100
"""Entries read at once for a page of the timeline, and how often at most: one page is bounded work."""
WINDOWS = 10
i = t.instance.c
_children = Prepared(select(i.id).where(i.parent == bindparam("wanted")).order_by(i.created_at, i.id))
_rows = select(
    *(i.id, i.definition, i.definition_key, i.business_key, i.title, i.status, i.end, i.parent, i.created_at),
    *(i.ended_at, i.started_by, i.root, i.head_seq, t.definition.c.version, t.definition.c.name),
).join(t.definition, t.definition.c.id == i.definition)


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    same = ("id", "business_key", "title", "status", "end", "parent", "created_at", "ended_at", "started_by")
    definition = {"key": row["definition_key"], "version": row["version"], "name": row["name"]}
    return {**{name: row[name] for name in same}, "definition": definition}


def find(connection: Connection, actor: Actor, id: str) -> Mapping[str, Any]:
    """An instance that this person may see. Raises NotFound, NotVisible."""
    row = connection.execute(_rows.where(i.id == id)).mappings().one_or_none()
    if row is None:
        raise NotFound()
    roles.see(connection, actor, row["root"])
    return dict(row)


def instance(room: Room, actor: Actor, id: str) -> InstanceView:
    """One instance on its page."""
    with room.database.read() as connection:
        row = find(connection, actor, id)
        definition = by_id(room, connection, row["definition"])
        children = [child for (child,) in _children.rows(connection, wanted=id)]
        return InstanceView(
            **_row(row),
            variables=values(room, connection, id, row["head_seq"]),
            tokens=_tokens(connection, definition, id),
            children=children,
            team=roles.team(connection, row["root"]),
            root=row["root"],
        )


def outside(room: Room, id: str) -> InstanceView:
    """Where an instance stands, for whoever may move it without looking into it: neither variables nor team."""
    with room.database.read() as connection:
        row = dict(connection.execute(_rows.where(i.id == id)).mappings().one())
        tokens = _tokens(connection, by_id(room, connection, row["definition"]), id)
        return InstanceView(**_row(row), variables={}, tokens=tokens, children=[], team={}, root=row["root"])


def _tokens(connection: Connection, definition: Definition, id: str) -> list[TokenView]:
    """Where it stands: what waits, with the task that waits there."""
    k, a = t.task.c, t.active.c
    waiting = connection.execute(
        select(k.element, k.id, k.created_at).where(k.instance == id, t.OPEN).order_by(k.created_at)
    )
    found = [_token(definition, row.element, row.created_at, row.id) for row in waiting]
    seen = {token.element for token in found}
    for row in connection.execute(select(a.element, a.since).where(a.instance == id).order_by(a.token)):
        element = definition.element(row.element)
        stage = element is not None and element.type in ("callActivity", "subProcess", "transaction")
        if row.element not in seen and not stage:
            found.append(_token(definition, row.element, row.since, None))
    return found


def _token(definition: Definition, id: str, since: int, task: str | None) -> TokenView:
    element = definition.element(id)
    return TokenView(id, element.name if element else id, since, task, element.process if element else definition.key)


def instances(
    room: Room,
    actor: Actor,
    q: str = "",
    definition: str | None = None,
    status: str | None = None,
    parent: str | None = None,
    cursor: str = "",
    limit: int = 50,
) -> Page[InstanceRow]:
    """The instances that this person may see, newest first; `q` searches title and business key."""
    limit, after = paging.limit_of(limit), paging.read(cursor, 2)
    with room.database.read() as connection:
        query = _visible(connection, actor)
        if parent is not None:
            query = query.where(i.parent == parent)
        if definition:
            query = query.where(i.definition_key == definition)
        if status:
            query = query.where(i.status.in_(status.split(",")))
        if q.strip():
            like = "%" + q.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
            query = query.where(or_(i.title.ilike(like, escape="\\"), i.business_key.ilike(like, escape="\\")))
        if after:
            query = query.where(or_(i.created_at < after[0], and_(i.created_at == after[0], i.id < after[1])))
        query = query.order_by(i.created_at.desc(), i.id.desc()).limit(limit + 1)
        rows = list(connection.execute(query).mappings())
        items, following = paging.cut(rows, limit, lambda row: (row["created_at"], row["id"]))
        return Page([InstanceRow(**_row(row)) for row in items], following)


def listed(connection: Connection, which: ColumnElement[bool], limit: int) -> list[InstanceRow]:
    """Instances for whoever was let in, the newest first."""
    rows = connection.execute(_rows.where(which).order_by(i.created_at.desc(), i.id.desc()).limit(limit)).mappings()
    return [InstanceRow(**_row(dict(row))) for row in rows]


def _visible(connection: Connection, actor: Actor) -> Select[Any]:
    return _rows.where(*roles.within(connection, actor, i.root))


def entries(room: Room, actor: Actor, id: str, cursor: str = "", limit: int = 50) -> Page[dict[str, Any]]:
    """The journal as the API answers it."""
    limit, after = paging.limit_of(limit), paging.read(cursor, 1)
    with room.database.read() as connection:
        find(connection, actor, id)
        lines = journal.read(connection, id, after=after[0] if after else 0, most=limit + 1)
        items, following = paging.cut(lines, limit, lambda line: (line.entry.seq,))
        return Page([_told(line) for line in items], following)


def _told(line: journal.Line) -> dict[str, Any]:
    entry = line.entry
    return {
        "seq": entry.seq,
        "at": rfc3339(entry.at),
        "actor": entry.actor,
        "on_behalf_of": entry.on_behalf_of,
        "kind": entry.kind,
        "element": entry.element,
        "task": entry.task,
        "channel": entry.channel,
        "data": entry.data,
        "effects": line.effects,
        "hash": line.hash.hex(),
        "erased": line.erased,
        "form": entry.form,
        "definition_set": entry.definition_set,
        "fold": entry.fold,
    }


def timeline(
    room: Room, actor: Actor, id: str, quiet: Set[str] = frozenset(), cursor: str = "", limit: int = 50
) -> Page[TimelineRow]:
    """Who did what when, for people, newest first, without the kinds that are quiet; what a person said came of a job
    never is.

    Where nothing but quiet entries stand a page may have fewer rows than `limit`, and still one that follows."""
    limit, before = paging.limit_of(limit), paging.read(cursor, 1)
    with room.database.read() as connection:
        row = find(connection, actor, id)
        definition = by_id(room, connection, row["definition"])
        top = before[0] - 1 if before else row["head_seq"]
        lines, bottom = _newest(connection, id, top, quiet, limit)
        names = people.names(connection, {line.entry.actor for line in lines})
        then = [of_set(room, connection, definition, line.entry.definition_set) for line in lines]
        found = [_warned(room, connection, was, _line(was, names, line)) for was, line in zip(then, lines, strict=True)]
        return Page(found, paging.write(bottom) if bottom > 1 else None)


def _newest(connection: Connection, id: str, top: int, quiet: Set[str], limit: int) -> tuple[list[journal.Line], int]:
    """Up to `limit` entries that are not quiet, from `top` down, and the lowest number that was looked at."""
    found: list[journal.Line] = []
    for _ in range(WINDOWS):
        if top < 1:
            break
        for line in reversed(journal.read(connection, id, after=max(0, top - WINDOW), to=top)):
            top = line.entry.seq - 1
            if line.entry.kind not in quiet or "settled_by" in line.entry.data:
                found.append(line)
            if len(found) == limit:
                return found, top + 1
    return found, top + 1


def told(room: Room, connection: Connection, definition: Definition, line: journal.Line) -> TimelineRow:
    """One line of the history, on the version that it happened on."""
    names = people.names(connection, {line.entry.actor})
    return _warned(room, connection, definition, _line(definition, names, line))


def _warned(room: Room, connection: Connection, definition: Definition, row: TimelineRow) -> TimelineRow:
    """The line with what was unusual in what was handed in."""
    if row.kind != "completed" or row.form is None or not isinstance(row.data, Mapping):
        return row
    unusual = forms.handed_in(room, connection, definition.set_hash, row.form, row.data.get("data") or {}, row.at)
    return replace(row, warnings=unusual) if unusual else row


def _line(definition: Definition, names: Mapping[str, str], line: journal.Line) -> TimelineRow:
    entry = line.entry
    element = definition.element(entry.element or "")
    return TimelineRow(
        entry.seq,
        entry.at,
        entry.kind,
        entry.actor,
        names[entry.actor],
        entry.on_behalf_of,
        entry.element,
        element.name if element else "",
        element.clause if element else None,
        entry.channel,
        entry.data,
        element.form if element else None,
        definition.version,
        line.effects,
    )


def diagram_state(room: Room, actor: Actor, id: str, process: str | None = None) -> DiagramState:
    """What is done, active and failed in one diagram of an instance, and the flows taken."""
    with room.database.read() as connection:
        row = find(connection, actor, id)
        definition = by_id(room, connection, row["definition"])
        own = {element.id for element in definition.elements if process in (None, element.process)}
        state: dict[str, str] = {}
        flows: dict[str, None] = {}
        for line in journal.read(connection, id):
            for effect in line.effects:
                if effect["type"] == "flow":
                    if effect["source"] in own:
                        flows[effect["element"]] = None
                elif effect["element"] in own and _passed(effect):
                    state[effect["element"]] = "done"
        a, c = t.active.c, t.incident.c
        for element in connection.execute(select(a.element).where(a.instance == id)).scalars():
            if element in own:
                state[element] = "active"
        failed = connection.execute(select(c.element).where(c.instance == id, c.resolved_at.is_(None))).scalars()
        state |= {element: "failed" for element in failed if element in own}
        return DiagramState(state, list(flows))


def _passed(effect: Mapping[str, Any]) -> bool:
    """Whether an effect says that an element was done."""
    return effect["type"] == "ended" or (effect["type"] == "left" and not effect.get("cancelled"))


def over(room: Room, actor: Actor, ids: Sequence[str]) -> dict[str, tuple[str, str]]:
    """The project, its id and title, of each of these instances that is linked to one and that the actor may see."""
    project = t.instance.alias("project")
    query = select(i.id, i.root, project.c.title).join(project, project.c.id == i.root)
    query = query.where(i.id.in_(ids), i.id != i.root)
    with room.database.read() as connection:
        rows = connection.execute(query.where(*roles.within(connection, actor, i.root)))
        return {row.id: (row.root, row.title) for row in rows}


def titles(room: Room, actor: Actor, ids: Collection[str]) -> dict[str, str]:
    """What these instances are called, of those that the actor may see."""
    with room.database.read() as connection:
        query = select(i.id, i.title).where(i.id.in_(ids), *roles.within(connection, actor, i.root))
        return {row.id: row.title for row in connection.execute(query)}


def root(connection: Connection, id: str) -> str:
    """The project that an instance belongs to."""
    return str(connection.execute(select(i.root).where(i.id == id)).scalar_one())
