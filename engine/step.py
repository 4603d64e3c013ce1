"""One step: take the live instance, apply one entry, write entry, effects and read tables, all in one transaction."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection, bindparam, delete, insert, select

from engine import folds, journal, record
from engine.actor import Actor
from engine.definitions import by_id, pinned
from engine.entry import Entry
from engine.room import Held, Room
from engine.spiff import FOLD, FOLDS, Program, apply, follow, migrate, new, restore, resume, snapshot, variables
from engine.store import tables as t
from engine.store import turns
from engine.store.faults import StoreAway, StoreUnsettled
from engine.store.prepared import Prepared
from engine.views import Definition

T = TypeVar("T")
_head = Prepared(select(t.instance).where(t.instance.c.id == bindparam("wanted")))
_snapshot = select(t.snapshot).where(t.snapshot.c.instance == bindparam("wanted"))
_no_snapshot = Prepared(delete(t.snapshot).where(t.snapshot.c.instance == bindparam("wanted")))
_keep_snapshot = Prepared(insert(t.snapshot))


@dataclass
class Work:
    """One use case inside one transaction: the rows that it has read, the live copies that it has taken."""

    room: Room
    connection: Connection
    now: int
    heads: dict[str, dict[str, Any]] = field(default_factory=dict)
    taken: dict[str, Held] = field(default_factory=dict)
    stepped: bool = False
    last: tuple[str, int, bytes] | None = None
    """The newest entry that this transaction wrote: instance, seq, hash."""

    def head(self, instance: str) -> dict[str, Any] | None:
        """The instance's row as this transaction has it, locked before it is read; None where there is none."""
        if instance not in self.heads:
            turns.instance(self.connection, instance)
            row = _head.row(self.connection, wanted=instance)
            if row is None:
                return None
            self.keep(row)
        return self.heads[instance]

    def keep(self, head: dict[str, Any]) -> dict[str, Any]:
        """The row of an instance that was locked, from now on this transaction's."""
        if head["id"] not in self.heads and head["root"] != head["id"]:
            turns.root(self.connection, head["root"])
        return self.heads.setdefault(head["id"], head)

    def definition(self, head: Mapping[str, Any]) -> Definition:
        """The definition that the instance is pinned to."""
        return by_id(self.room, self.connection, head["definition"])

    def live(self, head: Mapping[str, Any]) -> Held:
        """The live copy, taken out of the cache and caught up with the journal."""
        id, to = head["id"], head["head_seq"]
        held = self.taken.pop(id, None) or self.room.lives.take(id)
        if held is None or held.seq > to:
            held = self._kept(head)
        lines = journal.read(self.connection, id, after=held.seq, to=to) if held is not None and held.seq < to else []
        if held is None or not folds.ours(lines):
            held, lines = self._begun(head)
        for line in lines:
            self.advance(held, line.entry)
        self.taken[id] = held
        return held

    def advance(self, held: Held, entry: Entry) -> list[dict[str, Any]]:
        """Bring a live copy over one entry; answers the effects. Raises StepFailed, CannotMigrate: it is gone then."""
        if entry.kind == "migrated":
            held.live, effects = migrate(held.live, self._pinned(entry.definition_set), entry, self.room.feel)
        else:
            effects = apply(held.live, entry, self.room.feel)
        held.seq = entry.seq
        return effects

    def _kept(self, head: Mapping[str, Any]) -> Held | None:
        """As the snapshot has it; None where there is none of a fold known here."""
        row = self.connection.execute(_snapshot, {"wanted": head["id"]}).one_or_none()
        if row is None or row.fold not in FOLDS or row.seq > head["head_seq"]:
            return None
        return Held(restore(self.program(head), journal.unpack(row.body)), row.seq, row.seq)

    def _begun(self, head: Mapping[str, Any]) -> tuple[Held, list[journal.Line]]:
        """As the journal alone says, and the entries that follow. Raises NeedsCheckpoint."""
        lines = journal.read(self.connection, head["id"], to=head["head_seq"])
        start = folds.base(lines)
        # What it began on, and not what it runs on now: it may have been migrated since.
        first = lines[max(start.seq - 1, 0)].entry.definition_set if lines else self.definition(head).set_hash
        program = self._pinned(first)
        live = new(program, head["id"]) if start.state is None else resume(program, start.state)
        return Held(live, start.seq), lines[start.seq :]

    def program(self, head: Mapping[str, Any]) -> Program:
        """What the instance runs on."""
        return self._pinned(self.definition(head).set_hash)

    def _pinned(self, set_hash: str) -> Program:
        return pinned(self.room, self.connection, set_hash).program


@contextmanager
def work(room: Room) -> Iterator[Work]:
    """A transaction for one use case. Live copies go back only after the commit; an exception drops them."""
    work = None
    try:
        with room.database.write() as connection:
            work = Work(room, connection, room.clock.now())
            yield work
    except StoreUnsettled:
        # The connection was lost in the commit. Whether it took hold can be read: no two entries have one hash.
        if work is None or work.last is None:
            raise
        if not _is_there(room, work.last):
            raise StoreAway() from None
    assert work is not None
    for id, held in work.taken.items():
        if held.live.status == "active":
            room.variables.put(id, (held.seq, variables(held.live)))
            room.lives.put(id, held)
        else:
            room.variables.take(id)
    if work.stepped:
        # Not before the commit: whoever runs jobs would look, see nothing yet, and sleep on.
        room.queue.committed()


