"""A release that raises the fold: running instances go on from a checkpoint, and what was before stays believable."""

from __future__ import annotations

import msgspec
import pytest
from sqlalchemy import select, update

from engine import archive, folds, journal, step
from engine.actor import Actor
from engine.folds import NeedsCheckpoint
from engine.spiff import FOLD, StateUnreadable
from engine.store import tables as t
from tests.engine.house import House
from tests.engine.releases import OLD, release_before

BOSS, OWNER = Actor("boss"), Actor("owner")


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
        assert house.engine.checkpoint().written == 1
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
    assert house.engine.timeline(OWNER, id).items
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


def forge(house: House, id: str, seq: int, text: str) -> None:
    """Write another state into a checkpoint and seal all again from there on, as somebody could who has the key."""
    p, e = t.payload.c, t.entry.c
    with house.engine.room.database.write() as connection:
        rows = list(journal.rows(connection, id))
        previous = rows[seq - 2].hash
        for row in rows[seq - 1 :]:
            line = journal.line(row)
            entry = msgspec.structs.replace(line.entry, data={"state": text}) if row.seq == seq else line.entry
            made = journal.compose(house.engine.room.keys, previous, entry, line.effects, row.salt)
            mine = (p.instance == id) & (p.seq == row.seq)
            connection.execute(update(t.payload).where(mine).values(body=made.payload))
            sealed = {"body": made.body, "hash": made.hash, "seal": made.seal}
            connection.execute(update(t.entry).where(e.instance == id, e.seq == row.seq).values(sealed))
            previous = made.hash
        connection.execute(update(t.instance).where(t.instance.c.id == id).values(head_hash=previous))


def lose(house: House, id: str, seq: int) -> None:
    """Empty a payload past the engine."""
    p = t.payload.c
    with house.engine.room.database.write() as connection:
        connection.execute(update(t.payload).where(p.instance == id, p.seq == seq).values(salt=None, body=None))


def test_a_checkpoint_changed_past_the_engine_is_found(house: House) -> None:
    house.deploy("returns")
    with release_before(house):
        id = written(house)
        house.engine.checkpoint()
    house.do(id, "check", "reviewer", result="pass")
    p = t.payload.c
    with house.engine.room.database.write() as connection:
        mine = (p.instance == id) & (p.seq == 3)
        body = journal.unpack(connection.execute(select(p.body).where(mine)).scalar_one())
        assert "甲".encode() in body
        forged = journal.pack(body.replace("甲".encode(), "乙".encode()))
        connection.execute(update(t.payload).where(mine).values(body=forged))
    [fault] = house.engine.verify().faults
    assert (fault.instance, fault.seq) == (id, 3)


def test_a_sealed_checkpoint_of_another_state_is_found_where_its_fold_is_known(house: House) -> None:
    house.deploy("returns")
    id = written(house)
    house.engine.checkpoint()
    state = msgspec.json.decode(house.entries(id)[-1]["data"]["state"])
    forge(house, id, 3, msgspec.json.encode({**state, "variables": {"text": "forged"}}).decode())
    [fault] = house.engine.verify().faults
    assert (fault.instance, fault.seq) == (id, 3) and "状态" in fault.reason


def test_a_sealed_state_that_breaks_the_machine_is_named_and_hides_no_other_fault(house: House) -> None:
    house.deploy("returns")
    with release_before(house):
        first, second = written(house), written(house)
        house.engine.checkpoint()
    for id in (first, second):
        house.do(id, "check", "reviewer", result="pass")
    state = msgspec.json.decode(house.entries(first)[2]["data"]["state"])
    for token in state["tokens"]:
        token[2] = 4711  # a parent that does not exist
    forge(house, first, 3, msgspec.json.encode(state).decode())
    report = house.engine.verify()
    assert [fault.instance for fault in report.faults] == [first] and report.executed == 1


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"instance": 1}'])
def test_a_sealed_checkpoint_that_tells_no_state_is_refused_and_hides_no_other_fault(house: House, text: str) -> None:
    house.deploy("returns")
    with release_before(house):
        first, second, third = written(house), written(house), written(house)
        house.engine.checkpoint()
    for id in (first, third):
        house.do(id, "check", "reviewer", result="pass")
    forge(house, first, 3, text)
    forge(house, second, 3, text)
    with pytest.raises(StateUnreadable):
        house.do(second, "check", "reviewer", result="pass")
    assert house.view(second).variables["text"] == "一"
    report = house.engine.verify()
    assert [(fault.instance, fault.seq) for fault in report.faults] == [(first, 4)]
    assert report.executed == 1


