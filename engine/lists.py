"""The lists behind the figures of start pages: each from read tables, along an index, a page at a time."""

import hashlib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, and_, func, not_, or_, select

from engine import paging, people, roles
from engine.actor import Actor
from engine.clock import BEIJING, DAY, SECOND
from engine.definitions import by_id
from engine.facts import overruns
from engine.room import Room
from engine.store import tables as t
from engine.views import FindingRow, MissingRow, Page, ProjectRow, StaffRow, Standing

i, k, p, f, a = t.instance.c, t.task.c, t.project.c, t.finding.c, t.active.c
RUNNING = ("active", "suspended", "failed")
RENEWAL_DAYS = 90
SAMPLE = 10
AUDITORS = ("auditor", "admin")
_projects = select(t.project, i.title, i.status, i.created_at, i.definition).join(t.instance, i.id == p.root)


def today(room: Room, days: int = 0) -> str:
    """The date in Beijing, that many days from now."""
    at = datetime.fromtimestamp((room.clock.now() + BEIJING) / SECOND, UTC)
    return (at + timedelta(days=days)).date().isoformat()


def _project(row: Mapping[str, Any]) -> ProjectRow:
    facts = msgspec.json.decode(row["facts"])
    names = ("title", "status", "created_at", "service_end", "returns", "skips", "interventions", "late")
    same = {name: row[name] for name in names}
    return ProjectRow(id=row["root"], facts=facts, overruns=overruns(facts), deviated_at=row["deviated_at"], **same)


def _cut(
    connection: Connection, query: Select[Any], cursor: str, limit: int
) -> tuple[list[dict[str, Any]], str | None]:
    """A page of a list that only running projects are on: short enough to be counted through."""
    after = paging.read(cursor, 2)
    skipped = max(after[0], 0) if after else 0
    rows = [dict(row) for row in connection.execute(query.offset(skipped).limit(limit + 1)).mappings()]
    return rows[:limit], paging.write(skipped + limit, "") if len(rows) > limit else None


def renewals(room: Room, actor: Actor, cursor: str = "", limit: int = 50) -> Page[ProjectRow]:
    """Projects whose service ends within 90 days, or ended so lately, and which no other project renews."""
    with room.database.read() as connection:
        query = renewal_query(room, connection, actor).order_by(p.service_end, p.root)
        rows, following = _cut(connection, query, cursor, paging.limit_of(limit))
        return Page([_project(row) for row in rows], following)


def renewal_query(room: Room, connection: Connection, actor: Actor) -> Select[Any]:
    """The same, not yet in order."""
    other, head = t.project.alias("other"), t.instance.alias("head")
    lives = select(other.c.root).join(head, head.c.id == other.c.root).where(head.c.status != "terminated")
    by_number = lives.where(other.c.former_project_number == p.project_number)
    by_agreement = lives.where(other.c.former_agreement_number == p.agreement_number)
    query = _projects.where(p.service_end >= today(room, -RENEWAL_DAYS), p.service_end <= today(room, RENEWAL_DAYS))
    query = query.where(i.status != "terminated", not_(by_number.exists()), not_(by_agreement.exists()))
    return query.where(*roles.within(connection, actor, p.root))


def over_budget(room: Room, actor: Actor, cursor: str = "", limit: int = 50) -> Page[ProjectRow]:
    """Running projects whose planned or actual costs exceed what they may, the longest so first."""
    with room.database.read() as connection:
        query = over_query(connection, actor).order_by(p.over_since, p.root)
        rows, following = _cut(connection, query, cursor, paging.limit_of(limit))
        return Page([_project(row) for row in rows], following)


def over_query(connection: Connection, actor: Actor) -> Select[Any]:
    """The same, not yet in order."""
    return _projects.where(p.over_since > 0, *roles.within(connection, actor, p.root))


