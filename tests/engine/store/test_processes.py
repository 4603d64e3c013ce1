"""Several processes on one store: each sees at once what another has done, whatever it keeps in memory."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert
from sqlalchemy.exc import IntegrityError

from bpmn.errors import Conflict, Forbidden
from bpmn.model import File
from engine import acts, disk
from engine.actor import OPERATOR, Actor
from engine.store import tables as t
from engine.store import turns
from tests.engine.house import DIAGRAMS, House

HOUSE = Path(__file__).parents[3]
OWNER, COLLEAGUE, BOSS = Actor("owner"), Actor("colleague"), Actor("boss")
DRAWN = (DIAGRAMS / "turns.bpmn").read_bytes()

# Completes the open task of an instance each time it is told a number, and says which one it saw before.
OTHER = """
import sys
from pathlib import Path
from tests.engine.house import House
house = House(Path(sys.argv[1]), database_url=sys.argv[2] or None)
for line in sys.stdin:
    house.clock.at += 10**6
    seen = house.view(sys.argv[3]).variables.get("number")
    house.do(sys.argv[3], "turn", "colleague", stop=False, number=int(line))
    print(seen, flush=True)
house.engine.close()
"""


def test_a_live_copy_that_fell_behind_catches_up_from_the_journal(house: House, twin: House) -> None:
    house.deploy("turns")
    id = house.start("turns").id
    for number in range(6):
        one, other = (house, twin) if number % 2 else (twin, house)
        one.do(id, "turn", "owner", stop=False, number=number)
        kept = other.engine.room.lives.get(id)
        assert kept is None or kept.seq == number + 1  # it has not heard yet
        assert other.view(id).variables["number"] == number
    twin.do(id, "turn", "owner", stop=True)
    assert house.view(id).status == "completed"
    assert house.engine.verify().ok


def test_two_processes_take_turns_at_one_instance(house: House, store: str | None) -> None:
    house.deploy("turns")
    id = house.start("turns").id
    with subprocess.Popen(
        [sys.executable, "-c", OTHER, str(house.settings.var), store or "", id],
        cwd=HOUSE,
        env={**os.environ, "PYTHONPATH": str(HOUSE)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdin is not None and other.stdout is not None
        for number in range(0, 10, 2):
            house.clock.at += 10**6
            house.do(id, "turn", "owner", stop=False, number=number)
            print(number + 1, file=other.stdin, flush=True)
            assert int(other.stdout.readline()) == number
            assert house.view(id).variables["number"] == number + 1
        other.stdin.close()
        assert other.wait(60) == 0
    assert [entry["actor"] for entry in house.entries(id)] == ["owner", *["owner", "colleague"] * 5]
    assert house.engine.verify().ok


def test_what_one_deploys_the_other_starts_and_what_runs_stays_as_it_is(house: House, twin: House) -> None:
    house.deploy("turns")
    first = twin.start("turns").id
    house.engine.deploy(OPERATOR, [File("turns.bpmn", DRAWN.replace(b'name="turn"', b'name="another"'))])
    assert twin.task(twin.start("turns").id, "turn").name == "another"
    assert twin.engine.definition("turns").version == 2
    twin.do(first, "turn", "owner", stop=False)
    assert house.task(first, "turn").name == "turn"


def test_a_role_that_one_grants_or_takes_counts_in_the_other_at_once(house: House, twin: House) -> None:
    house.deploy("turns")
    task = house.task(house.start("turns").id, "turn").id
    outsider = Actor("outsider")
    with pytest.raises(Forbidden):
        twin.engine.claim(outsider, task)
    house.engine.grant(BOSS, "outsider", "project_manager")
    twin.engine.claim(outsider, task)
    assert [row.id for row in twin.engine.tasks(outsider).items] == [task]
    house.engine.unclaim(outsider, task)
    house.engine.revoke(BOSS, "outsider", "project_manager")
    with pytest.raises(Forbidden):
        twin.engine.claim(outsider, task)


def test_what_one_erases_the_other_forgets(house: House, twin: House) -> None:
    house.deploy("turns")
    id = house.start("turns").id
    house.do(id, "turn", "owner", stop=True, phone="13800000000")
    assert twin.view(id).variables["phone"] == "13800000000"
    house.engine.erase(BOSS, id, 2, "个人信息")
    assert "phone" not in twin.view(id).variables
    assert "phone" not in house.view(id).variables


def test_thirty_at_one_instance_queue_and_none_is_refused(house: House, twin: House) -> None:
    house.deploy("turns")
    id = house.start("turns").id
    task = house.task(id, "turn").id
    faults: list[BaseException] = []

    def remark(number: int) -> None:
        try:
            for turn in range(4):
                engine = (house, twin)[number % 2].engine
                if number % 3:
                    engine.comment(OWNER, id, f"{number} {turn}")
                else:
                    engine.attach(OWNER, task, f"{number} {turn}.txt", b"text")
        except BaseException as fault:  # told to the test, which runs in another thread
            faults.append(fault)

    threads = [threading.Thread(target=remark, args=(number,)) for number in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert faults == []
    page = house.engine.journal(OPERATOR, id, limit=200)
    assert [entry["seq"] for entry in page.items] == list(range(1, 122))
    twin.do(id, "turn", "owner", stop=True)
    assert house.view(id).status == "completed"


def test_a_linked_instance_waits_for_the_team_that_its_project_is_getting(house: House, twin: House) -> None:
    """Its task would lie in the inbox of the old team for ever: neither transaction would see what the other wrote."""
    house.deploy("returns")
    house.deploy("waits")
    project = house.start("returns", team_project_manager=["owner"]).id
    child = house.engine.start(OWNER, "waits", None, {}, parent=project).id
    other = threading.Thread(target=lambda: twin.engine.message(OWNER, "major_fault"))

    def change() -> None:
        # Within the project's step and before its commit the other begins.
        other.start()
        other.join(1)

    task, team = house.task(project, "write").id, {"team_project_manager": ["owner", "colleague"]}
    acts.complete(house.engine.room, OWNER, task, team, after=lambda work: change())
    other.join(60)
    assert twin.task(child, "repair").id in {row.id for row in house.engine.tasks(COLLEAGUE).items}


def test_of_two_transactions_in_a_deadlock_one_is_taken_back_and_run_again(house: House, twin: House) -> None:
    house.deploy("turns")
    ids = [house.start("turns").id for _ in range(2)]
    both, tries = threading.Barrier(2), [0, 0]

    def lock(number: int) -> None:
        def case(connection: Connection) -> None:
            tries[number] += 1
            turns.instance(connection, ids[number])
            if tries[number] == 1 and not house.engine.room.database.sqlite:
                both.wait(30)
            turns.instance(connection, ids[1 - number])

        (house, twin)[number].engine.room.database.run(case)

    threads = [threading.Thread(target=lock, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    # Whoever was taken back may run into the other once more before that one has ended.
    assert sum(tries) in ((2,) if house.engine.room.database.sqlite else (3, 4))


def test_what_is_there_already_is_tried_again_and_what_breaks_a_rule_is_not(house: House) -> None:
    tries = []

    def same(connection: Connection) -> None:
        tries.append("same")
        connection.execute(insert(t.grant), {"role": "project_manager", "user": "owner"})

    def nobody(connection: Connection) -> None:
        tries.append("nobody")
        connection.execute(insert(t.grant), {"role": "project_manager", "user": "not-there"})

    with pytest.raises(Conflict):
        house.engine.room.database.run(same)
    with pytest.raises(IntegrityError):
        house.engine.room.database.run(nobody)
    assert tries.count("same") > 1 and tries.count("nobody") == 1


def test_an_anchor_that_another_process_wrote_first_is_gone_on_from(
    house: House, twin: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.deploy("turns")
    house.start("turns")
    honest, first = disk.write_once, [True]

    def overtaken(path: Path, content: bytes) -> bool:
        if first.pop():
            first.extend([False] * 4)
            twin.engine.anchor()
            twin.start("turns")
        return honest(path, content)

    monkeypatch.setattr(disk, "write_once", overtaken)
    house.engine.anchor()
    report = house.engine.verify()
    assert report.ok and report.anchors == 2
