"""A notice by mail, where a mail server is set up: a job beside the notice, in the same transaction.

It may be sent twice when a runner dies between the server's answer and ours; both have one Message-ID, by which mail
programs know the second.
"""

import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formataddr, formatdate
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from sqlalchemy import Connection, insert, select

from bpmn.errors import GuichengError
from bpmn.sentence import say
from engine.clock import SECOND
from engine.contract import PermanentFailure
from engine.room import Room
from engine.store import tables as t

TOPIC = "@mail"
# A mail server that is away for a night makes no incidents.
MORE_ATTEMPTS = 8
TIMEOUT = 30
SUBJECT, GREETING, CLOSING = "【规程】", "{name}，您好：", "本邮件由规程系统自动发出，请勿回复。"
LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


class MailNotSent(GuichengError):
    """邮件服务器没有收下邮件：{reason}。"""


def enqueue(room: Room, connection: Connection, notice: Mapping[str, Any], job: Mapping[str, Any]) -> None:
    """Let a notice go by mail too, if it can; `job` is the one that told it, whose instance it belongs to."""
    who = select(t.user.c.email).where(t.user.c.name == notice["user"], t.user.c.active.is_(True))
    if room.settings.smtp_url is None or not connection.execute(who).scalar():
        return
    row = {"id": notice["id"], "topic": TOPIC, "state": "ready", "attempts": 0, "due_at": room.clock.now()}
    connection.execute(insert(t.job), {**job, **row})
    room.queue.enqueue(connection, job["instance"])


def send(room: Room, row: Mapping[str, Any]) -> None:
    """Send the mail of a job, then forget it. Raises MailNotSent, PermanentFailure."""
    with room.database.read() as connection:
        who = (t.user.c.email, t.user.c.display_name, t.user.c.language)
        query = select(t.notice, *who).join(t.user, t.user.c.name == t.notice.c.user)
        notice = connection.execute(query.where(t.notice.c.id == row["id"])).mappings().one_or_none()
    if notice is not None and notice["email"]:
        reader = Reader(notice["display_name"], notice["email"], notice["language"] or "zh")
        told = said(room, reader.language, notice["text"])
        hand_over(room, Letter(notice["id"], reader, told, notice["link"], notice["at"]))
    done = t.job.delete().where(t.job.c.id == row["id"])
    room.database.run(lambda connection: connection.execute(done))


def most(room: Room) -> int:
    """How often a mail is tried."""
    return room.settings.job_attempts + MORE_ATTEMPTS


@dataclass(frozen=True)
class Reader:
    """To whom a letter goes, and in which language."""

    name: str
    address: str
    language: str


@dataclass(frozen=True)
class Letter:
    """What is told to whom, where the page has it, and since when (microseconds)."""

    id: str
    reader: Reader
    text: str
    link: str | None
    at: int


def said(room: Room, language: str, text: str) -> str:
    """What a service task told, part by part as pages tell it: a project's name stays as it is."""
    return room.say(language, "：").join(room.say(language, part) for part in text.split("："))


def hand_over(room: Room, letter: Letter) -> None:
    """Give a letter to the mail server. Raises MailNotSent, PermanentFailure."""
    deliver(room, _written(room, letter))


def deliver(room: Room, letter: EmailMessage) -> None:
    """Give a mail to the mail server. Raises MailNotSent, PermanentFailure."""
    _deliver(urlsplit(room.settings.smtp_url or ""), letter)


def _written(room: Room, letter: Letter) -> EmailMessage:
    sender, reader = room.settings.mail_from or "", letter.reader
    greeting, closing = (room.say(reader.language, text) for text in (GREETING, CLOSING))
    post = EmailMessage()
    # A header is one line, whatever a service task wrote.
    post["Subject"] = " ".join(f"{room.say(reader.language, SUBJECT)}{letter.text}".split())[:120]
    post["From"] = sender
    post["To"] = formataddr((" ".join(reader.name.split()), reader.address))
    post["Date"] = formatdate(letter.at / SECOND)
    post["Message-ID"] = f"<{letter.id}@{sender.rpartition('@')[2].rstrip('>') or 'guicheng'}>"
    post["Auto-Submitted"] = "auto-generated"
    lines = [greeting.replace("{name}", reader.name), "", letter.text]
    if letter.link and room.settings.public_url:
        lines += ["", room.settings.public_url.rstrip("/") + letter.link]
    post.set_content("\n".join([*lines, "", closing, ""]))
    return post


def _deliver(to: SplitResult, letter: EmailMessage) -> None:
    try:
        with _connected(to) as server:
            if to.username:
                server.login(unquote(to.username), unquote(to.password or ""))
            server.send_message(letter)
    except smtplib.SMTPRecipientsRefused as error:
        code, told = next(iter(error.recipients.values()))
        raise _refusal(code, told, MailNotSent(reason=_words(told))) from error
    except smtplib.SMTPResponseException as error:
        raise _refusal(error.smtp_code, error.smtp_error, MailNotSent(reason=_words(error.smtp_error))) from error
    except (OSError, smtplib.SMTPException) as error:
        raise MailNotSent(reason=str(error) or type(error).__name__) from error


def _connected(to: SplitResult) -> smtplib.SMTP:
    """`smtps` is TLS from the start, `smtp` is TLS where the server has it; a password never goes without."""
    host = to.hostname or "localhost"
    if to.scheme == "smtps":
        return smtplib.SMTP_SSL(host, to.port or 465, timeout=TIMEOUT, context=ssl.create_default_context())
    server = smtplib.SMTP(host, to.port or 25, timeout=TIMEOUT)
    server.ehlo()
    if server.has_extn("starttls"):
        server.starttls(context=ssl.create_default_context())
    elif to.username and host not in LOCAL:
        server.close()
        raise PermanentFailure("邮件服务器的连接没有加密，不发送口令")
    return server


def _refusal(code: int, told: bytes | str, later: MailNotSent) -> Exception:
    """From 500 on the server says that trying again is of no use."""
    return PermanentFailure(say("邮件被拒绝：{words}", words=_words(told))) if code >= 500 else later


def _words(told: bytes | str) -> str:
    return told.decode("utf-8", "replace") if isinstance(told, bytes) else told
