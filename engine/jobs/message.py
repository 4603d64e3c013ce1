"""A message that an instance threw: its receivers are other instances, each with a step of its own."""

import uuid
from collections.abc import Mapping
from typing import Any

from bpmn.errors import GuichengError
from engine import journal
from engine.actor import ENGINE
from engine.acts import guarded
from engine.receive import receive
from engine.room import Room
from engine.step import Work
from engine.store import tables as t

TOPIC = "@message"


class NobodyYet(GuichengError):
    """还没有流程在等待消息“{name}”。"""


def deliver_thrown(room: Room, row: Mapping[str, Any]) -> None:
    """Deliver a message or a signal to whoever receives it, once. Raises NobodyYet."""
    with room.database.read() as connection:
        line = journal.read(connection, row["instance"], after=row["seq"] - 1, to=row["seq"])[0]
    thrown = [(position, e) for position, e in enumerate(line.effects) if e["type"] == "thrown"]
    base = uuid.UUID(row["instance"])
    effect = next(e for p, e in thrown if str(uuid.uuid5(base, f"thrown {row['seq']} {p}")) == row["id"])
    kept: dict[str, Any] = {}

    def case(work: Work) -> None:
        head = work.head(row["instance"])
        # Two runners of one message: whoever is second finds nothing to delete, and delivers nothing.
        if work.connection.execute(t.job.delete().where(t.job.c.id == row["id"])).rowcount == 0:
            return
        found = receive(work, head, effect, row["id"], kept) if head is not None else []
        if not found and "message" in effect:
            raise NobodyYet(name=effect["message"])

    guarded(room, ENGINE, case, lambda: kept)
