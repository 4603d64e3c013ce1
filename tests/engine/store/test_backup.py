"""A backup is taken while the house serves, restored into either database, and verifies there."""

from __future__ import annotations

import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import pytest

from engine import backup
from engine.actor import Actor
from engine.engine import Engine
from engine.settings import Settings
from engine.store import faults
from engine.store.database import StoreTooNew
from tests.engine.house import House
from tests.postgres import Postgres

OWNER, BOSS = Actor("owner"), Actor("boss")
PDF = b"%PDF-1.4\n%%EOF\n"


@pytest.fixture(params=["to sqlite", "to postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """The settings of a house whose store has nothing in it yet."""
    if request.param == "to sqlite":
        yield Settings(var=tmp_path / "other")
        return
    server: Postgres = request.getfixturevalue("postgres")
    url = server.make()
    yield Settings(var=tmp_path / "other", database_url=url)
    server.drop(url)


def lived_in(house: House) -> tuple[str, str]:
    """A running and an ended instance; a file, a link's task, an erased entry, an anchor."""
    house.deploy("returns")
    house.deploy("turns")
    ended = house.start("turns").id
    house.do(ended, "turn", "owner", stop=True, phone="13800000000")
    house.engine.erase(BOSS, ended, 2, "个人信息")
    running = house.start("returns", team_project_manager=["owner"], project_name="甲").id
    task = house.task(running, "write").id
    house.engine.attach(OWNER, task, "a.pdf", PDF)
    house.engine.claim(OWNER, task)
    house.engine.save_draft(OWNER, task, {"text": "草"})
    house.engine.anchor()
    house.do(running, "write", "owner", "key", text="一")
    return running, ended


def test_what_was_backed_up_is_there_again_and_goes_on(house: House, tmp_path: Path, empty: Settings) -> None:
    running, ended = lived_in(house)
    file = tmp_path / "backup.zip"
    house.engine.backup(file)
    assert file.stat().st_mode & 0o777 == 0o600
    before = house.read_tables()
    house.do(running, "check", "reviewer", result="return")  # after the backup, so not in it
    copytree(house.settings.var / "keys", empty.var / "keys")
    backup.restore(empty, file)
    again = House(empty.var, database_url=empty.database_url)
    try:
        assert again.read_tables() == before
        report = again.engine.verify()
        assert report.ok and report.anchors == 1 and report.erased == [(ended, 2)], str(report)
        (attachment,) = [one for one in again.entries(running) if one["kind"] == "attached"]
        assert again.engine.attachment(OWNER, attachment["data"]["id"])[1].read_bytes() == PDF
        again.clock.at = house.clock.at
        again.do(running, "check", "reviewer", result="pass")
        assert again.view(running).status == "completed"
        again.engine.create_user(BOSS, "later", "后来的人")  # numbered on from where the backup was
        assert again.engine.verify().ok
    finally:
        again.engine.close()


def test_while_people_work_a_backup_holds_one_moment(house: House, twin: House, tmp_path: Path) -> None:
    house.deploy("turns")
    ids = [house.start("turns").id for _ in range(3)]
    stop = threading.Event()

    def work() -> None:
        number = 0
        while not stop.is_set():
            for id in ids:
                twin.do(id, "turn", "owner", stop=False, number=number)
            number += 1

    worker = threading.Thread(target=work)
    worker.start()
    try:
        for number in range(3):
            house.engine.anchor()
            house.engine.backup(tmp_path / f"{number}.zip")
    finally:
        stop.set()
        worker.join(60)
    other = Settings(var=tmp_path / "other")
    copytree(house.settings.var / "keys", other.var / "keys")
    backup.restore(other, tmp_path / "2.zip")
    again = House(other.var)
    report, before = again.engine.verify(), again.read_tables()
    again.engine.rebuild()
    assert report.ok, str(report)
    assert again.read_tables() == before
    numbers = [again.view(id).variables.get("number", -1) for id in ids]
    assert numbers == sorted(numbers, reverse=True) and numbers[0] - numbers[2] <= 1
    again.engine.close()


def test_a_store_with_anything_in_it_is_left_alone(house: House, tmp_path: Path) -> None:
    lived_in(house)
    file = tmp_path / "backup.zip"
    house.engine.backup(file)
    before = house.read_tables()
    with pytest.raises(backup.StoreNotEmpty):
        backup.restore(house.settings, file)
    for anchor in (house.settings.var / "anchors").iterdir():
        anchor.unlink()
    with pytest.raises(backup.StoreNotEmpty):
        backup.restore(house.settings, file)
    assert house.read_tables() == before
    with pytest.raises(backup.BackupRefused):
        house.engine.backup(file)  # an earlier backup is never written over


def test_other_keys_are_noticed_before_anything_is_stored(house: House, tmp_path: Path, empty: Settings) -> None:
    lived_in(house)
    house.engine.backup(tmp_path / "backup.zip")
    with pytest.raises(backup.KeysDiffer):
        backup.restore(empty, tmp_path / "backup.zip")
    engine = Engine(empty)
    assert engine.users() == [] and engine.definitions() == []
    engine.close()
    backup.restore(empty, tmp_path / "backup.zip", keys_lost=True)
    again = House(empty.var, database_url=empty.database_url)
    assert not again.engine.verify().ok
    again.engine.close()


@pytest.mark.parametrize("damage", ["cut", "no zip", "a row less", "another file", "of tomorrow"])
def test_a_damaged_backup_is_refused_and_the_store_stays_empty(tmp_path: Path, damage: str) -> None:
    house = House(tmp_path / "var")
    lived_in(house)
    file, other = tmp_path / "backup.zip", Settings(var=tmp_path / "other")
    house.engine.backup(file)
    whole = file.read_bytes()
    if damage == "cut":
        file.write_bytes(whole[: len(whole) // 2])
    elif damage == "no zip":
        file.write_bytes(b"nothing")
    else:
        _rewrite(file, damage)
    copytree(house.settings.var / "keys", other.var / "keys")
    with pytest.raises((backup.BackupRefused, StoreTooNew)):
        backup.restore(other, file)
    file.unlink()
    house.engine.backup(file)
    backup.restore(other, file)  # still empty
    house.engine.close()


def _rewrite(file: Path, damage: str) -> None:
    with zipfile.ZipFile(file) as pack:
        parts = {name: pack.read(name) for name in pack.namelist()}
    if damage == "a row less":
        parts["tables/entry.jsonl"] = b"".join(parts["tables/entry.jsonl"].splitlines(keepends=True)[:-1])
    elif damage == "another file":
        name = next(name for name in parts if name.startswith("files/"))
        parts[name] = b"something else"
    else:
        parts["manifest.json"] = parts["manifest.json"].replace(b'"revision":"', b'"revision":"9')
    with zipfile.ZipFile(file, "w") as pack:
        for name, content in parts.items():
            pack.writestr(name, content)


def test_a_backup_that_cannot_be_written_leaves_nothing_behind(house: House) -> None:
    place = house.settings.var / "nowhere" / "backup.zip"
    with pytest.raises(faults.StoreFailing):
        house.engine.backup(place)
    assert not place.parent.exists()
