"""What happened in instances as other tools take it: one instance after the other, from the effects of its journal.

Nothing that was filled in is told; who did what when at which element is. Only one instance is held in memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import select, tuple_

from engine import journal, people
from engine.actor import Actor
from engine.definitions import by_id, of_set
from engine.facts import LISTED
from engine.lists import AUDITORS
from engine.room import Room
from engine.store import tables as t
from engine.views import Definition

AT_ONCE = 100
ACTIVITIES = ("Task", "task", "callActivity")
"""How the types of the elements end whose passing is an event."""
i, d = t.instance.c, t.document.c


@dataclass(frozen=True)
class Span:
    """Which instances: of a process, all where it is "", that began from `since` on and before `until` (us)."""

    key: str = ""
    since: int | None = None
    until: int | None = None


@dataclass(frozen=True)
class Event:
    """An element was reached, done or given up. `user` did it, empty where the machine did; `task` is a user task's.

    `loop`: which turn, None for the whole of it. `at` in microseconds; `seq` and `token` tell it from all others."""

    step: Literal["start", "complete", "abort"]
    element: str
    name: str
    type: str
    clause: str | None
    loop: int | None
    at: int
    seq: int
    token: int
    user: str | None
    on_behalf_of: str | None
    roles: tuple[str, ...]
    task: str | None


@dataclass(frozen=True)
class Trace:
    """An instance with its events, oldest first. `root` is the project that it belongs to, or itself.

    `documents`: id, number, title, version and time of each record, and the entry that made it."""

    id: str
    root: str
    key: str
    version: int
    business_key: str | None
    title: str
    status: str
    end: str | None
    created_at: int
    ended_at: int | None
    events: Sequence[Event]
    documents: Sequence[tuple[str, str, str, str, int, int]]
    interventions: int


def traces(room: Room, actor: Actor, span: Span) -> Iterator[Trace]:
    """The instances, in the order in which they began. Raises NeedsRole, and Tampered for what cannot be read."""
    with room.database.read() as connection:
        people.require(connection, actor, *AUDITORS)
    return _traces(room, span)


def _traces(room: Room, span: Span) -> Iterator[Trace]:
    after: tuple[int, str] | None = None
    while True:
        query = select(t.instance).order_by(i.created_at, i.id).limit(AT_ONCE)
        if span.key:
            query = query.where(i.definition_key == span.key)
        if span.since is not None:
            query = query.where(i.created_at >= span.since)
        if span.until is not None:
            query = query.where(i.created_at < span.until)
        if after is not None:
            query = query.where(tuple_(i.created_at, i.id) > tuple_(*after))
        with room.database.read() as connection:
            heads = [dict(row) for row in connection.execute(query).mappings()]
        for head in heads:
            yield _trace(room, head)
        if len(heads) < AT_ONCE:
            return
        after = heads[-1]["created_at"], heads[-1]["id"]


def _trace(room: Room, head: dict[str, Any]) -> Trace:
    """One instance, in a transaction of its own."""
    with room.database.read() as connection:
        now = by_id(room, connection, head["definition"])
        lines = journal.read(connection, head["id"], to=head["head_seq"])
        sets = {line.entry.definition_set for line in lines}
        definitions = {set_hash: of_set(room, connection, now, set_hash) for set_hash in sets}
        columns = (d.id, d.number, d.title, d.version, d.created_at, d.seq)
        mine = select(*columns).where(d.instance == head["id"]).order_by(d.created_at, d.id)
        documents = [tuple(row) for row in connection.execute(mine)]
    names = ("id", "root", "business_key", "title", "status", "end", "created_at", "ended_at")
    return Trace(
        **{name: head[name] for name in names},
        key=now.key,
        version=now.version,
        events=list(_events(lines, definitions)),
        documents=documents,
        interventions=sum(line.entry.kind in LISTED for line in lines),
    )


@dataclass
class _Open:
    """A token at an activity, and the user task that it waits for."""

    element: str
    loop: int | None
    task: str | None = None
    roles: tuple[str, ...] = ()


Step = Literal["start", "complete", "abort"]


def _events(lines: Sequence[journal.Line], definitions: dict[str, Definition]) -> Iterator[Event]:
    open: dict[int, _Open] = {}
    latest: dict[tuple[str, int | None], _Open] = {}
    for line in lines:
        passed: list[tuple[Step, _Open, int]] = []
        for effect in line.effects:
            kind, token = effect["type"], effect.get("token")
            if kind == "entered":
                place = _Open(effect["element"], effect.get("loop"))
                open[effect["token"]] = latest[place.element, place.loop] = place
                passed.append(("start", place, effect["token"]))
            elif kind == "task_opened" and (effect["element"], effect["loop"]) in latest:
                place = latest[effect["element"], effect["loop"]]
                place.task, place.roles = effect["task"], tuple(effect.get("roles") or ())
            elif kind == "left" and token in open:
                passed.append(("abort" if effect.get("cancelled") else "complete", open.pop(token), token))
            elif kind == "moved" and token in open:
                open[token].element = effect["element"]
        # Afterwards: a task is opened behind the effect that says that its element was reached.
        yield from _told(line, definitions[line.entry.definition_set], passed)


def _told(line: journal.Line, definition: Definition, passed: Sequence[tuple[Step, _Open, int]]) -> Iterator[Event]:
    """The events at activities; who completed a task is told of that task only."""
    entry = line.entry
    for step, place, token in passed:
        element = definition.element(place.element)
        if element is None or not element.type.endswith(ACTIVITIES):
            continue
        his = step == "complete" and entry.kind == "completed" and entry.task == place.task and place.task is not None
        yield Event(
            step, element.id, element.name or element.id, element.type, element.clause, place.loop, entry.at,
            entry.seq, token, entry.actor if his else None, entry.on_behalf_of if his else None, place.roles,
            place.task,
        )  # fmt: skip
