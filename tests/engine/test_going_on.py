"""A busy instance goes on under a raised fold as if nothing had been raised: live, restored and executed again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from engine import verify
from engine.actor import Actor
from engine.contract import Job, Services
from engine.spiff import FOLD
from engine.store import tables as t
from tests.engine.house import House
from tests.engine.releases import OLD, release_before

OWNER, BOSS = Actor("owner"), Actor("boss")
HOUR = 3_600_000_000
Act = Callable[[House, str], object]


def work(job: Job, services: Services) -> Mapping[str, Any]:
    """What the service task of the diagram does."""
    return {"worked": job.inputs["subject"]}


def done(element: str, **data: Any) -> Act:
    """The first open task of the element is completed: ids differ from instance to instance, their order must not."""
    k = t.task.c

    def act(house: House, id: str) -> None:
        waiting = select(k.id).where(k.instance == id, k.element == element, k.state == "open")
        with house.engine.room.database.read() as connection:
            first = connection.execute(waiting.order_by(k.created_seq, k.loop)).scalars().first()
        house.engine.complete(OWNER, str(first), data)

    return act


def hours(number: int) -> Act:
    """Time passes, and what is due fires."""

    def act(house: House, id: str) -> None:
        house.clock.at += number * HOUR
        assert house.engine.run_timers_once() > 0

    return act


def fault(house: House, id: str) -> None:
    """A message for the event sub-process."""
    assert house.engine.message(OWNER, "major_fault", "busy-1", {}) == [id]


def worked(house: House, id: str) -> None:
    """The job is run."""
    assert house.engine.run_jobs_once() == 1


BEFORE: tuple[Act, ...] = (done("each", answer=1), fault, hours(1))
AFTER: tuple[Act, ...] = (
    *(done("each", answer=2), hours(1), fault, worked, done("sign"), done("repair"), hours(5)),
    *(done("repair"), done("reminder"), done("reminder"), done("reminder"), done("each", answer=3)),
)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[House]:
    """A house with a worker and a diagram in which everything waits at once."""
    made = House(tmp_path / "var", {"work": work})
    made.deploy("busy")
    yield made
    made.engine.close()


def walk(house: House, acts: tuple[Act, ...], id: str, restored: bool) -> None:
    """Does one after the other; `restored` forgets the live copy before each."""
    for act in acts:
        if restored:
            house.engine.room.lives.clear()
        act(house, id)


def shape(house: House, id: str) -> list[tuple[str, list[tuple[Any, ...]]]]:
    """What each entry did, without the ids that no two instances share."""
    return [
        (entry["kind"], [tuple(effect.get(name) for name in SHARED) for effect in entry["effects"]])
        for entry in house.entries(id)
        if entry["kind"] != "checkpoint"
    ]


SHARED = ("type", "element", "path", "loop", "token", "scope", "name", "reason", "status")


@pytest.mark.parametrize("restored", [False, True], ids=["live", "restored"])
def test_a_busy_instance_goes_on_from_its_checkpoint_to_its_end(
    shop: House, restored: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with release_before(shop):
        id = shop.start("busy", members=["a", "b", "c"]).id
        walk(shop, BEFORE, id, restored)
        assert shop.engine.checkpoint().written == 1
    walk(shop, AFTER, id, restored)
    view = shop.view(id)
    assert (view.status, view.end) == ("completed", "end")
    assert (view.variables["first"], view.variables["worked"]) == ("b", {"b": 1, "a": 2})
    assert sorted(one["answer"] for one in view.variables["said"]) == [1, 2, 3]
    assert {entry["fold"] for entry in shop.entries(id)} == {OLD, FOLD}

    before = shop.read_tables()
    shop.engine.rebuild()
    assert shop.read_tables() == before

    # Executed again by a release that knows only the newer fold: from the checkpoint on.
    entries = len(shop.entries(id))
    old = sum(entry["fold"] == OLD for entry in shop.entries(id))
    report = shop.engine.verify()
    assert report.ok, str(report)
    assert (report.executed, report.other_folds) == (entries - old, {OLD: old})
    # And by one that knows both: from the start, the checkpoint held against the state that comes of it.
    place = tmp_path / "export"
    place.mkdir()
    verify.export(shop.engine.room, place)
    monkeypatch.setattr(verify, "FOLDS", frozenset({OLD, FOLD}))
    report = verify.examine(place, shop.engine.room.keys.audit)
    assert report.ok, str(report)
    assert report.executed == entries


def test_jobs_and_timers_wait_for_the_missing_checkpoint_and_keep_nobody_else_waiting(shop: House) -> None:
    with release_before(shop):
        stranded = shop.start("busy", members=[]).id
    fine = shop.start("busy", members=[]).id
    shop.clock.at += HOUR
    shop.engine.run_jobs_once()
    shop.engine.run_timers_once()
    assert len(shop.open(fine, "reminder")) == 1 and "worked" in shop.view(fine).variables
    assert shop.open(stranded, "reminder") == [] and len(shop.entries(stranded)) == 1
    assert (shop.engine.run_jobs_once(), shop.engine.run_timers_once()) == (0, 0), "nobody spins"
    with release_before(shop):
        shop.engine.checkpoint()
    shop.clock.at += HOUR
    shop.engine.keep_house()
    shop.engine.run_jobs_once()
    shop.engine.run_timers_once()
    assert shop.open(stranded, "reminder") and shop.view(stranded).variables["worked"] == {"b": 1, "a": 2}
    assert shop.engine.incidents(BOSS) == []
    assert shop.engine.verify().ok


def test_work_is_not_done_for_an_instance_that_could_not_take_its_result(tmp_path: Path) -> None:
    did: list[str] = []

    def tell(job: Job, services: Services) -> Mapping[str, Any]:
        did.append(job.id)
        return {}

    house = House(tmp_path / "var", {"work": tell})
    try:
        house.deploy("machine")
        with release_before(house):
            house.start("machine", subject="甲")
        for _ in range(house.settings.job_attempts + 2):
            house.clock.at += HOUR
            house.engine.keep_house()
            house.engine.run_jobs_once()
        assert did == [] and house.engine.incidents(BOSS) == []
        with release_before(house):
            house.engine.checkpoint()
        house.clock.at += HOUR
        house.engine.keep_house()
        assert house.engine.run_jobs_once() == 1 and len(did) == 1
    finally:
        house.engine.close()


def test_a_raised_fold_with_a_checkpoint_changes_no_effect(shop: House) -> None:
    with release_before(shop):
        first = shop.start("busy", members=["a", "b", "c"]).id
        walk(shop, BEFORE, first, restored=False)
        shop.engine.checkpoint()
    walk(shop, AFTER, first, restored=False)
    second = shop.start("busy", members=["a", "b", "c"]).id
    walk(shop, BEFORE + AFTER, second, restored=False)
    assert shape(shop, first) == shape(shop, second)
