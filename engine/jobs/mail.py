"""A notice by mail, where a mail server is set up: a job beside the notice, in the same transaction.

It may be sent twice when a runner dies between the server's answer and ours; both have one Message-ID, by which mail
programs know the second.
"""

import smtplib
import ssl
from collections.abc import Mapping
from email.message import EmailMessage
from email.utils import formataddr, formatdate
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from sqlalchemy import Connection, insert, select

from bpmn.errors import GuichengError
from engine.clock import SECOND
from engine.contract import PermanentFailure
from engine.room import Room
from engine.store import tables as t

TOPIC = "@mail"
# A mail server that is away for a night makes no incidents.
MORE_ATTEMPTS = 8
TIMEOUT = 30
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
        query = select(t.notice, t.user.c.email, t.user.c.display_name).join(t.user, t.user.c.name == t.notice.c.user)
        notice = connection.execute(query.where(t.notice.c.id == row["id"])).mappings().one_or_none()
    if notice is not None and notice["email"]:
        _hand_over(urlsplit(room.settings.smtp_url or ""), _letter(room, dict(notice)))
    done = t.job.delete().where(t.job.c.id == row["id"])
    room.database.run(lambda connection: connection.execute(done))


def _letter(room: Room, notice: Mapping[str, Any]) -> EmailMessage:
    sender = room.settings.mail_from or ""
    letter = EmailMessage()
    # A header is one line, whatever a service task wrote.
    letter["Subject"] = " ".join(f"【规程】{notice['text']}".split())[:120]
    letter["From"] = sender
    letter["To"] = formataddr((" ".join(notice["display_name"].split()), notice["email"]))
    letter["Date"] = formatdate(notice["at"] / SECOND)
    letter["Message-ID"] = f"<{notice['id']}@{sender.rpartition('@')[2].rstrip('>') or 'guicheng'}>"
    letter["Auto-Submitted"] = "auto-generated"
    lines = [f"{notice['display_name']}，您好：", "", notice["text"]]
    if notice["link"] and room.settings.public_url:
        lines += ["", room.settings.public_url.rstrip("/") + notice["link"]]
    letter.set_content("\n".join([*lines, "", "本邮件由规程系统自动发出，请勿回复。", ""]))
    return letter


def _hand_over(to: SplitResult, letter: EmailMessage) -> None:
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
    return PermanentFailure(f"邮件被拒绝：{_words(told)}") if code >= 500 else later


def _words(told: bytes | str) -> str:
    return told.decode("utf-8", "replace") if isinstance(told, bytes) else told
