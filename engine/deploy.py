"""Deploying: check, normalise, pin what belongs together, and store it for good."""

import hashlib
import uuid
from collections.abc import Container, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Any

import msgspec
from sqlalchemy import Connection, func, insert, select

from bpmn import dmn
from bpmn.check import SECONDS, at_a_glance
from bpmn.errors import GuichengError
from bpmn.feel import FeelSpent
from bpmn.model import File, Finding, Kind, Known, Process
from bpmn.normalise import normalise
from bpmn.procedure import KIND as PROCEDURE
from bpmn.read import read
from bpmn.roles import ROLES
from bpmn.sentence import of
from engine import auditing, idempotency, schedule
from engine.actor import Actor
from engine.contract import results_of
from engine.definitions import Manifest, Pinned, load, manifest_of, newest
from engine.errors import DeploymentRefused
from engine.room import Room
from engine.spiff import ProgramRefused
from engine.step import Work, run
from engine.store import tables as t
from engine.store import turns
from engine.surroundings import checked
from engine.views import DeployedDefinition, Deployment
from forms import library
from forms.check import check as check_forms
from forms.kinds import kinds
from forms.read import read as read_form
from forms.word.deployed import check_templates

KEPT = (".dmn", ".form", ".docx", PROCEDURE)


@dataclass(frozen=True)
class Named:
    """What a deployment is called, where it comes from, and the hashes of its files as they were sent, by name."""

    name: str | None
    source: str | None
    given: Mapping[str, str]


@dataclass
class Ready:
    """What was read and compiled before the transaction, by hash: a large file takes seconds, and inside of the
    transaction everybody who writes would wait for it."""

    normalised: dict[str, bytes] = field(default_factory=dict)
    processes: dict[str, list[Process]] = field(default_factory=dict)
    loaded: dict[str, Pinned] = field(default_factory=dict)

    def normalise(self, file: File) -> File:
        """The file as it is stored. Raises Unreadable."""
        sha = hashlib.sha256(file.content).hexdigest()
        if sha not in self.normalised:
            self.normalised[sha] = normalise(file.content)
        return File(file.name, self.normalised[sha])

    def read(self, file: File, sha: str) -> list[Process]:
        """Its processes."""
        if sha not in self.processes:
            self.processes[sha] = read(file)
        return self.processes[sha]

    def load(self, manifest: Manifest, stored: dict[str, bytes]) -> Pinned:
        """The set, compiled. Raises ProgramRefused."""
        hash = manifest.hash()
        if hash not in self.loaded:
            self.loaded[hash] = load(manifest, stored)
        return self.loaded[hash]


@dataclass
class Stock:
    """What there is to pin: process key -> its file; decision -> its file; files by name; the contents by hash.

    `drawn`: the hash of a diagram as it is executed -> of the file that it came of, as that was deployed last."""

    ready: Ready
    processes: dict[str, Process] = field(default_factory=dict)
    homes: dict[str, str] = field(default_factory=dict)
    decisions: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    stored: dict[str, bytes] = field(default_factory=dict)
    drawn: dict[str, str] = field(default_factory=dict)

    def add(self, file: File) -> str:
        """Keep a file; answers its hash."""
        sha = hashlib.sha256(file.content).hexdigest()
        self.stored[sha] = file.content
        self.files[file.name] = sha
        if file.name.endswith(".dmn"):
            self.decisions |= dict.fromkeys(dmn.read(file), file.name)
        return sha

    def draw(self, file: File, executed: File) -> None:
        """Know of a diagram as it is executed as which file it was deployed."""
        sha = hashlib.sha256(file.content).hexdigest()
        self.stored[sha] = file.content
        self.drawn[hashlib.sha256(executed.content).hexdigest()] = sha


