"""Many people at once: nobody's work is lost, counted twice or answered with a fault of ours."""

from __future__ import annotations

import threading

from engine.actor import Actor
from tests.engine.house import House


def test_many_threads_on_many_instances_leave_a_journal_that_verifies(house: House) -> None:
    house.deploy("turns")
    ids = [house.start("turns").id for _ in range(4)]
    faults: list[BaseException] = []

    def work(id: str, number: int) -> None:
        try:
            for turn in range(10):
                house.do(id, "turn", "owner", key=f"{number}-{turn}", stop=turn == 9, turn=turn)
                house.engine.tasks(Actor("owner"))
                house.engine.instance(Actor("owner"), id)
        except BaseException as fault:  # told to the test, which runs in another thread
            faults.append(fault)

    threads = [threading.Thread(target=work, args=(id, number)) for number, id in enumerate(ids)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert faults == []
    assert [house.view(id).status for id in ids] == ["completed"] * 4
    report = house.engine.verify()
    assert report.ok and report.executed == 44


def test_a_bounded_cache_of_live_instances_changes_nothing(house: House) -> None:
    house.deploy("turns")
    house.engine.room.lives._most = 2  # a house with many more instances than it keeps in memory
    ids = [house.start("turns").id for _ in range(6)]
    for turn in range(3):
        for id in ids:
            house.do(id, "turn", "owner", stop=False, turn=turn)
    assert len(house.engine.room.lives._items) == 2
    assert {house.view(id).variables["turn"] for id in ids} == {2}
    assert house.engine.verify().ok
