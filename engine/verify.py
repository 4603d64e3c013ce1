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
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import msgspec
from sqlalchemy import select

from bpmn.errors import NotFound
from bpmn.feel import Feel
from bpmn.sentence import Sentence, of, say
from engine import anchors, folds, journal, purge
from engine import audit as audits
from engine.definitions import Manifest, contents, load, manifest_of
from engine.errors import Tampered
from engine.obstacle import CannotMigrate
from engine.report import Fault, Report, State, Verdict
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
STOPPED = 3
OFTEN = 0.3
"""Seconds between two words about how far it is."""


def canonical(value: Any) -> bytes:
    """Bytes that are the same for the same value."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str).encode()


def export(room: Room, place: Path, instance: str | None = None, paper: str | None = None) -> None:
    """Write journals, definition sets, files and anchors as plain files; of one instance alone where it is told.

    `paper`: the root of a printed anchor that must be found among them."""
    # First: an anchor that another process writes while the journals are read covers more than they hold.
    (place / "anchors.json").write_bytes(msgspec.json.encode(anchors.stored(room.settings)))
    entries, used = 0, set[str]()
    with room.database.read() as connection, open(place / "journal.jsonl", "wb") as out:
        for id in journal.instances(connection) if instance is None else [instance]:
            for row in journal.rows(connection, id):
                out.write(msgspec.json.encode(row) + b"\n")
                entries += 1
                used |= _set_of(row) if instance is not None else set()
        with open(place / "audit.jsonl", "wb") as out:
            for chain in audits.chains(connection) if instance is None else ():
                for noted in audits.rows(connection, chain):
                    out.write(msgspec.json.encode(noted) + b"\n")
        sets = {row.hash: row.manifest for row in connection.execute(select(t.definition_set))}
        if instance is not None:
            sets = {hash: text for hash, text in sets.items() if hash in used}
        named = {sha for text in sets.values() for _, sha in manifest_of(text).files}  # not what proposals hold
        files = {sha: base64.b64encode(content).decode() for sha, content in contents(connection, named).items()}
        purged = [
            {**row, "hash": bytes(row["hash"]).hex(), "seal": bytes(row["seal"]).hex()}
            for row in connection.execute(select(t.purged)).mappings()
        ]
    (place / "purged.json").write_bytes(msgspec.json.encode(purged))
    (place / "sets.json").write_bytes(msgspec.json.encode(sets))
    (place / "files.json").write_bytes(msgspec.json.encode(files))
    (place / "asked.json").write_bytes(msgspec.json.encode(Asked(instance, paper, entries)))


def _set_of(row: journal.Stored) -> set[str]:
    """The definition set that a row names, if it can be read."""
    try:
        return {str(msgspec.json.decode(row.body)["definition_set"])}
    except (msgspec.DecodeError, KeyError, TypeError):
        return set()


def verify(room: Room, instance: str | None = None, paper: str | None = None) -> Report:
    """Export, and have a fresh process with another hash seed re-execute everything, or one instance."""
    check_known(room, instance)
    with tempfile.TemporaryDirectory(prefix="guicheng-verify-") as folder:
        export(room, Path(folder), instance, paper)
        return process(Path(folder), room.keys.audit)


def check_known(room: Room, instance: str | None) -> None:
    """Raises NotFound for an instance that neither stands in the journal nor was purged."""
    if instance is None:
        return
    with room.database.read() as connection:
        left = select(t.purged.c.seq).where(t.purged.c.instance == instance)
        if next(journal.rows(connection, instance, most=1), None) is None and not connection.execute(left).first():
            raise NotFound()


def process(folder: Path, audit: Mapping[str, bytes], seed: str | None = None) -> Report:
    """Verify an export in a process of its own, which ends when this one does."""
    environment = {**os.environ, "PYTHONHASHSEED": seed or str(int.from_bytes(os.urandom(2), "big"))}
    keys = {kid: key.hex() for kid, key in audit.items()}
    try:
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
    except subprocess.TimeoutExpired:
        return Report(faults=[_fault("-", None, say("核验在 {minutes} 分钟内没有完成", minutes=int(LONGEST // 60)))])
    if done.returncode not in (0, 1) or not done.stdout.strip():
        return Report(faults=[_fault("-", None, say("核验没有运行：{error}", error=done.stderr[-2000:]))])
    return msgspec.json.decode(done.stdout.splitlines()[-1], type=Report)


class Asked(msgspec.Struct, frozen=True):
    """What is to be verified: everything or one instance, against which printed root, and how many entries it is."""

    instance: str | None = None
    paper: str | None = None
    entries: int = 0


class Stopped(Exception):
    """Whoever asked has gone, or wants no answer any more."""


class Progress:
    """Says in a file beside the export how far it is, and looks there whether to go on."""

    def __init__(self, folder: Path, of: int) -> None:
        self._folder, self._of, self._done = folder, of, 0
        self._told, self._parent = 0.0, os.getppid()

    def tick(self) -> None:
        """One entry more. Raises Stopped."""
        self._done += 1
        if time.monotonic() - self._told < OFTEN:
            return
        self._told = time.monotonic()
        if (self._folder / "stop").exists() or os.getppid() != self._parent:
            raise Stopped()
        (self._folder / "progress").write_text(f"{self._done} {self._of}", "ascii")


def examine(folder: Path, audit: Mapping[str, bytes]) -> Report:
    """Check chain, seals and anchors of an export and re-execute every instance. Raises Stopped."""
    report = Report()
    asked = msgspec.json.decode((folder / "asked.json").read_bytes(), type=Asked)
    sets = {hash: manifest_of(text) for hash, text in msgspec.json.decode((folder / "sets.json").read_bytes()).items()}
    given = msgspec.json.decode((folder / "files.json").read_bytes())
    programs = Programs(sets, {sha: base64.b64decode(text) for sha, text in given.items()})
    hashes: dict[str, dict[int, str]] = defaultdict(dict)
    progress, feel = Progress(folder, asked.entries), Feel()
    try:
        for instance, rows in _instances(folder / "journal.jsonl"):
            report.instances += 1
            report.entries += len(rows)
            hashes[instance] = {row.seq: row.hash.hex() for row in rows}
            states: dict[int, State] = {}
            if _chain(report, instance, rows, audit):
                _reexecute(_Run(report, programs, feel, progress, states), instance, rows)
            if asked.instance is not None:
                report.verdicts = _verdicts(report, rows, states)
    finally:
        feel.close()
    hashes |= _audited(report, folder, audit)
    _anchors(report, folder, hashes, _purged(report, folder, audit, asked), asked)
    return report


@dataclass
class _Run:
    """What executing one instance needs, and where it says how it went."""

    report: Report
    programs: "Programs"
    feel: Feel
    progress: Progress
    states: dict[int, State]


def _reexecute(run: _Run, instance: str, rows: list[journal.Stored]) -> None:
    try:
        _execute(run, instance, rows)
    except Stopped:
        raise
    except Exception as error:  # what is sealed may still be nonsense; the other instances are examined all the same
        told = f"{type(error).__name__}: {error}"
        run.report.faults.append(_fault(instance, None, say("再执行中断：{error}", error=told)))


def _fault(instance: str, seq: int | None, said: Sentence) -> Fault:
    """What is said, in a form that leaves the process."""
    details = {name: value if isinstance(value, int) else str(value) for name, value in said.details}
    return Fault(instance, seq, said.template, details)


def _verdicts(report: Report, rows: list[journal.Stored], states: Mapping[int, State]) -> list[Verdict]:
    """What came of each entry of the one instance that was asked for."""
    faults = {fault.seq: fault for fault in report.faults}
    first = min((seq for seq in faults if seq is not None), default=None)
    because = dict(zip((seq for _, seq in report.erased), report.reasons, strict=True))
    found = []
    for row in rows:
        try:
            head = msgspec.json.decode(row.body)
            at, kind, actor, element = head["at"], head["kind"], head["actor"], head.get("element")
        except (msgspec.DecodeError, KeyError, TypeError, AttributeError):
            at, kind, actor, element = 0, "", "", None
        state: State = "fault" if row.seq in faults else states.get(row.seq, "unchecked")
        found.append(Verdict(row.seq, at, kind, actor, element, state, because.get(row.seq, "")))
    if first is not None and first > len(rows):
        found.append(Verdict(first, 0, "", "", None, "fault"))
    return found


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
            report.faults.append(_fault(instance, expected, say("缺少这一条")))
            return False
        try:
            journal.check(row, previous, audit)
        except Tampered as error:
            report.faults.append(_fault(instance, row.seq, of(error)))
            return False
        previous = row.hash
    return True


def _execute(run: _Run, instance: str, rows: list[journal.Stored]) -> None:
    """Execute the stretches of folds known here, each from the start or from the state written before it."""
    report, live = run.report, cast(Live | None, None)
    before: journal.Line | None = None  # the checkpoint from which the next stretch may go on
    lines = [journal.line(row) for row in rows]
    explained = {line.entry.data.get("seq"): line.entry.data for line in lines if line.entry.kind == "erased"}
    for line in lines:
        entry = line.entry
        run.progress.tick()
        if line.erased:
            if entry.seq not in explained:
                gone = say("内容没有了，却没有一条说它已抹除")
                report.faults.append(_fault(instance, entry.seq, gone))
                return
            report.erased.append((instance, entry.seq))
            report.reasons.append(str(explained[entry.seq].get("reason", "")))
            run.states[entry.seq] = "erased"
        if entry.fold not in FOLDS:
            report.other_folds[entry.fold] = report.other_folds.get(entry.fold, 0) + 1
            run.states.setdefault(entry.seq, "other_fold")
        if line.erased or entry.fold not in FOLDS:
            if line.erased or folds.states(line) or not folds.ours([line]):
                live, before = None, _goes_on(before, line)
            continue
        try:
            program = run.programs.of(entry.definition_set)
            if live is None and entry.seq > 1 and before is None:
                before = _goes_on(None, line)
                report.skipped += 1
                run.states[entry.seq] = "skipped"
                continue
            if live is None:
                live = new(program, instance) if before is None else resume(program, folds.written(before))
            if entry.kind == "migrated":
                live, effects = migrate(live, program, entry, run.feel)
            else:
                effects = apply(live, entry, run.feel)
        except (StepFailed, StateUnreadable, CannotMigrate, ValueError) as error:
            if isinstance(error, StepFailed) and error.limited:
                report.skipped += 1
                run.states[entry.seq] = "skipped"
                live, before = None, _goes_on(None, line)
                continue
            report.faults.append(_fault(instance, entry.seq, of(error)))
            return
        if canonical(effects) != canonical(line.effects):
            found = _fault(instance, entry.seq, say("再执行的结果与记录的不同"))
            recorded, again = _differing(line.effects, effects), _differing(effects, line.effects)
            report.faults.append(replace(found, recorded=recorded, again=again))
            return
        if folds.states(line) and folds.written(line) != checkpoint(live):
            report.faults.append(_fault(instance, entry.seq, say("再执行的状态与记下的不同")))
            return
        report.executed += 1
        run.states[entry.seq] = "executed"


def _differing(these: Sequence[Mapping[str, Any]], those: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Those effects that the others do not have; all where only their order differs."""
    left = [canonical(effect) for effect in those]
    found = []
    for effect in these:
        text = canonical(effect)
        if text in left:
            left.remove(text)
        else:
            found.append(json.loads(text))
    return found or [json.loads(canonical(effect)) for effect in these if len(these) == len(those)]


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