def deploy(
    room: Room,
    actor: Actor,
    files: Sequence[File],
    idempotency_key: str | None = None,
    named: Named | None = None,
) -> Deployment:
    """Store what the files define, nothing when one finding is an error.

    Raises DeploymentRefused, and IdempotencyMismatch where the key came with other files before."""
    body = idempotency.digest("deploy", [[file.name, hashlib.sha256(file.content).hexdigest()] for file in files])

    def answered(work: Work) -> Deployment | None:
        before = idempotency.answered(work, actor.user, idempotency_key, body)
        return None if before is None else msgspec.convert(before, Deployment)

    # All that takes time is done before the transaction and without holding a connection.
    ready = Ready()
    with room.database.read() as connection:
        before = answered(Work(room, connection, room.clock.now()))
        if before is not None:
            return before
        rows = newest(connection)
        stock = _stock(connection, rows, ready)
    keys = {row.key for row in rows}
    findings = _findings(room, files, keys, stock)
    if any(finding.severity == "error" for finding in findings):
        raise DeploymentRefused(findings)
    _pin(stock, files, keys)

    def case(work: Work) -> Deployment:
        # A new diagram pins the newest of the others: of two deployments at once one would pin what the other replaces.
        turns.alone(work.connection, "deploy")
        before = answered(work)
        if before is not None:
            return before
        made = _publish(work, actor, files, findings, named, ready)
        idempotency.keep(work, actor.user, idempotency_key, body, asdict(made))
        return made

    return run(room, case)


def draft(room: Room, files: Sequence[File]) -> tuple[list[Finding], list[Pinned]]:
    """What would be found, and what would be executed, if the files were deployed now. Stores nothing."""
    with room.database.read() as connection:
        rows = newest(connection)
        stock = _stock(connection, rows, Ready())
    findings = _findings(room, files, {row.key for row in rows}, stock)
    if any(finding.severity == "error" for finding in findings):
        return findings, []
    try:
        manifests = _manifests(stock, _take(stock, files))
    except DeploymentRefused as refused:
        return [*findings, *refused.findings], []
    return findings, [stock.ready.load(manifest, stock.stored) for manifest in manifests]


def in_force(room: Room, files: Sequence[File]) -> bool:
    """Whether the files are those that are in force: deploying them would change nothing."""
    with room.database.read() as connection:
        stock = _stock(connection, newest(connection), Ready())
    before = dict(stock.homes), dict(stock.files)
    _take(stock, files)
    return (stock.homes, stock.files) == before


def keep(connection: Connection, contents: Mapping[str, bytes]) -> None:
    """Store contents under their hashes; what is there stays."""
    _store(connection, t.file.c.sha256, [{"sha256": sha, "content": content} for sha, content in contents.items()])


def named(connection: Connection) -> set[str]:
    """The hashes of all contents that a definition or a deployment names."""
    texts = connection.execute(select(t.definition_set.c.manifest)).scalars()
    found = {sha for text in texts for _, sha in manifest_of(text).files}
    given = [msgspec.json.decode(text) for text in connection.execute(select(t.deployment.c.findings)).scalars()]
    return found | {sha for one in given for kept in ("files", "drawn") for sha in one.get(kept, {}).values()}


def last(connection: Connection) -> int:
    """When something was deployed last (us): until then the same files are found to be the same."""
    return connection.execute(select(func.max(t.deployment.c.at))).scalar() or 0


def offered(room: Room, files: Sequence[File]) -> Stock:
    """What diagrams among these files may name: all that is deployed, and what the files define that can be read."""
    with room.database.read() as connection:
        stock = _stock(connection, newest(connection), Ready())
    for file in files:
        with suppress(GuichengError):
            _take(stock, [file])
    return stock


def _pin(
    stock: Stock, files: Sequence[File], latest: Iterable[str]
) -> tuple[list[str], dict[str, str], list[Manifest]]:
    """The keys that these files define, the files that are kept beside the diagrams, and what is to be pinned anew.
    Raises DeploymentRefused."""
    own = _take(stock, files)
    given = {hashlib.sha256(file.content).hexdigest() for file in files}
    kept = {name: sha for name, sha in stock.files.items() if sha in given and name.endswith(KEPT)}
    return own, kept, _manifests(stock, [*own, *_touched(stock, own, kept, latest)])


def _publish(
    work: Work, actor: Actor, files: Sequence[File], findings: list[Finding], named: Named | None, ready: Ready
) -> Deployment:
    connection = work.connection
    rows = newest(connection)
    stock, latest = _stock(connection, rows, ready), {row.key: row for row in rows}
    own, kept, manifests = _pin(stock, files, latest)
    id = str(uuid.uuid4())
    executed = {sha for manifest in manifests for _, sha in manifest.files}
    drawn = {sha: file for sha, file in stock.drawn.items() if sha in executed}
    record = {"findings": [asdict(finding) for finding in findings], "files": kept, "drawn": drawn}
    record |= asdict(named) if named else {}
    row = {"id": id, "at": work.now, "actor": actor.user, "findings": _text(record)}
    connection.execute(insert(t.deployment), row)
    # Kept though no process may use them yet: a later deployment's diagrams may. Of diagrams also what was drawn.
    keep(connection, {sha: stock.stored[sha] for sha in (*kept.values(), *drawn.values()) if sha in stock.stored})
    made = [_define(connection, stock, manifest, latest.get(manifest.key), id) for manifest in manifests]
    for one in made:
        schedule.renew(work, one, stock.processes[one.key], latest.get(one.key), one.key in own)
    versions = {one.key: one.version for one in made}
    auditing.note(connection, work.room, actor, "deploy", id, versions=versions, files=[file.name for file in files])
    return Deployment(id, made, findings)


