"""What an evidence pack of a project is made of: journals up to an anchor, their proofs, files, people, versions.

Nothing here is written or drawn; whoever makes the pack does that. What no anchor covers yet is covered first.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from bpmn.errors import NotFound
from engine import anchors, auditing, files, journal, papers, people, roles
from engine.actor import Actor
from engine.definitions import by_id, of_set
from engine.errors import NeedsRole
from engine.instances import find
from engine.passages import Passage, Trail
from engine.room import Room
from engine.store import tables as t
from engine.views import Attachment, Definition, Document

READERS = frozenset({"auditor", "admin", "project_supervisor"})
LEADING = frozenset({"project_manager"})
"""Who may take a project's evidence away: who reads everything, and who leads the project."""
i = t.instance.c


@dataclass(frozen=True)
class Step:
    """One entry, readable: on which version of the definition, in which element, what it said and what came of it."""

    seq: int
    at: int
    kind: str
    actor: str
    on_behalf_of: str | None
    channel: str
    address: str | None
    element: str | None
    element_name: str
    clause: str | None
    form: str | None
    version: int
    data: Mapping[str, Any]
    effects: Sequence[Mapping[str, Any]]
    hash: str
    erased: bool
    why_erased: str


@dataclass(frozen=True)
class Proof:
    """The way from the end of a chain to the root of the tree below an anchor."""

    seq: int
    hash: str
    way: list[tuple[str, str]]


@dataclass(frozen=True)
class Chain:
    """One instance: the project itself, or one that is linked to it."""

    id: str
    parent: str | None
    title: str
    status: str
    definitions: list[Definition]
    """The versions it ran on, the newest last."""
    rows: list[journal.Stored]
    steps: list[Step]
    passages: list[Passage]
    documents: list[tuple[Document, Path | None]]
    attachments: list[tuple[Attachment, Path | None]]
    """Files, each with where it lies; None where it is not there any more."""
    proof: Proof


@dataclass(frozen=True)
class Person:
    """Somebody who acted in the project or is named in it, and the roles they have there."""

    name: str
    display_name: str
    roles: list[str]


@dataclass(frozen=True)
class Evidence:
    """Everything that goes into a pack, as of the anchor."""

    chains: list[Chain]
    people: list[Person]
    anchor: anchors.Anchor
    by: str


def gather(room: Room, actor: Actor, id: str) -> Evidence:
    """The evidence of an instance and of what is linked to it. Raises NotFound, NotVisible, NeedsRole."""
    with room.database.read() as connection:
        _let_in(connection, actor, find(connection, actor, id)["root"])
        ends = {row["id"]: row["head_seq"] for row in _family(connection, id)}
    if any(anchors.covered(room.settings).get(one, (0, ""))[0] < seq for one, seq in ends.items()):
        anchors.anchor(room)
    anchor = anchors.listed(room.settings)[-1]
    heads = anchors.covered(room.settings, anchor.number)
    order = sorted(heads)
    leaves = [anchors.leaf(instance, *heads[instance]) for instance in order]
    auditing.now(room, actor, "evidence", id, id, anchor=anchor.number, root=anchor.root)
    with room.database.read() as connection:
        chains = []
        for row in _family(connection, id):
            if row["id"] in heads:
                seq, hash = heads[row["id"]]
                proof = Proof(seq, hash, anchors.proof(leaves, order.index(row["id"])))
                chains.append(_chain(room, connection, row, proof))
        root = find(connection, actor, id)["root"]
        return Evidence(
            chains, _people(connection, root, chains), anchor, people.names(connection, {actor.user})[actor.user]
        )


def noted(room: Room, actor: Actor, id: str, manifest: str) -> None:
    """Write down the hash of the manifest of a pack that was made, so that it can be told from another."""
    auditing.now(room, actor, "evidence_made", id, id, manifest=manifest)


def may_take(room: Room, actor: Actor, id: str) -> bool:
    """Whether this person may take the evidence of an instance that they see."""
    with room.database.read() as connection:
        try:
            _let_in(connection, actor, find(connection, actor, id)["root"])
        except NeedsRole:
            return False
        return True


def _let_in(connection: Connection, actor: Actor, root: str) -> None:
    if LEADING & roles.held(connection, root, actor.user):
        return
    people.require(connection, actor, *sorted(READERS))


