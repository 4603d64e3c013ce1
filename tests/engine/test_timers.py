"""Timers as the clockwork sees them: found by index, fired once, caught up in order, whatever the clock does."""

from __future__ import annotations

import threading
from typing import Any

from engine.actor import Actor
from engine.clock import DAY, SECOND
from engine.jobs import timers
from tests.engine.house import House

OWNER, BOSS = Actor("owner"), Actor("boss")
HOUR = 3600 * SECOND


def fired(house: House, instance: str) -> list[dict[str, Any]]:
    """The entries of timers."""
    return [entry for entry in house.entries(instance) if entry["kind"] == "timer"]


def all_fired(house: House) -> int:
    """Look until nothing is due; answers how often somebody looked."""
    looks = 0
    while house.engine.run_timers_once():
        looks += 1
    return looks


def test_missed_turns_are_caught_up_once_each_in_order(house: House) -> None:
    house.deploy("reminded")
    made = house.start("reminded")
    begun = house.clock.at
    house.clock.at += 10 * HOUR
    assert all_fired(house) == 3
    told = [entry["data"]["due"] for entry in fired(house, made.id)]
    assert [round((due - begun) / HOUR) for due in told] == [1, 2, 3]
    assert len(house.open(made.id, "reminder")) == 3
    assert house.engine.verify().ok


def test_a_suspended_instance_catches_up_when_it_is_resumed(house: House) -> None:
    house.deploy("reminded")
    made = house.start("reminded")
    house.engine.suspend(BOSS, made.id, "停")
    house.clock.at += 10 * HOUR
    assert all_fired(house) == 0
    house.engine.resume(BOSS, made.id, "续")
    all_fired(house)
    assert len(fired(house, made.id)) == 3


def test_an_instance_that_catches_up_keeps_nobody_waiting(house: House) -> None:
    house.deploy("reminded")
    house.deploy("waits")
    house.start("reminded")
    house.clock.at += 10 * HOUR
    made = house.start("waits")
    house.clock.at += HOUR
    house.engine.run_timers_once()
    assert house.view(made.id).status == "completed"


def test_however_many_look_a_timer_fires_once(house: House) -> None:
    house.deploy("waits")
    ids = [house.start("waits").id for _ in range(5)]
    house.clock.at += HOUR
    together = threading.Barrier(4)

    def look() -> None:
        together.wait()
        all_fired(house)

    lookers = [threading.Thread(target=look) for _ in range(4)]
    for looker in lookers:
        looker.start()
    for looker in lookers:
        looker.join()
    assert [len(fired(house, id)) for id in ids] == [1] * 5
    assert {house.view(id).end for id in ids} == {"timed_out"}


def test_a_clock_set_back_fires_nothing_twice_and_keeps_the_order(house: House) -> None:
    house.deploy("reminded")
    made = house.start("reminded")
    house.clock.at += HOUR
    assert all_fired(house) == 1
    house.clock.at -= DAY
    assert all_fired(house) == 0
    house.do(made.id, "reminder", "owner")
    house.clock.at += DAY + 2 * HOUR
    assert all_fired(house) == 2
    times = [entry["at"] for entry in house.entries(made.id)]
    assert times == sorted(times)
    assert len(fired(house, made.id)) == 3
    assert house.engine.verify().ok


def test_due_timers_are_found_by_index(house: House) -> None:
    sqlite = house.engine.room.database.sqlite
    with house.engine.room.database.read() as connection:
        if not sqlite:  # on a table of no rows PostgreSQL would rather read it whole
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        query = timers.due(house.clock.now(), 100).compile(connection, compile_kwargs={"literal_binds": True})
        plan = str(connection.exec_driver_sql(f"EXPLAIN {'QUERY PLAN' if sqlite else ''} {query}").all())
    assert "ix_timer_due_at" in plan
    assert "SCAN" not in plan.upper().replace("INDEX SCAN", "").replace("BITMAP HEAP SCAN", "")


def test_a_timer_that_cannot_fire_waits_for_its_operator(house: House) -> None:
    house.deploy("late_fails")
    made = house.start("late_fails", amount=0)
    house.clock.at += HOUR
    assert all_fired(house) == 0
    (incident,) = house.engine.incidents(BOSS)
    assert (incident.element, house.view(made.id).status) == ("late", "failed")
    assert all_fired(house) == 0
    assert len(house.engine.incidents(BOSS)) == 1
