"""Opening an instance of 1 000 entries that no cache knows, the furthest from a snapshot, its diagram not yet parsed.

SpiffWorkflow's own JSON is no floor here: in a loop of this length it stalls before the state can be made.
"""

from __future__ import annotations

from collections.abc import Mapping

from bench import model
from bench.house import OWNER, hasty, opened
from bench.measure import Line, Size, Watch, in_turns
from engine.step import work

BOUND = 30.0
LONG = "again"


def measure(size: Size) -> list[Line]:
    """Loading the same work from SpiffWorkflow's JSON, and opening it here."""
    with opened("ten") as engine, hasty(engine):
        every = engine.settings.snapshot_every
        wanted = size.of(1_000, 200) // every * every + every - 1
        instance = engine.start(OWNER, model.KEY, "long", {}).id
        entries, step = 1, 1
        while entries < wanted:
            (row,) = engine.tasks(OWNER, instance=instance).items
            step = int(row.element.removeprefix("step_"))
            again = {"choice_8": LONG} if step == 8 else {}
            engine.complete(OWNER, row.id, {**model.answers(step, entries), **again})
            entries += 1

        def ours() -> Mapping[str, float]:
            room = engine.room
            for kept in (room.lives, room.variables, room.sets, room.definitions, room.forms):
                kept.clear()
            watch = Watch()
            with watch:
                (row,) = engine.tasks(OWNER, instance=instance).items
                engine.task(OWNER, row.id)
                with work(room) as opening:
                    head = opening.head(instance)
                    assert head is not None and opening.live(head).seq == wanted
            return {"wall": watch.wall, "cpu": watch.cpu}

        found = in_turns(size.rounds, {"ours": ours})["ours"]
    return [
        Line(f"opening a cold instance of {wanted} entries, page and live copy, CPU", "ms", found["cpu"], BOUND),
        Line("the same, wall", "ms", found["wall"]),
    ]
