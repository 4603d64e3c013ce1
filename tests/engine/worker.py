"""A worker process for tests: writes down what it takes, and holds a job while a file says so."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.contract import Job, Services
from engine.engine import Engine
from engine.settings import Settings

VAR = Path(sys.argv[1])


def tell(line: str) -> None:
    """Write a line that is there even when the process is killed right after."""
    with open(VAR / "told", "a", encoding="utf-8") as file:
        file.write(f"{os.getpid()} {line}\n")


def work(job: Job, services: Services) -> Mapping[str, Any]:
    """The service task `work`."""
    tell(f"took {job.id} {job.attempt}")
    while (VAR / "hold").exists():
        time.sleep(0.02)
    if job.inputs["subject"] == "fails":
        raise RuntimeError("打印机坏了")
    services.add_document("R1", "记录", "1.0", b"content")
    tell(f"did {job.id}")
    return {"made": job.attempt}


if __name__ == "__main__":
    engine = Engine(
        Settings(var=VAR, database_url=sys.argv[2], worker_lost_after=2, worker_concurrency=2, job_attempts=2),
        topics={"work": work},
    )
    try:
        tell("began")
        engine.run_worker()
        tell("ended")
    finally:
        engine.close()
