"""Backups: one zip with every row, file and anchor of a house, taken while it serves, restored into either database.

In it: `manifest.json`; `tables/NAME.jsonl`; `files/SHA256`; `anchors/NUMBER.json`. Not in it: the keys, which whoever
takes a backup away must not get with it, and snapshots, which are made again.
"""

import hashlib
import os
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
from sqlalchemy import Connection

from bpmn.errors import Conflict, Invalid
from bpmn.sentence import say
from engine import anchors, audit, disk, files, journal, keys
from engine.clock import Clock
from engine.rebuild import remake
from engine.settings import Settings
from engine.store import faults, portable
from engine.store import tables as t
from engine.store.database import Database, known, revision, upgrade

FORM = 1
SAMPLE = 100
"""One in so many instances is asked whether the keys are the right ones."""
MANIFEST = "manifest.json"
LEFT_OUT = frozenset({t.snapshot.name})


class BackupRefused(Invalid):
    """不能用“{file}”：{reason}。"""


class StoreNotEmpty(Conflict):
    """只能恢复到空的存储，{place} 里已有内容。"""


class KeysDiffer(Conflict):
    """备份是用另一把审计密钥（{kid}）封的。请先放好原来的密钥（keys 目录或 GUICHENG_AUDIT_KEY），再恢复。"""


@dataclass(frozen=True)
class Contents:
    """What a backup says of itself: when it was taken (us), of which structure, and how much there is of each table."""

    form: int
    at: int
    revision: str
    columns: Mapping[str, list[str]]
    rows: Mapping[str, int]
    files: int
    anchors: int


def write(settings: Settings, clock: Clock, database: Database, path: Path) -> Contents:
    """Write a backup, readable by its owner only; the house may serve meanwhile. Raises BackupRefused, StoreFull."""
    if path.exists():
        raise BackupRefused(file=path.name, reason="文件已存在")
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as raw, zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as pack:
            contents = _write(settings, clock, database, pack)
            pack.close()
            raw.flush()
            os.fsync(raw.fileno())
        os.replace(unfinished, path)
    except OSError as error:
        raise faults.of_disk(error) from error
    finally:
        unfinished.unlink(missing_ok=True)
    return contents


def _write(settings: Settings, clock: Clock, database: Database, pack: zipfile.ZipFile) -> Contents:
    # In this order: an anchor covers entries that are there before it, a row names files that are there before it.
    chain = sorted(anchors.folder(settings).glob("*.json"))
    for anchor in chain:
        pack.write(anchor, f"anchors/{anchor.name}")
    columns, rows = {}, {}
    with database.read() as connection:  # one state of the store, whatever happens meanwhile
        for table in t.metadata.sorted_tables:
            if table.name in LEFT_OUT:
                continue
            columns[table.name] = [str(column.name) for column in table.columns]
            with pack.open(f"tables/{table.name}.jsonl", "w", force_zip64=True) as out:
                rows[table.name] = sum(out.write(line) > 0 for line in portable.lines(connection, table))
        structure = revision(connection)
    kept = files.stored(settings)
    for path in kept:
        pack.write(path, f"files/{path.name}", zipfile.ZIP_STORED)  # Word, PDF, pictures: packed already
    contents = Contents(FORM, clock.now(), str(structure), columns, rows, len(kept), len(chain))
    pack.writestr(MANIFEST, msgspec.json.encode(contents))
    return contents


def restore(settings: Settings, path: Path, keys_lost: bool = False) -> Contents:
    """Fill an empty store from a backup of this release or an earlier one, in one transaction.

    With `keys_lost` other keys than those that sealed it are put up with: `verify` will say so of every entry.
    Raises BackupRefused, StoreNotEmpty, KeysDiffer, StoreTooNew."""
    try:
        with zipfile.ZipFile(path) as pack:
            contents = _contents(pack, path)
            return _restore(settings, path, pack, contents, keys_lost)
    except (zipfile.BadZipFile, EOFError, KeyError) as error:
        raise BackupRefused(file=path.name, reason="不是完整的备份") from error
    except OSError as error:
        raise BackupRefused(file=path.name, reason=str(error.strerror)) from error


def _contents(pack: zipfile.ZipFile, path: Path) -> Contents:
    try:
        contents = msgspec.json.decode(pack.read(MANIFEST), type=Contents)
    except (KeyError, msgspec.DecodeError) as error:
        raise BackupRefused(file=path.name, reason="不是规程的备份") from error
    if contents.form != FORM:
        raise BackupRefused(file=path.name, reason="备份的格式是更新的版本写的")
    known(contents.revision)
    return contents


def _restore(settings: Settings, path: Path, pack: zipfile.ZipFile, contents: Contents, keys_lost: bool) -> Contents:
    if any(anchors.folder(settings).glob("*.json")):
        raise StoreNotEmpty(place=str(anchors.folder(settings)))
    settings.var.mkdir(parents=True, exist_ok=True)
    own = keys.load(settings)
    for name in _named(pack, "files/"):
        _keep_file(settings, path, name, pack.read(name))
    database = Database(settings.url)
    try:
        with database.migrating() as connection:
            if not portable.drop_empty(connection, {*contents.columns, *t.metadata.tables}):
                raise StoreNotEmpty(place=database.engine.url.render_as_string(hide_password=True))
            upgrade(connection, contents.revision)
            _fill(connection, path, pack, contents)
            upgrade(connection)
            audit.adopt(connection, own)
            if revision(connection) != contents.revision:
                remake(connection)
            if not keys_lost:
                _same_keys(connection, own.audit)
    finally:
        database.close()
    for name in _named(pack, "anchors/"):
        disk.write_once(anchors.folder(settings) / name.rpartition("/")[2], pack.read(name))
    return contents


def _fill(connection: Connection, path: Path, pack: zipfile.ZipFile, contents: Contents) -> None:
    """Put the rows into tables of the structure that they were taken from."""
    for name, table in portable.tables(connection, contents.columns).items():
        with pack.open(f"tables/{name}.jsonl") as lines:
            found = portable.load(connection, table, contents.columns[name], lines)
        if found != contents.rows[name]:
            raise BackupRefused(file=path.name, reason=say("表 {name} 不完整", name=name))


def _named(pack: zipfile.ZipFile, folder: str) -> Iterator[str]:
    return (name for name in pack.namelist() if re.fullmatch(rf"{folder}[0-9a-f]+(\.json)?", name))


def _keep_file(settings: Settings, path: Path, name: str, content: bytes) -> None:
    if hashlib.sha256(content).hexdigest() != name.rpartition("/")[2]:
        raise BackupRefused(file=path.name, reason=say("{name} 被改动", name=name))
    files.keep(settings, content)


def _same_keys(connection: Connection, audit: Mapping[str, bytes]) -> None:
    """Hold a few seals against the keys of this house; `verify` looks at all. Raises KeysDiffer."""
    for instance in journal.instances(connection)[::SAMPLE]:
        for row in journal.rows(connection, instance, to=1):
            if not journal.sealed(row, audit):
                raise KeysDiffer(kid=row.kid)
