"""Deploying, accounts, files, settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from bpmn.errors import GuichengError, NotFound, TooLarge
from bpmn.model import File
from engine import errors, people
from engine.actor import OPERATOR, Actor
from engine.clock import DAY
from engine.settings import SettingRefused, from_environment
from tests.engine.house import DIAGRAMS, House

OWNER, BOSS = Actor("owner"), Actor("boss")
PDF = b"%PDF-1.4\n%%EOF\n"
DRAWN = (DIAGRAMS / "turns.bpmn").read_bytes()


def test_the_same_diagram_again_is_no_new_version(house: House) -> None:
    first = house.engine.deploy(OPERATOR, [File("turns.bpmn", DRAWN)]).definitions[0]
    again = house.engine.deploy(OPERATOR, [File("turns.bpmn", DRAWN)]).definitions[0]
    changed = DRAWN.replace(b'name="turn"', b'name="another"')
    third = house.engine.deploy(OPERATOR, [File("turns.bpmn", changed)]).definitions[0]
    assert (first.id, first.version, third.version) == (again.id, 1, 2)
    assert house.engine.definition("turns").version == 2
    assert house.engine.definition("turns", 1).id == first.id


def test_an_instance_stays_on_the_definitions_that_it_started_with(house: House) -> None:
    house.deploy("turns")
    made = house.start("turns")
    house.engine.deploy(OPERATOR, [File("turns.bpmn", DRAWN.replace(b'name="turn"', b'name="another"'))])
    house.do(made.id, "turn", "owner", stop=False)
    assert house.task(made.id, "turn").name == "turn"
    assert house.view(made.id).definition["version"] == 1


@pytest.mark.parametrize(
    "file",
    [
        File("a.bpmn", b"not xml"),
        File("a.bpmn", b"<!DOCTYPE x [<!ENTITY a 'b'>]><definitions/>"),
        File("a.exe", b"MZ"),
        File("a.form", b"{}"),
        File("a.bpmn", DRAWN.replace(b"=stop = true", b"=stop = (")),
        File("a.bpmn", DRAWN.replace(b'targetRef="end"', b'targetRef="nowhere"')),
    ],
)
def test_what_cannot_be_kept_is_refused_and_nothing_is_stored(house: House, file: File) -> None:
    with pytest.raises(errors.DeploymentRefused) as refused:
        house.engine.deploy(OPERATOR, [file, File("turns.bpmn", DRAWN)])
    assert [finding.file for finding in refused.value.findings if finding.severity == "error"]
    assert house.engine.definitions() == []


def test_only_process_owner_and_admin_deploy(house: House) -> None:
    with pytest.raises(errors.NeedsRole):
        house.engine.deploy(OWNER, [File("turns.bpmn", DRAWN)])
    house.engine.deploy(BOSS, [File("turns.bpmn", DRAWN)])


def test_a_password_opens_and_a_wrong_one_does_not(house: House) -> None:
    house.engine.create_user(BOSS, "neu", "新人", password="geheim-genug", roles=("marketing",))
    user = house.engine.authenticate("neu", "geheim-genug")
    assert user is not None and user.roles == {"marketing"}
    assert house.engine.authenticate("neu", "falsch") is None
    assert house.engine.authenticate("nobody", "geheim-genug") is None
    with house.engine.room.database.read() as connection:
        stored = connection.exec_driver_sql("SELECT password FROM person WHERE name = 'neu'").scalar()
    assert str(stored).startswith("$argon2id$")
    house.engine.set_active(BOSS, "neu", False)
    assert house.engine.authenticate("neu", "geheim-genug") is None


def test_accounts_are_the_administrators(house: House) -> None:
    for attempt in (
        lambda: house.engine.create_user(OWNER, "neu", "新人"),
        lambda: house.engine.grant(OWNER, "owner", "admin"),
        lambda: house.engine.set_password(OWNER, "boss", "geheim-genug"),
        lambda: house.engine.set_active(OWNER, "boss", False),
    ):
        with pytest.raises(errors.NeedsRole):
            attempt()
    house.engine.set_password(OWNER, "owner", "geheim-genug")
    for name in ("guicheng", "Groß", "", "a b", "link:1"):
        with pytest.raises(errors.NameRefused):
            house.engine.create_user(BOSS, name, "x")
    with pytest.raises(errors.UserExists):
        house.engine.create_user(BOSS, "owner", "x")
    with pytest.raises(people.PasswordRefused):
        house.engine.create_user(BOSS, "kurz", "x", password="kurz")


def test_a_token_is_its_users_and_is_stored_as_a_hash(house: House) -> None:
    token = house.engine.token_create("owner")
    user = house.engine.token_user(token)
    assert user is not None and (user.name, user.roles) == ("owner", frozenset({"project_manager"}))
    assert house.engine.token_user(token + "x") is None
    with house.engine.room.database.read() as connection:
        assert token not in str(connection.exec_driver_sql("SELECT * FROM token").all())
    house.engine.set_active(BOSS, "owner", False)
    assert house.engine.token_user(token) is None


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.exe", b"MZ"), ("a.pdf", b"no pdf"), ("a.pdf", b""), ("", PDF), ("a.docx", b"PK\x03\x04broken"), ("a", PDF)],
)
def test_a_file_that_is_not_what_it_says_is_refused(house: House, name: str, content: bytes) -> None:
    house.deploy("turns")
    task = house.task(house.start("turns").id, "turn").id
    with pytest.raises(GuichengError) as refused:
        house.engine.attach(OWNER, task, name, content)
    assert refused.value.status == 422


def test_a_file_lies_under_its_hash_and_is_read_by_the_project_only(tmp_path: Path, store: str | None) -> None:
    house = House(tmp_path / "var", database_url=store, max_upload=1000)
    try:
        house.deploy("turns")
        task = house.task(house.start("turns").id, "turn").id
        with pytest.raises(TooLarge):
            house.engine.attach(OWNER, task, "a.pdf", PDF + b" " * 1000)
        made = house.engine.attach(OWNER, task, "a.pdf", PDF, "text/html")
        found, path = house.engine.attachment(Actor("auditor"), made.id)
        assert (found.media_type, path.name, path.read_bytes()) == ("application/pdf", made.sha256, PDF)
        with pytest.raises(errors.NotVisible):
            house.engine.attachment(Actor("outsider"), made.id)
        with pytest.raises(NotFound):
            house.engine.attachment(OWNER, "nothing")
    finally:
        house.engine.close()


def test_settings_come_from_variables_and_files(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s3cret\n")
    settings = from_environment({"GUICHENG_PORT": "9000", "GUICHENG_SECRET_KEY_FILE": str(secret)})
    assert (settings.port, settings.secret_key, settings.production) == (9000, "s3cret", False)
    for wrong in ({"GUICHENG_PORT": "x"}, {"GUICHENG_PORT": "0"}, {"GUICHENG_AUDIT_KEY_FILE": "/nowhere"}):
        with pytest.raises(SettingRefused):
            from_environment(wrong)


def test_a_store_is_opened_again_with_everything_in_it(tmp_path: Path, store: str | None) -> None:
    first = House(tmp_path / "var", database_url=store)
    first.deploy("turns")
    made = first.start("turns")
    first.engine.close()
    again = House(tmp_path / "var", database_url=store)
    try:
        again.do(made.id, "turn", "owner", stop=True)
        assert again.view(made.id).status == "completed"
        assert list((tmp_path / "var" / "anchors").glob("*.json"))
    finally:
        again.engine.close()


def test_every_hour_an_anchor_is_written_and_old_answers_are_forgotten(house: House) -> None:
    house.deploy("turns")
    house.engine.start(OWNER, "turns", None, {}, idempotency_key="k")
    house.clock.at += 8 * DAY
    house.engine.keep_house()
    with house.engine.room.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM idempotency").scalar() == 0
    assert len(list((house.settings.var / "anchors").glob("*.json"))) == 1
