"""The journal: entries chained by hash, sealed by key, their payload apart so that it can be erased.

The body that is hashed is RFC 8785 JSON without the payload, which enters as SHA-256(salt + payload). Values in effects
(what variables held) travel in the payload too: erasing it leaves the structure of what happened, and no personal data.
"""

import hashlib
import hmac
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import zstandard
from sqlalchemy import Connection, bindparam, insert, literal_column, select, update

from engine import segments
from engine.entry import Entry
from engine.errors import Tampered
from engine.keys import Keys
from engine.store import tables as t
from engine.store.prepared import Prepared

GENESIS = b"\0" * 32
VALUES = {"set": ("old", "new"), "job_opened": ("inputs", "local"), "task_opened": ("local",), "thrown": ("payload",)}
PLAIN = b"\0"  # the first byte of stored bytes says whether they are compressed: short ones only grow
PACKED = b"\1"
SHORT = 500  # beginning to compress costs more than so many bytes

_packers = threading.local()  # making a compressor costs more than a short compression; one serves one thread
_encode = msgspec.json.Encoder(order="sorted").encode
_decode = msgspec.json.Decoder().decode


@dataclass(frozen=True)
class Line:
    """A stored entry with its effects and hash. `erased` entries have no data and no values in their effects."""

    entry: Entry
    effects: list[dict[str, Any]]
    hash: bytes
    erased: bool = False


@dataclass(frozen=True)
class Stored:
    """A row of the journal, or of an export: `body` as it was hashed, `effects` and `payload` in their stored form."""

    instance: str
    seq: int
    body: bytes
    effects: bytes
    hash: bytes
    seal: bytes
    kid: str
    salt: bytes | None
    payload: bytes | None


def encode(value: Any) -> bytes:
    """Canonical bytes: keys sorted."""
    return _encode(value)


def ordered(data: Mapping[str, Any]) -> dict[str, Any]:
    """The data as it will be read again: `apply` must see keys in the same order now and when re-executed."""
    found: dict[str, Any] = _decode(_encode(data))
    return found


def pack(raw: bytes) -> bytes:
    """Stored form of bytes."""
    if len(raw) < SHORT:
        return PLAIN + raw
    if not hasattr(_packers, "own"):
        _packers.own = zstandard.ZstdCompressor(level=1)
    return PACKED + bytes(_packers.own.compress(raw))


def unpack(stored: bytes) -> bytes:
    """The bytes again; bodies of the first release lie as they were hashed."""
    if stored[:1] == PLAIN:
        return stored[1:]
    if stored[:1] == b"{":
        return stored
    if not hasattr(_packers, "opener"):
        _packers.opener = zstandard.ZstdDecompressor()
    return bytes(_packers.opener.decompress(stored[1:]))


def split(effects: Sequence[Mapping[str, Any]]) -> tuple[list[Mapping[str, Any]], dict[str, dict[str, Any]]]:
    """Structure of effects, and by their position the values that may be personal."""
    structure: list[Mapping[str, Any]] = []
    values: dict[str, dict[str, Any]] = {}
    for position, effect in enumerate(effects):
        names = VALUES.get(effect["type"])
        if names:
            values[str(position)] = {name: effect[name] for name in names if name in effect}
            effect = {name: value for name, value in effect.items() if name not in names}
        structure.append(effect)
    return structure, values


def compose(
    keys: Keys, previous: bytes, entry: Entry, effects: Sequence[Mapping[str, Any]], salt: bytes | None = None
) -> Stored:
    """The row of an entry, sealed. A given salt makes it again as it was."""
    structure, values = split(effects)
    payload = _encode({"data": entry.data, "values": values})
    shape = _encode(structure)
    salt = os.urandom(16) if salt is None else salt
    body = _encode(_head(entry, hashlib.sha256(salt + payload).hexdigest(), hashlib.sha256(shape).hexdigest()))
    digest = hashlib.sha256(previous + body).digest()
    seal = hmac.digest(keys.audit[keys.kid], digest, "sha256")
    return Stored(entry.instance, entry.seq, body, pack(shape), digest, seal, keys.kid, salt, pack(payload))


def _head(entry: Entry, payload: str, shape: str) -> dict[str, Any]:
    head = {name: value for name in Entry.__struct_fields__ if (value := getattr(entry, name)) is not None}
    head.pop("data")
    return {**head, "payload": payload, "effects": shape}


