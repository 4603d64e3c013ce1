"""docs/bpmn-support.md, written from the table: `python -m tests.support`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests.support.row import Row
from tests.support.table import CHAPTERS, ROWS

PAGE = Path(__file__).parents[2] / "docs" / "bpmn-support.md"
HEAD = """# What of BPMN 2.0 is executed

Written by `python -m tests.support` from the table in `tests/support/`. Each row is a tiny diagram that the tests
deploy and play, live, restored before every step and executed again, with and without pruning. Do not edit it here.

- **runs**: the machine executes it as it is drawn.
- **normalised**: it is rewritten at deployment, keeping ids, into what the machine executes.
- **refused**: the deployment is refused, with file, element, line, rule and remedy.
- **told**: it has no effect, and the deployment says so in a warning.

What is not in the table is refused too, or means nothing when executed (colours, categories, monitoring, auditing).
"""
TAIL = """
## Where the standard leaves a choice
- Several triggers in one event: cancel, compensate, link and terminate stand alone; all others may stand together.
- A condition is asked when its event begins to wait and whenever a variable changes. One that stays true fires
  once.
- An event that a multi-instance throws of itself (`behavior` None, One) lets a token out of the event attached to
  it and ends nothing, whatever `cancelActivity` says: it tells how far the activity is. With Complex,
  `cancelActivity` decides.
- A complex gateway takes flows when it resets only if their condition names `waitingForStart`.
- An ad-hoc sub-process begins all that no flow leads to, or one after another in the order of the file when it is
  sequential; while its completion condition is not true, it begins them again.
- Compensation goes backwards, one after another. A sub-process that has ended is undone by what is attached to it,
  else by its own compensation event sub-process, else by undoing what ended in it.
- A timer with a cycle that is waited for in the flow fires once; on a border or in an event sub-process it fires at
  each turn.
- A timer that a process begins with counts from the deployment of its newest version, where it names no date, and
  the system begins the instances. A timer that stands in the next version written the same goes on where it was; one
  of the version before is withdrawn. A date that is over begins one instance at once. Missed turns of a cycle begin
  an instance each, in order: all of them where a count or an end bounds it, else the last hundred.
- A message goes to the instances of its business key that wait for it; where none waits, it begins an instance of
  each process that begins with it. A signal reaches everything that waits for it, in all instances, and begins all
  that begins with it. What a message brings become variables; where the catching event has a
  `camunda:property` named `payload` (`fault_title, impact`), a message that brings anything else is refused.
- A process whose tokens can never move again does not stall: the step that led there is refused and named in an
  incident.
"""


def page() -> str:
    """The page as it must be."""
    parts = [HEAD, _sum()]
    for title, rows in CHAPTERS:
        parts += [f"\n## {title}\n", "| element | feature | |", "| --- | --- | --- |", *map(_line, rows)]
    return "\n".join(parts) + "\n" + TAIL


def _sum() -> str:
    counts = Counter(row.how for row in ROWS)
    return "In numbers: " + ", ".join(f"{counts[how]} {how}" for how in ("runs", "normalised", "refused", "told")) + "."


def _line(row: Row) -> str:
    how = row.how if row.how != "refused" else f"refused: `{row.rule}`"
    return f"| `{row.element}` | {row.feature.replace('|', chr(92) + '|')} | {how} |"
