"""What makes the journal believable: the chain, verification in a fresh process, anchors, rebuilding."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import msgspec
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, update

from bpmn.errors import NotFound
from bpmn.feel import Feel, FeelLimit
from engine import anchors, journal, runs, verify
from engine.actor import OPERATOR, Actor
from engine.spiff import apply
from engine.store import tables as t
from tests.engine.house import House
from tests.engine.postman import Postman, serving

OWNER, BOSS = Actor("owner"), Actor("boss")
PDF = b"%PDF-1.4\n%%EOF\n"

scalars = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=8)


@given(st.dictionaries(st.text(st.characters(codec="ascii"), max_size=6), scalars, max_size=5))
def test_an_entrys_bytes_are_those_of_rfc_8785(value: dict[str, object]) -> None:
    assert journal.encode(value) == rfc8785.dumps(value)  # type: ignore[arg-type]


def walked(house: House) -> str:
    """An instance in which much has happened."""
    house.deploy("returns")
    made = house.start("returns", team_project_manager=["owner", "colleague"], project_name="甲")
    task = house.task(made.id, "write").id
    house.engine.claim(OWNER, task)
    house.engine.attach(OWNER, task, "a.pdf", PDF)
    house.engine.suspend(BOSS, made.id, "核查")
    house.engine.resume(BOSS, made.id, "完成")
    house.engine.complete(OWNER, task, {"text": "一", "amount": 3.5})
    house.do(made.id, "check", "reviewer", result="return", return_reason="不全")
    house.engine.comment(OWNER, made.id, "已知")
    house.engine.assign(BOSS, house.task(made.id, "write").id, "colleague", "请假")
    house.engine.hand_over(BOSS, "owner", "colleague", "调岗", "2026-06-01")
    return made.id


def test_verification_reexecutes_every_entry_and_finds_nothing(house: House) -> None:
    id = walked(house)
    report = house.engine.verify()
    assert report.ok, str(report)
    assert (report.instances, report.executed) == (1, len(house.entries(id)))


def test_rebuilt_read_tables_equal_the_first_ones(house: House) -> None:
    walked(house)
    before = house.read_tables()
    assert house.engine.rebuild() == 1
    assert house.read_tables() == before


@pytest.mark.parametrize("column", ["body", "effects", "hash", "seal"])
def test_a_changed_byte_is_found_and_its_entry_named(house: House, column: str) -> None:
    id = walked(house)
    with house.engine.room.database.write() as connection:
        row = t.entry.c
        mine = (row.instance == id) & (row.seq == 2)
        old = connection.execute(t.entry.select().where(mine)).mappings().one()[column]
        changed = bytes([old[0], old[1] ^ 1]) + old[2:]
        connection.execute(update(t.entry).where(mine).values({column: changed}))
    report = house.engine.verify()
    assert [(fault.instance, fault.seq) for fault in report.faults] == [(id, 2)]


def test_a_changed_payload_is_tampering_and_an_erased_one_is_not(house: House) -> None:
    id = walked(house)
    with pytest.raises(runs.NotErasable):
        house.engine.erase(BOSS, id, 6, "个人信息")
    house.engine.cancel(BOSS, id, "作废")
    house.engine.erase(BOSS, id, 6, "个人信息")
    with pytest.raises(runs.NotErasable):
        house.engine.erase(BOSS, id, 2, "个人信息")
    report = house.engine.verify()
    assert report.ok and (report.erased, report.reasons) == ([(id, 6)], ["个人信息"])
    assert house.entries(id)[5]["erased"] is True
    with house.engine.room.database.write() as connection:
        p = t.payload.c
        forged = journal.pack(journal.encode({"data": {"data": {"text": "伪造"}}, "values": {}}))
        connection.execute(update(t.payload).where(p.instance == id, p.seq == 7).values(body=forged))
    assert [(fault.instance, fault.seq) for fault in house.engine.verify().faults] == [(id, 7)]


def test_read_tables_are_made_again_even_where_the_start_was_erased(house: House) -> None:
    id = walked(house)
    house.engine.cancel(BOSS, id, "作废")
    house.engine.erase(BOSS, id, 1, "个人信息")
    before = house.read_tables()
    house.engine.rebuild()
    assert house.read_tables() == before
    assert "project_name" not in str(house.entries(id)[0]["data"])
    assert house.engine.verify().ok


def test_a_removed_entry_is_found(house: House) -> None:
    id = walked(house)
    with house.engine.room.database.write() as connection:
        connection.execute(delete(t.entry).where(t.entry.c.instance == id, t.entry.c.seq == 3))
    assert [(fault.instance, fault.seq) for fault in house.engine.verify().faults] == [(id, 3)]


def rows_of(house: House, id: str) -> list[dict[str, Any]]:
    """The rows of the journal of an instance, in order."""
    with house.engine.room.database.read() as connection:
        found = connection.execute(select(t.entry).where(t.entry.c.instance == id).order_by(t.entry.c.seq)).mappings()
        return [dict(row) for row in found]


def put(house: House, id: str, rows: list[dict[str, Any]]) -> None:
    """These rows as the journal of an instance."""
    with house.engine.room.database.write() as connection:
        connection.execute(delete(t.entry).where(t.entry.c.instance == id))
        connection.execute(insert(t.entry), rows)


def test_reordered_entries_are_found(house: House) -> None:
    id = walked(house)
    rows = rows_of(house, id)
    rows[2]["seq"], rows[3]["seq"] = rows[3]["seq"], rows[2]["seq"]
    put(house, id, rows)
    assert [(fault.instance, fault.seq) for fault in house.engine.verify().faults] == [(id, 3)]


def test_an_inserted_entry_is_found(house: House) -> None:
    id = walked(house)
    rows = rows_of(house, id)
    later = [{**row, "seq": row["seq"] + 1} for row in rows[3:]]
    put(house, id, [*rows[:3], {**rows[2], "seq": 4}, *later])
    with house.engine.room.database.write() as connection:  # its payload, so that it does not stand out by lacking one
        (last,) = connection.execute(
            select(t.payload).where(t.payload.c.instance == id, t.payload.c.seq == 3)
        ).mappings()
        connection.execute(insert(t.payload), {**last, "seq": len(rows) + 1})
    assert [(fault.instance, fault.seq) for fault in house.engine.verify().faults] == [(id, 4)]


def test_the_stretch_that_no_anchor_covers_is_told(house: House) -> None:
    id = walked(house)
    house.engine.anchor()
    covered = len(house.entries(id))
    house.engine.comment(OWNER, id, "之后")
    report = house.engine.verify()
    assert report.ok and report.uncovered == [(id, covered + 1, covered + 1)]
    assert f"not yet covered: instance {id} entries {covered + 1} to {covered + 1}" in str(report)
    standing = house.engine.anchors(Actor("auditor"))
    assert (standing.instances, standing.entries) == (1, 1)


def three_anchors(house: House) -> tuple[str, list[Path]]:
    """An instance that three anchors cover, and their files."""
    id = walked(house)
    for text in ("一", "二", "三"):
        house.engine.comment(OWNER, id, text)
        house.engine.anchor()
    return id, sorted((house.settings.var / "anchors").glob("*.json"))


def test_an_anchor_that_was_changed_or_removed_is_found(house: House) -> None:
    id, paths = three_anchors(house)
    was = paths[1].read_bytes()
    # When it was written is no part of the root.
    for change, ok in ((was.replace(b'"at":1', b'"at":2'), True), (was.replace(b'"root":"', b'"root":"0'), False)):
        paths[1].write_bytes(change)
        assert house.engine.verify().ok is ok
    paths[1].unlink()
    (fault,) = house.engine.verify().faults
    assert (fault.instance, fault.details) == ("-", {"number": 2})


def test_a_printed_root_finds_that_the_newest_anchors_were_removed_with_what_they_cover(house: House) -> None:
    id, paths = three_anchors(house)
    root = house.engine.anchors(Actor("auditor")).anchors[0].root
    assert house.engine.verify(paper=anchors.written(root)).paper == 3
    paths[2].unlink()
    with house.engine.room.database.write() as connection:
        connection.execute(delete(t.entry).where(t.entry.c.instance == id, t.entry.c.seq == len(rows_of(house, id))))
    assert house.engine.verify().ok
    (fault,) = house.engine.verify(paper=root).faults
    assert fault.details == {"root": root}


def test_one_instance_is_verified_without_the_others(house: House) -> None:
    id = walked(house)
    other = house.start("returns", project_name="乙").id
    with house.engine.room.database.write() as connection:
        connection.execute(delete(t.entry).where(t.entry.c.instance == other))
    report = house.engine.verify(id)
    assert report.ok and {verdict.state for verdict in report.verdicts} == {"executed"}
    with pytest.raises(NotFound):
        house.engine.verify(other)


def test_a_cut_end_is_found_back_to_the_newest_anchor(house: House) -> None:
    id = walked(house)
    assert house.engine.anchor() is not None
    assert house.engine.anchor() is None
    with house.engine.room.database.write() as connection:
        connection.execute(delete(t.entry).where(t.entry.c.instance == id, t.entry.c.seq > 4))
    (fault,) = house.engine.verify().faults
    assert (fault.instance, fault.seq, fault.details["last"]) == (id, 10, 4)


def test_a_changed_diagram_is_found(house: House) -> None:
    id = walked(house)
    with house.engine.room.database.write() as connection:
        for row in connection.execute(select(t.file)).all():
            changed = bytes(row.content).replace(b"check", b"chock")
            connection.execute(update(t.file).where(t.file.c.sha256 == row.sha256).values(content=changed))
    assert [fault.instance for fault in house.engine.verify().faults] == [id]


def test_verification_fails_when_apply_is_broken_on_purpose(
    house: House, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    walked(house)
    place = tmp_path_factory.mktemp("export")
    verify.export(house.engine.room, place)
    audit = house.engine.room.keys.audit
    assert verify.examine(place, audit).ok
    monkeypatch.setattr("engine.verify.apply", lambda live, entry, feel: apply(live, entry, feel)[:-1])
    report = verify.examine(place, audit)
    assert [fault.seq for fault in report.faults] == [1]


def test_the_state_is_the_same_under_every_hash_seed(house: House, tmp_path_factory: pytest.TempPathFactory) -> None:
    walked(house)
    place = tmp_path_factory.mktemp("export")
    verify.export(house.engine.room, place)
    for seed in ("0", "1", "4711"):
        assert verify.process(place, house.engine.room.keys.audit, seed).ok


def test_a_checkpoint_keeps_the_chain_and_the_state(house: House) -> None:
    id = walked(house)
    assert house.engine.checkpoint().written == 1
    assert house.entries(id)[-1]["kind"] == "checkpoint"
    assert house.engine.verify().ok


def test_deleting_every_cache_loses_nothing(house: House) -> None:
    id = walked(house)
    before = house.view(id).variables
    house.engine.room.lives.clear()
    house.engine.room.variables.clear()
    with house.engine.room.database.write() as connection:
        connection.execute(delete(t.snapshot))
    assert house.view(id).variables == before
    house.do(id, "write", "colleague", text="二")
    house.do(id, "check", "reviewer", result="pass")
    assert house.view(id).status == "completed"
    assert house.engine.verify().ok


def test_a_proof_leads_from_a_head_to_the_root() -> None:
    leaves = [anchors.leaf(f"i{n}", n, "ab") for n in range(7)]
    for position, leaf in enumerate(leaves):
        found = leaf
        for side, other in anchors.proof(leaves, position):
            pair = bytes.fromhex(other) + found if side == "left" else found + bytes.fromhex(other)
            found = hashlib.sha256(b"\1" + pair).digest()
        assert found == anchors.merkle(leaves)


def test_keys_lie_outside_of_the_database_for_their_owner_only(house: House) -> None:
    walked(house)
    with house.engine.room.database.read() as connection:
        stored = str([connection.execute(select(table)).all() for table in t.metadata.sorted_tables])
    for name in ("secret", "audit"):
        path = house.settings.var / "keys" / name
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.read_text("ascii").strip() not in stored


def test_effects_come_back_as_they_were() -> None:
    effects: list[dict[str, Any]] = [
        {"type": "set", "element": "a", "scope": "", "name": "x", "old": None, "new": [1]},
        {"type": "ended"},
    ]
    shape, values = journal.split(effects)
    assert b"new" not in msgspec.json.encode(shape) and values == {"0": {"old": None, "new": [1]}}
    assert OPERATOR.channel == "cli"


def test_running_out_of_time_is_not_executed_again_rather_than_different(
    house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    house.deploy("review")
    made = house.start("review", return_reason="不全")
    house.do(made.id, "write", "owner", text="一")
    house.do(made.id, "check", "reviewer", text="二")
    verify.export(house.engine.room, tmp_path)

    def slow(self: Feel, *given: object) -> None:
        raise FeelLimit("reviewers", "求值超出时间限度")

    monkeypatch.setattr(Feel, "_value", slow)
    report = verify.examine(tmp_path, house.engine.room.keys.audit)
    assert report.ok and (report.executed, report.skipped) == (2, 1)


def test_a_new_anchor_is_mailed_once_and_again_the_next_hour_where_the_server_was_away(tmp_path: Path) -> None:
    postman = Postman()
    with serving(postman) as address:
        settings: dict[str, Any] = {
            "smtp_url": address,
            "mail_from": "guicheng@example.com",
            "anchor_mail": "safe@example.com",
        }
        away = House(tmp_path / "var", **{**settings, "smtp_url": "smtp://127.0.0.1:1"})
        walked(away)
        away.engine.keep_house()
        away.engine.close()
        house = House(tmp_path / "var", **settings)
        house.engine.keep_house()
        house.engine.keep_house()
        house.engine.close()
    assert postman.subjects == ["【规程】第 1 号锚"]
