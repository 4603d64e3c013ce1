"""Making the read tables again from the journal alone."""

from dataclasses import dataclass, field
from typing import Any

from msgspec import structs
from sqlalchemy import Connection, delete, insert, select, update

from engine import journal, passages, record, seats
from engine.entry import Entry
from engine.jobs import letters, mail, message
from engine.room import Room
from engine.store import tables as t
from engine.store import turns


def rebuild(room: Room) -> int:
    """Empty the read tables and the snapshots, then follow every journal again; answers how many instances.

    What an erased entry said can be read nowhere else, so its title, keys and team stay as the tables had them."""
    with room.database.write() as connection:
        found = remake(connection)
    room.lives.clear()
    room.variables.clear()
    return found


def remake(connection: Connection) -> int:
    """The same within a transaction: after a migration that made a read table, which only the journals can fill."""
    turns.everything(connection)
    before = _kept(connection)
    for table in (*t.READ_TABLES, t.snapshot, t.passage):
        connection.execute(delete(table))
    ids = journal.instances(connection)
    starts = {id: journal.read(connection, id, to=1)[0].entry for id in ids}
    # Parents before their children: a child's team is its root's.
    for id in sorted(ids, key=lambda id: (starts[id].at, before.depth(id, starts[id]), id)):
        _follow(connection, id, before)
    _projects(connection, before)
    _jobs(connection, before)
    return len(ids)


@dataclass(frozen=True)
class Kept:
    """What the read tables said before: instances by id, seats by root, ids of jobs; mails, which no entry tells."""

    instances: dict[str, dict[str, Any]]
    seats: dict[str, list[dict[str, Any]]]
    jobs: set[str]
    mails: list[dict[str, Any]]
    projects: dict[str, dict[str, Any]]
    tickets: dict[str, dict[str, Any]]
    erased: set[str] = field(default_factory=set)
    """Projects of which something was erased."""
    erased_tickets: set[str] = field(default_factory=set)

    def depth(self, id: str, start: Entry) -> bool:
        """Whether an instance is a child."""
        known = self.instances.get(id, {})
        return bool(start.data.get("parent") or known.get("parent"))


def _kept(connection: Connection) -> Kept:
    seats: dict[str, list[dict[str, Any]]] = {}
    for row in connection.execute(select(t.membership)).mappings():
        seats.setdefault(row["root"], []).append(dict(row))
    named = select(t.instance, t.definition.c.name, t.definition.c.version).join(t.definition)
    instances = {row["id"]: dict(row) for row in connection.execute(named).mappings()}
    mails = connection.execute(select(t.job).where(t.job.c.topic.in_((mail.TOPIC, letters.TOPIC)))).mappings()
    jobs = set(connection.execute(select(t.job.c.id)).scalars())
    projects = {row["root"]: dict(row) for row in connection.execute(select(t.project)).mappings()}
    tickets = {row["instance"]: dict(row) for row in connection.execute(select(t.ticket)).mappings()}
    return Kept(instances, seats, jobs, [dict(row) for row in mails], projects, tickets)


def _follow(connection: Connection, id: str, before: Kept) -> None:
    head: dict[str, Any] = {}
    trail = passages.Trail()
    for line in journal.read(connection, id):
        entry = line.entry
        trail.follow(entry.seq, entry.at, entry.definition_set, line.effects)
        if line.erased and entry.kind == "started":
            old = before.instances[id]
            named = {"id": old["definition"], "key": old["definition_key"], "version": old["version"]}
            data = {"definition": {**named, "name": old["name"]}, "variables": {"title": old["title"]}}
            data |= {name: old[name] for name in ("business_key", "parent", "root")}
            entry = structs.replace(entry, data=data)
        record.record(connection, head, entry, line.effects, line.hash)
        if line.erased:
            _remember(connection, head, line.effects, before)
            before.erased.add(head["root"])
            before.erased_tickets.add(id)
    passages.put(connection, id, trail)


def _remember(connection: Connection, head: dict[str, Any], effects: list[dict[str, Any]], before: Kept) -> None:
    """Title and team that only the erased payload told."""
    told = {effect["name"] for effect in effects if effect["type"] == "set" and effect["scope"] == ""}
    if told & {"title", "project_name"}:
        head["title"] = before.instances[head["id"]]["title"]
        connection.execute(update(t.instance).where(t.instance.c.id == head["id"]).values(title=head["title"]))
    if head["root"] == head["id"] and any(name.startswith("team_") for name in told):
        team: dict[str, list[str]] = {}
        for row in before.seats.get(head["id"], []):
            team.setdefault(row["role"], []).append(row["user"])
        seats.seat(connection, head, team)


def _projects(connection: Connection, before: Kept) -> None:
    """Rows of projects and of tickets to which erased payloads once added."""
    rows = [before.projects[root] for root in sorted(before.erased) if root in before.projects]
    if rows:
        connection.execute(delete(t.project).where(t.project.c.root.in_([row["root"] for row in rows])))
        connection.execute(insert(t.project), rows)
    rows = [before.tickets[id] for id in sorted(before.erased_tickets) if id in before.tickets]
    if rows:
        connection.execute(delete(t.ticket).where(t.ticket.c.instance.in_([row["instance"] for row in rows])))
        connection.execute(insert(t.ticket), rows)


def _jobs(connection: Connection, before: Kept) -> None:
    """A message already delivered must not go out again: what the job table no longer had is done."""
    j = t.job.c
    thrown = connection.execute(select(j.id).where(j.topic == message.TOPIC)).scalars().all()
    gone = [id for id in thrown if id not in before.jobs]
    if gone:
        connection.execute(delete(t.job).where(j.id.in_(gone)))
    if before.mails:
        connection.execute(insert(t.job), before.mails)
