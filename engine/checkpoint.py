"""Checkpoints: each running instance's full state as an entry, for a release of another fold to go on from."""

from dataclasses import dataclass, field

from sqlalchemy import select

from bpmn.errors import GuichengError
from engine import journal
from engine.actor import OPERATOR
from engine.room import Room
from engine.spiff import FOLD, checkpoint
from engine.step import Work, run, step
from engine.store import tables as t


@dataclass
class Checkpoints:
    """How many were written, how many stood there already, and which instances have none: (instance, reason)."""

    written: int = 0
    there: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Every running instance can go on under another fold."""
        return not self.refused

    def __str__(self) -> str:
        lines = [f"checkpoints written {self.written}, already there {self.there}"]
        return "\n".join([*lines, *(f"REFUSED: instance {id}: {reason}" for id, reason in self.refused)])


def write(room: Room) -> Checkpoints:
    """Write a checkpoint for each running instance. One that cannot be executed does not keep the others waiting."""
    i, told = t.instance.c, Checkpoints()
    with room.database.read() as connection:
        ids = list(connection.execute(select(i.id).where(i.ended_at.is_(None)).order_by(i.created_at, i.id)).scalars())
    for id in ids:
        try:
            if _one(room, id):
                told.written += 1
            else:
                told.there += 1
        except GuichengError as error:
            told.refused.append((id, str(error)))
    return told


def _one(room: Room, id: str) -> bool:
    def case(work: Work) -> bool:
        head = work.head(id)
        if head is None or head["ended_at"] is not None:
            return False
        newest = journal.read(work.connection, id, after=head["head_seq"] - 1)[0].entry
        if newest.kind == "checkpoint" and newest.fold == FOLD:
            return False
        step(work, head, "checkpoint", OPERATOR, data={"state": checkpoint(work.live(head).live)})
        return True

    return run(room, case)
