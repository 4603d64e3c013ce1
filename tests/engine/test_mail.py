"""Notices by mail: off unless set up, sent once, patient with a server that is away."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select

from engine.actor import OPERATOR, Actor
from engine.clock import SECOND
from engine.contract import Job, PermanentFailure, Services
from engine.jobs import mail, work
from engine.services import JobServices
from engine.settings import SettingRefused, from_environment
from engine.store import tables as t
from tests.engine.house import House
from tests.engine.postman import Postman

OWNER, BOSS = Actor("owner"), Actor("boss")
HOUR = 3600 * SECOND


def tell(job: Job, services: Services) -> Mapping[str, Any]:
    """A service task that tells three people something: one without an address, and one who has left."""
    services.notify(["addressed", "left", "owner"], "合同已签\nBcc: x@example.org", "/projects/1")
    return {}


class Post(House):
    """A house in which somebody has an address."""

    def __init__(self, var: Path, **settings: Any) -> None:
        super().__init__(var, {"work": tell}, **settings)
        for name in ("addressed", "left"):
            self.engine.create_user(OPERATOR, name, f"{name}的名字", email=f"{name}@example.org")
        self.engine.set_active(BOSS, "left", False)
        self.deploy("machine")

    def told(self) -> str:
        """Start an instance whose service task tells people, and run it."""
        made = self.start("machine", subject="甲")
        assert self.engine.run_jobs_once() == 1
        return made.id

    def later(self) -> None:
        """Run what is due after some hours."""
        self.clock.at += 2 * HOUR
        self.engine.run_jobs_once()


@pytest.fixture
def post(tmp_path: Path, address: str) -> Iterator[Post]:
    sender = "规程 <guicheng@example.org>"
    made = Post(tmp_path / "var", smtp_url=address, mail_from=sender, public_url="https://g.example/")
    yield made
    made.engine.close()


def test_a_notice_goes_by_mail_to_those_who_work_here_and_have_an_address(post: Post, postman: Postman) -> None:
    post.told()
    assert (post.engine.run_jobs_once(), post.engine.run_jobs_once()) == (1, 0)
    (letter,) = postman.letters
    assert letter["To"] == "addressed的名字 <addressed@example.org>"
    assert letter["Subject"] == "【规程】合同已签 Bcc: x@example.org" and letter["Bcc"] is None
    assert "https://g.example/projects/1" in letter.get_content()
    assert letter["Message-ID"].endswith("@example.org>")
    assert [notice.text for notice in post.engine.notices(OWNER) if notice.kind == "told"]


def test_no_mail_is_made_where_no_server_is_set_up(tmp_path: Path) -> None:
    quiet = Post(tmp_path / "var")
    try:
        quiet.told()
        assert quiet.engine.run_jobs_once() == 0
        assert [n.text for n in quiet.engine.notices(Actor("addressed")) if n.kind == "told"]
    finally:
        quiet.engine.close()


def test_a_repeated_job_sends_no_second_mail(post: Post, postman: Postman) -> None:
    instance = post.told()
    (row,) = [row for row in rows_of(post) if row["topic"] == mail.TOPIC]
    assert work.one(post.engine.room, row["id"]) == 1
    assert work.one(post.engine.room, row["id"]) == 0
    job = Job(post.entries(instance)[0]["effects"][-1]["job"], "work", instance, "work", 1, {}, {}, 2, None, "machine")
    tell(job, JobServices(post.engine.room, job, "x", 0))
    assert post.engine.run_jobs_once() == 0
    assert len(postman.letters) == 1


def rows_of(post: Post) -> list[dict[str, Any]]:
    """The job table."""
    with post.engine.room.database.read() as connection:
        return [dict(row) for row in connection.execute(select(t.job)).mappings()]


def test_a_mail_that_was_not_taken_is_sent_again_as_the_same(post: Post, postman: Postman) -> None:
    postman.answers = ["451 later", "421 later"]
    post.told()
    for _ in range(4):
        post.later()
    assert len(postman.letters) == 1
    assert post.engine.incidents(BOSS) == []


def test_a_mail_that_is_refused_for_good_is_an_incident_with_the_server_s_words(post: Post, postman: Postman) -> None:
    postman.answers = ["552 mailbox full"]
    instance = post.told()
    post.later()
    (incident,) = post.engine.incidents(BOSS)
    assert "mailbox full" in incident.reason and incident.job
    before = post.read_tables()
    post.engine.rebuild()
    assert post.read_tables() == before
    post.engine.retry(BOSS, incident.id, "已清理")
    post.later()
    assert (len(postman.letters), post.view(instance).status) == (1, "active")


def test_a_server_that_is_away_for_hours_makes_no_incident(tmp_path: Path) -> None:
    post = Post(tmp_path / "var", smtp_url="smtp://127.0.0.1:9", mail_from="guicheng@example.org")
    try:
        post.told()
        for _ in range(post.settings.job_attempts + 2):
            post.later()
        assert post.engine.incidents(BOSS) == []
        for _ in range(mail.MORE_ATTEMPTS):
            post.later()
        assert "邮件服务器没有收下邮件" in post.engine.incidents(BOSS)[0].reason
    finally:
        post.engine.close()


def test_no_password_goes_over_a_line_that_is_not_encrypted() -> None:
    with pytest.raises(PermanentFailure, match="加密"), plain_server() as port:
        mail._connected(urlsplit(f"smtp://me:secret@{socket.gethostname()}:{port}"))


@pytest.mark.parametrize(
    "given",
    [{"GUICHENG_SMTP_URL": "mail.example.org"}, {"GUICHENG_SMTP_URL": "smtp://mail.example.org"}],
)
def test_half_a_setting_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(SettingRefused):
        from_environment(given)


@contextmanager
def plain_server() -> Iterator[int]:
    """A mail server on this machine's own name that knows no TLS."""
    with socket.socket() as free:
        free.bind(("", 0))
        port = int(free.getsockname()[1])
    running = Controller(Postman(), hostname="", port=port)
    running.start()
    try:
        yield port
    finally:
        running.stop()
