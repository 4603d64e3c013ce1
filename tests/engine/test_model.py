"""Two engines on one store do what a simple model of the diagram says, in whatever order people and machines act."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import delete

from bpmn.errors import GuichengError
from engine.actor import Actor
from engine.clock import SECOND
from engine.contract import Job, PermanentFailure, Services
from engine.errors import NobodyWaits
from engine.store import tables as t
from tests.engine.house import House

HOUR = 3600 * SECOND
PEOPLE = ("owner", "colleague")


@dataclass
class Instance:
    """What the model knows of an instance."""

    id: str
    serving: bool = True
    holder: str | None = None
    repairs: int = 0
    working: bool = False
    failed: bool = False
    stop: bool = False
    due: int = 0
    served: int = 0
    ended: str | None = None
    rests: bool = False
    keys: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)

    @property
    def tasks(self) -> list[tuple[str, str | None]]:
        """Open tasks with their holders."""
        found: list[tuple[str, str | None]] = [("repair", None)] * self.repairs
        return sorted([*found, *([("serve", self.holder)] if self.serving else [])], key=str)

    def settle(self, end: str) -> None:
        """What has nothing left to do is over."""
        if not (self.serving or self.repairs or self.working):
            self.ended = end


class Worker:
    """A service task that fails for good as often as it is told."""

    def __init__(self) -> None:
        self.failing = False

    def __call__(self, job: Job, services: Services) -> Mapping[str, Any]:
        """Nothing but the news that it was done."""
        if self.failing:
            raise PermanentFailure("坏了")
        return {}


class TwoEngines(RuleBasedStateMachine):
    """People claim, complete, cancel; clocks and workers run; caches vanish. Each act goes to one of the engines."""

    houses: ClassVar[tuple[House, ...]]
    worker: ClassVar[Worker]
    which = st.integers(0, 1)
    who = st.sampled_from(PEOPLE)
    one = st.integers(0, 9)

    def __init__(self) -> None:
        super().__init__()
        self.made: list[Instance] = []
        self.number = self.looks = 0

    def pick(self, place: int) -> Instance:
        """One of the instances."""
        return self.made[place % len(self.made)]

    def task(self, house: House, instance: Instance, element: str) -> str | None:
        """The id of an open task, as that engine sees it."""
        return next((row.id for row in house.open(instance.id, element)), None)

    @initialize()
    def begin(self) -> None:
        for at in (0, 1):
            self.start(at)

    @rule(at=which)
    def start(self, at: int) -> None:
        if sum(made.ended is None for made in self.made) < 2:
            house = self.houses[at]
            made = Instance(house.start("model", stop=False, served=0).id)
            made.due = house.clock.at + HOUR
            self.made.append(made)

    @rule(at=which, place=one, who=who)
    def claim(self, at: int, place: int, who: str) -> None:
        house, instance = self.houses[at], self.pick(place)
        task = self.task(house, instance, "serve")
        if task is None:
            assert not instance.serving or instance.ended
        elif instance.holder in (None, who):
            house.engine.claim(Actor(who), task)
            instance.holder = who
        else:
            with pytest.raises(GuichengError):
                house.engine.claim(Actor(who), task)

    @rule(at=which, place=one)
    def unclaim(self, at: int, place: int) -> None:
        house, instance = self.houses[at], self.pick(place)
        if instance.holder is not None:
            task = self.task(house, instance, "serve")
            assert task is not None
            house.engine.unclaim(Actor(instance.holder), task)
            instance.holder = None

    @rule(at=which, place=one, who=who, stop=st.booleans())
    def serve(self, at: int, place: int, who: str, stop: bool) -> None:
        house, instance = self.houses[at], self.pick(place)
        task = self.task(house, instance, "serve")
        if task is None:
            return
        self.number += 1
        data = {"stop": stop, "served": instance.served + 1}
        if instance.holder not in (None, who):
            with pytest.raises(GuichengError):
                house.engine.complete(Actor(who), task, data)
            return
        key = f"{instance.id}-{self.number}"
        house.engine.complete(Actor(who), task, data, idempotency_key=key)
        instance.keys.append((who, task, {"data": data, "idempotency_key": key}))
        instance.serving, instance.holder, instance.working = False, None, True
        instance.stop, instance.served = stop, instance.served + 1

    @precondition(lambda self: any(made.keys for made in self.made))
    @rule(at=which, place=one)
    def send_again(self, at: int, place: int) -> None:
        """The same request once more, its answer having been lost: nothing happens."""
        instance = self.pick(place)
        if instance.keys:
            who, task, request = instance.keys[-1]
            self.houses[at].engine.complete(Actor(who), task, **request)

    @rule(at=which, place=one, who=who)
    def repair(self, at: int, place: int, who: str) -> None:
        house, instance = self.houses[at], self.pick(place)
        task = self.task(house, instance, "repair")
        assert (task is not None) == (instance.repairs > 0 and instance.ended is None)
        if task is not None:
            house.engine.complete(Actor(who), task, {})
            instance.repairs -= 1
            instance.settle("repaired")

    @rule(at=which, place=one)
    def message(self, at: int, place: int) -> None:
        house, instance = self.houses[at], self.pick(place)
        waiting = [made for made in self.made if made.serving and made.ended is None]
        if waiting:
            reached = house.engine.message(Actor("owner"), "fault", "model-1")
            assert sorted(reached) == sorted(made.id for made in waiting)
            for made in waiting:
                made.repairs += 1
        else:
            with pytest.raises(NobodyWaits):
                house.engine.message(Actor("owner"), "fault", "model-1")
        assert instance in self.made

    @rule(at=which, hours=st.sampled_from([0.01, 0.1, 0.6]))
    def time_passes(self, at: int, hours: float) -> None:
        house = self.houses[at]
        house.clock.at += int(hours * HOUR)
        house.engine.run_timers_once()
        for instance in self.made:
            if instance.serving and instance.ended is None and instance.due <= house.clock.at:
                instance.serving, instance.holder = False, None
                instance.settle("timed_out")

    @rule(at=which, failing=st.sampled_from([False, False, True]))
    def work(self, at: int, failing: bool) -> None:
        self.worker.failing = failing
        house = self.houses[at]
        house.engine.run_jobs_once(limit=50)
        for instance in self.made:
            if not instance.working or instance.failed or instance.ended:
                continue
            if failing:
                instance.failed = True
                continue
            instance.working = False
            instance.serving = not instance.stop
            instance.due = self.due(house, instance)
            instance.settle("done")

    def due(self, house: House, instance: Instance) -> int:
        """When the newest service becomes late: an hour after the entry that opened it."""
        opened = [row.created_at for row in house.open(instance.id, "serve")]
        return opened[0] + HOUR if opened else 0

    @precondition(lambda self: any(made.failed for made in self.made))
    @rule(at=which)
    def retry(self, at: int) -> None:
        house = self.houses[at]
        for incident in house.engine.incidents(Actor("boss")):
            if any(made.id == incident.instance for made in self.made):
                house.engine.retry(Actor("boss"), incident.id, "修好了")
        for instance in self.made:
            instance.failed = False

    @rule(at=which, place=one)
    def cancel(self, at: int, place: int) -> None:
        house, instance = self.houses[at], self.pick(place)
        if place < 2 and instance.ended is None:  # seldom, or nothing would ever grow old
            house.engine.cancel(Actor("boss"), instance.id, "不做了")
            instance.serving = instance.working = instance.failed = False
            instance.repairs, instance.holder, instance.ended = 0, None, "cancelled"

    @rule(at=which)
    def forget(self, at: int) -> None:
        """An engine loses all that it kept in memory, and the store its snapshots."""
        room = self.houses[at].engine.room
        room.lives.clear()
        room.variables.clear()
        with room.database.write() as connection:
            connection.execute(delete(t.snapshot))

    @invariant()
    def both_see_what_the_model_says(self) -> None:
        """In turns, and both at the end, when what has ended is looked at again: looking is most of the test's time."""
        self.looks += 1
        for instance in self.made:
            if not instance.rests:
                self.seen(self.houses[self.looks % 2], instance)
                instance.rests = instance.ended is not None

    def seen(self, house: House, instance: Instance) -> None:
        """That engine shows the instance as the model knows it."""
        view = house.view(instance.id)
        if instance.ended is None:
            assert view.status == ("failed" if instance.failed else "active")
        else:
            assert view.status == ("terminated" if instance.ended == "cancelled" else "completed")
        found = [(row.element, row.assignee) for row in house.open(instance.id)]
        assert sorted(found, key=str) == ([] if instance.ended else instance.tasks)
        assert view.variables["served"] == instance.served

    def teardown(self) -> None:
        for house in self.houses:
            for instance in self.made:
                self.seen(house, instance)
        for instance in self.made:
            if instance.ended is None:
                self.houses[0].engine.cancel(Actor("boss"), instance.id, "到此为止")


@pytest.fixture
def houses(tmp_path: Path, store: str | None) -> Iterator[tuple[House, House]]:
    """Two engines on one store with one clock between them."""
    TwoEngines.worker = worker = Worker()
    one, other = (House(tmp_path / "var", {"work": worker}, database_url=store) for _ in range(2))
    pair = one, other
    pair[1].clock = pair[1].engine.room.clock = pair[0].clock
    pair[0].deploy("model")
    yield pair
    for house in pair:
        house.engine.close()


def test_two_engines_on_one_store_do_what_the_model_says(houses: tuple[House, House]) -> None:
    TwoEngines.houses = houses
    examples = settings().max_examples * 3 // 20  # --hypothesis-profile=long: ten times as many
    run_state_machine_as_test(TwoEngines, settings=settings(max_examples=examples, stateful_step_count=40))
    before = houses[0].read_tables()
    houses[1].engine.rebuild()
    assert houses[0].read_tables() == before
    assert houses[0].engine.verify().ok
