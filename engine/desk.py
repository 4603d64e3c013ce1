"""The desk of a project and of all projects: from read tables, each question along an index."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

from engine import instances, paging, roles, tickets
from engine.actor import Actor
from engine.clock import DAY
from engine.contract import Job, PermanentFailure, only_reads
from engine.facts import overruns
from engine.forms import own
from engine.room import Room
from engine.services import JobServices
from engine.step import values
from engine.store import tables as t
from engine.tickets import Ticket
from engine.views import DeskRow, DueTask, Page

WEEK, YEAR = 7 * DAY, 365 * DAY
URGENT = "p1"
RUNNING = ("active", "suspended", "failed")
i, k, w = t.instance.c, t.task.c, t.ticket.c


def linked(room: Room, actor: Actor, id: str) -> list[Ticket]:
    """What is linked to a project, oldest first. Raises NotFound, NotVisible."""
    with room.database.read() as connection:
        instances.find(connection, actor, id)
        return tickets.of(connection, id)


def due_tasks(room: Room, actor: Actor, id: str, until: int, limit: int) -> list[DueTask]:
    """Open tasks that are due until then, the soonest first. Raises NotFound, NotVisible."""
    with room.database.read() as connection:
        instances.find(connection, actor, id)
        query = select(k.id, k.name, k.instance, i.title, k.due_at, k.assignee, k.roles).join(t.instance)
        query = query.where(i.root == id, t.OPEN, k.due_at <= until).order_by(k.due_at, k.id).limit(limit)
        rows = connection.execute(query).mappings()
        return [DueTask(**{**row, "roles": [role for role in row["roles"].split(",") if role]}) for row in rows]


def foretell(room: Room, actor: Actor, id: str, topic: str) -> dict[str, Any] | None:
    """What a service task that only reads would answer now. Raises NotFound, NotVisible."""
    handler = room.topics.get(topic)
    with room.database.read() as connection:
        head = instances.find(connection, actor, id)
        if handler is None or not only_reads(handler):
            return None
        variables = values(room, connection, id, head["head_seq"])
    job = Job(
        id=id, topic=topic, instance=id, element="", seq=head["head_seq"], inputs={},
        variables={**variables, **own(head)}, attempt=1, business_key=head["business_key"],
        definition=head["definition_key"],
    )  # fmt: skip
    try:
        return dict(handler(job, JobServices(room, job, room.settings.company_name, room.clock.now())))
    except PermanentFailure:
        return None


def desks(room: Room, actor: Actor, key: str, fault: str, cursor: str, limit: int) -> Page[DeskRow]:
    """Running projects, the newest first, each with its figures; `fault` is the procedure of major faults."""
    limit, after = paging.limit_of(limit), paging.read(cursor, 2)
    with room.database.read() as connection:
        query = select(i.id, i.title, i.status, i.created_at, t.project.c.facts)
        query = query.outerjoin(t.project, t.project.c.root == i.id)
        query = query.where(
            i.definition_key == key, i.parent.is_(None), i.status.in_(RUNNING), *roles.within(connection, actor, i.root)
        )
        if after:
            query = query.where(or_(i.created_at < after[0], and_(i.created_at == after[0], i.id < after[1])))
        found = list(connection.execute(query.order_by(i.created_at.desc(), i.id.desc()).limit(limit + 1)).mappings())
        rows, following = paging.cut(found, limit, lambda row: (row["created_at"], row["id"]))
        ids, now = [row["id"] for row in rows], room.clock.now()
        now_open = select(
            w.root,
            func.count(),
            _many(w.definition_key == fault),
            _many(w.priority == URGENT),
            _many(w.due_at < now),
            _many(and_(w.due_at >= now, w.due_at < now + WEEK)),
        ).where(w.root.in_(ids), w.ended_at.is_(None))
        standing: dict[str, Sequence[int]] = {
            root: figures for root, *figures in connection.execute(now_open.group_by(w.root))
        }
        happened = select(w.root, func.count(), _many(w.broken)).where(w.root.in_(ids), w.occurred_at >= now - YEAR)
        passed: dict[str, Sequence[int]] = {
            root: figures for root, *figures in connection.execute(happened.group_by(w.root))
        }
    made = []
    for row in rows:
        facts = msgspec.json.decode(row["facts"]) if row["facts"] else {}
        opened, faults, urgent, overdue, due = standing.get(row["id"], (0,) * 5)
        year, broken = passed.get(row["id"], (0, 0))
        made.append(
            DeskRow(
                row["id"], row["title"], row["status"], opened, faults, urgent, overdue, due, year, broken,
                facts, overruns(facts),
            )
        )  # fmt: skip
    return Page(made, following)


def _by_root(connection: Connection, query: Select[Any]) -> dict[str, Sequence[int]]:
    return {root: figures for root, *figures in connection.execute(query.group_by(w.root))}


def _many(which: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count().filter(which)