def _purged(report: Report, folder: Path, audit: Mapping[str, bytes], asked: Asked) -> dict[str, anchors.Head]:
    """The heads that are left of what was purged, each held against its seal."""
    found: dict[str, anchors.Head] = {}
    place = folder / "purged.json"
    for row in msgspec.json.decode(place.read_bytes()) if place.exists() else []:
        kept = {**row, "hash": bytes.fromhex(row["hash"])}
        sealed = purge.seal(audit, row["kid"], kept) if row["kid"] in audit else b""
        if asked.instance not in (None, row["instance"]):
            continue
        if not hmac.compare_digest(sealed, bytes.fromhex(row["seal"])):
            report.faults.append(_fault(row["instance"], row["seq"], say("已按保存期清除，但封印不符")))
            continue
        found[row["instance"]] = (row["seq"], row["hash"])
        report.purged += 1
    return found


def _anchors(
    report: Report,
    folder: Path,
    hashes: Mapping[str, Mapping[int, str]],
    purged: Mapping[str, anchors.Head],
    asked: Asked,
) -> None:
    """Hold every anchor against the one before it, and its heads against the journal."""
    previous, heads = "00" * 32, dict[str, anchors.Head]()
    roots: list[str] = []
    for number, one in enumerate(msgspec.json.decode((folder / "anchors.json").read_bytes()), start=1):
        heads |= {instance: (seq, hash) for instance, (seq, hash) in one["heads"].items()}
        if one["previous"] != previous or anchors.root(previous, heads) != one["root"]:
            report.faults.append(_fault("-", None, say("锚 {number} 被改动，或在它之前缺了锚", number=number)))
            break
        previous, report.anchors = one["root"], number
        roots.append(previous)
        for instance, (seq, hash) in one["heads"].items():
            if asked.instance in (None, instance):
                report.faults += _covered(number, instance, (seq, hash), hashes.get(instance, {}), purged.get(instance))
    if asked.paper is not None:
        report.paper = roots.index(asked.paper) + 1 if asked.paper in roots else 0
        if not report.paper:
            told = say("没有哪个锚的根是 {root}：锚被改动或移走了，或者抄错了", root=asked.paper)
            report.faults.append(_fault("-", None, told))
    chains = {name: seq for name, (seq, _) in heads.items() if name.startswith(audits.PREFIX)}
    report.audited_anchored = sum(chains.values()) if asked.instance is None else 0
    mine = {instance: seq for instance, (seq, _) in heads.items() if instance not in purged and instance not in chains}
    report.anchored = sum(seq for instance, seq in mine.items() if asked.instance in (None, instance))
    journals = {name: own for name, own in hashes.items() if not name.startswith(audits.PREFIX)}
    ends = {instance: max(own, default=0) for instance, own in journals.items()}
    report.uncovered = [
        (instance, mine.get(instance, 0) + 1, last)
        for instance, last in sorted(ends.items())
        if last > mine.get(instance, 0)
    ]


def _covered(
    number: int, instance: str, head: anchors.Head, found: Mapping[int, str], purged: anchors.Head | None
) -> Iterator[Fault]:
    """What is wrong with an instance that an anchor covers."""
    seq, hash = head
    if purged is not None:
        # What an anchor says of an earlier entry nobody can compare any more.
        if purged != head and purged[0] <= seq:
            told = say("锚 {number} 覆盖到第 {seq} 条，清除时的末条却不是它", number=number, seq=seq)
            yield _fault(instance, seq, told)
    elif found.get(seq) != hash:
        told = say(
            "锚 {number} 覆盖到第 {seq} 条，流转记录却止于第 {last} 条，或被改写",
            number=number, seq=seq, last=max(found, default=0),
        )  # fmt: skip
        yield _fault(instance, seq, told)


def main() -> int:
    """The fresh process. It gives way to whoever works."""
    os.nice(10)
    audit = {kid: bytes.fromhex(key) for kid, key in json.loads(sys.stdin.read()).items()}
    try:
        report = examine(Path(sys.argv[1]), audit)
    except Stopped:
        return STOPPED
    print(json.dumps(asdict(report), ensure_ascii=False))
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main())
