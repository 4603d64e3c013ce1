"""The audit log: what stands in it, that it cannot be changed unseen, and how it is searched."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from sqlalchemy import delete, select, update

from bpmn.errors import Invalid
from engine import audit, audit_log, journal
from engine.actor import OPERATOR, Actor
from engine.audit import Deed
from engine.audit_log import Asked
from engine.errors import NeedsRole
from engine.gathered import Gathered
from engine.logins import MOST
from engine.store import tables as t
from engine.views import AuditRow
from tests.engine.house import House

OWNER, BOSS, AUDITOR = Actor("owner"), Actor("boss", "web", "10.0.0.7"), Actor("auditor")
a = t.audit.c


@pytest.fixture
def house(house: House) -> House:
    """A house in which something was told already."""
    for number in range(4):
        house.engine.noted(OPERATOR, "rebuild", str(number))
    return house


def found(house: House, **asked: Any) -> list[AuditRow]:
    """All that is found, oldest first, a page of three at a time."""
    rows: list[AuditRow] = []
    cursor: str | None = ""
    while cursor is not None:
        page = house.engine.audit_log(AUDITOR, Asked(**asked), cursor, 3)
        rows += page.items
        cursor = page.next
    assert len({(row.place, row.seq) for row in rows}) == len(rows)
    assert [row.at for row in rows] == sorted((row.at for row in rows), reverse=True)
    return rows[::-1]


def stored(house: House) -> list[audit.Stored]:
    """The rows of this process's chain."""
    with house.engine.room.database.read() as connection:
        return list(audit.rows(connection, house.engine.room.chain))


def test_what_an_administrator_does_is_written_down_with_what_was_done_or_not_at_all(house: House) -> None:
    house.engine.grant(BOSS, "owner", "marketing")
    house.engine.set_active(BOSS, "outsider", False)
    with pytest.raises(NeedsRole):
        house.engine.grant(OWNER, "owner", "admin")
    given, put_out = found(house)[-2:]
    assert (given.actor, given.channel, given.address) == ("boss", "web", "10.0.0.7")
    assert (given.action, given.subject, given.data) == ("grant", "owner", {"role": "marketing"})
    assert (put_out.action, put_out.subject, put_out.data) == ("set_active", "outsider", {"active": False})


def test_a_token_and_a_deployment_are_written_down_and_the_token_is_not(house: House) -> None:
    token = house.engine.token_create("owner", OWNER)
    house.deploy("turns")
    assert [row.action for row in found(house)[-2:]] == ["create_token", "deploy"]
    assert all(token not in row.body for row in stored(house))


def test_its_text_is_rfc_8785_and_each_row_is_chained_to_the_one_before(house: House) -> None:
    house.engine.noted(BOSS, "download", "d1", "i1", name="合同.pdf")
    rows = stored(house)
    assert rows[-1].body.encode() == journal.encode(msgspec.json.decode(rows[-1].body))
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
    assert house.engine.verify().ok


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("actor", "colleague"),
        ("action", "read"),
        ("at", 1),
        ("subject", "other"),
        ("body", '{"chain":"x"}'),
        ("hash", b"\1" * 32),
        ("seal", b"\1" * 32),
    ],
)
def test_a_changed_row_is_found_and_named(house: House, column: str, value: Any) -> None:
    mine = (a.chain == house.engine.room.chain) & (a.seq == 3)
    with house.engine.room.database.write() as connection:
        connection.execute(update(t.audit).where(mine).values({column: value}))
    (fault,) = house.engine.verify().faults
    assert (fault.instance, fault.seq) == (f"audit:{house.engine.room.chain}", 3)


def test_a_row_put_in_or_taken_out_is_found(house: House) -> None:
    chain, keys = house.engine.room.chain, house.engine.room.keys
    with house.engine.room.database.write() as connection:
        connection.execute(delete(t.audit).where(a.chain == chain, a.seq == 2))
    assert [fault.seq for fault in house.engine.verify().faults] == [2]
    with house.engine.room.database.write() as connection:
        forged = audit.compose(keys, chain, 2, journal.GENESIS, Deed(1, OWNER, "read"))
        connection.execute(t.audit.insert(), {name: getattr(forged, name) for name in forged.__dataclass_fields__})
    assert [fault.seq for fault in house.engine.verify().faults] == [2]


def test_a_cut_end_and_a_chain_taken_away_are_found_back_to_the_newest_anchor(house: House) -> None:
    assert house.engine.anchor() is not None
    house.engine.noted(BOSS, "export", "x")
    assert "not yet covered by an anchor: 1" in str(house.engine.verify())
    last = stored(house)[-2].seq
    with house.engine.room.database.write() as connection:
        connection.execute(delete(t.audit).where(a.chain == house.engine.room.chain, a.seq >= last))
    (fault,) = house.engine.verify().faults
    assert fault.seq == last and fault.instance.startswith("audit:")
    with house.engine.room.database.write() as connection:
        connection.execute(delete(t.audit))
    assert [one.seq for one in house.engine.verify().faults] == [last]


def test_each_process_has_a_chain_of_its_own(house: House, twin: House) -> None:
    house.engine.noted(BOSS, "export", "1")
    twin.engine.noted(BOSS, "export", "2")
    assert [row.subject for row in found(house, action="export")] == ["1", "2"]
    with house.engine.room.database.read() as connection:
        assert set(audit.chains(connection)) == {house.engine.room.chain, twin.engine.room.chain}
    assert house.engine.verify().ok


def test_threads_of_one_process_share_a_chain_without_a_gap(house: House) -> None:
    def work() -> None:
        for number in range(5):
            house.engine.noted(BOSS, "export", str(number))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found(house, action="export")) == 20
    assert house.engine.verify().ok


