"""Processes that begin fresh and need not import the house first: forked from one that did so and nothing else.

They have a hash seed of their own, which the test's process does not share.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from engine import verify

_server = multiprocessing.get_context("forkserver")
_server.set_forkserver_preload(["engine.verify", "tests.engine.house"])
started_anew = verify.process


def process(target: Callable[..., object], *given: Any) -> ForkServerProcess:
    """A process that is about to call that."""
    made = _server.Process(target=target, args=given)
    made.start()
    return made


def verified(folder: Path, audit: Mapping[str, bytes], seed: str | None = None) -> verify.Report:
    """As `engine.verify.process` does it, in a second less; that one itself where a hash seed is wanted."""
    if seed is not None:
        return started_anew(folder, audit, seed)
    near, far = multiprocessing.Pipe(duplex=False)
    other = process(_examine, folder, audit, far)
    far.close()
    with near:
        report: verify.Report = near.recv()
    other.join()
    return report


def _examine(folder: Path, audit: Mapping[str, bytes], out: Connection) -> None:
    out.send(verify.examine(folder, audit))
