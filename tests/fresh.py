"""Processes that begin fresh and need not import the house first: forked from one that did so and nothing else.

They have a hash seed of their own, which the test's process does not share.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import server
from engine import verify
from engine.report import Report

_server = multiprocessing.get_context("forkserver")
_server.set_forkserver_preload(["engine.verify", "tests.engine.house", "server"])
started_anew = verify.process


def process(target: Callable[..., object], *given: Any) -> ForkServerProcess:
    """A process that is about to call that."""
    made = _server.Process(target=target, args=given)
    made.start()
    return made


def command(arguments: Sequence[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """A command of `server.py` in a process of its own, as somebody calls it who has that environment."""
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder) / "out", Path(folder) / "err"
        called = process(_call, list(arguments), dict(environment), out, err)
        called.join()
        assert called.exitcode is not None
        return subprocess.CompletedProcess(arguments, called.exitcode, out.read_text("utf-8"), err.read_text("utf-8"))


def _call(arguments: list[str], environment: dict[str, str], out: Path, err: Path) -> None:
    os.environ.clear()
    os.environ.update(environment)
    with out.open("wb") as told, err.open("wb") as complained:
        os.dup2(told.fileno(), 1)
        os.dup2(complained.fileno(), 2)
    server.main.main(args=arguments, prog_name="server.py")


def verified(folder: Path, audit: Mapping[str, bytes], seed: str | None = None) -> Report:
    """As `engine.verify.process` does it, in a second less; that one itself where a hash seed is wanted."""
    if seed is not None:
        return started_anew(folder, audit, seed)
    near, far = multiprocessing.Pipe(duplex=False)
    other = process(_examine, folder, audit, far)
    far.close()
    with near:
        report: Report = near.recv()
    other.join()
    return report


def _examine(folder: Path, audit: Mapping[str, bytes], out: Connection) -> None:
    out.send(verify.examine(folder, audit))
