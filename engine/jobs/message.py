"""A message that an instance threw: its receivers are other instances, each with a step of its own."""

import uuid
from collections.abc import Mapping
from typing import Any

from bpmn.errors import GuichengError
from engine import journal
from engine.actor import ENGINE, Actor
from engine.acts import guarded
from engine.room import Room
from engine.runs import deliver, waiting
from engine.step import Work
from engine.store import tables as t

TOPIC = "@message"


class NobodyYet(GuichengError):
    """还没有流程在等待消息“{name}”。"""


def deliver_thrown(room: Room, row: Mapping[str, Any]) -> None:
    """Deliver it to each waiting instance of its business key, once. Raises NobodyYet."""
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
        rows = waiting(work, effect["message"], head["business_key"] if head else None)
        if not rows:
            raise NobodyYet(name=effect["message"])
        data = {"message": effect["message"], "payload": effect.get("payload") or {}, "from": row["instance"]}
        deliver(work, Actor(ENGINE.user, "job"), rows, {**data, "job": row["id"]}, kept)

    guarded(room, ENGINE, case, lambda: kept)
