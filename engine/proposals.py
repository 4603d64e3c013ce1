"""Proposals: sets of files prepared for the next version of a procedure, by several people, nobody's work lost."""

import hashlib
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, BinaryIO

from sqlalchemy import Connection, and_, delete, insert, or_, select, update

from bpmn.check import KINDS, NAME
from bpmn.errors import FieldError, Invalid, NotFound
from bpmn.model import File, Finding, Json
from bpmn.read import read
from bpmn.sentence import say
from engine import contents, definitions, deploy, errors, files, idempotency, paging, people, simulate
from engine.actor import Actor
from engine.clock import SECOND
from engine.room import Room
from engine.step import Work, run
from engine.store import tables as t
from engine.store import turns
from engine.views import Definition, Page, Proposal, ProposalFile, ProposalRow, Visit
from engine.vocabulary import Vocabulary, vocabulary
from forms.word import package
from forms.word.dates import minute
from forms.word.record import records

EDITORS = ("admin", "process_owner")
READERS = (*EDITORS, "auditor")
STATES = ("draft", "submitted", "issued", "withdrawn")
KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,99}")
MOST_FILES = 500
STAYS = 60 * SECOND
"""How long somebody who has a file open counts as there after the last sign."""
p, f, v = t.proposal.c, t.proposal_file.c, t.proposal_visit.c


def begin(
    room: Room,
    actor: Actor,
    key: str,
    title: str,
    empty: bool = False,
    idempotency_key: str | None = None,
    version: int | None = None,
) -> Proposal:
    """A new proposal for a procedure, with the files of its newest version, of the one named, or with none.

    Raises NeedsRole, Invalid, UnknownDefinition."""
    if not KEY.fullmatch(key):
        raise Invalid(errors=[FieldError("key", "应以字母开头，只含字母、数字、点、下划线和连字符，不超过 100 字")])
    title = title.strip()
    if not 0 < len(title) <= 200:
        raise Invalid(errors=[FieldError("title", "请填写标题，不超过 200 字")])
    body = idempotency.digest("begin proposal", key, title, empty, *([] if version is None else [version]))

    def case(work: Work) -> str:
        people.require(work.connection, actor, *EDITORS)
        if empty and version is not None:
            raise Invalid(errors=[FieldError("version", "从空白开始时不能再选版本")])
        before = idempotency.answered(work, actor.user, idempotency_key, body)
        if before is not None:
            return str(before)
        _take_turn(work.connection)
        base = None if empty else _of_version(room, work.connection, key, version)
        id = str(uuid.uuid4())
        times = {"created_at": work.now, "changed_at": work.now, "created_by": actor.user}
        row = {"id": id, "key": key, "base_version": base.version if base else None, "title": title, "state": "draft"}
        work.connection.execute(insert(t.proposal), {**row, **times})
        begun = _drawn(room, work.connection, base) if base else {}
        mine = {"proposal": id, "version": 1, "changed_by": actor.user, "changed_at": work.now}
        if begun:
            work.connection.execute(
                insert(t.proposal_file), [{**mine, "name": name, "sha256": sha} for name, sha in begun.items()]
            )
        idempotency.keep(work, actor.user, idempotency_key, body, id)
        return id

    return proposal(room, actor, run(room, case))


def _of_version(room: Room, connection: Connection, key: str, version: int | None) -> Definition:
    newest = definitions.by_key(room, connection, key)
    if version is None or version == newest.version:
        return newest
    if not 0 < version < newest.version:
        raise Invalid(errors=[FieldError("version", "这个规程没有这一版")])
    return definitions.by_key(room, connection, key, version)


def _take_turn(connection: Connection) -> None:
    """Writers of proposals one after another, and none while contents that nothing names are removed."""
    turns.alone(connection, "proposals")


def _drawn(room: Room, connection: Connection, base: Definition) -> dict[str, str]:
    """The files of a version by name, as they were deployed: all but the templates of records that its processes do
    not make."""
    made = {f"{key}.docx" for key in contents.made(definitions.pinned(room, connection, base.set_hash).processes)}
    files = definitions.drawn(room, connection, base)
    return {name: sha for name, sha in files.items() if not name.endswith(".docx") or name in made}


