"""A mail server for tests, which answers as it is told."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Postman:
    """A mail server that answers as it is told."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.answers: list[str] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Take a letter, or not."""
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer.startswith("250"):
            letter = message_from_bytes(cast(bytes, envelope.content), policy=policy.default)
            self.letters.append(letter)
        return answer

    @property
    def subjects(self) -> list[str]:
        """The subjects of the letters."""
        return [letter["Subject"] for letter in self.letters]


@contextmanager
def serving(postman: Postman) -> Iterator[str]:
    """The address under which a postman takes letters."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    running = Controller(postman, hostname="127.0.0.1", port=port)
    running.start()
    try:
        yield f"smtp://127.0.0.1:{port}"
    finally:
        running.stop()
