"""Verification trusts nothing of ours: a fresh process gets the exported journal and definitions, and re-executes.

No snapshot, cache or read table enters it. `python -m engine.verify EXPORT` prints its report as JSON; the audit keys
come on standard input, because an export must be readable without them.
"""

import base64
import hashlib
import hmac
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import select

from bpmn.feel import Feel
from engine import anchors, folds, journal, purge
from engine import audit as audits
from engine.definitions import Manifest, contents, load, manifest_of
from engine.errors import Tampered
from engine.obstacle import CannotMigrate
from engine.room import Room
from engine.spiff import (
    FOLDS,
    Live,
    Program,
    StateUnreadable,
    StepFailed,
    apply,
    checkpoint,
    migrate,
    new,
    resume,
)
from engine.store import tables as t

HOUSE = Path(__file__).resolve().parents[1]
LONGEST = 3600.0


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: in which instance, at which entry, and what."""

    instance: str
    seq: int | None
    reason: str


@dataclass
class Report:
    """What verification found. `ok` when nothing is wrong; erased payloads and old folds are told, not faults."""

    instances: int = 0
    entries: int = 0
    executed: int = 0
    skipped: int = 0
    purged: int = 0
    erased: list[tuple[str, int]] = field(default_factory=list)
    other_folds: dict[int, int] = field(default_factory=dict)
    anchors: int = 0
    anchored: int = 0
    audited: int = 0
    audited_anchored: int = 0
    faults: list[Fault] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Nothing is wrong."""
        return not self.faults

    def __str__(self) -> str:
        lines = [f"instances {self.instances}, entries {self.entries}, re-executed {self.executed}"]
        lines.append(f"anchors {self.anchors}; entries not yet covered by an anchor: {self.entries - self.anchored}")
        lines.append(f"audit log {self.audited}, not yet covered by an anchor: {self.audited - self.audited_anchored}")
        if self.purged:
            lines.append(f"purged: {self.purged} instances, of which the sealed head of the chain is left")
        lines += [f"erased: {instance} entry {seq}" for instance, seq in self.erased]
        told = sorted(self.other_folds.items())
        lines += [
            f"fold {fold}: {count} entries checked; a release that knows fold {fold} re-executes them"
            for fold, count in told
        ]
        if self.skipped:
            why = "an expression ran out of time, or what they follow was erased or of another fold"
            lines.append(f"not re-executed: {self.skipped} entries checked: {why}")
        lines += [f"FAULT: instance {f.instance} entry {f.seq}: {f.reason}" for f in self.faults]
        return "\n".join([*lines, "ok" if self.ok else f"{len(self.faults)} faults"])


