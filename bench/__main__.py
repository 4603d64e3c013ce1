"""`./run bench [NAMES]`: measure, and print one table."""

from __future__ import annotations

import platform
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import click

from bench import audit, cold, completion, crowd, growth, linked, pages, replay, staff_step, stored, throughput, year
from bench.measure import Line, Size

HOUSE = Path(__file__).parents[1]
BENCHES: Mapping[str, Callable[[Size], list[Line]]] = {
    "completion": completion.measure,
    "staff_step": staff_step.measure,
    "growth": growth.measure,
    "linked": linked.measure,
    "stored": stored.measure,
    "cold": cold.measure,
    "throughput": throughput.measure,
    "crowd": crowd.measure,
    "pages": pages.measure,
    "replay": replay.measure,
    "audit": audit.measure,
    "year": year.measure,
}


def row(line: Line) -> str:
    """One line of the table."""
    low, high = line.sample.range
    ratio = "" if line.ratio is None else f"{line.ratio:.2f}"
    bound = "" if line.bound is None else f"{'≥' if line.more_is_better else '≤'} {line.bound:.4g}"
    reached = {None: "", True: "yes", False: "**no**"}[line.reached]
    figure = (
        f"{line.sample.median:.3g} {line.unit}"
        if line.sample.median < 1000
        else f"{line.sample.median:.0f} {line.unit}"
    )
    return f"| {line.name} | {figure} | {low:.3g} to {high:.3g} | {ratio} | {bound} | {reached} |"


def machine() -> str:
    """On what this was measured."""
    model = (
        next(
            (
                text.partition(":")[2].strip()
                for text in Path("/proc/cpuinfo").read_text().splitlines()
                if "model name" in text
            ),
            platform.processor(),
        )
        if Path("/proc/cpuinfo").exists()
        else platform.processor()
    )
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=HOUSE, capture_output=True, text=True).stdout
    return f"{platform.system()} {platform.machine()}, {model}; Python {platform.python_version()}; {commit.strip()}"


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(list(BENCHES)))
@click.option("--keep", type=click.Path(path_type=Path), help="With year: leave its store in this folder, and stop.")
@click.option("--quick", is_flag=True, help="Fewer rounds, smaller numbers: to see that it works, not to quote.")
def main(names: tuple[str, ...], quick: bool, keep: Path | None) -> None:
    """Measure NAMES, or everything."""
    size = Size(quick)
    if keep is not None:
        year.keep(size, keep)
        return
    click.echo(f"{machine()}{' (quick)' if quick else ''}\n")
    click.echo("| what | median | range | ratio to floor | bound | reached |")
    click.echo("| --- | --- | --- | --- | --- | --- |")
    for name in names or BENCHES:
        began = time.monotonic()
        for line in BENCHES[name](size):
            click.echo(row(line))
        print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