def listed(
    room: Room, actor: Actor, state: str | None = None, key: str | None = None, cursor: str = "", limit: int = 50
) -> Page[ProposalRow]:
    """Proposals, the last changed first. Raises NeedsRole."""
    limit, after = paging.limit_of(limit), paging.read(cursor, 2)
    with room.database.read() as connection:
        people.require(connection, actor, *READERS)
        query = select(t.proposal)
        if state is not None:
            query = query.where(p.state == state)
        if key is not None:
            query = query.where(p.key == key)
        if after:
            query = query.where(or_(p.changed_at < after[0], and_(p.changed_at == after[0], p.id < after[1])))
        query = query.order_by(p.changed_at.desc(), p.id.desc()).limit(limit + 1)
        rows = list(connection.execute(query).mappings())
        items, following = paging.cut(rows, limit, lambda row: (row["changed_at"], row["id"]))
        names = people.names(connection, {row["created_by"] for row in items})
        return Page([ProposalRow(**row, created_by_name=names[row["created_by"]]) for row in items], following)


def proposal(room: Room, actor: Actor, id: str) -> Proposal:
    """One proposal with its files. Raises NeedsRole, NotFound."""
    with room.database.read() as connection:
        people.require(connection, actor, *READERS)
        row = _find(connection, id)
        base = _base(room, connection, row)
        rows = list(connection.execute(select(t.proposal_file).where(f.proposal == id, f.sha256.is_not(None))))
        rows.sort(key=lambda one: str(one.name))
        names = people.names(connection, {row["created_by"], *(one.changed_by for one in rows)})
        known = _about(room, connection, rows)
        found = [replace(_file_view(one, names, base), title=known[one.name].title) for one in rows]
        removed = sorted(set(base) - {file.name for file in found})
        made = sorted({key for one in known.values() for key in one.records})
        templates = [(key, records()[key].title) for key in made]
        who = names[row["created_by"]]
        return Proposal(**row, created_by_name=who, files=found, removed=removed, templates=templates)


def _about(room: Room, connection: Connection, rows: Sequence[Any]) -> dict[str, contents.About]:
    """What the files are about, by name; each content is looked into once."""
    known: dict[str, contents.About] = {}
    for row in rows:
        about = room.contents.get((row.name, row.sha256))
        if about is not None:
            known[row.name] = about
    others = [row for row in rows if row.name not in known]
    new = definitions.contents(connection, {row.sha256 for row in others})
    for row in others:
        known[row.name] = contents.about(File(row.name, new[row.sha256]))
        room.contents.put((row.name, row.sha256), known[row.name])
    return known


def _find(connection: Connection, id: str) -> dict[str, Any]:
    row = connection.execute(select(t.proposal).where(p.id == id)).mappings().one_or_none()
    if row is None:
        raise NotFound()
    return dict(row)


def _base(room: Room, connection: Connection, row: Mapping[str, Any]) -> dict[str, str]:
    """The files of the version that the proposal began from."""
    if row["base_version"] is None:
        return {}
    definition = definitions.by_key(room, connection, row["key"], row["base_version"])
    return _drawn(room, connection, definition)


def _file_view(row: Any, names: Mapping[str, str], base: Mapping[str, str]) -> ProposalFile:
    own = row.sha256
    standing = "removed" if own is None else "new" if row.name not in base else "changed"
    if own is not None and base.get(row.name) == own:
        standing = "same"
    return ProposalFile(row.name, own, row.version, row.changed_by, names[row.changed_by], row.changed_at, standing)  # type: ignore[arg-type]  # one of the four


def content(room: Room, actor: Actor, id: str, name: str) -> tuple[ProposalFile, bytes]:
    """One file with its bytes. Raises NeedsRole, NotFound."""
    with room.database.read() as connection:
        people.require(connection, actor, *READERS)
        base = _base(room, connection, _find(connection, id))
        row = _row(connection, id, name)
        if row is None or row.sha256 is None:
            raise NotFound()
        found = _file_view(row, people.names(connection, {row.changed_by}), base)
        return found, definitions.contents(connection, [row.sha256])[row.sha256]


def _row(connection: Connection, id: str, name: str) -> Any:
    """The row of a file, or None."""
    return connection.execute(select(t.proposal_file).where(f.proposal == id, f.name == name)).one_or_none()


