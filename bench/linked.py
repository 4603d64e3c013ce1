"""A project with 2 000 linked tickets beside one with sixty: a ticket's start and step, a claim in it, its page."""

from __future__ import annotations

import statistics

from bench import model
from bench.house import OWNER, hasty, opened
from bench.measure import Line, Sample, Size, Watch
from bench.pages import logged_in
from engine.engine import Engine

FLAT = 1.5
FEW = 60  # more than a page shows: both draw a full one
WINDOW = 40
PARTS = 4


def measure(size: Size) -> list[Line]:
    """Each figure in both projects, taken in turns."""
    many = size.of(2_000, 300)
    with opened("ten") as small, opened("ten") as large:
        places = [Project(small), Project(large)]
        for place, count in zip(places, (FEW, many), strict=True):
            with hasty(place.engine):
                for _ in range(count):
                    place.begin()
        rounds = [[place.figures() for place in places] for _ in range(WINDOW)]
    lines = []
    for name in rounds[0][0]:
        few, full = ([one[way][name] for one in rounds] for way in (0, 1))
        beside, sample = _medians(few), _medians(full)
        title = f"{name}, project with {many} linked tickets, CPU"
        lines.append(Line(title, "ms", sample, FLAT * beside.median, beside=beside))
    return lines


class Project:
    """A running project in a store of its own, and its tickets."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.tickets = engine, 0
        self.root = engine.start(OWNER, model.KEY, "project", {}).id
        self.client = logged_in(engine)

    def begin(self) -> str:
        """One more ticket, linked."""
        self.tickets += 1
        return self.engine.start(OWNER, model.KEY, f"ticket-{self.tickets}", {}, parent=self.root).id

    def figures(self) -> dict[str, float]:
        """The CPU of each, ms."""
        started, completed, claimed, shown = Watch(), Watch(), Watch(), Watch()
        with started:
            ticket = self.begin()
        (row,) = self.engine.tasks(OWNER, instance=ticket).items
        with completed:
            self.engine.complete(OWNER, row.id, model.answers(1, self.tickets))
        (own,) = self.engine.tasks(OWNER, instance=self.root).items
        with claimed:
            self.engine.claim(OWNER, own.id)
            self.engine.unclaim(OWNER, own.id)
        with shown:
            answer = self.client.get(f"/projects/{self.root}?tab=linked")
        assert answer.status_code == 200, answer.status_code
        return {
            "a ticket started": started.cpu,
            "a ticket's step": completed.cpu,
            "a claim and a release in the project": claimed.cpu,
            "the page of linked tickets": shown.cpu,
        }


def _medians(figures: list[float]) -> Sample:
    """Of the parts of the window: one slow moment is no growth."""
    part = len(figures) // PARTS
    return Sample(tuple(statistics.median(figures[at : at + part]) for at in range(0, part * PARTS, part)))
