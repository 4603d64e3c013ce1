"""What the benchmark measures is whole work, by the house and by its floors alike."""

from __future__ import annotations

from pathlib import Path

from bench.__main__ import BENCHES, row
from bench.house import OWNER, opened, play
from bench.measure import Line, Sample, Watch, in_turns
from bench.spiff import Alone, Kept

HOUSE = Path(__file__).parents[2]


def test_an_instance_of_the_model_ends_after_ten_tasks() -> None:
    with opened("ten") as engine:
        instance = play(engine, 1)
        view = engine.instance(OWNER, instance)
        assert (view.status, view.end) == ("completed", "end")
        assert len(engine.tasks(OWNER, state="done", instance=instance).items) == 10
        assert view.variables["total"] == view.variables["number_1"] + view.variables["number_4"]


def test_the_floors_do_the_same_work(tmp_path: Path) -> None:
    watch, kept = Watch(), Kept(tmp_path)
    Alone().play(1, watch)
    kept.play(1, watch)
    kept.close()
    assert watch.laps == 20


def test_ways_are_measured_in_turns_and_the_first_round_is_dropped() -> None:
    order: list[str] = []

    def way(name: str) -> dict[str, float]:
        order.append(name)
        return {"cpu": float(len(order))}

    found = in_turns(2, {"a": lambda: way("a"), "b": lambda: way("b")})
    assert order == ["a", "b"] * 3
    assert found["a"]["cpu"].figures == (3.0, 5.0)


def test_a_line_says_whether_its_bound_was_kept() -> None:
    sample = Sample((1.0, 3.0, 2.0))
    assert row(Line("a", "ms", sample, 2.0, beside=Sample((1.0,)))).endswith("| 2.00 | ≤ 2 | yes |")
    assert row(Line("a", "/s", sample, 2.5, more_is_better=True)).endswith("| ≥ 2.5 | **no** |")


def test_every_bench_is_told_of() -> None:
    told = (HOUSE / "bench" / "README.md").read_text(encoding="utf-8")
    assert [name for name in BENCHES if f"`{name}`" not in told] == []
