"""The read tables follow the journal: each entry with its effects is written into them, and nothing else ever is."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from engine import effects as effect_tables
from engine import facts, seats, tickets
from engine.entry import Entry
from engine.journal import encode
from engine.store import tables as t
from engine.store.prepared import Prepared

NEGATIVE = frozenset({"returned", "return", "revise", "reject", "rejected", "terminate"})
REASONS = ("return_reason", "customer_comments", "acceptance_comments", "termination_reason")
SELDOM = ("title", "status", "end", "ended_at", "suspended")
_advance = Prepared(
    update(t.instance)
    .where(t.instance.c.id == bindparam("wanted"))
    .values(
        head_seq=bindparam("head_seq_"),
        head_hash=bindparam("head_hash_"),
        head_at=bindparam("head_at_"),
        return_seq=bindparam("return_seq_"),
    )
)
"""What every step changes: indexes are written anew for each column that a statement names, changed or not."""
_follow = Prepared(
    update(t.instance)
    .where(t.instance.c.id == bindparam("wanted"))
    .values(
        title=bindparam("title_"),
        status=bindparam("status_"),
        end=bindparam("end_"),
        ended_at=bindparam("ended_at_"),
        head_seq=bindparam("head_seq_"),
        head_hash=bindparam("head_hash_"),
        head_at=bindparam("head_at_"),
        return_seq=bindparam("return_seq_"),
        suspended=bindparam("suspended_"),
    )
)


def record(
    connection: Connection, head: dict[str, Any], entry: Entry, effects: Sequence[Mapping[str, Any]], hash: bytes
) -> None:
    """Bring every read table, and `head` in place, from before the entry to after it."""
    if entry.kind == "started":
        _start(connection, head, entry)
    before = [head[name] for name in SELDOM]
    head.update(head_seq=entry.seq, head_hash=hash, head_at=entry.at)
    if entry.kind == "completed":
        head["return_seq"] = entry.seq if reason(entry.data.get("data") or {}) else None
        if entry.actor != head["started_by"] or head["root"] != head["id"]:  # who started it has joined already
            seats.join(connection, head["root"], entry.actor)
    _kinds(connection, head, entry)
    effect_tables.follow(connection, head, entry, effects)
    facts.follow(connection, head, entry, effects)
    tickets.follow(connection, head, entry, effects)
    _status(connection, head)
    if before == [head[name] for name in SELDOM]:
        _advance.run(
            connection,
            wanted=head["id"],
            head_seq_=head["head_seq"],
            head_hash_=head["head_hash"],
            head_at_=head["head_at"],
            return_seq_=head["return_seq"],
        )
        return
    _follow.run(
        connection,
        wanted=head["id"],
        title_=head["title"],
        status_=head["status"],
        end_=head["end"],
        ended_at_=head["ended_at"],
        head_seq_=head["head_seq"],
        head_hash_=head["head_hash"],
        head_at_=head["head_at"],
        return_seq_=head["return_seq"],
        suspended_=head["suspended"],
    )


def reason(data: Mapping[str, Any]) -> str | None:
    """Why a completion sends something back, or None where it does not."""
    if isinstance(data.get("return_reason"), str) and data["return_reason"].strip():
        return str(data["return_reason"])
    if any(isinstance(value, str) and value in NEGATIVE for value in data.values()):
        given = (data.get(name) for name in REASONS)
        return next((text for text in given if isinstance(text, str) and text.strip()), "")
    return None


def newborn(entry: Entry) -> dict[str, Any]:
    """The head of an instance before its first entry."""
    named = entry.data["definition"]
    return {
        "id": entry.instance,
        "definition": named["id"],
        "definition_key": named["key"],
        "business_key": entry.data.get("business_key"),
        "title": _first_title(named, entry.data.get("business_key")),
        "status": "active",
        "end": None,
        "parent": entry.data.get("parent"),
        "root": entry.data.get("root") or entry.instance,
        "created_at": entry.at,
        "ended_at": None,
        "started_by": entry.actor,
        "head_seq": 0,
        "head_hash": b"\0" * 32,
        "head_at": entry.at,
        "return_seq": None,
        "suspended": False,
    }


def _first_title(named: Mapping[str, Any], business_key: str | None) -> str:
    """What an instance is called until a variable says more: its key, with the procedure's name where it has only a
    number of it."""
    if business_key and not business_key.startswith(f"{named['key']}-"):
        return business_key
    return f"{named['name']} {business_key or ''}".strip()[:400]


def _start(connection: Connection, head: dict[str, Any], entry: Entry) -> None:
    head.update(newborn(entry))
    name = entry.data["definition"]["name"]
    given = (entry.data.get("variables") or {}).get("title")
    if entry.data.get("parent"):
        head["title"] = str(given or f"{name} {head['business_key'] or ''}").strip()[:400]
    connection.execute(insert(t.instance), head)
    seats.join(connection, head["root"], entry.actor)


def _kinds(connection: Connection, head: dict[str, Any], entry: Entry) -> None:
    """What entries say by themselves, without moving a token."""
    act = KINDS.get(entry.kind)
    if act is not None:
        act(connection, head, entry)


def _claimed(connection: Connection, head: dict[str, Any], entry: Entry) -> None:
    user = entry.data.get("user", entry.actor)
    values = {"assignee": user, "claimed": entry.kind == "claimed"}
    connection.execute(update(t.task).where(t.task.c.id == entry.task).values(values))
    seats.join(connection, head["root"], user)


def _unclaimed(connection: Connection, head: dict[str, Any], entry: Entry) -> None:
    connection.execute(update(t.task).where(t.task.c.id == entry.task).values(assignee=None, claimed=False))


def _suspended(connection: Connection, head: dict[str, Any], entry: Entry) -> None:
    head["suspended"] = entry.kind == "suspended"


def _handed_over(connection: Connection, head: dict[str, Any], entry: Entry) -> None:
    """One person's open tasks and places in the team become another's."""
    old, new = entry.data["from"], entry.data["to"]
    mine = (t.task.c.instance == head["id"]) & t.OPEN & (t.task.c.assignee == old)
    connection.execute(update(t.task).where(mine).values(assignee=new))
    m = t.membership.c
    have = set(connection.execute(select(m.role).where(m.root == head["id"], m.user == new)).scalars())
    roles = set(connection.execute(select(m.role).where(m.root == head["id"], m.user == old)).scalars())
    connection.execute(delete(t.membership).where(m.root == head["id"], m.user == old))
    for role in sorted(roles - have):
        connection.execute(insert(t.membership), {"root": head["id"], "role": role, "user": new})
    seats.join(connection, head["root"], new)
    if head["root"] == head["id"]:
        seats.reseat(connection, head["id"])


def _attached(connection: Connection, head: dict[str, Any], entry: Entry) -> None:
    told = entry.data
    columns = {name: told[name] for name in ("id", "name", "size", "sha256", "media_type")}
    row = {**columns, "instance": head["id"], "task": entry.task, "user": entry.actor, "at": entry.at}
    connection.execute(insert(t.attachment), row)


def _commented(connection: Connection, head: dict[str, Any], entry: Entry) -> None:
    facts.close_finding(connection, head, entry)


def _incident(connection: Connection, head: dict[str, Any], entry: Entry) -> None:
    row = {
        "id": str(uuid.uuid5(uuid.UUID(head["id"]), f"incident {entry.seq}")),
        "instance": head["id"],
        "seq": entry.seq,
        "element": entry.element,
        "subject": entry.task,
        "reason": str(entry.data.get("reason", ""))[:4000],
        "opened_at": entry.at,
    }
    connection.execute(insert(t.incident), row)
    head["status"] = "failed"
    for table in (t.task, t.timer):
        connection.execute(update(table).where(table.c.id == entry.task).values(failed=True))
    connection.execute(update(t.job).where(t.job.c.id == entry.task).values(state="failed"))


def _resolve(connection: Connection, head: dict[str, Any], entry: Entry) -> None:
    """An entry about the same task, timer or job settles the incidents that it had."""
    if entry.task is None or head["status"] != "failed":
        return
    c = t.incident.c
    found = (c.instance == head["id"]) & (c.subject == entry.task) & c.resolved_at.is_(None)
    values = {"resolved_at": entry.at, "resolved_by": entry.data.get("retried_by") or entry.actor}
    connection.execute(update(t.incident).where(found).values(values))
    head["status"] = "check"
    if entry.kind == "retried":
        connection.execute(
            update(t.job).where(t.job.c.id == entry.task).values(state="ready", attempts=0, due_at=entry.at)
        )
        for table in (t.task, t.timer):
            connection.execute(update(table).where(table.c.id == entry.task).values(failed=False))


def _job_completed(connection: Connection, head: dict[str, Any], entry: Entry) -> None:
    for told in entry.data.get("documents") or ():
        row = {name: value for name, value in told.items() if name != "meta"}
        connection.execute(
            insert(t.document),
            {
                **row,
                "meta": encode(told.get("meta") or {}).decode(),
                "instance": head["id"],
                "created_at": entry.at,
                "element": entry.element,
                "job": entry.task,
                "seq": entry.seq,
            },
        )
    if "settled_by" in entry.data:
        # A message on its way is a job that no element of the diagram waits for: nothing else would close it.
        connection.execute(delete(t.job).where(t.job.c.id == entry.task))
    _resolve(connection, head, entry)


def _migrated(connection: Connection, head: dict[str, Any], entry: Entry) -> None:
    named = entry.data["definition"]
    head.update(definition=named["id"], definition_key=named["key"])
    values = {"definition": named["id"], "definition_key": named["key"]}
    connection.execute(update(t.instance).where(t.instance.c.id == head["id"]).values(values))


KINDS = {
    "claimed": _claimed,
    "assigned": _claimed,
    "unclaimed": _unclaimed,
    "suspended": _suspended,
    "resumed": _suspended,
    "handed_over": _handed_over,
    "attached": _attached,
    "commented": _commented,
    "incident": _incident,
    "migrated": _migrated,
    "retried": _resolve,
    "completed": _resolve,
    "timer": _resolve,
    "job_completed": _job_completed,
}


def _status(connection: Connection, head: dict[str, Any]) -> None:
    if head["ended_at"] is not None:
        return
    if head["status"] == "check":
        c = t.incident.c
        left = connection.execute(
            select(func.count()).select_from(t.incident).where(c.instance == head["id"], c.resolved_at.is_(None))
        ).scalar_one()
        head["status"] = "failed" if left else "active"
    if head["status"] != "failed":
        head["status"] = "suspended" if head["suspended"] else "active"