def _findings(room: Room, files: Sequence[File], processes: set[str], stock: Stock) -> list[Finding]:
    found = list(at_a_glance(files))
    if not files:
        found.append(Finding.of("error", "no-file", "", None, None, "没有文件"))
    if found:
        return found
    forms = [file for file in files if file.name.endswith(".form")]
    found += _forms(room, forms)
    found += check_templates(files)
    if any(finding.severity == "error" for finding in found):
        return found
    fields = _fields(stock, forms)
    known = Known(
        forms=fields.keys(),
        topics=frozenset(room.topics),
        roles=frozenset(role.key for role in ROLES),
        processes=frozenset(processes),
        decisions=frozenset(stock.decisions),
        fields=fields,
        results={topic: names for topic, handler in room.topics.items() if (names := results_of(handler)) is not None},
    )
    earlier = partial(_earlier, stock, known)
    found += checked(files, stock, partial(_used, stock), known, earlier, room.feel)
    if not any(finding.severity == "error" for finding in found):
        found += schedule.findings(room, files)
        found += [
            Finding.of("error", "empty", file.name, None, None, "文件中没有流程或决策")
            for file in files
            if _empty(file)
        ]
    return found


def _earlier(stock: Stock, known: Known) -> Known:
    """What a diagram could name before these forms came."""
    fields = _fields(stock, ())
    return replace(known, forms=fields.keys(), fields=fields)


def _forms(room: Room, forms: Sequence[File]) -> list[Finding]:
    try:
        with room.feel.within(SECONDS):
            return check_forms(forms, room.feel)
    except FeelSpent as spent:
        return [Finding.of("error", "too-slow", forms[0].name, None, None, spent.said)]


def _empty(file: File) -> bool:
    """Whether a file that parses defines nothing: whoever sent it meant another."""
    return file.name.endswith((".bpmn", ".dmn")) and not (dmn.read(file) if file.name.endswith(".dmn") else read(file))


def _fields(stock: Stock, files: Sequence[File]) -> dict[str, dict[str, Kind | None]]:
    """The fields of every form that a diagram may name, by form key: those deployed now go before earlier ones."""
    known = {name: stock.stored[sha] for name, sha in stock.files.items() if name.endswith(".form")}
    found = {name.removesuffix(".form"): kinds(read_form(content)) for name, content in known.items()}
    return found | {form.key: kinds(form) for form in (read_form(file.content) for file in files)}


def _stock(connection: Connection, rows: Sequence[Any], ready: Ready) -> Stock:
    """What earlier deployments left: the newest diagrams, and files that somebody deployed by hand."""
    stock = Stock(ready)
    for name, file in library.files().items():
        stock.add(File(f"{name}.form", file.content))
    for row in connection.execute(select(t.deployment.c.findings).order_by(t.deployment.c.at)):
        given = msgspec.json.decode(row.findings)
        stock.files |= {name: sha for name, sha in given["files"].items() if name.endswith(KEPT)}
        stock.drawn |= given.get("drawn", {})
    for row in rows:
        text = connection.execute(
            select(t.definition_set.c.manifest).where(t.definition_set.c.hash == row.set_hash)
        ).scalar_one()
        manifest = manifest_of(text)
        name = manifest.processes[row.key]
        sha = manifest.of(name) or ""
        content = connection.execute(select(t.file.c.content).where(t.file.c.sha256 == sha)).scalar_one()
        _processes(stock, File(name, bytes(content)), only=row.key)
    missing = set(stock.files.values()) - set(stock.stored)
    stored = {
        row.sha256: bytes(row.content) for row in connection.execute(select(t.file).where(t.file.c.sha256.in_(missing)))
    }
    for name, sha in list(stock.files.items()):
        if sha in stored:
            stock.add(File(name, stored[sha]))
    return stock


