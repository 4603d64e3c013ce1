"""The audit log: logins, roles, reads, downloads, exports, what the console did. Never changed, chained like journals.

Each process writes a chain of its own, so that web processes do not wait for each other. What is written says who did
what to which subject; the interventions in an instance stand in its journal and are only listed beside it.
"""

import hashlib
import hmac
import uuid
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, insert, literal_column, select, update

from engine.actor import Actor
from engine.journal import GENESIS, encode
from engine.keys import Keys
from engine.store import tables as t
from engine.store import turns
from engine.store.prepared import Prepared

ADOPTED = "admin-log"
"""The chain of what administrators did before there was an audit log; a migration made it."""
PREFIX = "audit:"
"""Stands before a chain's id where instances are named too: in anchors and in what verification found."""
LONGEST = 2000
"""Characters of one text in `data`."""
a = t.audit.c


@dataclass(frozen=True)
class Deed:
    """What somebody did, when (microseconds), to which subject (a document's, task's, user's ... id) of which instance.

    `data` says more, by name; nothing that was filled in stands in it."""

    at: int
    actor: Actor
    action: str
    subject: str | None = None
    instance: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Stored:
    """A row of the audit log, or of an export: `body` as it was hashed, the columns by which it is found."""

    chain: str
    seq: int
    at: int
    actor: str
    action: str
    subject: str | None
    instance: str | None
    body: str
    hash: bytes
    seal: bytes
    kid: str


_last = Prepared(select(a.seq, a.hash).where(a.chain == bindparam("wanted")).order_by(a.seq.desc()).limit(1))
_insert = Prepared(insert(t.audit))


def new_chain() -> str:
    """The id of a process's chain."""
    return str(uuid.uuid4())


def write(connection: Connection, keys: Keys, chain: str, deeds: Sequence[Deed]) -> None:
    """Add deeds to a chain, as the last statements of a transaction: on PostgreSQL it has the chain until its end."""
    turns.alone(connection, PREFIX + chain)
    last, hash = _last.first(connection, wanted=chain) or (0, GENESIS)
    rows = []
    for seq, deed in enumerate(deeds, last + 1):
        row = compose(keys, chain, seq, bytes(hash), deed)
        hash = row.hash
        rows.append({name: getattr(row, name) for name in Stored.__dataclass_fields__})
    _insert.many(connection, rows)


def compose(keys: Keys, chain: str, seq: int, previous: bytes, deed: Deed) -> Stored:
    """The row of a deed, sealed."""
    who = deed.actor
    found = {"actor": who.user[:80], "action": deed.action, "subject": deed.subject, "instance": deed.instance}
    if deed.subject is not None:
        found["subject"] = deed.subject[:200]
    data = {name: value[:LONGEST] if isinstance(value, str) else value for name, value in deed.data.items()}
    told = {"chain": chain, "seq": seq, "at": deed.at, "channel": who.channel, "address": who.address, **found}
    body = encode({**{name: value for name, value in told.items() if value is not None}, "data": data})
    digest = hashlib.sha256(previous + body).digest()
    seal = hmac.digest(keys.audit[keys.kid], digest, "sha256")
    return Stored(chain, seq, deed.at, **found, body=body.decode(), hash=digest, seal=seal, kid=keys.kid)  # type: ignore[arg-type]  # actor and action are never None


def adopt(connection: Connection, keys: Keys) -> None:
    """Seal what a migration took over from the log of administrators: it chains the rows and knows no key."""
    rows = connection.execute(select(a.seq, a.hash).where(a.chain == ADOPTED, a.kid == "")).all()
    for seq, hash in rows:
        seal = hmac.digest(keys.audit[keys.kid], bytes(hash), "sha256")
        mine = (a.chain == ADOPTED) & (a.seq == seq)
        connection.execute(update(t.audit).where(mine).values(seal=seal, kid=keys.kid))


def chains(connection: Connection) -> list[str]:
    """Every chain, in order."""
    return list(connection.execute(select(a.chain).where(a.seq == literal_column("1")).order_by(a.chain)).scalars())


def heads(connection: Connection) -> dict[str, tuple[int, str]]:
    """The last entry of each chain, its number and its hash in hex, by the name under which anchors know the chain."""
    found = {}
    for chain in chains(connection):
        last = _last.first(connection, wanted=chain)
        if last is not None:
            found[PREFIX + chain] = (last[0], bytes(last[1]).hex())
    return found


def rows(connection: Connection, chain: str) -> Iterator[Stored]:
    """The rows of a chain, in order."""
    query = select(t.audit).where(a.chain == chain).order_by(a.seq).execution_options(yield_per=500)
    for row in connection.execute(query).mappings():
        yield Stored(**{**row, "hash": bytes(row["hash"]), "seal": bytes(row["seal"])})


@dataclass
class Examined:
    """How many entries were looked at, hashes in hex by chain and number, and what is wrong: where, which, why."""

    count: int = 0
    hashes: dict[str, dict[int, str]] = field(default_factory=dict)
    faults: list[tuple[str, int, str]] = field(default_factory=list)


def examine(rows: Iterable[Stored], audit: Mapping[str, bytes], named: Container[tuple[str, int]]) -> Examined:
    """Check chains, their rows in order; of the hashes those are kept that are `named`, and the last of each."""
    found, broken = Examined(), set[str]()
    last, seq, previous = "", 0, GENESIS
    for row in rows:
        found.count += 1
        name = PREFIX + row.chain
        if name in broken:
            continue
        if name != last:
            last, seq, previous = name, 0, GENESIS
        fault = wrong(row, seq + 1, previous, audit)
        if fault is not None:
            found.faults.append((name, seq + 1, fault))
            broken.add(name)
            continue
        hashes = found.hashes.setdefault(name, {})
        if seq and (name, seq) not in named:
            hashes.pop(seq, None)
        seq, previous = row.seq, row.hash
        hashes[seq] = previous.hex()
    return found


def wrong(row: Stored, expected: int, previous: bytes, audit: Mapping[str, bytes]) -> str | None:
    """What is wrong with a row that should be the next of its chain, or None."""
    if row.seq != expected:
        return "缺少这一条"
    try:
        told = msgspec.json.decode(row.body)
    except msgspec.DecodeError:
        return "正文读不了"
    names = ("chain", "seq", "at", "actor", "action", "subject", "instance")
    if not isinstance(told, dict) or any(told.get(name) != getattr(row, name) for name in names):
        return "各栏与正文不符"
    if hashlib.sha256(previous + row.body.encode()).digest() != row.hash:
        return "与上一条接不上"
    key = audit.get(row.kid)
    if key is None or not hmac.compare_digest(hmac.digest(key, row.hash, "sha256"), row.seal):
        return "封印不符"
    return None
