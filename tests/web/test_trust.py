"""Verification in the page and for programs: asked for, run apart, told entry by entry; anchors for paper."""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import delete, update

from engine import journal
from engine.store import tables as t
from tests.web.browsers import Program
from tests.web.company import refused
from tests.web.conftest import House
from tests.web.test_evidence import worked


def verified(program: Program, path: str, **body: Any) -> Any:
    """What a verification found, when it is done."""
    asked = program.post(path, body)
    assert asked.status_code == 202, asked.text
    while (told := program.get(f"verifications/{asked.get_json()['id']}").get_json())["state"] != "done":
        assert told["state"] in ("waiting", "running")
        time.sleep(0.05)
    return told


def test_an_auditor_has_one_instance_verified_and_reads_every_entry(house: House) -> None:
    id, auditor = worked(house), house.api("auditor")
    worked(house)
    told = verified(auditor, f"process-instances/{id}/verify")
    assert (told["ok"], told["by"], told["instance"], told["report"]["instances"]) == (True, "auditor", id, 1)
    verdicts = [(one["seq"], one["kind"], one["state"]) for one in told["report"]["verdicts"]]
    assert verdicts == [(1, "started", "executed"), (2, "attached", "executed"), (3, "completed", "executed")]
    page = house.person("auditor").get(f"/verifications/{told['id']}").text
    assert page.count("再执行，结果相同") == 3 and "相符" in page
    assert verified(auditor, "verifications")["report"]["instances"] == 2


def test_what_differs_is_told_at_its_entry_with_both_results(house: House) -> None:
    id, keys = worked(house), house.engine.room.keys
    with house.engine.room.database.write() as connection:
        (first, *_) = journal.rows(connection, id)
        lines = journal.read(connection, id)
        forged = [
            {**effect, "element": "respond"} if effect["type"] == "flow" else effect for effect in lines[1].effects
        ]
        forged = [*forged, {"type": "flow", "element": "forged", "source": "begin"}]
        row = journal.compose(keys, first.hash, lines[1].entry, forged)
        mine = (t.entry.c.instance == id) & (t.entry.c.seq == 2)
        values = {"body": journal.pack(row.body), "effects": row.effects, "hash": row.hash, "seal": row.seal}
        connection.execute(update(t.entry).where(mine).values(values))
        paid = (t.payload.c.instance == id) & (t.payload.c.seq == 2)
        connection.execute(update(t.payload).where(paid).values(salt=row.salt, body=row.payload))
        connection.execute(delete(t.entry).where(t.entry.c.instance == id, t.entry.c.seq == 3))
    told = verified(house.api("auditor"), f"process-instances/{id}/verify")
    (fault,) = told["report"]["faults"]
    assert (fault["seq"], fault["again"]) == (2, [])
    assert [effect["element"] for effect in fault["recorded"]] == ["forged"]
    assert [one["state"] for one in told["report"]["verdicts"]] == ["executed", "fault"]
    page = house.person("auditor").get(f"/verifications/{told['id']}").text
    assert "再执行的结果与记录的不同" in page and "经过 forged" in page


def test_only_auditors_and_administrators_verify_and_see_anchors(house: House) -> None:
    id = worked(house)
    for name in ("manager", "outsider"):
        refused(house.api(name).post(f"process-instances/{id}/verify", {}), 403)
        refused(house.api(name).post("verifications", {}), 403)
        for path in ("/verifications", "/anchors", "/anchors/1", f"/projects/{id}/verifications"):
            assert house.person(name).get(path).status_code == 403
    refused(house.api("auditor").post("process-instances/nothing/verify", {}), 404)
    refused(house.api("auditor").get("verifications/..%2F..%2Fx"), 404)


def test_a_printed_root_proves_later_that_nothing_before_it_was_cut_off(house: House) -> None:
    id, auditor = worked(house), house.api("auditor")
    person = house.person("auditor")
    assert "尚未被锚覆盖：1 个流程的 3 条" in person.get("/anchors").text
    person.send("/anchors")
    anchor = house.engine.anchors(house.engine_actor("auditor")).anchors[0]
    sheet = person.get(f"/anchors/{anchor.number}").text
    assert all(f"<code>{anchor.root[at : at + 8]}</code>" in sheet for at in range(0, 64, 8))
    assert verified(auditor, "verifications", anchor=anchor.root.upper())["report"]["paper"] == anchor.number
    told = verified(auditor, "verifications", anchor="0" * 64)
    assert not told["ok"] and "0" * 64 in told["report"]["faults"][0]["reason"]
    refused(auditor.post("verifications", {"anchor": "12"}), 422)
    with house.engine.room.database.write() as connection:
        connection.execute(delete(t.entry).where(t.entry.c.instance == id, t.entry.c.seq == 3))
    told = verified(auditor, f"process-instances/{id}/verify", anchor=anchor.root)
    assert [fault["seq"] for fault in told["report"]["faults"]] == [3]


def test_what_a_stopped_server_left_behind_is_told_as_broken_off(house: House) -> None:
    told = verified(house.api("auditor"), "verifications")
    (house.settings.var / "verifications" / told["id"] / "result.json").unlink()
    assert house.api("auditor").get(f"verifications/{told['id']}").get_json()["state"] == "lost"
    assert "重新核验" in house.person("auditor").get(f"/verifications/{told['id']}").text
