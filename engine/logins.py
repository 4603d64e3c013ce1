"""Failed logins in the audit log: whose account was tried, never what was typed in its place, and not without bound."""

import threading
import time
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from engine import auditing
from engine.actor import Actor
from engine.room import Room
from engine.store import tables as t

MINUTE = 60.0
MOST = 60
"""Failed logins of a minute that are written down one by one, in each process; the next one tells how many were not."""


@dataclass
class Failures:
    """How many there were in the minute that runs."""

    began: float = 0.0
    count: int = 0
    left_out: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def counted(self) -> int | None:
        """How many before this one were left out, None where this one is."""
        with self.lock:
            if time.monotonic() - self.began > MINUTE:
                self.began, self.count = time.monotonic(), 0
            self.count += 1
            if self.count > MOST:
                self.left_out += 1
                return None
            left_out, self.left_out = self.left_out, 0
            return left_out


def failed(room: Room, failures: Failures, name: str, address: str | None, channel: str) -> None:
    """Write down that somebody failed to log in. People type passwords for names: an unknown name is not kept."""
    left_out = failures.counted()
    if left_out is None:
        return
    with room.database.read() as connection:
        known = connection.execute(select(t.user.c.name).where(t.user.c.name == name)).scalar()
    more: dict[str, Any] = {"left_out": left_out} if left_out else {}
    auditing.now(room, Actor("", channel, address), "login_failed", known, **more)