def findings(room: Room, actor: Actor, cursor: str = "", limit: int = 50) -> Page[FindingRow]:
    """Open findings of the reviews of running projects, those due first first."""
    with room.database.read() as connection:
        query = finding_query(connection, actor).order_by(func.coalesce(f.due_on, "9999"), f.instance, f.position)
        rows, following = _cut(connection, query, cursor, paging.limit_of(limit))
        return Page([FindingRow(**_named(room, connection, row)) for row in rows], following)


def finding_query(connection: Connection, actor: Actor) -> Select[Any]:
    """The same, not yet in order."""
    query = select(t.finding, i.title, i.definition).join(t.instance, i.id == f.instance)
    return query.where(*roles.within(connection, actor, i.root))


def _named(room: Room, connection: Connection, row: dict[str, Any]) -> dict[str, Any]:
    element = by_id(room, connection, row.pop("definition")).element(row["element"])
    return {**row, "element_name": element.name if element else row["element"]}


def site_staff(room: Room, actor: Actor, cursor: str = "", limit: int = 50) -> Page[StaffRow]:
    """The subcontractors' staff of running projects, with papers and the period of their contract."""
    s = t.site_staff.c
    with room.database.read() as connection:
        query = staff_query(connection, actor).order_by(s.instance, s.position)
        rows, following = _cut(connection, query, cursor, paging.limit_of(limit))
        return Page([StaffRow(**{**row, "facts": msgspec.json.decode(row["facts"])}) for row in rows], following)


def staff_query(connection: Connection, actor: Actor) -> Select[Any]:
    """The same, not yet in order."""
    s = t.site_staff.c
    query = select(t.site_staff, i.title, p.facts).join(t.instance, i.id == s.instance).join(t.project, p.root == i.id)
    return query.where(*roles.within(connection, actor, i.root))


def missing(room: Room, actor: Actor, stages: Sequence[str], needs: Mapping[str, Sequence[str]]) -> Page[MissingRow]:
    """Projects in the stages that lead to closing, and the records that they do not have yet.

    `needs`: a name -> the numbers of records of which any one, in an issued version, will do; a fact that must hold
    for the need to exist stands before a colon: `project_kind=new: ...`.
    """
    with room.database.read() as connection:
        query = select(i.id, i.title, p.facts, func.min(a.since).label("since")).join(t.active, a.instance == i.id)
        query = query.join(t.project, p.root == i.id).where(i.status.in_(RUNNING), a.path == "", a.element.in_(stages))
        query = query.where(*roles.within(connection, actor, i.root)).group_by(i.id, i.title, p.facts)
        rows = list(connection.execute(query.order_by("since").limit(paging.MOST)))
        have = _issued(connection, [row.id for row in rows])
        found = []
        for row in rows:
            facts, own = msgspec.json.decode(row.facts), have.get(row.id, {})
            lacking = {name: _lack(of, own) for name, of in needs.items() if _needed(name, facts)}
            left = [(name.rpartition(": ")[2], how) for name, how in lacking.items() if how]
            if left:
                found.append(MissingRow(row.id, row.title, row.since, left))
        return Page(found, None)


def _issued(connection: Connection, instances: Sequence[str]) -> dict[str, dict[str, str]]:
    """The last version of each record, by instance and number."""
    d = t.document.c
    found: dict[str, dict[str, str]] = {}
    query = select(d.instance, d.number, d.version).where(d.instance.in_(instances)).order_by(d.created_at, d.seq)
    for row in connection.execute(query):
        found.setdefault(row.instance, {})[row.number] = row.version
    return found


def _needed(name: str, facts: Mapping[str, Any]) -> bool:
    condition, colon, _ = name.rpartition(": ")
    key, _, wanted = condition.partition("=")
    return not colon or str(facts.get(key)).lower() == wanted


def _lack(numbers: Iterable[str], own: Mapping[str, str]) -> str:
    """Empty where one of the records is issued, else whether there is a draft of one."""
    versions = [own[number] for number in numbers if number in own]
    if any(not version.startswith("0.") for version in versions):
        return ""
    return "draft" if versions else "none"