def _processes(stock: Stock, file: File, only: str | None = None) -> list[str]:
    sha = stock.add(file)
    keys = []
    for process in stock.ready.read(file, sha):
        if process.executable and only in (None, process.key):
            stock.processes[process.key] = process
            stock.homes[process.key] = f"{file.name}\0{sha}"
            keys.append(process.key)
    return keys


def _take(stock: Stock, files: Sequence[File]) -> list[str]:
    """Put the files of this deployment into the stock; answers the process keys that they define."""
    own: list[str] = []
    for file in files:
        if file.name.endswith(".bpmn"):
            try:
                executed = stock.ready.normalise(file)
                own += _processes(stock, executed)
                stock.draw(file, executed)
            except GuichengError as error:
                raise DeploymentRefused(
                    [Finding.of("error", "unreadable", file.name, None, None, of(error))]
                ) from error
        elif file.name.endswith(".form"):
            stock.add(File(f"{read_form(file.content).key}.form", file.content))
        else:
            stock.add(file)
    return own


def _called(stock: Stock, key: str) -> list[str]:
    """The process and all that it calls, itself first, in the order of the diagrams."""
    found, todo = [key], [key]
    while todo:
        for element in stock.processes[todo.pop(0)].elements:
            if element.called and element.called in stock.processes and element.called not in found:
                found.append(element.called)
                todo.append(element.called)
    return found


def _touched(stock: Stock, own: Sequence[str], kept: Container[str], latest: Iterable[str]) -> list[str]:
    """Processes deployed earlier that use a new stage, form or decision: pinned anew, or the change would never run."""
    found = []
    for key in latest:
        called = _called(stock, key)
        new = set(called) & set(own) or any(
            name in kept
            for name in (f"{key}{PROCEDURE}", *(one for part in called for one in _used(stock, stock.processes[part])))
        )
        if new and key not in own:
            found.append(key)
    return found


def _used(stock: Stock, process: Process) -> set[str]:
    """The names of the forms and decision files that a process uses."""
    forms = {process.start_form, *(element.form for element in process.elements)}
    decisions = {stock.decisions.get(element.decision or "") for element in process.elements}
    return {f"{form}.form" for form in forms if form} | {name for name in decisions if name}


def _manifests(stock: Stock, keys: Sequence[str]) -> list[Manifest]:
    made = []
    for key in keys:
        called = _called(stock, key)
        homes = {name: stock.homes[name].split("\0") for name in called}
        files = {name: sha for name, sha in homes.values()}
        for name in called:
            files |= {used: stock.files[used] for used in _used(stock, stock.processes[name])}
        files |= {name: sha for name, sha in stock.files.items() if name.endswith(".docx") or name == key + PROCEDURE}
        manifest = Manifest(key, tuple(sorted(files.items())), {name: home for name, (home, _) in homes.items()})
        try:
            stock.ready.load(manifest, stock.stored)
        except ProgramRefused as error:
            name = manifest.processes[key]
            finding = Finding.of("error", "not-executable", name, error.element, None, error.reason)
            raise DeploymentRefused([finding]) from error
        made.append(manifest)
    return made


def _define(
    connection: Connection, stock: Stock, manifest: Manifest, latest: Any | None, deployment: str
) -> DeployedDefinition:
    """Store a definition; one that is already there, byte for byte, is answered as it is."""
    process, hash = stock.processes[manifest.key], manifest.hash()
    name = process.name or process.key
    if latest is not None and latest.set_hash == hash:
        return DeployedDefinition(latest.id, latest.key, latest.version, latest.name)
    keep(connection, {sha: stock.stored[sha] for _, sha in manifest.files})
    _store(
        connection,
        t.definition_set.c.hash,
        [{"hash": hash, "key": manifest.key, "manifest": manifest.text().decode()}],
    )
    made = DeployedDefinition(str(uuid.uuid4()), manifest.key, latest.version + 1 if latest else 1, name)
    connection.execute(
        insert(t.definition),
        {**asdict(made), "version_tag": process.version_tag, "set_hash": hash, "deployment": deployment},
    )
    return made


def _store(connection: Connection, key: Any, rows: list[dict[str, Any]]) -> None:
    """Insert the rows whose key is not there yet: their content is named by their hash."""
    have = set(connection.execute(select(key).where(key.in_([row[key.name] for row in rows]))).scalars())
    new = {row[key.name]: row for row in rows if row[key.name] not in have}
    if new:
        connection.execute(insert(key.table), list(new.values()))


def _text(value: Any) -> str:
    return msgspec.json.encode(value).decode()