def canonical(value: Any) -> bytes:
    """Bytes that are the same for the same value."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str).encode()


def export(room: Room, place: Path) -> None:
    """Write journals, definition sets, files and anchors as plain files."""
    # First: an anchor that another process writes while the journals are read covers more than they hold.
    (place / "anchors.json").write_bytes(msgspec.json.encode(anchors.stored(room.settings)))
    with room.database.read() as connection, open(place / "journal.jsonl", "wb") as out:
        for id in journal.instances(connection):
            for row in journal.rows(connection, id):
                out.write(msgspec.json.encode(row) + b"\n")
        with open(place / "audit.jsonl", "wb") as out:
            for chain in audits.chains(connection):
                for noted in audits.rows(connection, chain):
                    out.write(msgspec.json.encode(noted) + b"\n")
        sets = {row.hash: row.manifest for row in connection.execute(select(t.definition_set))}
        named = {sha for text in sets.values() for _, sha in manifest_of(text).files}  # not what proposals hold
        files = {sha: base64.b64encode(content).decode() for sha, content in contents(connection, named).items()}
        purged = [
            {**row, "hash": bytes(row["hash"]).hex(), "seal": bytes(row["seal"]).hex()}
            for row in connection.execute(select(t.purged)).mappings()
        ]
    (place / "purged.json").write_bytes(msgspec.json.encode(purged))
    (place / "sets.json").write_bytes(msgspec.json.encode(sets))
    (place / "files.json").write_bytes(msgspec.json.encode(files))


def verify(room: Room) -> Report:
    """Export, and have a fresh process with another hash seed re-execute everything."""
    with tempfile.TemporaryDirectory(prefix="guicheng-verify-") as folder:
        export(room, Path(folder))
        return process(Path(folder), room.keys.audit)


def process(folder: Path, audit: Mapping[str, bytes], seed: str | None = None) -> Report:
    """Verify an export in a process of its own."""
    environment = {**os.environ, "PYTHONHASHSEED": seed or str(int.from_bytes(os.urandom(2), "big"))}
    keys = {kid: key.hex() for kid, key in audit.items()}
    done = subprocess.run(
        [sys.executable, "-m", "engine.verify", str(folder)],
        input=json.dumps(keys),
        cwd=HOUSE,
        env=environment,
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
    )
    if done.returncode not in (0, 1) or not done.stdout.strip():
        return Report(faults=[Fault("-", None, f"verification did not run: {done.stderr[-2000:]}")])
    return msgspec.json.decode(done.stdout.splitlines()[-1], type=Report)


def examine(folder: Path, audit: Mapping[str, bytes]) -> Report:
    """Check chain, seals and anchors of an export and re-execute every instance."""
    report = Report()
    sets = {hash: manifest_of(text) for hash, text in msgspec.json.decode((folder / "sets.json").read_bytes()).items()}
    given = msgspec.json.decode((folder / "files.json").read_bytes())
    programs = Programs(sets, {sha: base64.b64decode(text) for sha, text in given.items()})
    hashes: dict[str, dict[int, str]] = defaultdict(dict)
    feel = Feel()
    try:
        for instance, rows in _instances(folder / "journal.jsonl"):
            report.instances += 1
            report.entries += len(rows)
            hashes[instance] = {row.seq: row.hash.hex() for row in rows}
            if not _chain(report, instance, rows, audit):
                continue
            try:
                _execute(report, programs, instance, rows, feel)
            except (
                Exception
            ) as error:  # what is sealed may still be nonsense; the other instances are examined all the same
                fault = f"re-execution broke off: {type(error).__name__}: {error}"
                report.faults.append(Fault(instance, None, fault))
    finally:
        feel.close()
    hashes |= _audited(report, folder, audit)
    _anchors(report, folder, hashes, _purged(report, folder, audit))
    return report


@dataclass
class Programs:
    """Definition sets of an export, each file held against its hash before it is compiled."""

    sets: Mapping[str, Manifest]
    files: Mapping[str, bytes]
    made: dict[str, Program] = field(default_factory=dict)

    def of(self, hash: str) -> Program:
        """The program of a set. Raises ValueError where a file is missing or changed."""
        if hash not in self.made:
            manifest = self.sets.get(hash)
            if manifest is None or manifest.hash() != hash:
                raise ValueError(f"definition set {hash[:12]} is missing or changed")
            for name, sha in manifest.files:
                if hashlib.sha256(self.files.get(sha, b"")).hexdigest() != sha:
                    raise ValueError(f"file {name} of definition set {hash[:12]} is missing or changed")
            self.made[hash] = load(manifest, dict(self.files)).program
        return self.made[hash]


def _instances(path: Path) -> Iterator[tuple[str, list[journal.Stored]]]:
    rows: list[journal.Stored] = []
    with open(path, "rb") as lines:
        for text in lines:
            row = msgspec.json.decode(text, type=journal.Stored)
            if rows and rows[0].instance != row.instance:
                yield rows[0].instance, rows
                rows = []
            rows.append(row)
    if rows:
        yield rows[0].instance, rows


def _chain(report: Report, instance: str, rows: list[journal.Stored], audit: Mapping[str, bytes]) -> bool:
    previous = journal.GENESIS
    for expected, row in enumerate(rows, start=1):
        if row.seq != expected:
            report.faults.append(Fault(instance, expected, "entry is missing"))
            return False
        try:
            journal.check(row, previous, audit)
        except Tampered as error:
            report.faults.append(Fault(instance, row.seq, str(error)))
            return False
        previous = row.hash
    return True


def _execute(report: Report, programs: Programs, instance: str, rows: list[journal.Stored], feel: Feel) -> None:
    """Execute the stretches of folds known here, each from the start or from the state written before it."""
    live: Live | None = None
    before: journal.Line | None = None  # the checkpoint from which the next stretch may go on
    lines = [journal.line(row) for row in rows]
    explained = {line.entry.data.get("seq") for line in lines if line.entry.kind == "erased"}
    for line in lines:
        entry = line.entry
        if line.erased:
            if entry.seq not in explained:
                report.faults.append(Fault(instance, entry.seq, "its content is gone, and no entry says it was erased"))
                return
            report.erased.append((instance, entry.seq))
        if entry.fold not in FOLDS:
            report.other_folds[entry.fold] = report.other_folds.get(entry.fold, 0) + 1
        if line.erased or entry.fold not in FOLDS:
            if line.erased or folds.states(line) or not folds.ours([line]):
                live, before = None, _goes_on(before, line)
            continue
        try:
            program = programs.of(entry.definition_set)
            if live is None and entry.seq > 1 and before is None:
                before = _goes_on(None, line)
                report.skipped += 1
                continue
            if live is None:
                live = new(program, instance) if before is None else resume(program, folds.written(before))
            if entry.kind == "migrated":
                live, effects = migrate(live, program, entry, feel)
            else:
                effects = apply(live, entry, feel)
        except (StepFailed, StateUnreadable, CannotMigrate, ValueError) as error:
            if isinstance(error, StepFailed) and error.limited:
                report.skipped += 1
                live, before = None, _goes_on(None, line)
                continue
            report.faults.append(Fault(instance, entry.seq, str(error)))
            return
        if canonical(effects) != canonical(line.effects):
            report.faults.append(Fault(instance, entry.seq, "re-execution gives other effects than were recorded"))
            return
        if folds.states(line) and folds.written(line) != checkpoint(live):
            report.faults.append(Fault(instance, entry.seq, "re-execution gives another state than was written down"))
            return
        report.executed += 1


def _audited(report: Report, folder: Path, keys: Mapping[str, bytes]) -> dict[str, dict[int, str]]:
    """The hashes of the audit log that anchors name, and the last of each chain."""
    told = msgspec.json.decode((folder / "anchors.json").read_bytes())
    named = {(name, seq) for one in told for name, (seq, _) in one["heads"].items()}
    with open(folder / "audit.jsonl", "rb") as lines:
        found = audits.examine((msgspec.json.decode(text, type=audits.Stored) for text in lines), keys, named)
    report.audited = found.count
    report.faults += [Fault(*fault) for fault in found.faults]
    return found.hashes


def _goes_on(before: journal.Line | None, line: journal.Line) -> journal.Line | None:
    """The checkpoint from which execution may go on after a line that is not executed, or None."""
    if folds.states(line):
        return line
    return None if line.erased or folds.moves(line.entry) else before


def _purged(report: Report, folder: Path, audit: Mapping[str, bytes]) -> dict[str, anchors.Head]:
    """The heads that are left of what was purged, each held against its seal."""
    found: dict[str, anchors.Head] = {}
    place = folder / "purged.json"
    for row in msgspec.json.decode(place.read_bytes()) if place.exists() else []:
        kept = {**row, "hash": bytes.fromhex(row["hash"])}
        sealed = purge.seal(audit, row["kid"], kept) if row["kid"] in audit else b""
        if not hmac.compare_digest(sealed, bytes.fromhex(row["seal"])):
            report.faults.append(Fault(row["instance"], row["seq"], "purged, but the seal does not agree"))
            continue
        found[row["instance"]] = (row["seq"], row["hash"])
        report.purged += 1
    return found


def _anchors(
    report: Report, folder: Path, hashes: Mapping[str, Mapping[int, str]], purged: Mapping[str, anchors.Head]
) -> None:
    previous, heads = "00" * 32, dict[str, anchors.Head]()
    for number, one in enumerate(msgspec.json.decode((folder / "anchors.json").read_bytes()), start=1):
        heads |= {instance: (seq, hash) for instance, (seq, hash) in one["heads"].items()}
        if one["previous"] != previous or anchors.root(previous, heads) != one["root"]:
            report.faults.append(Fault("-", None, f"anchor {number} was changed"))
            return
        previous, report.anchors = one["root"], number
        for instance, (seq, hash) in one["heads"].items():
            if instance in purged:
                # What an anchor says of an earlier entry nobody can compare any more.
                if purged[instance] != (seq, hash) and purged[instance][0] <= seq:
                    fault = f"anchor {number} covers entry {seq}; what was purged ended otherwise"
                    report.faults.append(Fault(instance, seq, fault))
            elif hashes.get(instance, {}).get(seq) != hash:
                last = max(hashes.get(instance, {0: ""}))
                fault = f"anchor {number} covers entry {seq}; the journal ends at {last} or was rewritten"
                report.faults.append(Fault(instance, seq, fault))
    report.anchored = sum(seq for instance, (seq, _) in heads.items() if not _apart(instance, purged))
    report.audited_anchored = sum(seq for name, (seq, _) in heads.items() if name.startswith(audits.PREFIX))


def _apart(name: str, purged: Mapping[str, anchors.Head]) -> bool:
    return name in purged or name.startswith(audits.PREFIX)


def main() -> int:
    """The fresh process."""
    audit = {kid: bytes.fromhex(key) for kid, key in json.loads(sys.stdin.read()).items()}
    report = examine(Path(sys.argv[1]), audit)
    print(json.dumps(asdict(report), ensure_ascii=False))
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main())
