"""Knocks at the door of a server: deploys what is damaged, begins what is let in, and counts the answers."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from bpmn.model import File
from tests.door.mutation import mutated

Answer = tuple[int, dict[str, object]]


def multipart(files: Sequence[File]) -> tuple[bytes, str]:
    """The files as a form sends them, and the media type."""
    boundary = uuid.uuid4().hex
    body = b"".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="{one.name}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n".encode()
        + one.content
        + b"\r\n"
        for one in files
    )
    return body + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


@dataclass
class Count:
    """How many answers had which status; `wrong` are the seeds whose answer nobody should get, and what it was."""

    deployed: Counter[int] = field(default_factory=Counter)
    started: Counter[int] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    wrong: dict[int, str] = field(default_factory=dict)
    slowest: float = 0.0
    slowest_seed: int = 0


class Door:
    """What a server is asked with: `deploy` and `start` answer a status and what was told."""

    def __init__(
        self, deploy: Callable[[Sequence[File]], Answer], start: Callable[[str], Answer], seeds: Iterable[int]
    ) -> None:
        self.deploy, self.start, self.seeds = deploy, start, seeds

    def knock(self) -> Count:
        """Each seed once."""
        count = Count()
        for seed in self.seeds:
            begun = time.monotonic()
            status, told = self.deploy(mutated(seed))
            took = time.monotonic() - begun
            if took > count.slowest:
                count.slowest, count.slowest_seed = took, seed
            count.deployed[status] += 1
            _judge(count, seed, status, told)
            made = told.get("definitions") if status == 201 else None
            for one in made if isinstance(made, list) else []:
                answer, problem = self.start(str(one["key"]))
                count.started[answer] += 1
                if answer >= 500:
                    count.wrong[seed] = f"start {one['key']}: {answer} {problem}"
        return count


def _judge(count: Count, seed: int, status: int, told: dict[str, object]) -> None:
    """A deployment is stored, or refused with findings each of which says its rule, its file and what to do."""
    findings = told.get("findings")
    if isinstance(findings, list):
        count.rules.update({str(one["rule"]) for one in findings if one["severity"] == "error"})
    if status >= 500 or (status not in (201, 413) and not told.get("detail")):
        count.wrong[seed] = f"deploy: {status} {told}"
    elif status == 422 and not told.get("errors"):
        if not isinstance(findings, list) or not any(one["severity"] == "error" for one in findings):
            count.wrong[seed] = f"refused without a finding: {told}"
        elif not all(one["rule"] and one["message"] and "file" in one for one in findings):
            count.wrong[seed] = f"a finding says too little: {findings}"
