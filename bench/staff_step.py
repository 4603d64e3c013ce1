"""CPU of the server for one step of a member of staff: list my tasks, open the form, submit; three calls, a token."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench import model
from bench.house import furnish
from bench.measure import Line, Size, in_turns
from bench.served import HOUSE, Caller, Served, free_port, house, serving
from engine.engine import Engine
from engine.settings import Settings

INBOX = 10
BOUND = 5.0


def prepared(var: Path, url: str | None = None) -> str:
    """A store with the model deployed; answers a token of its owner."""
    engine = Engine(Settings(var=var, database_url=url))
    try:
        furnish(engine, model.files(model.KEY))
        return engine.token_create("owner")
    finally:
        engine.close()


def begin(caller: Caller, turn: int) -> None:
    """One more instance."""
    body = {"definition": model.KEY, "business_key": f"K-{turn}", "variables": {}}
    caller.call("POST", "/api/v1/process-instances", body, f"s-{turn}")


def step(caller: Caller, number: int) -> dict[str, Any]:
    """The first of my tasks, opened and handed in; answers it."""
    first: dict[str, Any] = caller.call("GET", "/api/v1/tasks?state=open&candidate=me")["items"][0]
    opened = caller.call("GET", f"/api/v1/tasks/{first['id']}")
    place = int(opened["element"].removeprefix("step_"))
    data = {"data": model.answers(place, number)}
    caller.call("POST", f"/api/v1/tasks/{first['id']}/complete", data, f"c-{number}")
    return first


def measure(size: Size) -> list[Line]:
    """Three bare Flask calls, this house."""
    each = size.of(200, 60)
    numbers = iter(range(10**9))
    with tempfile.TemporaryDirectory(prefix="guicheng-bench-") as folder:
        token = prepared(Path(folder))
        port = free_port()
        own = {"GUICHENG_VAR": folder, "PYTHONPATH": str(HOUSE)}
        command = [sys.executable, "-m", "bench.bare", str(port)]
        with serving(command, port, "/tasks", own) as bare, house(Path(folder)) as ours:
            flask, caller = Caller(port), Caller(ours.port, token)
            for turn in range(INBOX):
                begin(caller, turn)

            def floor() -> Mapping[str, float]:
                before = bare.cpu()
                for number in range(each):
                    flask.call("GET", "/tasks?state=open&candidate=me")
                    flask.call("GET", "/tasks/x")
                    flask.call("POST", "/tasks/x/complete", {"data": model.answers(1, number)})
                return {"cpu": (bare.cpu() - before) / each}

            found = in_turns(size.rounds, {"flask": floor, "ours": lambda: _ours(ours, caller, numbers, each)})
    return [
        Line("three calls of bare Flask, server's CPU", "ms", found["flask"]["cpu"]),
        Line("staff step over HTTP, server's CPU", "ms", found["ours"]["cpu"], BOUND, beside=found["flask"]["cpu"]),
    ]


def _ours(served: Served, caller: Caller, numbers: Any, each: int) -> Mapping[str, float]:
    """Steps, with instances begun as others end; their starting is not counted."""
    used = 0.0
    for _ in range(each):
        number = next(numbers)
        if number % model.STEPS == 0 and number:
            begin(caller, INBOX + number)
        before = served.cpu()
        step(caller, number)
        used += served.cpu() - before
    return {"cpu": used / each}