def test_what_is_gathered_is_written_at_the_end_at_the_latest(house: House, twin: House) -> None:
    twin.engine.noted_soon(AUDITOR, "read", None, "i1", path="/x")
    twin.engine.room.gathered.close()
    (row,) = found(house, action="read")
    assert (row.actor, row.instance, row.data) == ("auditor", "i1", {"path": "/x"})


def test_what_could_not_be_written_waits_and_keeps_its_order() -> None:
    written: list[Deed] = []
    away = iter([True, False])

    def write(deeds: Any) -> None:
        if next(away):
            raise OSError
        written.extend(deeds)

    gathered = Gathered(write)
    gathered._ended.set()  # without its thread: this test says when
    deeds = [Deed(at, OWNER, "read") for at in range(3)]
    for deed in deeds:
        gathered.add(deed)
    with pytest.raises(OSError):
        gathered.flush()
    gathered.flush()
    assert written == deeds


def test_a_failed_login_names_the_account_and_never_what_was_typed(house: House) -> None:
    house.engine.login_failed("owner", "10.0.0.9")
    house.engine.login_failed("my secret", "10.0.0.9")
    known, unknown = found(house, action="login_failed")
    assert (known.actor, known.subject, known.address) == ("", "owner", "10.0.0.9")
    assert unknown.subject is None and all("my secret" not in row.body for row in stored(house))


def test_failed_logins_are_bounded_and_what_was_left_out_is_counted(house: House) -> None:
    for _ in range(MOST + 3):
        house.engine.login_failed("owner", None)
    assert len(found(house, action="login_failed")) == MOST
    house.engine._failures.began -= 61
    house.engine.login_failed("owner", None)
    assert found(house, action="login_failed")[-1].data == {"left_out": 3}


@pytest.fixture
def mixed(house: House) -> Iterator[tuple[House, str]]:
    """A house in which reads and interventions alternate."""
    house.deploy("turns")
    id = house.start("turns").id
    house.engine.noted(AUDITOR, "download", "d1", id, name="计划书.docx")
    house.engine.suspend(BOSS, id, "核查资金")
    house.engine.noted(OWNER, "download", "d2", id, name="合同.pdf")
    house.engine.resume(BOSS, id, "核查完毕")
    house.engine.suspend(OPERATOR, id, "停机维护")
    yield house, id


def test_interventions_stand_between_what_else_happened_with_their_reasons(mixed: tuple[House, str]) -> None:
    house, id = mixed
    rows = found(house, subject=id)
    assert [row.action for row in rows] == ["download", "suspended", "download", "resumed", "suspended"]
    assert [row.source for row in rows] == ["audit", "journal", "audit", "journal", "journal"]
    assert rows[1].data == {"reason": "核查资金"} and (rows[1].place, rows[1].seq) == (id, 2)


def test_it_is_searched_by_person_action_subject_period_and_text(mixed: tuple[House, str]) -> None:
    house, id = mixed
    everything = found(house)
    assert [row.subject for row in found(house, person="owner")] == ["d2"]
    assert {row.actor for row in found(house, person="boss的名字")} == {"boss"}
    assert [row.action for row in found(house, action="suspended")] == ["suspended", "suspended"]
    assert [row.subject for row in found(house, subject="d1")] == ["d1"]
    at = next(row.at for row in everything if row.subject == "d2")
    assert found(house, since=at) == everything[-3:] and found(house, until=at) == everything[:-3]
    assert [row.subject for row in found(house, text="合同")] == ["d2"]
    assert [row.data.get("reason") for row in found(house, text="核查")] == ["核查资金", "核查完毕"]
    assert found(house, text="%") == [] and found(house, person="nobody") == []
    assert list(house.engine.whole_audit_log(AUDITOR, Asked())) == everything[::-1]


def test_a_text_is_looked_for_in_so_many_entries_at_a_time(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.engine.noted(BOSS, "export", "needle")
    for number in range(9):
        house.engine.noted(BOSS, "export", str(number))
    monkeypatch.setattr(audit_log, "LOOKED_THROUGH", 4)
    page = house.engine.audit_log(AUDITOR, Asked(text="NEEDLE"))
    assert page.items == [] and page.looked_back_to is not None and page.next is not None
    assert [row.subject for row in found(house, text="NEEDLE")] == ["needle"]


def test_only_auditors_and_administrators_read_it(house: House) -> None:
    for actor in (OWNER, Actor("outsider")):
        with pytest.raises(NeedsRole):
            house.engine.audit_log(actor, Asked())
        with pytest.raises(NeedsRole):
            house.engine.whole_audit_log(actor, Asked())
    assert house.engine.audit_log(BOSS, Asked()).items


@pytest.mark.parametrize("cursor", ["x", "W10.abc", "WzEsImEiXQ"])
def test_a_cursor_that_no_page_gave_is_refused(house: House, cursor: str) -> None:
    with pytest.raises(Invalid):
        house.engine.audit_log(AUDITOR, Asked(), cursor)


def test_what_a_purge_removes_leaves_what_was_read_of_it(mixed: tuple[House, str]) -> None:
    house, id = mixed
    house.engine.cancel(OPERATOR, id, "作废")
    house.clock.at += 3 * 86_400 * 10**6
    assert house.engine.purge(BOSS, "turns", 1, "期满") == [id]
    assert [row.action for row in found(house, subject=id)] == ["download", "download", "purge"]
    with house.engine.room.database.read() as connection:
        assert connection.execute(select(t.intervention)).all() == []
    assert house.engine.verify().ok
