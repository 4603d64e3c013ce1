"""CPU of one completion through the service layer: durable, with journal, history, task rows and idempotency."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from bench import model
from bench.house import OWNER, opened, play
from bench.measure import Line, Size, Watch, in_turns
from bench.spiff import Alone, Kept


def measure(size: Size) -> list[Line]:
    """SpiffWorkflow alone, SpiffWorkflow with full JSON and a commit, this house."""
    each = size.of(12, 5)
    turns = iter(range(10**9))
    with opened("ten") as engine, tempfile.TemporaryDirectory(prefix="guicheng-bench-") as folder:
        alone, kept = Alone(), Kept(Path(folder))

        def floor(way: Alone) -> Mapping[str, float]:
            watch = Watch()
            for _ in range(each):
                way.play(next(turns), watch)
            return figures(watch)

        def ours() -> Mapping[str, float]:
            watch = Watch()
            for _ in range(each):
                turn = next(turns)

                def do(task: str, step: int, turn: int = turn) -> None:
                    data = model.answers(step, turn)
                    with watch:
                        engine.complete(OWNER, task, data, idempotency_key=f"c-{turn}-{step}")

                play(engine, turn, do)
            return figures(watch)

        found = in_turns(size.rounds, {"alone": lambda: floor(alone), "kept": lambda: floor(kept), "ours": ours})
        kept.close()
    bound = found["kept"]["cpu"].median
    return [
        Line("SpiffWorkflow alone in memory, CPU", "ms", found["alone"]["cpu"]),
        Line(
            "SpiffWorkflow, full JSON, one commit, CPU", "ms", found["kept"]["cpu"], None, beside=found["alone"]["cpu"]
        ),
        Line(
            "completion through the service layer, CPU", "ms", found["ours"]["cpu"], bound, beside=found["kept"]["cpu"]
        ),
        Line("SpiffWorkflow, full JSON, one commit, wall", "ms", found["kept"]["wall"]),
        Line("completion through the service layer, wall", "ms", found["ours"]["wall"], beside=found["kept"]["wall"]),
    ]


def figures(watch: Watch) -> dict[str, float]:
    """CPU and wall of one completion."""
    cpu, wall = watch.each
    return {"cpu": cpu, "wall": wall}