def test_content_that_is_gone_without_an_entry_that_says_so_is_found(house: House) -> None:
    house.deploy("returns")
    with release_before(house):
        id = written(house)
        house.engine.checkpoint()
    lose(house, id, 3)
    with pytest.raises(NeedsCheckpoint):
        house.do(id, "check", "reviewer", result="pass")
    [fault] = house.engine.verify().faults
    assert (fault.instance, fault.seq) == (id, 3) and "没有了" in fault.reason


def test_what_is_erased_goes_out_of_later_checkpoints_too(house: House) -> None:
    house.deploy("returns")
    id = written(house)
    house.engine.checkpoint()
    house.do(id, "check", "reviewer", result="return", return_reason="不全")
    house.engine.checkpoint()
    house.do(id, "write", "owner", text="二", amount=4)
    house.do(id, "check", "reviewer", result="pass")
    assert archive.pack(house.engine.room, quiet=0) == 1
    house.engine.erase(BOSS, id, 2, "个人信息")
    told = [entry["data"]["seq"] for entry in house.entries(id) if entry["kind"] == "erased"]
    assert told == [2, 3, 5]
    report = house.engine.verify()
    assert report.ok and report.erased == [(id, 2), (id, 3), (id, 5)]


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


def test_every_running_instance_gets_one_checkpoint_and_one_that_cannot_keeps_no_other_waiting(house: House) -> None:
    house.deploy("returns")
    with release_before(house):
        stranded = written(house)
    fine = written(house)
    ended = written(house)
    house.do(ended, "check", "reviewer", result="pass")
    told = house.engine.checkpoint()
    assert (told.written, told.there, told.ok) == (1, 0, False)
    assert [id for id, _ in told.refused] == [stranded] and stranded in str(told)
    assert house.entries(fine)[-1]["kind"] == "checkpoint"
    again = house.engine.checkpoint()
    assert (again.written, again.there) == (0, 1)


def test_after_the_missing_checkpoint_is_written_the_instance_goes_on(house: House) -> None:
    house.deploy("returns")
    with release_before(house):
        id = written(house)
    with pytest.raises(NeedsCheckpoint):
        house.do(id, "check", "reviewer", result="pass")
    house.engine.comment(OWNER, id, "等上一版本")
    with release_before(house):
        assert house.engine.checkpoint().written == 1
    house.do(id, "check", "reviewer", result="pass")
    assert house.view(id).status == "completed"
    assert house.engine.verify().ok


def test_a_release_that_knows_the_older_fold_goes_on_without_a_checkpoint_and_writes_one_for_the_next(
    house: House,
) -> None:
    house.deploy("returns")
    with release_before(house):
        id = written(house)
    with pytest.MonkeyPatch.context() as knowing:
        for module in (step, folds):
            knowing.setattr(module, "FOLDS", frozenset({OLD, FOLD}))
        house.do(id, "check", "reviewer", result="return", return_reason="不全")
        house.engine.checkpoint()
    house.engine.room.lives.clear()
    house.do(id, "write", "owner", text="二", amount=4)
    assert folds_of(house, id) == [OLD, OLD, FOLD, FOLD, FOLD]
    report = house.engine.verify()
    assert report.ok and (report.executed, report.skipped) == (1, 2)


def test_a_process_of_the_release_before_does_not_follow_what_the_new_one_did(house: House) -> None:
    house.deploy("returns")
    with release_before(house):
        id = written(house)
        house.engine.checkpoint()
        held = house.engine.room.lives.take(id)
    house.do(id, "check", "reviewer", result="return", return_reason="不全")
    with release_before(house):
        assert held is not None
        house.engine.room.lives.put(id, held)
        with pytest.raises(NeedsCheckpoint):
            house.do(id, "write", "owner", text="二", amount=4)
    house.do(id, "write", "owner", text="二", amount=4)
    assert house.engine.verify().ok


def test_a_snapshot_is_not_followed_into_another_fold(house: House) -> None:
    house.deploy("turns")
    with release_before(house):
        id = house.start("turns").id
        for number in range(33):
            house.do(id, "turn", "owner", stop=False, number=number)
        house.engine.checkpoint()
    house.do(id, "turn", "owner", stop=False, number=40)
    with house.engine.room.database.write() as connection:
        connection.execute(update(t.snapshot).values(fold=OLD, seq=33))  # as if none had been taken since
    with release_before(house), pytest.raises(NeedsCheckpoint):
        house.do(id, "turn", "owner", stop=False, number=41)
