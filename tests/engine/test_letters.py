"""What the page tells of tasks goes by mail too, once, to whoever has not read it there, in their language."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.actor import OPERATOR, Actor
from engine.clock import DAY, SECOND
from engine.jobs import letters
from tests.engine.house import House
from tests.engine.postman import Postman
from web.catalogues import say

OWNER, WRITER, QA, CHIEF = Actor("owner"), Actor("writer"), Actor("qa"), Actor("chief")
MINUTE = 60 * SECOND


class Office(House):
    """A house with a mail server, in which a writer, a QA and a supervisor have an address."""

    def __init__(self, var: Path, store: str | None, address: str | None) -> None:
        sender = "规程 <guicheng@example.org>"
        mail: dict[str, Any] = {}
        if address:
            mail = {"smtp_url": address, "mail_from": sender, "public_url": "https://g.example"}
        super().__init__(var, database_url=store, **mail)
        self.engine.room.say = say
        for actor, role in ((WRITER, "project_manager"), (QA, "department_qa"), (CHIEF, "project_supervisor")):
            address_of = f"{actor.user}@example.org"
            self.engine.create_user(OPERATOR, actor.user, f"{actor.user}的名字", email=address_of, roles=[role])
        self.deploy("returns")
        self.deploy("due")

    def begun(self) -> str:
        """A project whose writer and QA are named; answers its id."""
        team: dict[str, Any] = {
            "team_project_manager": ["writer"],
            "team_department_qa": ["qa"],
            "team_project_supervisor": ["chief"],
        }
        return self.start("returns", project_name="轧线", **team).id

    def post(self, later: int = MINUTE) -> None:
        """Some time passes; what is to be told goes out."""
        self.clock.at += later
        letters.remind(self.engine.room)
        while self.engine.run_jobs_once():
            pass


@pytest.fixture
def office(tmp_path: Path, store: str | None, address: str) -> Iterator[Office]:
    made = Office(tmp_path / "var", store, address)
    yield made
    made.engine.close()


def test_a_task_and_a_return_go_to_whoever_has_to_do_them_once(office: Office, postman: Postman) -> None:
    id = office.begun()
    office.post()
    office.post()
    (letter,) = postman.letters
    task = office.task(id, "write").id
    assert letter["To"] == "writer的名字 <writer@example.org>"
    assert letter["Subject"] == "【规程】新任务：轧线：write"
    assert f"https://g.example/tasks/{task}" in letter.get_content()
    office.do(id, "write", "writer", text="一")
    office.do(id, "check", "qa", result="return", return_reason="不全")
    office.post()
    office.post()
    assert postman.subjects[1:] == ["【规程】退回：轧线：write"]


def test_what_was_read_in_the_page_or_done_meanwhile_goes_by_no_mail(office: Office, postman: Postman) -> None:
    id = office.begun()
    office.engine.notices_seen(WRITER)
    office.post()
    office.do(id, "write", "writer", text="一")
    office.do(id, "check", "qa", result="pass")
    office.post()
    assert postman.letters == []


def test_a_task_taken_by_another_or_done_between_telling_and_sending_is_told_to_nobody(
    office: Office, postman: Postman
) -> None:
    office.engine.create_user(OPERATOR, "second", "另一位", email="second@example.org", roles=["project_manager"])
    made = office.start("returns", project_name="轧线")
    office.clock.at += MINUTE
    assert letters.remind(office.engine.room) == 2
    office.engine.claim(Actor("second"), office.task(made.id, "write").id)
    office.engine.run_jobs_once()
    assert [letter["To"] for letter in postman.letters] == ["另一位 <second@example.org>"]


def test_what_is_due_soon_or_overdue_is_told_to_its_holder_and_the_supervisor(office: Office, postman: Postman) -> None:
    team: dict[str, Any] = {"team_project_manager": ["writer"], "team_project_supervisor": ["chief"]}
    office.start("due", project_name="轧线", **team)
    office.post()
    assert [letter["To"].split("的")[0] for letter in postman.letters] == ["writer"]
    assert "期限" in postman.subjects[0]
    office.post(9 * DAY)
    assert sorted((letter["To"].split("的")[0], letter["Subject"][4:8]) for letter in postman.letters[1:]) == [
        ("chief", "即将到期"),
        ("writer", "即将到期"),
    ]
    office.post(2 * DAY)
    office.post()
    assert sorted((letter["To"].split("的")[0], letter["Subject"][4:7]) for letter in postman.letters[3:]) == [
        ("chief", "已逾期"),
        ("writer", "已逾期"),
    ]


def test_whoever_reads_english_is_written_to_in_english(office: Office, postman: Postman) -> None:
    office.engine.set_language(WRITER, "en")
    office.begun()
    office.post()
    (letter,) = postman.letters
    assert letter["Subject"] == "[Procedures] New task: 轧线: write"
    assert "Hello writer的名字," in letter.get_content() and "请勿回复" not in letter.get_content()


def test_a_letter_that_cannot_be_delivered_is_given_up_and_makes_no_incident(office: Office, postman: Postman) -> None:
    postman.answers = ["552 mailbox full"]
    id = office.begun()
    office.post()
    office.post(DAY)
    assert postman.letters == [] and office.engine.incidents(OPERATOR) == []
    assert office.view(id).status == "active"


def test_a_server_that_is_away_is_asked_again_and_then_no_more(office: Office, postman: Postman) -> None:
    postman.answers = ["451 later"] * 40
    id = office.begun()
    for _ in range(20):
        office.post(2 * 3600 * SECOND)
    assert office.engine.incidents(OPERATOR) == [] and office.view(id).status == "active"
    postman.answers = []
    office.do(id, "write", "writer", text="一")
    office.post()
    assert [letter["To"].split("的")[0] for letter in postman.letters] == ["qa"]


def test_old_tasks_are_not_told_when_a_mail_server_is_set_up_and_rebuilding_tells_nothing_again(
    office: Office, postman: Postman
) -> None:
    office.begun()
    office.post(2 * DAY)
    assert postman.letters == []
    office.begun()
    office.clock.at += MINUTE
    assert letters.remind(office.engine.room) == 1
    before = office.read_tables()
    office.engine.rebuild()
    assert office.read_tables() == before
    office.post()
    assert len(postman.letters) == 1


def test_without_a_mail_server_nobody_is_told(tmp_path: Path) -> None:
    quiet = Office(tmp_path / "var", None, None)
    try:
        quiet.begun()
        quiet.clock.at += MINUTE
        assert letters.remind(quiet.engine.room) == 0 and quiet.engine.run_jobs_once() == 0
    finally:
        quiet.engine.close()
