"""The audit log as auditors read it: what stands in it, and the interventions in instances, newest first.

Each page asks each of the two once, along an index; a text is looked for in so many entries at a time and no further.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, func, or_, select, tuple_

from bpmn.errors import FieldError, Invalid
from engine import journal, paging, people
from engine.actor import Actor
from engine.facts import SETTLED
from engine.lists import AUDITORS
from engine.room import Room
from engine.store import tables as t
from engine.views import AuditPage, AuditRow

LOOKED_THROUGH = 20_000
"""Entries in which one page looks for a text."""
READ = 200
"""Interventions of which one page reads the reasons, to look for a text in them."""
MOST_PEOPLE = 20
"""People whose names a text may mean; a longer text means fewer."""
SOURCES = ("audit", "journal")
a, v = t.audit.c, t.intervention.c


@dataclass(frozen=True)
class Asked:
    """What is looked for: `person` by user or display name, `subject` an instance or whatever else has an id.

    From `since` on and before `until`, microseconds; `text` anywhere in an entry."""

    person: str = ""
    action: str = ""
    subject: str = ""
    since: int | None = None
    until: int | None = None
    text: str = ""


Place = tuple[int, str, str, int]
"""When, in which source, in which chain or instance, which number."""


def log(room: Room, actor: Actor, asked: Asked, cursor: str = "", limit: int = 50) -> AuditPage:
    """A page of the log. Raises NeedsRole, Invalid."""
    limit, after = paging.limit_of(limit), _place(cursor)
    with room.database.read() as connection:
        people.require(connection, actor, *AUDITORS)
        return _page(connection, asked, after, limit)


def whole(room: Room, actor: Actor, asked: Asked) -> Iterator[AuditRow]:
    """All of it, newest first, a page at a time and a transaction a page: an export holds up nobody."""
    with room.database.read() as connection:
        people.require(connection, actor, *AUDITORS)
    return _pages(room, asked)


def _pages(room: Room, asked: Asked) -> Iterator[AuditRow]:
    after: Place | None = None
    while True:
        with room.database.read() as connection:
            page = _page(connection, asked, after, 1000)
        yield from page.items
        if page.next is None:
            return
        after = _place(page.next)


def _place(cursor: str) -> Place | None:
    """Where a page ended. Raises Invalid."""
    read = paging.read(cursor, 4)
    if read is None:
        return None
    at, source, place, seq = read
    if source not in SOURCES or not (seq.isascii() and seq.isdigit() and len(seq) < 10):
        raise Invalid(errors=[FieldError("cursor", "无效")])
    return at, source, place, int(seq)


def _page(connection: Connection, asked: Asked, after: Place | None, limit: int) -> AuditPage:
    names = _names(connection, asked.person)
    found, ends = [], []
    # Each person's by themselves: along the index of people, which the database does not follow for several at once.
    for name in names:
        for rows, end in (
            _noted(connection, asked, name, after, limit),
            _interventions(connection, asked, name, after, limit),
        ):
            found += rows
            ends += [end] if end is not None else []
    found.sort(key=lambda row: _turned(row.at, row.source, row.place, row.seq), reverse=True)
    # Where one was not looked through to its end, what others have from before there waits for the next page.
    reach = max(ends, key=lambda place: _turned(*place), default=None)
    if reach is not None:
        found = [row for row in found if _turned(row.at, row.source, row.place, row.seq) >= _turned(*reach)]
    items = found[:limit]
    if len(found) > limit:
        last = items[-1]
        return AuditPage(items, paging.write(last.at, last.source, last.place, str(last.seq)), None)
    if reach is None:
        return AuditPage(items, None, None)
    at, source, place, seq = reach
    return AuditPage(items, paging.write(at, source, place, str(seq)), at if asked.text else None)


def _turned(at: int, source: str, place: str, seq: int) -> tuple[int, bool, str, int]:
    """A place as something of which the newest is the greatest; at one instant the audit log comes first."""
    return at, source == "audit", place, seq


def _names(connection: Connection, person: str) -> Sequence[str | None]:
    """The user names that are meant; None alone means everybody."""
    if not person:
        return [None]
    u = t.user.c
    called = or_(u.name == person, u.display_name.icontains(person, autoescape=True))
    return sorted({person, *connection.execute(select(u.name).where(called).limit(MOST_PEOPLE)).scalars()})


def _within(columns: Sequence[Any], source: str, after: Place | None) -> list[ColumnElement[bool]]:
    """Behind the place where the page before ended; at one instant the audit log comes first."""
    if after is None:
        return []
    at, came, place, seq = after
    if came == source:
        return [tuple_(*columns) < tuple_(at, place, seq)]
    return [columns[0] <= at] if source == "journal" else [columns[0] < at]


def _period(column: Any, asked: Asked) -> list[ColumnElement[bool]]:
    found = [] if asked.since is None else [column >= asked.since]
    return found if asked.until is None else [*found, column < asked.until]


Found = tuple[list[AuditRow], Place | None]
"""Rows, and the place up to which was looked where there is more."""


def _noted(connection: Connection, asked: Asked, name: str | None, after: Place | None, limit: int) -> Found:
    place = (a.at, a.chain, a.seq)
    query = select(t.audit).where(*_within(place, "audit", after), *_period(a.at, asked))
    if name is not None:
        query = query.where(a.actor == name)
    if asked.action:
        query = query.where(a.action == asked.action)
    if asked.subject:
        query = query.where(or_(a.subject == asked.subject, a.instance == asked.subject))
    query = query.order_by(*(column.desc() for column in place))
    end: Place | None = None
    if asked.text:
        query, end = _looked_through(connection, query, asked.text)
    rows = [_row(row) for row in connection.execute(query.limit(limit + 1)).mappings()]
    return _cut(rows, limit, end)


def _looked_through(connection: Connection, query: Select[Any], text: str) -> tuple[Select[Any], Place | None]:
    """Those of the next so many entries in which a text stands, and where these end, None where they are the last."""
    bounded = query.limit(LOOKED_THROUGH).subquery()
    b = bounded.c
    last = connection.execute(query.with_only_columns(a.at, a.chain, a.seq).offset(LOOKED_THROUGH - 1).limit(1)).first()
    found = select(bounded).where(func.lower(b.body).contains(text.lower(), autoescape=True))
    return found.order_by(b.at.desc(), b.chain.desc(), b.seq.desc()), (last[0], "audit", *last[1:]) if last else None


def _row(row: Any) -> AuditRow:
    told = msgspec.json.decode(row["body"])
    same = {name: row[name] for name in ("at", "actor", "action", "subject", "instance", "seq")}
    hash = bytes(row["hash"]).hex()
    return AuditRow(
        "audit", place=row["chain"], channel=told.get("channel"), address=told.get("address"), data=told["data"],
        hash=hash, **same,
    )  # fmt: skip


def _interventions(connection: Connection, asked: Asked, name: str | None, after: Place | None, limit: int) -> Found:
    place = (v.at, v.instance, v.seq)
    query = select(t.intervention).where(*_within(place, "journal", after), *_period(v.at, asked))
    if name is not None:
        query = query.where(v.actor == name)
    if asked.action:
        query = query.where(v.kind == asked.action)
    if asked.subject:
        query = query.where(v.instance == asked.subject)
    most = READ if asked.text else limit + 1
    query = query.order_by(*(column.desc() for column in place)).limit(most)
    rows = [_intervened(connection, row) for row in connection.execute(query).mappings()]
    end: Place | None = None
    if asked.text:
        last = rows[-1] if len(rows) == READ else None
        end = (last.at, "journal", last.place, last.seq) if last else None
        rows = [row for row in rows if asked.text.lower() in _text(row).lower()]
    return _cut(rows, limit, end)


def _cut(rows: list[AuditRow], limit: int, end: Place | None) -> Found:
    if len(rows) > limit:
        last = rows[limit]
        end = (last.at, last.source, last.place, last.seq)
    return rows, end


def _intervened(connection: Connection, row: Any) -> AuditRow:
    """An intervention with what its journal says of it, which is never erased."""
    id, seq = row["instance"], row["seq"]
    (line,) = journal.read(connection, id, after=seq - 1, to=seq)
    entry = line.entry
    subject = entry.element or entry.task
    return AuditRow(
        "journal", row["at"], row["actor"], entry.channel, entry.address, row["kind"], subject, id, _told(entry.data),
        id, seq, line.hash.hex(),
    )  # fmt: skip


def _told(data: dict[str, Any]) -> dict[str, Any]:
    """What is told of an intervention: why, and to whom or what where that is short; no values of forms."""
    kept = ("reason", "user", "from", "to", "on", "seq", "from_version", SETTLED, "incident")
    return {name: data[name] for name in kept if name in data}


def _text(row: AuditRow) -> str:
    return msgspec.json.encode([row.actor, row.action, row.subject, row.instance, row.data]).decode()
