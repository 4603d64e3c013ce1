"""Anchors: the Merkle root over all heads, written outside the database, so that a cut end is found."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import select

from engine import audit, disk
from engine.errors import RootUnreadable
from engine.room import Room
from engine.settings import Settings
from engine.store import tables as t

Head = tuple[int, str]
"""The last entry of an instance, or of a chain of the audit log: its number, its hash in hex."""


def leaf(instance: str, seq: int, hash: str) -> bytes:
    """A head as a leaf of the tree."""
    return hashlib.sha256(b"\0" + f"{instance}:{seq}:{hash}".encode()).digest()


def merkle(leaves: Sequence[bytes]) -> bytes:
    """The root of a tree; an odd one out goes up alone. Leaves and nodes are marked: neither passes for the other."""
    level = list(leaves)
    if not level:
        return hashlib.sha256(b"").digest()
    while len(level) > 1:
        pairs = [level[at : at + 2] for at in range(0, len(level), 2)]
        level = [hashlib.sha256(b"\1" + b"".join(pair)).digest() if len(pair) == 2 else pair[0] for pair in pairs]
    return level[0]


def proof(leaves: Sequence[bytes], position: int) -> list[tuple[str, str]]:
    """The way from a leaf to the root: ("left" or "right", hash) of each neighbour."""
    level, found = list(leaves), []
    while len(level) > 1:
        other = position ^ 1
        if other < len(level):
            found.append(("left" if other < position else "right", level[other].hex()))
        pairs = [level[at : at + 2] for at in range(0, len(level), 2)]
        level = [hashlib.sha256(b"\1" + b"".join(pair)).digest() if len(pair) == 2 else pair[0] for pair in pairs]
        position //= 2
    return found


def root(previous: str, heads: Mapping[str, Head]) -> str:
    """What an anchor says: over the previous anchor and all heads by instance id."""
    tree = merkle([leaf(instance, *heads[instance]) for instance in sorted(heads)])
    return hashlib.sha256(b"\2" + bytes.fromhex(previous) + tree).hexdigest()


def folder(settings: Settings) -> Path:
    """Where anchors lie; better a disk that the database's administrator cannot write."""
    return settings.var / "anchors"


def stored(settings: Settings) -> list[dict[str, Any]]:
    """All anchors, oldest first. Each holds the heads that changed since the one before."""
    return [msgspec.json.decode(path.read_bytes()) for path in sorted(folder(settings).glob("*.json"))]


@dataclass(frozen=True)
class Anchor:
    """One anchor: over how many instances and entries it stands, and how many instances moved since the one before.

    It covers the audit log too, which is not counted here."""

    number: int
    at: int
    root: str
    previous: str
    instances: int
    entries: int
    moved: int


@dataclass(frozen=True)
class Standing:
    """The anchors, the newest first, and what none covers yet: instances and entries, since when (microseconds)."""

    anchors: list[Anchor]
    instances: int
    entries: int
    since: int | None


def listed(settings: Settings) -> list[Anchor]:
    """Every anchor, oldest first."""
    heads: dict[str, Head] = {}
    entries, found = 0, list[Anchor]()
    for number, one in enumerate(stored(settings), start=1):
        journals = {name: head for name, head in one["heads"].items() if not name.startswith(audit.PREFIX)}
        for instance, (seq, hash) in journals.items():
            entries += seq - heads.get(instance, (0, ""))[0]
            heads[instance] = (seq, hash)
        moved = len(journals)
        found.append(Anchor(number, one["at"], one["root"], one["previous"], len(heads), entries, moved))
    return found


def standing(room: Room) -> Standing:
    """What anchors there are, and what they do not cover yet."""
    heads = covered(room.settings)
    i = t.instance.c
    with room.database.read() as connection:
        rows = connection.execute(select(i.id, i.head_seq, i.head_at)).all()
    open = [(row.head_seq - heads.get(row.id, (0, ""))[0], row.head_at) for row in rows]
    open = [(more, at) for more, at in open if more > 0]
    since = min((at for _, at in open), default=None)
    return Standing(listed(room.settings)[::-1], len(open), sum(more for more, _ in open), since)


def covered(settings: Settings, upto: int | None = None) -> dict[str, Head]:
    """The heads that an anchor covers, the newest one or that of a number."""
    heads: dict[str, Head] = {}
    for one in stored(settings)[:upto]:
        heads |= {instance: (seq, hash) for instance, (seq, hash) in one["heads"].items()}
    return heads


def written(root: str) -> str:
    """A root as people compare it: groups of eight characters."""
    return " ".join(root[at : at + 8] for at in range(0, len(root), 8))


def meant(text: str) -> str:
    """The root that somebody typed from paper. Raises RootUnreadable."""
    bare = "".join(text.split()).lower().replace("-", "")
    if len(bare) != 64 or set(bare) - set("0123456789abcdef"):
        raise RootUnreadable()
    return bare


def anchor(room: Room) -> str | None:
    """Write an anchor; answers its path, None when nothing happened since the last. Raises as `disk.write_once`."""
    while True:
        found = _next(room)
        if found is None:
            return None
        path, content = found
        if disk.write_once(path, content):
            return str(path)
        # Another process wrote an anchor of that number: what it left out goes into the next.


def _next(room: Room) -> tuple[Path, bytes] | None:
    """Where the next anchor goes and what it says."""
    earlier = stored(room.settings)
    heads: dict[str, Head] = {}
    for one in earlier:
        heads |= {instance: (seq, hash) for instance, (seq, hash) in one["heads"].items()}
    i = t.instance.c
    with room.database.read() as connection:
        rows = connection.execute(select(i.id, i.head_seq, i.head_hash))
        changed = {row.id: (row.head_seq, row.head_hash.hex()) for row in rows} | audit.heads(connection)
    changed = {instance: head for instance, head in changed.items() if heads.get(instance) != head}
    if not changed:
        return None
    previous = earlier[-1]["root"] if earlier else "00" * 32
    told = {"at": room.clock.now(), "previous": previous, "root": root(previous, heads | changed), "heads": changed}
    return folder(room.settings) / f"{len(earlier) + 1:08}.json", msgspec.json.encode(told)