def deviations(room: Room, actor: Actor, cursor: str = "", limit: int = 50) -> Page[ProjectRow]:
    """Projects in which something was returned, skipped, late or intervened in, the latest such first."""
    limit, after = paging.limit_of(limit), paging.read(cursor, 2)
    with room.database.read() as connection:
        people.require(connection, actor, *AUDITORS)
        query = _projects.where(p.deviated_at > 0)
        if after:
            query = query.where(or_(p.deviated_at < after[0], and_(p.deviated_at == after[0], p.root < after[1])))
        query = query.order_by(p.deviated_at.desc(), p.root.desc()).limit(limit + 1)
        rows, following = paging.cut(
            list(connection.execute(query).mappings()), limit, lambda row: (row["deviated_at"], row["root"])
        )
        return Page([_project(row) for row in rows], following)


def sample(room: Room, actor: Actor, seed: str = "", most: int = SAMPLE) -> tuple[str, list[ProjectRow]]:
    """Projects to look at, the same all day for the same seed; the seed is the date unless one is given.

    Each is the first project at or behind a place in the order of ids that the seed gives; ids are random. What was
    started today is left out, else the sample would change during the day.
    """
    seed = seed.strip()[:80] or today(room)
    midnight = (room.clock.now() + BEIJING) // DAY * DAY - BEIJING
    with room.database.read() as connection:
        people.require(connection, actor, *AUDITORS)
        query = _projects.where(i.created_at < midnight).order_by(p.root).limit(1)
        found: dict[str, ProjectRow] = {}
        for number in range(most * 3):
            place = str(uuid.UUID(bytes=hashlib.sha256(f"{seed} {number}".encode()).digest()[:16]))
            row = connection.execute(query.where(p.root >= place)).mappings().one_or_none()
            row = row or connection.execute(query.where(p.root >= "")).mappings().one_or_none()
            if row is None or len(found) == most:
                break
            found.setdefault(row["root"], _project(dict(row)))
        return seed, list(found.values())


def standing(room: Room, actor: Actor, ids: Sequence[str]) -> dict[str, Standing]:
    """Stage, lateness and manager of each of these projects, by id; only those that the actor may see."""
    with room.database.read() as connection:
        rows = connection.execute(
            select(i.id, i.definition).where(i.id.in_(ids), *roles.within(connection, actor, i.root))
        )
        definitions = {row.id: by_id(room, connection, row.definition) for row in rows}
        stages: dict[str, list[str]] = {}
        places = select(a.instance, a.element).where(a.instance.in_(list(definitions)), a.path == "")
        for row in connection.execute(places.order_by(a.token)):
            element = definitions[row.instance].element(row.element)
            stages.setdefault(row.instance, []).append(element.name if element else row.element)
        overdue = select(i.root, func.count(), func.min(k.due_at)).join(t.task, k.instance == i.id)
        overdue = overdue.where(i.root.in_(list(definitions)), t.OPEN, k.due_at < room.clock.now())
        late = {root: (count, due) for root, count, due in connection.execute(overdue.group_by(i.root))}
        m = t.membership.c
        seats = select(m.root, m.user).where(m.root.in_(list(definitions)), m.role == "project_manager")
        managers: dict[str, list[str]] = {}
        for row in connection.execute(seats.order_by(m.user)):
            managers.setdefault(row.root, []).append(row.user)
        return {id: Standing(stages.get(id, []), *late.get(id, (0, None)), managers.get(id, [])) for id in definitions}


def late_projects(room: Room, actor: Actor, cursor: str = "", limit: int = 50) -> Page[str]:
    """The ids of projects in which a task is overdue, the longest overdue first."""
    with room.database.read() as connection:
        query = late_query(room, connection, actor).order_by(func.min(k.due_at), i.root)
        rows, following = _cut(connection, query, cursor, paging.limit_of(limit))
        return Page([row["root"] for row in rows], following)


def late_query(room: Room, connection: Connection, actor: Actor) -> Select[Any]:
    """The same, not yet in order."""
    query = select(i.root).join(t.task, k.instance == i.id).where(t.OPEN, k.due_at < room.clock.now())
    return query.where(*roles.within(connection, actor, i.root)).group_by(i.root)
