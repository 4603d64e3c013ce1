"""`python -m tests.door [--minutes 10] [--seed 1]`: a server of its own, damaged deployments, and what it answered."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

from bpmn.model import File
from tests.door.knock import Answer, Door, multipart
from tests.procedures.house import House, furnished
from tests.stores import Store

# Checking may take twenty seconds of expressions; nothing else of a deployment takes as long.
SLOWEST = 30.0
PATIENCE = 120
NEVER = 599
"""Stands for an answer that did not come."""


def until(moment: float, seed: int) -> Iterator[int]:
    """Seeds, one after the other, as long as there is time."""
    while time.monotonic() < moment:
        yield seed
        seed += 1


class Caller:
    """Asks a server over HTTP as its process owner, and as somebody who begins projects."""

    def __init__(self, house: House) -> None:
        self.house = house

    def deploy(self, files: Sequence[File]) -> Answer:
        """The answer to a deployment."""
        return self._ask("deployments", *multipart(files))

    def start(self, key: str) -> Answer:
        """The answer to somebody who begins it."""
        return self._ask("process-instances", json.dumps({"definition": key}).encode(), "application/json")

    def alive(self) -> bool:
        """Whether the server still answers."""
        with urllib.request.urlopen(f"{self.house.url}/healthz/ready", timeout=30) as answer:
            return bool(answer.status == 200)

    def _ask(self, path: str, body: bytes, kind: str) -> Answer:
        headers = {
            "Authorization": f"Bearer {self.house.tokens['process_owner']}",
            "Content-Type": kind,
            "Idempotency-Key": uuid.uuid4().hex,
        }
        asked = urllib.request.Request(f"{self.house.url}/api/v1/{path}", body, headers)
        try:
            with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"{}")
        except TimeoutError:
            return NEVER, {}


def main() -> int:
    """0 where every answer was one that somebody can do something with, in time, and the server still answers."""
    reader = argparse.ArgumentParser(prog="python -m tests.door")
    reader.add_argument("--minutes", type=float, default=10)
    reader.add_argument("--seed", type=int, default=1)
    asked = reader.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        house = House(furnished(Store(Path(folder) / "var")))
        house.start()
        try:
            caller = Caller(house)
            count = Door(caller.deploy, caller.start, until(time.monotonic() + 60 * asked.minutes, asked.seed)).knock()
            alive = caller.alive()
        finally:
            house.stop()
    print(f"deployments by status {dict(sorted(count.deployed.items()))}, starts {dict(sorted(count.started.items()))}")
    print(f"refused by {len(count.rules)} rules, most often {count.rules.most_common(12)}")
    print(f"slowest {count.slowest:.2f} s (seed {count.slowest_seed}), server {'alive' if alive else 'dead'}")
    for seed, told in count.wrong.items():
        print(f"seed {seed}: {told[:2000]}")
    return int(bool(count.wrong) or count.slowest > SLOWEST or not alive)


if __name__ == "__main__":
    sys.exit(main())
