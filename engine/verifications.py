"""Verification asked for in the page: it runs apart, one at a time in the whole house, and its result is kept.

Requests, progress and results are files under `var/verifications`, outside of the database that they speak of. Whoever
runs one holds a lock, so that what a killed process leaves behind is known from what goes on.
"""

import fcntl
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import rmtree
from typing import Literal

import msgspec
import structlog

from bpmn.errors import NotFound
from engine import auditing, disk, people, verify
from engine.actor import Actor
from engine.errors import VerificationsBusy
from engine.instances import find
from engine.report import Report, Verdict
from engine.room import Room

KEPT = 200
MOST_WAITING = 8
log = structlog.get_logger(__name__)
State = Literal["waiting", "running", "done", "lost"]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Who wanted what verified, and when."""

    id: str
    at: int
    by: str
    instance: str | None = None
    paper: str | None = None


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """A verification: how far it is (entries done, of how many), and what it found once it is done."""

    asked: Asked
    state: State
    done: int = 0
    of: int = 0
    ended_at: int | None = None
    report: Report | None = None


class Result(msgspec.Struct, frozen=True):
    """What came of it and when."""

    ended_at: int
    report: Report


class Desk:
    """Takes requests of one process and runs them; `close` lets none go on."""

    def __init__(self, room: Room) -> None:
        self._room, self._closed = room, threading.Event()
        self._place = room.settings.var / "verifications"
        self._threads: list[threading.Thread] = []

    def ask(self, actor: Actor, instance: str | None = None, paper: str | None = None) -> Asked:
        """Have everything, or one instance, verified; the one that waits already where one does.

        Raises NeedsRole, NotFound, VerificationsBusy."""
        self._let_in(actor)
        if instance is not None:
            with self._room.database.read() as connection:
                find(connection, actor, instance)
        open = [one for one in self._all() if one.state in ("waiting", "running")]
        for one in open:
            if (one.asked.instance, one.asked.paper) == (instance, paper):
                return one.asked
        if len(open) >= MOST_WAITING:
            raise VerificationsBusy()
        now = self._room.clock.now()
        asked = Asked(id=f"{now:016}-{uuid.uuid4().hex[:8]}", at=now, by=actor.user, instance=instance, paper=paper)
        disk.write_once(self._place / asked.id / "asked.json", msgspec.json.encode(asked))
        auditing.now(self._room, actor, "verify", asked.id, instance, anchor=paper)
        ready = threading.Event()
        thread = threading.Thread(target=self._run, args=(asked, ready), name=f"verify {asked.id}", daemon=True)
        self._threads = [one for one in self._threads if one.is_alive()] + [thread]
        thread.start()
        ready.wait()
        return asked

    def listed(self, actor: Actor, instance: str | None = None) -> list[Verification]:
        """The verifications of the house, or of one instance, the newest first. Raises NeedsRole."""
        self._let_in(actor)
        return [one for one in self._all() if instance in (None, one.asked.instance)]

    def one(self, actor: Actor, id: str) -> Verification:
        """One of them. Raises NeedsRole, NotFound."""
        self._let_in(actor)
        folder = self._place / id
        if folder.parent != self._place or not (folder / "asked.json").is_file():
            raise NotFound()
        found = self._read(folder)
        if found.report is not None:
            with suppress(FileNotFoundError):
                found.report.verdicts = msgspec.json.decode((folder / "verdicts.json").read_bytes(), type=list[Verdict])
        return found

    def close(self) -> None:
        """Stop what runs and wait for its end."""
        self._closed.set()
        for folder in self._place.glob("*/work"):
            with suppress(OSError):
                (folder / "stop").touch()
        for thread in self._threads:
            thread.join()

    def _let_in(self, actor: Actor) -> None:
        with self._room.database.read() as connection:
            people.require(connection, actor, "auditor", "admin")

    def _all(self) -> list[Verification]:
        return [self._read(path.parent) for path in sorted(self._place.glob("*/asked.json"), reverse=True)]

    def _read(self, folder: Path) -> Verification:
        asked = msgspec.json.decode((folder / "asked.json").read_bytes(), type=Asked)
        with suppress(FileNotFoundError):
            found = msgspec.json.decode((folder / "result.json").read_bytes(), type=Result)
            return Verification(asked=asked, state="done", ended_at=found.ended_at, report=found.report)
        if not _held(folder / "lock"):
            return Verification(asked=asked, state="lost")
        with suppress(OSError, ValueError):
            done, of = map(int, (folder / "work" / "progress").read_text("ascii").split())
            return Verification(asked=asked, state="running", done=done, of=of)
        return Verification(asked=asked, state="running" if (folder / "work").is_dir() else "waiting")

    def _run(self, asked: Asked, ready: threading.Event) -> None:
        folder = self._place / asked.id
        with _lock(folder / "lock"):
            ready.set()
            with _lock(self._place / "turn"):
                if self._closed.is_set():
                    return
                try:
                    self._verify(asked, folder)
                except Exception:  # the thread has nobody who would catch it; the page says that nothing came of it
                    log.exception("verification_failed", verification=asked.id)
                finally:
                    rmtree(folder / "work", ignore_errors=True)
                self._forget()

    def _verify(self, asked: Asked, folder: Path) -> None:
        work = folder / "work"
        work.mkdir()
        verify.export(self._room, work, asked.instance, asked.paper)
        if self._closed.is_set():
            return
        report = verify.process(work, self._room.keys.audit)
        if not (work / "stop").exists():
            # Apart, so that a list of verifications need not read what was found of each entry.
            disk.write_once(folder / "verdicts.json", msgspec.json.encode(report.verdicts))
            report.verdicts = []
            found = Result(self._room.clock.now(), report)
            disk.write_once(folder / "result.json", msgspec.json.encode(found))

    def _forget(self) -> None:
        """Keep the newest results only."""
        for old in sorted(self._place.glob("*/result.json"), reverse=True)[KEPT:]:
            rmtree(old.parent, ignore_errors=True)


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _held(path: Path) -> bool:
    """Whether somebody holds that lock."""
    try:
        with path.open("r") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return False
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
