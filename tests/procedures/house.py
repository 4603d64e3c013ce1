"""A real server process on a store of its own: started, asked, killed."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from engine.engine import Engine
from engine.furnish import furnish
from engine.settings import Settings
from tasks import TASKS
from tests import fresh
from tests.procedures.api import Api
from tests.stores import Store

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 60.0
TOKENS = "test-tokens.json"
PASSWORDS = "test-passwords.json"


def furnished(store: Store) -> Store:
    """Furnish an empty store as the first start does, and keep everybody's password and a token beside it."""
    var, settings = store.var, Settings(var=store.var, database_url=store.url)
    engine = Engine(settings, topics=TASKS)
    try:
        passwords = dict(furnish(engine, settings))
        tokens = {name: engine.token_create(name) for name in passwords}
    finally:
        engine.close()
    (var / TOKENS).write_text(json.dumps(tokens), encoding="utf-8")
    (var / PASSWORDS).write_text(json.dumps(passwords), encoding="utf-8")
    return store


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class House:
    """One server on one store, on PostgreSQL a worker beside it; `api(user)` is that user's view of /api/v1."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.var = var = store.var
        self.port = free_port()
        self.tokens: dict[str, str] = json.loads((var / TOKENS).read_text(encoding="utf-8"))
        self.passwords: dict[str, str] = json.loads((var / PASSWORDS).read_text(encoding="utf-8"))
        self.processes: list[subprocess.Popen[bytes]] = []
        self.lines: list[Api] = []
        self.log = var / "server.log"

    @property
    def url(self) -> str:
        """Where the server listens."""
        return f"http://127.0.0.1:{self.port}"

    def environment(self, **more: str) -> dict[str, str]:
        """The environment of a process that works on this store."""
        # A snapshot at every entry: what the server held can be compared with what re-execution gives.
        own = {
            "GUICHENG_SNAPSHOT_EVERY": "1",
            **self.store.environment,
            "GUICHENG_WORKER_LOST_AFTER": "2",
            "GUICHENG_PROXIES": "1",
            "GUICHENG_PORT": str(self.port),
            "GUICHENG_HOST": "127.0.0.1",
        }
        return {**os.environ, "PYTHONFAULTHANDLER": "1", **own, **more}

    def start(self) -> None:
        """Start, and wait until it is ready. Raises AssertionError with the log where it never is."""
        with self.log.open("ab") as log:
            self.processes = [
                subprocess.Popen(
                    [sys.executable, "server.py", one], cwd=ROOT, env=self.environment(), stdout=log, stderr=log
                )
                for one in ("serve", *(["worker"] if self.store.url else []))
            ]
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self.processes[0].poll() is None:
            try:
                with urllib.request.urlopen(f"{self.url}/healthz/ready", timeout=5):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        raise AssertionError(f"the server is not ready:\n{self.log.read_text(encoding='utf-8')[-4000:]}")

    def kill(self) -> None:
        """SIGKILL: no goodbye of any kind."""
        for process in self.processes:
            process.send_signal(signal.SIGKILL)
            process.wait(timeout=PATIENCE)

    def stop(self) -> None:
        """SIGTERM, as an operator stops it."""
        self.hang_up()
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(timeout=PATIENCE)

    def command(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """A command of ./run in a process of its own."""
        return fresh.command(arguments, self.environment(**environment))

    def api(self, user: str, patient: bool = False) -> Api:
        """A connection of that user's, closed when the server stops."""
        self.lines.append(Api("127.0.0.1", self.port, self.tokens[user], patient))
        return self.lines[-1]

    def hang_up(self) -> None:
        """Close every connection."""
        for line in self.lines:
            line.close()
        self.lines.clear()
