"""Journals of ended instances are packed; nobody notices but the disk."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, update

from engine import archive
from engine.actor import OPERATOR, Actor
from engine.store import tables as t
from tests.engine.house import House

BOSS = Actor("boss")


def ended(house: House, turns: int = 3) -> str:
    """An instance that turned and ended."""
    house.deploy("turns")
    id = house.start("turns").id
    for turn in range(turns):
        house.do(id, "turn", "owner", stop=turn == turns - 1, turn=turn)
    return id


def counted(house: House) -> tuple[int, int, int]:
    """How many entries, payloads and segments lie in the store."""
    with house.engine.room.database.read() as connection:
        one, two, three = (
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (t.entry, t.payload, t.segment)
        )
    return one, two, three


def test_a_packed_journal_reads_verifies_and_rebuilds_as_before(house: House) -> None:
    id = ended(house)
    entries, tables = house.entries(id), house.read_tables()
    assert archive.pack(house.engine.room, 0) == 1
    assert counted(house) == (0, 0, 1)
    assert house.entries(id) == entries
    assert house.engine.journal(OPERATOR, id, limit=2).items == entries[:2]
    report = house.engine.verify()
    assert report.ok and report.executed == len(entries)
    house.engine.rebuild()
    assert house.read_tables() == tables


def test_what_is_running_or_has_just_ended_is_left_alone(house: House) -> None:
    house.deploy("turns")
    house.start("turns")
    assert archive.pack(house.engine.room, 0) == 0
    ended(house)
    house.engine.keep_house()
    assert counted(house)[2] == 0
    house.clock.at += 2 * archive.QUIET
    house.engine.keep_house()
    assert counted(house)[2] == 1


def test_long_journals_lie_in_several_segments(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST", 2)
    id = ended(house, 6)
    entries = house.entries(id)
    archive.pack(house.engine.room, 0)
    assert counted(house) == (0, 0, 4)
    assert house.entries(id) == entries
    page = house.engine.journal(OPERATOR, id, limit=3)
    assert [*page.items, *house.engine.journal(OPERATOR, id, page.next or "", limit=3).items] == entries[:6]
    assert house.engine.verify().ok


def test_a_packed_entry_can_be_erased_and_remarks_follow_it(house: House) -> None:
    id = ended(house)
    archive.pack(house.engine.room, 0)
    house.engine.comment(OPERATOR, id, "归档后补充")
    house.engine.erase(BOSS, id, 2, "个人信息")
    assert house.entries(id)[1]["erased"] is True
    report = house.engine.verify()
    assert report.ok and report.erased == [(id, 2)]
    assert [entry["kind"] for entry in house.entries(id)][-2:] == ["commented", "erased"]


def test_a_changed_entry_is_never_packed(house: House) -> None:
    id = ended(house)
    with house.engine.room.database.write() as connection:
        connection.execute(update(t.entry).where(t.entry.c.seq == 3).values(hash=b"x" * 32))
    assert archive.pack(house.engine.room, 0) == 0
    assert [(fault.instance, fault.seq) for fault in house.engine.verify().faults] == [(id, 3)]


def test_a_changed_segment_is_found(house: House) -> None:
    id = ended(house)
    archive.pack(house.engine.room, 0)
    with house.engine.room.database.write() as connection:
        body = connection.execute(select(t.segment.c.body)).scalar_one()
        connection.execute(update(t.segment).values(body=body[:-9] + bytes([body[-9] ^ 1]) + body[-8:]))
    assert [fault.instance for fault in house.engine.verify().faults] == [id]
