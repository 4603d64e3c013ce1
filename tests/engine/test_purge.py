"""Retention: what is over goes by an administrator's order; the head of its chain stays and still verifies."""

from __future__ import annotations

import os

import pytest
from sqlalchemy import func, select, update

from bpmn.errors import Invalid, NotFound
from engine import archive, files
from engine.actor import OPERATOR, Actor
from engine.clock import DAY
from engine.errors import NeedsRole
from engine.store import tables as t
from tests.engine.house import House

BOSS, OWNER = Actor("boss"), Actor("owner")


def ended(house: House) -> str:
    """An instance with an attachment and a remark that has come to its end."""
    house.deploy("turns")
    id = house.start("turns", title="项目").id
    house.engine.attach(OWNER, house.task(id, "turn").id, "证据.txt", f"证据 {id}".encode())
    house.do(id, "turn", "owner", stop=False)
    house.do(id, "turn", "owner", stop=True)
    house.engine.comment(OPERATOR, id, "完")
    return id


def later(house: House, days: int) -> None:
    """So many days pass."""
    house.clock.at += days * DAY


@pytest.mark.parametrize("packed", [False, True])
def test_what_is_purged_leaves_its_head_and_anchors_still_hold(house: House, packed: bool) -> None:
    gone, kept = ended(house), house.start("turns").id
    if packed:
        archive.pack(house.engine.room, 0)
    assert house.engine.anchor() is not None
    later(house, 400)
    assert house.engine.purge(BOSS, "turns", 365, "保存期满") == [gone]
    with pytest.raises(NotFound):
        house.view(gone)
    assert house.view(kept).status == "active"
    with house.engine.room.database.read() as connection:
        for table in t.metadata.sorted_tables:
            name = "id" if table is t.instance else next((n for n in ("instance", "root") if n in table.c), None)
            if name is None or table is t.purged:
                continue
            mine = table.c[name] == gone
            found = connection.execute(select(func.count()).select_from(table).where(mine)).scalar_one()
            assert found == 0, table.name
    report = house.engine.verify()
    assert report.ok, str(report)
    assert (report.purged, report.instances) == (1, 1)
    assert "purged: 1" in str(report)
    house.engine.rebuild()
    assert house.engine.verify().ok


def test_what_is_young_or_running_or_anothers_stays(house: House) -> None:
    ended(house)
    later(house, 100)
    assert house.engine.purge_due(BOSS, "turns", 365) == []
    later(house, 400)
    house.start("turns")
    assert len(house.engine.purge_due(BOSS, "turns", 365)) == 1
    with pytest.raises(NotFound):
        house.engine.purge_due(BOSS, "nothing", 365)
    with pytest.raises(NeedsRole):
        house.engine.purge(OWNER, "turns", 365, "保存期满")
    with pytest.raises(Invalid):
        house.engine.purge(BOSS, "turns", 365, " ")


def test_files_that_nothing_names_any_more_go(house: House) -> None:
    one, two = ended(house), ended(house)
    with house.engine.room.database.read() as connection:
        shas = dict(connection.execute(select(t.attachment.c.instance, t.attachment.c.sha256)).all())
    with house.engine.room.database.write() as connection:
        connection.execute(update(t.instance).where(t.instance.c.id == two).values(ended_at=None))
    paths = {id: files.path(house.settings, sha) for id, sha in shas.items()}
    for path in paths.values():
        os.utime(path, (0, 0))
    later(house, 400)
    assert house.engine.purge(BOSS, "turns", 365, "保存期满") == [one]
    assert not paths[one].exists()
    assert paths[two].exists()


def test_nobody_can_say_purged_of_what_was_removed_by_hand(house: House) -> None:
    id = ended(house)
    house.engine.anchor()
    later(house, 400)
    house.engine.purge(BOSS, "turns", 365, "保存期满")
    with house.engine.room.database.write() as connection:
        connection.execute(update(t.purged).values(hash=b"x" * 32))
    report = house.engine.verify()
    assert {fault.instance for fault in report.faults} == {id}