_insert_entry = Prepared(insert(t.entry))
_insert_payload = Prepared(insert(t.payload))


def append(connection: Connection, stored: Stored) -> None:
    """Insert the row; (instance, seq) is unique, so of two steps one fails with IntegrityError."""
    _insert_entry.run(
        connection,
        instance=stored.instance,
        seq=stored.seq,
        body=pack(stored.body),
        effects=stored.effects,
        hash=stored.hash,
        seal=stored.seal,
        kid=stored.kid,
    )
    _insert_payload.run(connection, instance=stored.instance, seq=stored.seq, salt=stored.salt, body=stored.payload)


_columns = (
    *(t.entry.c.instance, t.entry.c.seq, t.entry.c.body, t.entry.c.effects, t.entry.c.hash, t.entry.c.seal),
    *(t.entry.c.kid, t.payload.c.salt, t.payload.c.body),
)
_packed = Prepared(
    select(t.packed.c.first, t.packed.c.last, t.segment.c.body)
    .join_from(t.packed, t.segment, t.segment.c.id == t.packed.c.segment)
    .where(
        t.packed.c.instance == bindparam("wanted"),
        t.packed.c.last > bindparam("after"),
        t.packed.c.first <= bindparam("to"),
    )
    .order_by(t.packed.c.first)
)
_select = Prepared(
    select(*_columns)
    .join_from(t.entry, t.payload, (t.entry.c.instance == t.payload.c.instance) & (t.entry.c.seq == t.payload.c.seq))
    .where(
        t.entry.c.instance == bindparam("wanted"), t.entry.c.seq > bindparam("after"), t.entry.c.seq <= bindparam("to")
    )
    .order_by(t.entry.c.seq)
    .limit(bindparam("most"))
)
END = 2**31 - 1


def rows(connection: Connection, instance: str, after: int = 0, to: int = END, most: int = END) -> Iterator[Stored]:
    """The stored rows of an instance, in order: what is packed first, then what still lies by itself.

    Asked for in the other order: what is packed meanwhile is seen twice, and never missed."""
    loose = _select.rows(connection, wanted=instance, after=after, to=to, most=most)
    before = loose[0][1] if loose else END
    for first, _, text in _packed.rows(connection, wanted=instance, after=after, to=min(to, before - 1)):
        for stored in _unpacked(instance, first, text):
            if after < stored.seq <= to and stored.seq < before and most > 0:
                most -= 1
                yield stored
    for id, seq, body, *rest in loose[:most]:
        yield Stored(id, seq, _opened(body), *rest)


def _unpacked(instance: str, first: int, text: bytes) -> Iterator[Stored]:
    try:
        part = next(part for part in segments.opened(text) if (part.instance, part.first) == (instance, first))
    except (ValueError, StopIteration):
        # Somebody was here: `check` names the first entry of the stretch.
        yield Stored(instance, first, b"", PLAIN, b"", b"", "", None, None)
        return
    for seq, (body, effects, hash, seal, kid, salt, payload) in enumerate(part.rows, first):
        kept = None if payload is None else PLAIN + payload
        yield Stored(instance, seq, body, PLAIN + effects, hash, seal, kid, salt, kept)


def plain(stored: Stored) -> segments.Row:
    """The row opened, as a segment has it. Raises ZstdError where it cannot be."""
    payload = None if stored.payload is None else unpack(stored.payload)
    return stored.body, unpack(stored.effects), stored.hash, stored.seal, stored.kid, stored.salt, payload


def instances(connection: Connection) -> list[str]:
    """Every instance that has a journal, in order."""
    e, s = t.entry.c, t.packed.c
    first = select(e.instance).where(e.seq == literal_column("1"))
    either = first.union(select(s.instance).where(s.first == 1)).subquery()
    return list(connection.execute(select(either.c.instance).order_by(either.c.instance)).scalars())


def _opened(body: bytes) -> bytes:
    """The body as it was hashed. What cannot be opened goes on as it is: `check` names the entry."""
    try:
        return unpack(body)
    except zstandard.ZstdError:
        return body


def read(connection: Connection, instance: str, after: int = 0, to: int = END, most: int = END) -> list[Line]:
    """The entries of an instance after `after`, in order."""
    return [line(stored) for stored in rows(connection, instance, after, to, most)]


