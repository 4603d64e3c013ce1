"""The read tables follow effects: tokens, tasks, timers, jobs, subscriptions, titles and teams."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from engine import seats
from engine.entry import Entry
from engine.journal import encode
from engine.store import tables as t
from engine.store.prepared import Prepared

_insert_task = Prepared(insert(t.task))
_no_candidates = Prepared(delete(t.candidate).where(t.candidate.c.task == bindparam("closing")))
_close_task = Prepared(
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
_close = {
    table.name: Prepared(delete(table).where(table.c.id == bindparam("closing")))
    for table in (t.timer, t.subscription, t.job)
}
_open = {table.name: Prepared(insert(table)) for table in (t.timer, t.subscription, t.job)}
_enter = Prepared(insert(t.active))
_settled = Prepared(
    update(t.incident)
    .where(t.incident.c.instance == bindparam("wanted"), t.incident.c.resolved_at.is_(None))
    .values(resolved_at=bindparam("at_"), resolved_by=bindparam("by_"))
)
_leave = Prepared(
    delete(t.active).where(t.active.c.instance == bindparam("wanted"), t.active.c.token == bindparam("token_"))
)
_rounds = Prepared(
    select(t.task.c.round, func.max(t.task.c.closed_seq))
    .where(t.task.c.instance == bindparam("wanted"), t.task.c.element == bindparam("element_"))
    .group_by(t.task.c.round)
    .order_by(t.task.c.round.desc())
    .limit(1)
)


def follow(connection: Connection, head: dict[str, Any], entry: Entry, effects: Sequence[Mapping[str, Any]]) -> None:
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
        elif kind == "set" and effect["scope"] == "" and "new" in effect:
            _set(head, team, effect)
        elif kind == "ended":
            head.update(status=effect["status"], end=effect["element"], ended_at=entry.at)
        elif kind == "moved":
            _moved(connection, head, effect)
        elif kind == "task_moved":
            _task_moved(connection, head, effect)
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
        seats.seat(connection, head, team)
    elif rows["task"]:
        seats.call(connection, head, rows["task"])


def _moved(connection: Connection, head: Mapping[str, Any], effect: Mapping[str, Any]) -> None:
    """A token is at another element of another version, and so is what it waits for."""
    place = {"element": effect["element"], "path": effect["path"]}
    here = (t.active.c.instance == head["id"]) & (t.active.c.token == effect["token"])
    connection.execute(update(t.active).where(here).values(place))
    kind, public = effect["open"] or ("", "")
    table = next((table for table in (t.timer, t.subscription, t.job) if table.name == kind), None)
    if table is not None:
        connection.execute(update(table).where(table.c.id == public).values(element=effect["element"]))


def _task_moved(connection: Connection, head: Mapping[str, Any], effect: Mapping[str, Any]) -> None:
    """An open task is called otherwise, asks something else, or is others' to do; whose it is already it stays."""
    mine = t.task.c.id == effect["task"]
    values = {name: effect[name] for name in ("element", "path", "form", *WHEN) if name in effect}
    values |= {"name": effect["name"] or effect["element"], "roles": ",".join(effect["roles"])}
    connection.execute(update(t.task).where(mine).values(behalf=",".join(effect["on_behalf_roles"]), **values))
    connection.execute(delete(t.candidate).where(t.candidate.c.task == effect["task"]))
    row = connection.execute(select(t.task).where(mine)).mappings().one()
    seats.call(connection, head, [dict(row)])


def _settle(connection: Connection, head: dict[str, Any], entry: Entry, gone: Mapping[str, set[Any]]) -> None:
    """What is closed needs no retry any more: a boundary took the task away, or the instance ended."""
    if head["status"] not in ("failed", "check") and head["ended_at"] is None:
        return
    if head["ended_at"] is not None:
        _settled.run(connection, wanted=head["id"], at_=entry.at, by_=entry.actor)
        return
    subjects = {id if isinstance(id, str) else id[0] for name in ("task", "timer", "job") for id in gone[name]}
    c = t.incident.c
    found = (c.instance == head["id"]) & c.resolved_at.is_(None) & c.subject.in_(subjects)
    head["status"] = "check"
    values = {"resolved_at": entry.at, "resolved_by": entry.actor}
    connection.execute(update(t.incident).where(found).values(values))


def _set(head: dict[str, Any], team: dict[str, Any], effect: Mapping[str, Any]) -> None:
    name, new = effect["name"], effect.get("new")
    if name.startswith("team_"):
        team[name.removeprefix("team_")] = new
    elif name in ("title", "project_name") and isinstance(new, str) and new and (name == "title" or not head["parent"]):
        head["title"] = new[:400]


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
        "failed": False,
        "claimed": False,
        "roles": ",".join(roles),
        "behalf": ",".join(effect.get("on_behalf_roles") or ()),
        "assignee": assignee if assignee or roles else head["started_by"],
        "form": effect.get("form"),
        "local": encode(effect["local"]).decode() if effect.get("local") else None,
        "due_at": effect.get("due_at"),
        "follow_up_at": effect.get("follow_up_at"),
        "priority": effect.get("priority"),
        "round": 1,
        "returned_seq": None,
        "created_at": entry.at,
        "created_seq": entry.seq,
        "closed_at": None,
        "closed_seq": None,
        "completed_by": None,
        "on_behalf_of": None,
    }


def _timer(head: Mapping[str, Any], entry: Entry, effect: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": effect["timer"],
        "instance": head["id"],
        "element": effect["element"],
        "due_at": effect["due_at"],
        "failed": False,
    }


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
        "message": SIGNAL + effect["signal"] if "signal" in effect else effect["message"],
    }


WHEN = ("due_at", "follow_up_at", "priority")
# A signal stands among the messages behind a character that no diagram can hold, so that none is taken for another.
SIGNAL = "\x1f"
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
        if not gone[table.name] and not rows[table.name]:
            continue
        closed = {id if isinstance(id, str) else id[0] for id in gone[table.name]}
        opened = [row for row in rows[table.name] if row["id"] not in closed]
        old = closed - {row["id"] for row in rows[table.name]}
        if old:
            _close[table.name].many(connection, [{"closing": id} for id in sorted(old)])
        if opened:
            _open[table.name].many(connection, opened)
    tokens = gone["active"] - {row["token"] for row in rows["active"]}
    if tokens:
        _leave.many(connection, [{"wanted": head["id"], "token_": token} for token in sorted(tokens)])
    opened = [row for row in rows["active"] if row["token"] not in gone["active"]]
    if opened:
        _enter.many(connection, opened)


def _tasks(
    connection: Connection, head: Mapping[str, Any], entry: Entry, opened: list[dict[str, Any]], closed: dict[str, str]
) -> None:
    for row in opened:
        # All that one entry opens at an element are one round: none of them is in the table yet.
        rounds, closed_seq = _rounds.first(connection, wanted=head["id"], element_=row["element"]) or (0, None)
        row["round"] = rounds + 1
        back = head["return_seq"]
        if rounds and back is not None and row["loop"] is None and (closed_seq or 0) <= back:
            row["returned_seq"] = back
    if opened:
        _insert_task.many(connection, opened)
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
        _close_task.many(connection, rows)
        _no_candidates.many(connection, [{"closing": id} for id in closed])
        open_now = {row["id"] for row in opened}
        opened[:] = [row for row in opened if row["id"] in open_now - set(closed)]
