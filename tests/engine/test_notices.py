"""What is told in the page: of tasks, of dates, by service tasks; and what the count in every page's head reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, insert

from engine import notices
from engine.actor import OPERATOR, Actor
from engine.clock import DAY
from engine.store import tables as t
from tests.engine.house import House

OWNER, COLLEAGUE, CHIEF = Actor("owner"), Actor("colleague"), Actor("chief")


def tell(house: House, user: str, id: str, kind: str = "told") -> None:
    """As a service task tells somebody."""
    row = {"id": id, "user": user, "at": house.clock.now(), "text": id, "link": None, "kind": kind}
    house.engine.room.database.run(lambda connection: connection.execute(insert(t.notice), row))


def test_the_count_of_what_is_not_read_is_that_of_the_list_whatever_was_told(house: House) -> None:
    house.engine.create_user(OPERATOR, CHIEF.user, "总监", roles=["project_supervisor"])
    house.deploy("returns")
    house.deploy("due")
    first, _ = house.start("due"), house.start("due")
    returned = house.start("returns").id
    house.do(returned, "write", "owner")
    house.do(returned, "check", "reviewer", result="return", return_reason="缺附件")
    tell(house, "owner", "one", "approved")
    tell(house, "colleague", "two")
    house.clock.at += 30 * DAY
    for actor in (OWNER, COLLEAGUE, CHIEF, Actor("outsider")):
        told = house.engine.notices(actor)
        assert [one.at for one in told] == sorted((one.at for one in told), reverse=True)
        assert house.engine.unread(actor) == len(house.engine.notices(actor, unread=True)) == len(told)
    kinds = sorted(one.kind for one in house.engine.notices(OWNER))
    assert kinds == ["approved", "overdue", "overdue", "returned", "task", "task"]
    assert [one.kind for one in house.engine.notices(CHIEF)] == ["overdue", "overdue"]
    (task,) = house.open(first.id)
    house.engine.notices_seen(OWNER, f"overdue-{task.id}")
    seen = {one.id for one in house.engine.notices(OWNER) if one.seen}
    assert seen == {f"overdue-{task.id}"} and house.engine.unread(OWNER) == 5
    assert len(house.engine.notices(OWNER, kind="overdue", unread=True)) == 1
    house.engine.notices_seen(OWNER)
    assert house.engine.unread(OWNER) == 0 and len(house.engine.notices(OWNER)) == 6
    tell(house, "owner", "three")
    assert [one.id for one in house.engine.notices(OWNER, unread=True)] == ["three"] and house.engine.unread(OWNER) == 1


def test_what_somebody_took_is_told_to_them_alone(house: House) -> None:
    house.deploy("returns")
    made = house.start("returns")
    assert house.engine.unread(OWNER) == house.engine.unread(COLLEAGUE) == 1
    house.engine.claim(COLLEAGUE, house.task(made.id, "write").id)
    assert (house.engine.unread(OWNER), house.engine.unread(COLLEAGUE)) == (0, 1)


def test_the_count_of_what_is_not_read_costs_the_same_however_much_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "SHOWN", 3)
    house = House(tmp_path / "var")
    house.deploy("returns")

    def wait(many: int) -> tuple[int, int]:
        """What is counted while so many wait for the owner's role, as many were told: statements, SQLite's steps."""
        for turn in range(many):
            house.start("returns")
            tell(house, "owner", f"{many}-{turn}")
        assert house.engine.unread(OWNER) == 3
        return spent(house)

    few, many = wait(notices.LOOKED_AT * 3 + 2), wait(60)
    assert many[0] == few[0] and many[1] < 1.1 * few[1]
    house.engine.close()


def spent(house: House) -> tuple[int, int]:
    """How many statements the count takes, and how many steps of SQLite's machine: it makes some for each row read."""
    statements: list[str] = []
    steps = 0
    engine = house.engine.room.database.engine

    def step() -> int:
        nonlocal steps
        steps += 1
        return 0

    def watch(connection: Any, *_: object) -> None:
        connection.set_trace_callback(statements.append)
        connection.set_progress_handler(step, 1)

    def leave(connection: Any, *_: object) -> None:
        connection.set_trace_callback(None)
        connection.set_progress_handler(None, 0)

    event.listen(engine, "checkout", watch)
    event.listen(engine, "checkin", leave)
    house.engine.unread(OWNER)
    event.remove(engine, "checkout", watch)
    event.remove(engine, "checkin", leave)
    return len(statements), steps