def shapes(
    connection: Connection, instance: str, after: int = 0
) -> Iterator[tuple[int, int, str, list[dict[str, Any]]]]:
    """Number, time, definition set and effects of the entries after `after`, without any values. Raises Tampered."""
    for stored in rows(connection, instance, after):
        try:
            head, effects = _decode(stored.body), _decode(unpack(stored.effects))
            yield stored.seq, head["at"], head["definition_set"], effects
        except (msgspec.DecodeError, zstandard.ZstdError, KeyError) as error:
            raise Tampered(instance=instance, seq=stored.seq, reason="无法读取") from error


class _Said(msgspec.Struct):
    """A payload without the values of its effects."""

    data: dict[str, Any]


_entry = msgspec.json.Decoder(Entry).decode
_said = msgspec.json.Decoder(_Said).decode


def told(stored: Stored) -> tuple[Entry, list[dict[str, Any]]]:
    """The entry in a row, and its effects without values: half of what `line` costs, for whoever reads all of them."""
    effects: list[dict[str, Any]] = _decode(unpack(stored.effects))
    entry = _entry(stored.body)
    if stored.payload is None:
        return entry, effects
    return msgspec.structs.replace(entry, data=_said(unpack(stored.payload)).data), effects


def line(stored: Stored) -> Line:
    """The entry in a row, with its effects put together again."""
    head = _decode(stored.body)
    del head["payload"], head["effects"]
    effects: list[dict[str, Any]] = _decode(unpack(stored.effects))
    if stored.payload is None:
        return Line(Entry(**head), effects, stored.hash, erased=True)
    payload = _decode(unpack(stored.payload))
    for position, values in payload["values"].items():
        effects[int(position)].update(values)
    return Line(Entry(**head, data=payload["data"]), effects, stored.hash)


def check(stored: Stored, previous: bytes, audit: Mapping[str, bytes]) -> None:
    """Hold one row against the chain and its seal. Raises Tampered."""

    def wrong(reason: str) -> Tampered:
        return Tampered(instance=stored.instance, seq=stored.seq, reason=reason)

    try:
        head = _decode(stored.body)
        shape = unpack(stored.effects)
        payload = unpack(stored.payload) if stored.payload is not None and stored.salt is not None else None
    except (msgspec.DecodeError, zstandard.ZstdError) as error:
        raise wrong("无法读取") from error
    if not isinstance(head, dict) or head.get("instance") != stored.instance or head.get("seq") != stored.seq:
        raise wrong("编号不符")
    if hashlib.sha256(previous + stored.body).digest() != stored.hash:
        raise wrong("散列链断开")
    if not sealed(stored, audit):
        raise wrong("封印不符")
    if hashlib.sha256(shape).hexdigest() != head.get("effects"):
        raise wrong("结果被改")
    if payload is not None and hashlib.sha256((stored.salt or b"") + payload).hexdigest() != head.get("payload"):
        raise wrong("内容被改")


def sealed(stored: Stored, audit: Mapping[str, bytes]) -> bool:
    """Whether one of these keys sealed the row."""
    key = audit.get(stored.kid)
    return key is not None and hmac.compare_digest(hmac.digest(key, stored.hash, "sha256"), stored.seal)


def erase(connection: Connection, instance: str, seq: int) -> None:
    """Remove the payload of an entry: the chain holds on by its digest. The caller writes the entry that says why."""
    mine = (t.payload.c.instance == instance) & (t.payload.c.seq == seq)
    if connection.execute(update(t.payload).where(mine).values(salt=None, body=None)).rowcount:
        return
    s, p = t.segment.c, t.packed.c
    place = select(p.segment).where(p.instance == instance, p.first <= seq, p.last >= seq)
    id = connection.execute(place).scalar_one()
    try:
        parts = segments.opened(connection.execute(select(s.body).where(s.id == id)).scalar_one())
    except ValueError as error:
        raise Tampered(instance=instance, seq=seq, reason="无法读取") from error
    erased = [
        part.without(seq) if part.instance == instance and part.first <= seq <= part.last else part for part in parts
    ]
    connection.execute(update(t.segment).where(s.id == id).values(body=segments.closed(erased)))
