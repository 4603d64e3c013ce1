"""A release that raises the fold: running instances go on from a checkpoint, and what was before stays believable."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest
from sqlalchemy import select, update

from engine import folds, journal, step, verify
from engine.actor import Actor
from engine.folds import NeedsCheckpoint
from engine.spiff import FOLD
from engine.store import tables as t
from tests.engine.house import House

BOSS, OWNER = Actor("boss"), Actor("owner")
OLD = FOLD - 1


@contextmanager
def release_before(house: House) -> Iterator[None]:
    """The house, run by the release before this one, whose fold was another; afterwards this one starts afresh."""
    with pytest.MonkeyPatch.context() as then:
        then.setattr(step, "FOLD", OLD)
        for module in (step, folds, verify):
            then.setattr(module, "FOLDS", frozenset({OLD}))
        yield
    house.engine.room.lives.clear()
    house.engine.room.variables.clear()


def written(house: House) -> str:
    """An instance that waits for its second task."""
    made = house.start("returns", team_project_manager=["owner"], project_name="甲")
    house.do(made.id, "write", "owner", text="一", amount=3.5)
    return made.id


def folds_of(house: House, id: str) -> list[int]:
    with house.engine.room.database.read() as connection:
        return [line.entry.fold for line in journal.read(connection, id)]


def test_an_instance_goes_on_from_its_checkpoint(house: House) -> None:
    house.deploy("returns")
    with release_before(house):
        id = written(house)
        assert house.engine.checkpoint() == 1
        house.engine.claim(Actor("reviewer"), house.task(id, "check").id)  # moves nothing, so it may still follow
    house.do(id, "check", "reviewer", result="return", return_reason="不全")
    house.engine.room.lives.clear()
    house.do(id, "write", "owner", text="二", amount=4)
    house.do(id, "check", "reviewer", result="pass")
    assert house.view(id).status == "completed"
    assert set(folds_of(house, id)) == {OLD, FOLD}
    before = house.read_tables()
    house.engine.rebuild()
    assert house.read_tables() == before


def test_verification_executes_what_it_knows_and_says_who_can_execute_the_rest(house: House) -> None:
    house.deploy("returns")
    with release_before(house):
        id = written(house)
        house.engine.checkpoint()
    house.do(id, "check", "reviewer", result="pass")
    report = house.engine.verify()
    assert report.ok and report.other_folds == {OLD: 3} and report.executed == 1
    assert f"fold {OLD}: 3 entries" in str(report)


def test_without_a_checkpoint_nothing_moves_and_everything_can_be_read(house: House) -> None:
    house.deploy("returns")
    with release_before(house):
        id = written(house)
    task = house.task(id, "check").id
    with pytest.raises(NeedsCheckpoint, match=f"规则 {OLD}"):
        house.engine.complete(Actor("reviewer"), task, {"result": "pass"})
    assert house.view(id).variables["text"] == "一"
    assert house.engine.timeline(OWNER, id)
    house.engine.claim(Actor("reviewer"), task)
    house.engine.comment(OWNER, id, "等升级")
    assert house.engine.verify().ok
    assert house.start("returns", team_project_manager=["owner"]).status == "active"


def test_a_checkpoint_before_which_more_happened_is_no_beginning(house: House) -> None:
    house.deploy("returns")
    with release_before(house):
        id = written(house)
        house.engine.checkpoint()
        house.do(id, "check", "reviewer", result="return", return_reason="不全")
    with pytest.raises(NeedsCheckpoint):
        house.do(id, "write", "owner", text="二", amount=4)


def forge(house: House, id: str, change: dict[str, Any]) -> None:
    """Write another state into the checkpoint, the rest of it as it was, by somebody who can seal."""
    p = t.payload.c
    with house.engine.room.database.write() as connection:
        rows = list(journal.rows(connection, id))
        line = journal.line(rows[-1])
        state = {**msgspec.json.decode(line.entry.data["state"]), **change}
        data = {"state": msgspec.json.encode(state).decode()}
        entry = msgspec.structs.replace(line.entry, data=data)
        made = journal.compose(house.engine.room.keys, rows[-2].hash, entry, line.effects)
        mine = (p.instance == id) & (p.seq == entry.seq)
        connection.execute(update(t.payload).where(mine).values(salt=made.salt, body=made.payload))
        e = t.entry.c
        sealed = {"body": made.body, "hash": made.hash, "seal": made.seal}
        connection.execute(update(t.entry).where(e.instance == id, e.seq == entry.seq).values(sealed))


def test_a_checkpoint_that_says_another_state_is_found(house: House) -> None:
    house.deploy("returns")
    id = written(house)
    house.engine.checkpoint()
    forge(house, id, {"variables": {"text": "forged"}})
    [fault] = house.engine.verify().faults
    assert fault.instance == id and "another state" in fault.reason


def test_an_erased_checkpoint_is_told_and_what_follows_is_not_executed(house: House) -> None:
    house.deploy("returns")
    with release_before(house):
        id = written(house)
        house.engine.checkpoint()
    house.do(id, "check", "reviewer", result="pass")
    house.engine.erase(BOSS, id, 3, "个人信息")
    report = house.engine.verify()
    assert report.ok and report.erased == [(id, 3)] and report.skipped == 2
    with house.engine.room.database.read() as connection:
        body = connection.execute(select(t.payload.c.body).where(t.payload.c.instance == id, t.payload.c.seq == 3))
        assert body.scalar_one() is None


def test_snapshots_of_another_fold_are_passed_over(house: House) -> None:
    house.deploy("returns")
    with release_before(house):
        id = written(house)
        house.engine.checkpoint()
        with house.engine.room.database.write() as connection:
            row = {"instance": id, "seq": 2, "fold": OLD, "body": b"\0 no snapshot of ours", "variables": b"\0{}"}
            connection.execute(t.snapshot.insert(), row)
    house.do(id, "check", "reviewer", result="pass")
    assert house.view(id).status == "completed"
