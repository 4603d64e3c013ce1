"""What is deployed: definitions by key and version, each pinned to a set of files by the hash of its manifest."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, func, select

from bpmn.errors import NotFound
from bpmn.model import Element, File, Finding, Flow, Process
from bpmn.read import read
from engine.room import Room
from engine.spiff import Program, compile
from engine.store import tables as t
from engine.views import Definition, Version
from forms.model import Form
from forms.read import read as read_form


class UnknownDefinition(NotFound):
    """没有流程定义“{key}”。"""


@dataclass(frozen=True)
class Manifest:
    """What a definition set holds: (file name, SHA-256) of each file, and in which file each process stands."""

    key: str
    files: tuple[tuple[str, str], ...]
    processes: dict[str, str]

    def text(self) -> bytes:
        """Its canonical bytes."""
        return msgspec.json.encode(self, order="sorted")

    def hash(self) -> str:
        """The name of the set."""
        return hashlib.sha256(self.text()).hexdigest()

    def of(self, name: str) -> str | None:
        """The hash of a file in the set, or None."""
        return dict(self.files).get(name)


@dataclass(frozen=True)
class Pinned:
    """A definition set, loaded: its files and the program that they compile to."""

    manifest: Manifest
    files: dict[str, bytes]
    program: Program
    processes: tuple[Process, ...]


def manifest_of(text: str | bytes) -> Manifest:
    """The manifest in its stored text."""
    return msgspec.json.decode(text, type=Manifest)


def pinned(room: Room, connection: Connection, set_hash: str) -> Pinned:
    """The set of that hash, compiled once per process."""
    found: Pinned | None = room.sets.get(set_hash)
    if found is None:
        row = connection.execute(
            select(t.definition_set.c.manifest).where(t.definition_set.c.hash == set_hash)
        ).scalar_one()
        manifest = manifest_of(row)
        found = load(manifest, contents(connection, (sha for _, sha in manifest.files)))
        room.sets.put(set_hash, found)
    return found


def contents(connection: Connection, hashes: Iterable[str]) -> dict[str, bytes]:
    """File contents by their hash."""
    wanted = set(hashes)
    rows = connection.execute(select(t.file.c.sha256, t.file.c.content).where(t.file.c.sha256.in_(wanted)))
    return {sha: bytes(content) for sha, content in rows}


def load(manifest: Manifest, stored: dict[str, bytes]) -> Pinned:
    """A set from its manifest and files. Raises ProgramRefused."""
    files = {name: stored[sha] for name, sha in manifest.files}
    diagrams = [File(name, content) for name, content in files.items() if name.endswith((".bpmn", ".dmn"))]
    processes = [
        process
        for file in diagrams
        if file.name.endswith(".bpmn")
        for process in read(file)
        if process.key in manifest.processes
    ]
    processes.sort(key=lambda process: (process.key != manifest.key, process.key))
    return Pinned(manifest, files, compile(diagrams, manifest.key), tuple(processes))


_joined = (
    t.definition.c.id,
    t.definition.c.key,
    t.definition.c.version,
    t.definition.c.name,
    t.definition.c.version_tag,
    t.definition.c.set_hash,
)
_by_id = select(*_joined).where(t.definition.c.id == bindparam("wanted"))


def by_id(room: Room, connection: Connection, id: str) -> Definition:
    """The definition of that id."""
    found: Definition | None = room.definitions.get(id)
    if found is None:
        row = connection.execute(_by_id, {"wanted": id}).one()
        found = view(room, connection, row)
        room.definitions.put(id, found)
    return found


def by_key(room: Room, connection: Connection, key: str, version: int | None = None) -> Definition:
    """The newest definition of that key, or the version asked for. Raises UnknownDefinition."""
    query = select(t.definition.c.id).where(t.definition.c.key == key)
    if version is not None:
        query = query.where(t.definition.c.version == version)
    id = connection.execute(query.order_by(t.definition.c.version.desc()).limit(1)).scalar()
    if id is None:
        raise UnknownDefinition(key=key)
    return by_id(room, connection, id)


def versions(connection: Connection, key: str) -> list[Version]:
    """Every version of a definition, the newest first. Raises UnknownDefinition."""
    d, made = t.definition.c, t.deployment.c
    query = select(d.id, d.version, d.version_tag, made.at, made.actor).join(t.deployment, made.id == d.deployment)
    rows = connection.execute(query.where(d.key == key).order_by(d.version.desc())).mappings()
    found = [Version(**row) for row in rows]
    if not found:
        raise UnknownDefinition(key=key)
    return found


def of_set(room: Room, connection: Connection, now: Definition, set_hash: str) -> Definition:
    """The version on which an entry of that set was written; `now`: what its instance runs on, perhaps migrated."""
    if set_hash == now.set_hash:
        return now
    d = t.definition.c
    query = select(d.id).where(d.key == now.key, d.set_hash == set_hash).order_by(d.version.desc()).limit(1)
    id = connection.execute(query).scalar()
    return now if id is None else by_id(room, connection, id)


def newest(connection: Connection) -> list[Any]:
    """The newest row of each key, by key."""
    last = select(t.definition.c.key, func.max(t.definition.c.version).label("version")).group_by(t.definition.c.key)
    latest = last.subquery()
    query = select(*_joined).join(
        latest, (latest.c.key == t.definition.c.key) & (latest.c.version == t.definition.c.version)
    )
    return list(connection.execute(query.order_by(t.definition.c.key)))


def begun_by(room: Room, connection: Connection, event: str, name: str) -> list[tuple[Definition, str]]:
    """The newest definitions that a message or signal of that name begins, each with the element it begins at."""
    found = []
    for row in newest(connection):
        definition = by_id(room, connection, row.id)
        element = next((id for id, kind, told in _beginnings(definition) if (kind, told) == (event, name)), None)
        if element is not None:
            found.append((definition, element))
    return found


def _beginnings(definition: Definition) -> Iterator[tuple[str, str, str | None]]:
    """The elements that the outside may begin an instance at, with what they wait for."""
    own = [e for e in definition.elements if e.process == definition.key and e.parent is None]
    gateways = {e.id for e in own if e.type == "eventBasedGateway" and e.instantiates}
    raced = {flow.target for flow in definition.flows if flow.source in gateways}
    for element in own:
        if element.type == "receiveTask" and (element.id in raced or (element.instantiates and not element.incoming)):
            yield element.id, "message", element.event_value
        elif element.type == "startEvent" or element.id in raced:
            yield from ((element.id, trigger.event, trigger.value) for trigger in element.triggers)


def findings(connection: Connection, definition: Definition) -> list[Finding]:
    """What was found in the files of a definition when it was deployed: warnings, for errors refuse."""
    own = {file.name for file in definition.files}
    kept = _deployment(connection, definition)["findings"]
    return [one for one in msgspec.convert(kept, list[Finding]) if one.file in own]


def _deployment(connection: Connection, definition: Definition) -> dict[str, Any]:
    """What is kept of the deployment that made a definition."""
    query = select(t.deployment.c.findings).join(t.definition, t.definition.c.deployment == t.deployment.c.id)
    kept = connection.execute(query.where(t.definition.c.id == definition.id)).scalar_one()
    return dict(msgspec.json.decode(kept))


def drawn(room: Room, connection: Connection, definition: Definition) -> dict[str, str]:
    """The files of a version by name, each by the hash of what was deployed: diagrams as they were drawn, and as they
    are executed where a store from before kept nothing else."""
    as_drawn = _deployment(connection, definition).get("drawn", {})
    manifest = pinned(room, connection, definition.set_hash).manifest
    return {name: as_drawn.get(sha, sha) for name, sha in manifest.files}


def drawing(room: Room, connection: Connection, definition: Definition, process: str) -> File:
    """The diagram of a process, or of a stage that it calls, as it was deployed. Raises NotFound."""
    name = definition.processes.get(process)
    if name is None:
        raise NotFound()
    sha = drawn(room, connection, definition)[name]
    return File(name, contents(connection, [sha])[sha])


def view(room: Room, connection: Connection, row: Any) -> Definition:
    """A definition for pages and programs."""
    held = pinned(room, connection, row.set_hash)
    elements: list[Element] = [element for process in held.processes for element in process.elements]
    flows: list[Flow] = [flow for process in held.processes for flow in process.flows]
    return Definition(
        row.id,
        row.key,
        row.version,
        row.name,
        row.version_tag,
        row.set_hash,
        elements,
        flows,
        held.processes[0].start_form,
        tuple(File(name, content) for name, content in held.files.items()),
        tuple(process.key for process in held.processes[1:]),
        held.manifest.processes,
        {process.key: process.name for process in held.processes},
    )


def form(room: Room, connection: Connection, set_hash: str, key: str) -> tuple[Form, str]:
    """The form that the set pins under that key, and its hash."""
    held = pinned(room, connection, set_hash)
    sha = held.manifest.of(f"{key}.form")
    if sha is None:
        raise NotFound()
    found: Form | None = room.forms.get(sha)
    if found is None:
        found = read_form(held.files[f"{key}.form"])
        room.forms.put(sha, found)
    return found, sha
