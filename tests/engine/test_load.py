"""Many people at once: nobody's work is lost, counted twice or answered with a fault of ours."""

from __future__ import annotations

import threading
from typing import Any

from bpmn.errors import Conflict
from engine.actor import Actor
from engine.engine import Engine
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


def test_of_two_people_who_complete_one_task_at_the_same_instant_one_is_told_that_it_is_done(
    house: House, twin: House
) -> None:
    house.deploy("turns")
    id = house.start("turns").id
    for turn in range(10):
        task, ready = house.task(id, "turn").id, threading.Barrier(4)
        outcomes: list[str] = []

        def complete(engine: Engine, who: str, task: str = task, turn: int = turn, ready: Any = ready) -> None:
            ready.wait()
            try:
                engine.complete(Actor(who), task, {"stop": False, "turn": turn, "who": who})
                outcomes.append(who)  # noqa: B023  # the threads end within the turn
            except Conflict as told:
                outcomes.append(str(told.status))  # noqa: B023

        people = [(one.engine, who) for one in (house, twin) for who in ("owner", "colleague")]
        threads = [threading.Thread(target=complete, args=each) for each in people]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert sorted(outcomes)[:3] == ["409"] * 3
        assert house.view(id).variables["who"] == sorted(outcomes)[3]
    assert len(house.entries(id)) == 11
    assert house.engine.verify().ok


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
