"""The read tables follow the journal: each entry with its effects is written into them, and nothing else ever is."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, delete, func, insert, select, text, update

from engine.entry import Entry
from engine.store import tables as t

NEGATIVE = frozenset({"returned", "return", "revise", "reject", "rejected", "terminate"})
REASONS = ("return_reason", "customer_comments", "acceptance_comments", "termination_reason")

_encoder = msgspec.json.Encoder(order="sorted")


def encode(value: Any) -> str:
    """JSON with sorted keys: a rebuilt row equals the first one."""
    return _encoder.encode(value).decode()


_participant = text(
    'INSERT INTO participant ("user", created_at, root) SELECT :user, created_at, id FROM instance WHERE id = :root '
    "ON CONFLICT DO NOTHING"
)
_insert_task = insert(t.task)
_insert_candidate = insert(t.candidate)
_no_candidates = delete(t.candidate).where(t.candidate.c.task == bindparam("closing"))
_close_task = (
    update(t.task)
    .where(t.task.c.id == bindparam("closing"))
    .values(
        state=bindparam("state_"),
        failed=False,
        closed_at=bindparam("at_"),
        closed_seq=bindparam("seq_"),
        completed_by=bindparam("by_"),
        on_behalf_of=bindparam("behalf_"),
    )
)
# Statements are made once: making one costs about as much as running it.
_close = {
    table.name: delete(table).where(table.c.id == bindparam("closing")) for table in (t.timer, t.subscription, t.job)
}
_open = {table.name: insert(table) for table in (t.timer, t.subscription, t.job)}
_enter = insert(t.active)
_leave = delete(t.active).where(t.active.c.instance == bindparam("wanted"), t.active.c.token == bindparam("token_"))
_rounds = select(func.max(t.task.c.round), func.max(t.task.c.closed_seq)).where(
    t.task.c.instance == bindparam("wanted"),
    t.task.c.element == bindparam("element_"),
    t.task.c.created_seq < bindparam("seq_"),
)
_team = select(t.membership.c.role, t.membership.c.user).where(t.membership.c.root == bindparam("wanted"))
_follow = (
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
    head.update(head_seq=entry.seq, head_hash=hash, head_at=entry.at)
    if entry.kind == "completed":
        head["return_seq"] = entry.seq if reason(entry.data.get("data") or {}) else None
        if entry.actor != head["started_by"] or head["root"] != head["id"]:  # who started it has joined already
            _join(connection, head["root"], entry.actor)
    _kinds(connection, head, entry)
    _effects(connection, head, entry, effects)
    _status(connection, head)
    connection.execute(
        _follow,
        {
            "wanted": head["id"],
            **{
                f"{name}_": head[name]
                for name in ("title", "status", "end", "ended_at", "head_seq", "head_hash", "head_at", "return_seq")
            },
            "suspended_": head["suspended"],
        },
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
        "title": entry.data.get("business_key") or named["name"],
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


def _start(connection: Connection, head: dict[str, Any], entry: Entry) -> None:
    head.update(newborn(entry))
    name = entry.data["definition"]["name"]
    given = (entry.data.get("variables") or {}).get("title")
    if entry.data.get("parent"):
        head["title"] = str(given or f"{name} {head['business_key'] or ''}").strip()[:400]
    connection.execute(insert(t.instance), head)
    _join(connection, head["root"], entry.actor)


def _join(connection: Connection, root: str, user: str) -> None:
    connection.execute(_participant, {"root": root, "user": user})


def _kinds(connection: Connection, head: dict[str, Any], entry: Entry) -> None:
    """What entries say by themselves, without moving a token."""
    act = KINDS.get(entry.kind)
    if act is not None:
        act(connection, head, entry)


def _claimed(connection: Connection, head: dict[str, Any], entry: Entry) -> None:
    user = entry.data.get("user", entry.actor)
    values = {"assignee": user, "claimed": entry.kind == "claimed"}
    connection.execute(update(t.task).where(t.task.c.id == entry.task).values(values))
    _join(connection, head["root"], user)


def _unclaimed(connection: Connection, head: dict[str, Any], entry: Entry) -> None:
    connection.execute(update(t.task).where(t.task.c.id == entry.task).values(assignee=None, claimed=False))


def _suspended(connection: Connection, head: dict[str, Any], entry: Entry) -> None:
    head["suspended"] = entry.kind == "suspended"


def _handed_over(connection: Connection, head: dict[str, Any], entry: Entry) -> None:
    """One person's open tasks and places in the team become another's."""
    old, new = entry.data["from"], entry.data["to"]
    mine = (t.task.c.instance == head["id"]) & (t.task.c.state == "open") & (t.task.c.assignee == old)
    connection.execute(update(t.task).where(mine).values(assignee=new))
    m = t.membership.c
    have = set(connection.execute(select(m.role).where(m.root == head["id"], m.user == new)).scalars())
    roles = set(connection.execute(select(m.role).where(m.root == head["id"], m.user == old)).scalars())
    connection.execute(delete(t.membership).where(m.root == head["id"], m.user == old))
    for role in sorted(roles - have):
        connection.execute(insert(t.membership), {"root": head["id"], "role": role, "user": new})
    _join(connection, head["root"], new)
    if head["root"] == head["id"]:
        _reseat(connection, head["id"])


def _attached(connection: Connection, head: dict[str, Any], entry: Entry) -> None:
    told = entry.data
    columns = {name: told[name] for name in ("id", "name", "size", "sha256", "media_type")}
    row = {**columns, "instance": head["id"], "task": entry.task, "user": entry.actor, "at": entry.at}
    connection.execute(insert(t.attachment), row)


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
                "meta": encode(told.get("meta") or {}),
                "instance": head["id"],
                "created_at": entry.at,
                "element": entry.element,
                "job": entry.task,
                "seq": entry.seq,
            },
        )
    _resolve(connection, head, entry)


KINDS = {
    "claimed": _claimed,
    "assigned": _claimed,
    "unclaimed": _unclaimed,
    "suspended": _suspended,
    "resumed": _suspended,
    "handed_over": _handed_over,
    "attached": _attached,
    "incident": _incident,
    "retried": _resolve,
    "completed": _resolve,
    "timer": _resolve,
    "job_completed": _job_completed,
}


def _effects(connection: Connection, head: dict[str, Any], entry: Entry, effects: Sequence[Mapping[str, Any]]) -> None:
    rows: dict[str, list[dict[str, Any]]] = {"task": [], "timer": [], "job": [], "subscription": [], "active": []}
    gone: dict[str, set[Any]] = {"task": set(), "timer": set(), "job": set(), "subscription": set(), "active": set()}
    team: dict[str, Any] = {}
    for position, effect in enumerate(effects):
        kind = effect["type"]
        if kind == "entered":
            since = {"token": effect["token"], "element": effect["element"], "path": effect["path"], "since": entry.at}
            rows["active"].append({"instance": head["id"], **since})
        elif kind == "left":
            gone["active"].add(effect["token"])
        elif kind == "set" and effect["scope"] == "":
            _set(head, team, effect)
        elif kind == "ended":
            head.update(status=effect["status"], end=effect["element"], ended_at=entry.at)
        elif kind == "thrown":
            rows["job"].append(_thrown(head, entry, effect, position))
        elif kind in OPENED:
            table, make = OPENED[kind]
            rows[table].append(make(head, entry, effect))
        elif kind in CLOSED:
            table, name = CLOSED[kind]
            gone[table].add((effect[name], effect.get("reason")) if table in ("task", "job") else effect[name])
    _settle(connection, head, entry, gone)
    _waits(connection, head, rows, gone)
    _tasks(connection, head, entry, rows["task"], dict(gone["task"]))
    if team and head["root"] == head["id"]:
        _seat(connection, head, team)
    elif rows["task"]:
        _call(connection, head, rows["task"])


def _settle(connection: Connection, head: dict[str, Any], entry: Entry, gone: Mapping[str, set[Any]]) -> None:
    """What is closed needs no retry any more: a boundary took the task away, or the instance ended."""
    if head["status"] not in ("failed", "check") and head["ended_at"] is None:
        return
    subjects = {id if isinstance(id, str) else id[0] for name in ("task", "timer", "job") for id in gone[name]}
    c = t.incident.c
    found = (c.instance == head["id"]) & c.resolved_at.is_(None)
    if head["ended_at"] is None:
        found &= c.subject.in_(subjects)
        head["status"] = "check"
    values = {"resolved_at": entry.at, "resolved_by": entry.actor}
    connection.execute(update(t.incident).where(found).values(values))


def _set(head: dict[str, Any], team: dict[str, Any], effect: Mapping[str, Any]) -> None:
    name, new = effect["name"], effect.get("new")
    if name.startswith("team_"):
        team[name.removeprefix("team_")] = new
    elif name in ("title", "project_name") and isinstance(new, str) and new and (name == "title" or not head["parent"]):
        head["title"] = new[:400]


def members(value: Any) -> list[str]:
    """The user names in a team variable."""
    given: Iterable[Any] = value if isinstance(value, (list, tuple)) else [value]
    return list(dict.fromkeys(user for user in given if isinstance(user, str) and user))


def _task(head: Mapping[str, Any], entry: Entry, effect: Mapping[str, Any]) -> dict[str, Any]:
    roles, assignee = list(effect.get("roles") or ()), effect.get("assignee")
    return {
        "id": effect["task"],
        "instance": head["id"],
        "element": effect["element"],
        "name": effect["name"] or effect["element"],
        "path": effect["path"],
        "loop": effect["loop"],
        "state": "open",
        "roles": ",".join(roles),
        "behalf": ",".join(effect.get("on_behalf_roles") or ()),
        "assignee": assignee if assignee or roles else head["started_by"],
        "form": effect.get("form"),
        "local": encode(effect["local"]) if effect.get("local") else None,
        "due_at": effect.get("due_at"),
        "follow_up_at": effect.get("follow_up_at"),
        "priority": effect.get("priority"),
        "round": 1,
        "returned_seq": None,
        "created_at": entry.at,
        "created_seq": entry.seq,
    }


def _timer(head: Mapping[str, Any], entry: Entry, effect: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": effect["timer"], "instance": head["id"], "element": effect["element"], "due_at": effect["due_at"]}


def _job(head: Mapping[str, Any], entry: Entry, effect: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": effect["job"],
        "instance": head["id"],
        "element": effect["element"],
        "topic": effect["topic"],
        "seq": entry.seq,
        "state": "ready",
        "attempts": 0,
        "due_at": entry.at,
    }


def _thrown(head: Mapping[str, Any], entry: Entry, effect: Mapping[str, Any], position: int) -> dict[str, Any]:
    """A message on its way is a job: its receivers are other instances, each with a step of its own."""
    id = str(uuid.uuid5(uuid.UUID(head["id"]), f"thrown {entry.seq} {position}"))
    return {**_job(head, entry, {"job": id, "element": effect["element"], "topic": "@message"})}


def _subscription(head: Mapping[str, Any], entry: Entry, effect: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": effect["subscription"],
        "instance": head["id"],
        "element": effect["element"],
        "message": effect["message"],
    }


OPENED = {
    "task_opened": ("task", _task),
    "timer_opened": ("timer", _timer),
    "job_opened": ("job", _job),
    "waiting": ("subscription", _subscription),
}
CLOSED = {
    "task_closed": ("task", "task"),
    "timer_closed": ("timer", "timer"),
    "job_closed": ("job", "job"),
    "waiting_closed": ("subscription", "subscription"),
}


def _waits(
    connection: Connection,
    head: Mapping[str, Any],
    rows: Mapping[str, list[dict[str, Any]]],
    gone: Mapping[str, set[Any]],
) -> None:
    """Tokens, timers, jobs and subscriptions: what opens and closes within one entry is never written."""
    for table in (t.timer, t.subscription, t.job):
        closed = {id if isinstance(id, str) else id[0] for id in gone[table.name]}
        opened = [row for row in rows[table.name] if row["id"] not in closed]
        old = closed - {row["id"] for row in rows[table.name]}
        if old:
            connection.execute(_close[table.name], [{"closing": id} for id in sorted(old)])
        if opened:
            connection.execute(_open[table.name], opened)
    tokens = gone["active"] - {row["token"] for row in rows["active"]}
    if tokens:
        connection.execute(_leave, [{"wanted": head["id"], "token_": token} for token in sorted(tokens)])
    opened = [row for row in rows["active"] if row["token"] not in gone["active"]]
    if opened:
        connection.execute(_enter, opened)


def _tasks(
    connection: Connection, head: Mapping[str, Any], entry: Entry, opened: list[dict[str, Any]], closed: dict[str, str]
) -> None:
    for row in opened:
        found = {"wanted": head["id"], "element_": row["element"], "seq_": entry.seq}
        rounds, closed_seq = connection.execute(_rounds, found).one()
        row["round"] = (rounds or 0) + 1
        back = head["return_seq"]
        if rounds and back is not None and row["loop"] is None and (closed_seq or 0) <= back:
            row["returned_seq"] = back
    if opened:
        connection.execute(_insert_task, opened)
    if closed:
        done = [id for id, reason in closed.items() if reason == "completed"]
        rows = [
            {
                "closing": id,
                "state_": "done" if reason == "completed" else "cancelled",
                "at_": entry.at,
                "seq_": entry.seq,
                "by_": entry.actor if id in done else None,
                "behalf_": entry.on_behalf_of if id in done else None,
            }
            for id, reason in closed.items()
        ]
        connection.execute(_close_task, rows)
        connection.execute(_no_candidates, [{"closing": id} for id in closed])
        open_now = {row["id"] for row in opened}
        opened[:] = [row for row in opened if row["id"] in open_now - set(closed)]


def _seat(connection: Connection, head: Mapping[str, Any], team: Mapping[str, Any]) -> None:
    """A new team changes who may do the open tasks. A linked child has no team of its own."""
    for role, value in team.items():
        connection.execute(delete(t.membership).where(t.membership.c.root == head["id"], t.membership.c.role == role))
        for user in members(value):
            connection.execute(insert(t.membership), {"root": head["id"], "role": role, "user": user})
            _join(connection, head["id"], user)
    _reseat(connection, head["id"])


def _reseat(connection: Connection, root: str) -> None:
    """Make the candidates of every open task under a project again."""
    mine = select(t.task).join(t.instance, t.instance.c.id == t.task.c.instance)
    rows = [
        dict(r) for r in connection.execute(mine.where(t.instance.c.root == root, t.task.c.state == "open")).mappings()
    ]
    if rows:
        connection.execute(delete(t.candidate).where(t.candidate.c.task.in_([row["id"] for row in rows])))
        _call(connection, {"root": root}, rows)


def _call(connection: Connection, head: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> None:
    """Who finds these open tasks in the inbox: the team's people for a role, else all who hold it."""
    team: dict[str, list[str]] = {}
    for role, user in connection.execute(_team, {"wanted": head["root"]}):
        team.setdefault(role, []).append(user)
    seats = set()
    for row in rows:
        for role in filter(None, [*row["roles"].split(","), *row["behalf"].split(",")]):
            names = [f"u:{user}" for user in team[role]] if role in team else [f"r:{role}"]
            seats |= {(name, row["created_at"], row["id"]) for name in names}
    if seats:
        new = [dict(zip(("principal", "created_at", "task"), seat, strict=True)) for seat in sorted(seats)]
        connection.execute(_insert_candidate, new)


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