def _is_there(room: Room, last: tuple[str, int, bytes]) -> bool:
    """Whether an entry is in the store. Raises StoreUnsettled where nobody answers yet."""
    instance, seq, hash = last
    try:
        with room.database.read() as connection:
            return any(line.hash == hash for line in journal.rows(connection, instance, after=seq - 1, to=seq))
    except StoreAway as error:
        raise StoreUnsettled() from error


def run(room: Room, case: Callable[[Work], T]) -> T:
    """Run a use case; when another came first, run it again on what that one left. Raises Conflict in the end."""

    def once() -> T:
        with work(room) as current:
            return case(current)

    return room.database.again(once)


def step(
    work: Work,
    head: dict[str, Any],
    kind: str,
    actor: Actor,
    *,
    element: str | None = None,
    task: str | None = None,
    data: dict[str, Any] | None = None,
    on_behalf_of: str | None = None,
    form: str | None = None,
    onto: Definition | None = None,
) -> journal.Line:
    """Apply one entry and write it; `onto`: what a migrated instance runs on from here.

    Raises NotOpen, StepFailed, CannotMigrate; the transaction must not go on after these."""
    entry = Entry(
        instance=head["id"],
        seq=head["head_seq"] + 1,
        at=max(work.now, head["head_at"]),
        kind=kind,
        actor=actor.user,
        channel=actor.channel,  # type: ignore[arg-type]  # Actor is what people write, Entry what is kept
        fold=FOLD,
        definition_set=(onto or work.definition(head)).set_hash,
        element=element,
        task=task,
        on_behalf_of=on_behalf_of,
        address=actor.address,
        form=form,
        data=journal.ordered(data or {}),
    )
    effects = _move(work, head, entry)
    stored = journal.compose(work.room.keys, head["head_hash"], entry, effects)
    journal.append(work.connection, stored)
    record.record(work.connection, head, entry, effects, stored.hash)
    _keep(work, head, entry)
    # Nobody is called for a step that leaves no job behind.
    if entry.kind == "retried" or any(effect["type"] in ("job_opened", "thrown") for effect in effects):
        work.room.queue.enqueue(work.connection, entry.instance)
        work.stepped = True
    work.last = (entry.instance, entry.seq, stored.hash)
    return journal.Line(entry, effects, stored.hash)


def _move(work: Work, head: dict[str, Any], entry: Entry) -> list[dict[str, Any]]:
    if folds.moves(entry):
        return work.advance(work.live(head), entry)
    held_or_none = work.taken.get(entry.instance) or work.room.lives.take(entry.instance)
    if held_or_none is not None and held_or_none.seq == head["head_seq"]:
        work.taken[entry.instance] = held_or_none
        apply(held_or_none.live, entry, work.room.feel)
        held_or_none.seq = entry.seq
    return []


def _keep(work: Work, head: dict[str, Any], entry: Entry) -> None:
    """A snapshot every so many entries, none of what has ended."""
    if head["ended_at"] is not None:
        _no_snapshot.run(work.connection, wanted=entry.instance)
        return
    held = work.taken.get(entry.instance)
    # None of an older version stays: it could not be restored on the one that the instance runs on now.
    due = held is not None and held.seq - held.kept >= work.room.settings.snapshot_every
    if held is not None and (due or entry.kind == "migrated"):
        held.kept = held.seq
        row = {
            "instance": entry.instance,
            "seq": entry.seq,
            "fold": FOLD,
            "body": journal.pack(snapshot(held.live)),
            "variables": journal.pack(msgspec.json.encode(variables(held.live))),
        }
        _no_snapshot.run(work.connection, wanted=entry.instance)
        _keep_snapshot.run(work.connection, **row)


def values(room: Room, connection: Connection, instance: str, seq: int) -> dict[str, Any]:
    """The variables of the instance's scope after entry `seq`, from effects: never from a live instance."""
    cached = room.variables.get(instance)
    if cached is not None and cached[0] == seq:
        return dict(cached[1])
    at, found = 0, {}
    if cached is not None and cached[0] < seq:
        at, found = cached[0], dict(cached[1])
    else:
        row = connection.execute(_snapshot, {"wanted": instance}).one_or_none()
        if row is not None and row.seq <= seq:
            at, found = row.seq, msgspec.json.decode(journal.unpack(row.variables))
    lines = journal.read(connection, instance, after=at, to=seq)
    if any(line.entry.kind == "erased" for line in lines):
        # Perhaps by another process: what is kept here, or in a snapshot, may hold what was to be forgotten.
        found, lines = {}, journal.read(connection, instance, to=seq)
    for line in lines:
        for effect in line.effects:
            if effect["type"] == "set" and effect["scope"] == "" and "new" in effect:
                follow(found, effect)
    room.variables.put(instance, (seq, found))
    return dict(found)
