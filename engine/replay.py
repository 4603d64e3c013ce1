"""An instance replayed from its journal: the film of all its entries, and the details of one of them."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, func, select

from bpmn.errors import NotFound
from engine import instances, journal, paging, papers
from engine.actor import Actor
from engine.definitions import by_id, of_set
from engine.film import Film, Moment, Scene
from engine.room import Room
from engine.sheets import Sheets
from engine.store import tables as t
from engine.views import Attachment, Definition, Document, InstanceRow, Page, TimelineRow

LINKED = 20
"""How many linked instances a moment names, the newest first."""
WITH_FILES = frozenset({"completed", "attached"})
i, a = t.instance.c, t.attachment.c


@dataclass(frozen=True)
class Change:
    """What a variable held before and after an entry; with `index` it is one item of a list. `hidden`: the value before
    is one that was erased."""

    name: str
    scope: str
    index: int | None
    old: Any
    new: Any
    hidden: bool


@dataclass(frozen=True)
class Erasure:
    """Which entry took the content of another away, when, by whom and why; None where no entry says so."""

    seq: int | None
    at: int | None
    actor: str | None
    reason: str


@dataclass(frozen=True)
class Reel:
    """The film of an instance. `definition` is what it runs on now; `sheets` are the diagrams that it has been in."""

    id: str
    definition: Definition
    moments: tuple[Moment, ...] = field(repr=False)
    sheets: tuple[str, ...]


@dataclass(frozen=True)
class MomentView:
    """One moment of a film. `definition` is what the instance ran on then, `roles` the posts whose task it was.

    `linked`: the newest of the `linked_count` instances that had been begun for this one by then."""

    moment: Moment
    scene: Scene
    definition: Definition
    row: TimelineRow
    address: str | None
    roles: list[str]
    erasure: Erasure | None
    changes: list[Change]
    attachments: list[Attachment]
    documents: list[Document]
    linked: list[InstanceRow]
    linked_count: int
    parent: str | None


@contextmanager
def _film(room: Room, connection: Connection, definition: Definition, id: str) -> Iterator[Film]:
    """The whole film, for one thread at a time. Entries never change: what was read once is only gone on with."""
    found = room.films.take(id) or Film()
    sheets: dict[str, Sheets] = {}
    for stored in journal.rows(connection, id, after=found.seq):
        entry, effects = journal.told(stored)
        pinned = entry.definition_set
        if pinned not in sheets:
            sheets[pinned] = Sheets(of_set(room, connection, definition, pinned))
        found.follow(entry, effects, sheets[pinned])
    yield found
    room.films.put(id, found)


def reel(room: Room, actor: Actor, id: str) -> Reel:
    """Every moment of an instance that this person may see. Raises NotFound, NotVisible."""
    with room.database.read() as connection:
        row = instances.find(connection, actor, id)
        definition = by_id(room, connection, row["definition"])
        with _film(room, connection, definition, id) as film:
            return Reel(id, definition, tuple(film.moments), tuple(film.sheets))


def moments(room: Room, actor: Actor, id: str, cursor: str = "", limit: int = 50) -> Page[Moment]:
    """The moments, oldest first, a page at a time."""
    limit, after = paging.limit_of(limit), paging.read(cursor, 1)
    first = max(after[0], 0) if after else 0
    rows = reel(room, actor, id).moments[first : first + limit + 1]
    items, following = paging.cut(rows, limit, lambda moment: (moment.seq,))
    return Page(items, following)


def moment(room: Room, actor: Actor, id: str, seq: int) -> MomentView:
    """One moment: the picture, the entry, and what came of it. Raises NotFound, NotVisible."""
    with room.database.read() as connection:
        head = instances.find(connection, actor, id)
        definition = by_id(room, connection, head["definition"])
        if not 0 < seq <= head["head_seq"]:
            raise NotFound()
        with _film(room, connection, definition, id) as film:
            scene, shown, why, erased = film.scene(seq), film.moments[seq - 1], film.erased.get(seq), dict(film.erased)
        (line,) = journal.read(connection, id, after=seq - 1, to=seq)
        then = of_set(room, connection, definition, line.entry.definition_set)
        linked, count = _linked(connection, id, line.entry.at)
        return MomentView(
            moment=shown,
            scene=scene,
            definition=then,
            row=instances.told(room, connection, then, line),
            address=line.entry.address,
            roles=_roles(connection, line.entry.task),
            erasure=_erasure(connection, id, why) if line.erased else None,
            changes=_changes(connection, line, [gone for gone in erased if gone < seq]),
            attachments=_attachments(connection, line),
            documents=papers.of(connection, id, seq),
            linked=linked,
            linked_count=count,
            parent=head["parent"],
        )


def seq_at(room: Room, actor: Actor, id: str, at: int) -> int:
    """The number of the last entry at or before that time, of the first where all are later."""
    found = reel(room, actor, id).moments
    return max((one.seq for one in found if one.at <= at), default=1)


def _roles(connection: Connection, task: str | None) -> list[str]:
    """The posts whose task it was."""
    text = connection.execute(select(t.task.c.roles).where(t.task.c.id == task)).scalar() if task else None
    return text.split(",") if text else []


def _erasure(connection: Connection, id: str, seq: int | None) -> Erasure:
    """Who took the content away, when and why; nobody knows where no entry says so, which `verify` tells."""
    lines = journal.read(connection, id, after=seq - 1, to=seq) if seq is not None else []
    if not lines:
        return Erasure(None, None, None, "")
    entry = lines[0].entry
    return Erasure(entry.seq, entry.at, entry.actor, str(entry.data.get("reason") or ""))


def _changes(connection: Connection, line: journal.Line, erased: list[int]) -> list[Change]:
    """What variables held before and after the entry; what only an element was given is none of them."""
    found: dict[tuple[str, str, int | None], Change] = {}
    for effect in _sets(line.effects):
        key = effect["scope"], effect["name"], effect.get("index")
        before = found[key].old if key in found else effect.get("old")
        found[key] = Change(effect["name"], effect["scope"], effect.get("index"), before, effect.get("new"), False)
    if line.erased:
        return list(found.values())
    gone = _last_erased(connection, line.entry.instance, line.entry.seq, erased) if erased else set()
    told = [replace(found[key], old=None, hidden=True) if key in gone else found[key] for key in found]
    return [change for change in told if change.hidden or change.old != change.new]


def _sets(effects: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    return (effect for effect in effects if effect["type"] == "set" and not effect["scope"].endswith("#in"))


def _last_erased(connection: Connection, id: str, seq: int, erased: list[int]) -> set[tuple[str, str, int | None]]:
    """The variables whose value before an entry was given by one that is erased: the entry must not tell it again."""
    last: dict[tuple[str, str, int | None], int] = {}
    for number, _, _, effects in journal.shapes(connection, id, after=min(erased) - 1):
        if number >= seq:
            break
        for effect in _sets(effects):
            last[effect["scope"], effect["name"], effect.get("index")] = number
    return {key for key, number in last.items() if number in erased}


def _attachments(connection: Connection, line: journal.Line) -> list[Attachment]:
    """The files of the step: those of the task that was handed in, or the one that was uploaded."""
    entry = line.entry
    if entry.kind not in WITH_FILES or entry.task is None:
        return []
    query = select(t.attachment).where(a.instance == entry.instance, a.task == entry.task, a.at <= entry.at)
    if entry.kind == "attached":
        query = query.where(a.at == entry.at)
    return [Attachment(**row) for row in connection.execute(query.order_by(a.at, a.id)).mappings()]


def _linked(connection: Connection, id: str, at: int) -> tuple[list[InstanceRow], int]:
    """The instances that had been begun for this one by then, the newest first, and how many they are."""
    begun = (i.parent == id) & (i.created_at <= at)
    count = connection.execute(select(func.count()).select_from(t.instance).where(begun)).scalar_one()
    return instances.listed(connection, begun, LINKED) if count else [], count