def put(
    room: Room, actor: Actor, id: str, name: str, content: bytes | BinaryIO, version: int | None = None
) -> ProposalFile:
    """Write a file: a new one, or in place of that version. What is written already is answered as it is.

    What it says is not judged here: a draft may be wrong. Raises NeedsRole, ProposalClosed, FileRefused, TooLarge,
    VersionMissing, and FileChanged where somebody else's version is there; nothing is overwritten then."""
    with room.database.read() as connection:
        people.require(connection, actor, *EDITORS)  # before a large file is looked at
    given = files.read(room.settings, content)
    _check(name, given)
    sha = hashlib.sha256(given).hexdigest()

    def case(connection: Connection) -> None:
        now = room.clock.now()
        row = open_draft(connection, actor, id)
        before = _row(connection, id, name)
        if before is not None and before.sha256 == sha:
            return
        _check_version(connection, before, name, version)
        deploy.keep(connection, {sha: given})
        values = {"sha256": sha, "version": before.version + 1 if before else 1}
        _write(connection, row["id"], name, before, {**values, "changed_by": actor.user, "changed_at": now})

    room.database.run(case)
    with room.database.read() as connection:
        base, now = _base(room, connection, _find(connection, id)), _row(connection, id, name)
        return _file_view(now, people.names(connection, {now.changed_by}), base)


def _check(name: str, content: bytes) -> None:
    if not NAME.fullmatch(name) or name.startswith(".") or name != name.strip():
        raise errors.FileRefused(name=name[:50], reason="文件名不可用")
    if not name.endswith(KINDS):
        raise errors.FileKindRefused(name=name, kinds=" ".join(KINDS))
    if not content:
        raise errors.FileRefused(name=name, reason="文件是空的")
    if name.endswith(".docx"):
        package.check(content)  # others will open it


def open_draft(connection: Connection, actor: Actor, id: str) -> dict[str, Any]:
    """The proposal, which may be changed. Raises NeedsRole, NotFound, ProposalClosed."""
    people.require(connection, actor, *EDITORS)
    _take_turn(connection)
    row = _find(connection, id)
    if row["state"] != "draft":
        raise errors.ProposalClosed()
    return row


def _check_version(connection: Connection, before: Any | None, name: str, version: int | None) -> None:
    there = before is not None and before.sha256 is not None
    if version is None and there:
        assert before is not None
        raise errors.VersionMissing(name=name, version=before.version)
    if version is None:
        return
    if before is None:
        raise NotFound()
    if before.version != version:
        current = _file_view(before, people.names(connection, {before.changed_by}), {})
        kind = errors.FileChanged if there else errors.FileGone
        raise kind(current, minute(before.changed_at))


def _write(connection: Connection, id: str, name: str, before: Any | None, values: dict[str, Any]) -> None:
    if before is None:
        count = len(connection.execute(select(f.name).where(f.proposal == id)).all())
        if count >= MOST_FILES:
            raise errors.FileRefused(name=name, reason=say("一份草案最多 {most} 个文件", most=MOST_FILES))
        connection.execute(insert(t.proposal_file), {"proposal": id, "name": name, **values})
    else:
        connection.execute(update(t.proposal_file).where(f.proposal == id, f.name == name).values(**values))
    connection.execute(update(t.proposal).where(p.id == id).values(changed_at=values["changed_at"]))


def remove(room: Room, actor: Actor, id: str, name: str, version: int | None) -> None:
    """Take that version of a file out. Raises as `put` does; NotFound where there is none."""

    def case(connection: Connection) -> None:
        row = open_draft(connection, actor, id)
        before = _row(connection, id, name)
        if before is None:
            raise NotFound()
        _check_version(connection, before, name, version)
        if before.sha256 is None:
            raise NotFound()
        values = {"sha256": None, "version": before.version + 1, "changed_by": actor.user}
        _write(connection, row["id"], name, before, {**values, "changed_at": room.clock.now()})

    room.database.run(case)


def restore(room: Room, actor: Actor, id: str, name: str, version: int | None = None) -> ProposalFile:
    """Put a file back as the version before has it, in place of that version of it or, where it was removed, of none.

    Raises as `put` does; NotFound where the version before has no such file."""
    with room.database.read() as connection:
        people.require(connection, actor, *EDITORS)
        sha = _base(room, connection, _find(connection, id)).get(name)
        if sha is None:
            raise NotFound()
        content = definitions.contents(connection, [sha])[sha]
    return put(room, actor, id, name, content, version)