def _family(connection: Connection, id: str) -> list[dict[str, Any]]:
    """The instance and all below it, the oldest first."""
    rows = connection.execute(
        select(i.id, i.parent, i.title, i.status, i.definition, i.root, i.head_seq)
        .where(i.root == select(i.root).where(i.id == id).scalar_subquery())
        .order_by(i.created_at, i.id)
    ).mappings()
    found: list[dict[str, Any]] = []
    for row in rows:
        if row["id"] == id or row["parent"] in {one["id"] for one in found}:
            found.append(dict(row))
    return found


def _chain(room: Room, connection: Connection, row: Mapping[str, Any], proof: Proof) -> Chain:
    now = by_id(room, connection, row["definition"])
    rows = list(journal.rows(connection, row["id"], to=proof.seq))
    lines = [journal.line(stored) for stored in rows]
    sets = dict.fromkeys(line.entry.definition_set for line in lines)
    known = {hash: of_set(room, connection, now, hash) for hash in sets}
    trail = Trail()
    for line in lines:
        trail.follow(line.entry.seq, line.entry.at, line.entry.definition_set, line.effects)
    last = lines[-1].entry.at if lines else 0
    return Chain(
        *(row["id"], row["parent"], row["title"], row["status"]),
        list({one.id: one for one in known.values()}.values()),
        rows,
        list(_steps(known, lines)),
        list(trail.passages()),
        [(one, _lies(room, one.sha256)) for one in papers.of(connection, row["id"]) if one.created_at <= last],
        [(one, _lies(room, one.sha256)) for one in papers.attached(connection, row["id"]) if one.at <= last],
        proof,
    )


def _steps(known: Mapping[str, Definition], lines: Sequence[journal.Line]) -> Iterator[Step]:
    erasures = {line.entry.data.get("seq"): line.entry.data for line in lines if line.entry.kind == "erased"}
    for line in lines:
        entry, definition = line.entry, known[line.entry.definition_set]
        element = definition.element(entry.element or "")
        why = str(erasures.get(entry.seq, {}).get("reason", "")) if line.erased else ""
        yield Step(
            *(entry.seq, entry.at, entry.kind, entry.actor, entry.on_behalf_of, entry.channel, entry.address),
            entry.element,
            element.name if element else "",
            element.clause if element else None,
            element.form if element else None,
            definition.version,
            entry.data,
            line.effects,
            line.hash.hex(),
            line.erased,
            why,
        )


def _lies(room: Room, sha256: str) -> Path | None:
    try:
        return files.path(room.settings, sha256)
    except NotFound:
        return None


def _people(connection: Connection, root: str, chains: Sequence[Chain]) -> list[Person]:
    seats = roles.team(connection, root)
    acted = {step.actor for chain in chains for step in chain.steps}
    named = {user for users in seats.values() for user in users}
    names = people.names(connection, acted | named)
    return [
        Person(user, names[user], sorted(role for role, users in seats.items() if user in users))
        for user in sorted(acted | named)
    ]


def lines(chain: Chain) -> Iterator[bytes]:
    """The journal as JSON lines: every text exactly as it was hashed, in ASCII, so that no editor changes it."""
    for row in chain.rows:
        told = {
            "seq": row.seq,
            "body": _text(row.body),
            "effects": _text(journal.unpack(row.effects)),
            "payload": None if row.payload is None else _text(journal.unpack(row.payload)),
            "salt": None if row.salt is None else row.salt.hex(),
            "hash": row.hash.hex(),
            "seal": row.seal.hex(),
            "kid": row.kid,
        }
        yield ascii_json(told) + b"\n"


def _text(stored: bytes) -> str:
    return stored.decode("utf-8", "surrogateescape")


def ascii_json(value: Any) -> bytes:
    """JSON in ASCII, keys in order."""
    return json.dumps(value, ensure_ascii=True, sort_keys=True).encode("ascii")


def anchor_file(evidence: Evidence) -> bytes:
    """The anchor and the way from each chain to its root."""
    proofs = {one.id: {"seq": one.proof.seq, "hash": one.proof.hash, "way": one.proof.way} for one in evidence.chains}
    told = {name: getattr(evidence.anchor, name) for name in ("number", "at", "root", "previous")}
    return json.dumps({**told, "proofs": proofs}, indent=1, sort_keys=True).encode()