def withdraw(room: Room, actor: Actor, id: str, idempotency_key: str | None = None) -> Proposal:
    """Give a draft up; it can be read for good. Raises NeedsRole, NotFound, ProposalClosed."""
    body = idempotency.digest("withdraw proposal", id)

    def case(work: Work) -> None:
        people.require(work.connection, actor, *EDITORS)
        if idempotency.again(work, actor.user, idempotency_key, body):
            return
        open_draft(work.connection, actor, id)
        work.connection.execute(update(t.proposal).where(p.id == id).values(state="withdrawn", changed_at=work.now))

    run(room, case)
    return proposal(room, actor, id)


def files_of(connection: Connection, id: str) -> list[File]:
    """The files of a proposal, by name."""
    rows = list(connection.execute(select(t.proposal_file).where(f.proposal == id, f.sha256.is_not(None))))
    found = definitions.contents(connection, {row.sha256 for row in rows})
    return [File(row.name, found[row.sha256]) for row in sorted(rows, key=lambda row: str(row.name))]


def check(room: Room, actor: Actor, id: str) -> Sequence[Finding]:
    """What a deployment of the whole set would find, errors and warnings. Raises NeedsRole, NotFound."""
    with room.database.read() as connection:
        people.require(connection, actor, *READERS)
        key, given = _find(connection, id)["key"], files_of(connection, id)
        known = (
            key,
            *(hashlib.sha256(f"{g.name}\0".encode() + g.content).digest() for g in given),
            deploy.last(connection),
        )
    before: list[Finding] | None = room.checked.get(known)
    if before is None:
        before = _found(room, key, given)
        room.checked.put(known, before)
    return before


def _found(room: Room, key: str, given: Sequence[File]) -> list[Finding]:
    found = list(deploy.draft(room, given)[0])
    if not any(finding.severity == "error" for finding in found) and not _defines(given, key):
        found.append(
            Finding.of(
                "error", "no-procedure", "", None, None, say("草案中没有流程 {key}：请画出它，或改流程的 id", key=key)
            )
        )
    return found


def _defines(given: Sequence[File], key: str) -> bool:
    return any(process.key == key for file in given if file.name.endswith(".bpmn") for process in read(file))


def walk(
    room: Room,
    actor: Actor,
    id: str,
    answers: Mapping[str, Json],
    runs: int = simulate.RUNS,
    seed: int = 1,
    key: str | None = None,
) -> simulate.Outcome:
    """Simulate the procedure, or the process of that key, as the proposal draws it. Raises NeedsRole, NotFound."""
    with room.database.read() as connection:
        people.require(connection, actor, *READERS)
        own, given = _find(connection, id)["key"], files_of(connection, id)
    return simulate.simulate(room, given, answers, runs, seed, key or own)


def offers(room: Room, actor: Actor, id: str) -> Vocabulary:
    """What the proposal's diagrams may name. Raises NeedsRole, NotFound."""
    with room.database.read() as connection:
        people.require(connection, actor, *READERS)
        _find(connection, id)
        given = files_of(connection, id)
    return vocabulary(room, given)


def visit(room: Room, actor: Actor, id: str, name: str) -> list[Visit]:
    """Say that one has a file open; answers who else is at work on the proposal. Raises NeedsRole, NotFound."""

    def case(connection: Connection) -> list[Visit]:
        people.require(connection, actor, *EDITORS)
        _find(connection, id)
        now = room.clock.now()
        gone = or_(v.at < now - STAYS, and_(v.user == actor.user, v.name == name))
        connection.execute(delete(t.proposal_visit).where(v.proposal == id, gone))
        mine = {"proposal": id, "user": actor.user, "name": name[:200], "at": now}
        connection.execute(insert(t.proposal_visit), mine)
        others = select(t.proposal_visit).where(v.proposal == id, v.user != actor.user).order_by(v.user, v.name)
        rows = list(connection.execute(others))
        names = people.names(connection, {row.user for row in rows})
        return [Visit(row.user, names[row.user], row.name, row.at) for row in rows]

    return room.database.run(case)


def forget(work: Work) -> int:
    """Remove contents that no proposal and no definition names any more; answers how many."""
    connection = work.connection
    turns.alone(connection, "deploy")
    _take_turn(connection)
    named = select(f.sha256).where(f.sha256 == t.file.c.sha256)
    loose = set(connection.execute(select(t.file.c.sha256).where(~named.exists())).scalars())
    loose -= deploy.named(connection)
    for sha in loose:
        connection.execute(delete(t.file).where(t.file.c.sha256 == sha))
    return len(loose)
