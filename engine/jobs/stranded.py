"""Instances that lack a checkpoint of another fold: their jobs and timers wait, and keep nobody else waiting."""

import structlog

from engine.folds import NeedsCheckpoint
from engine.room import Room

log = structlog.get_logger()


def leave(room: Room, instance: str, error: NeedsCheckpoint) -> None:
    """Leave an instance alone, for an hour at most; told once."""
    if instance not in room.stranded:
        room.stranded.add(instance)
        log.warning("instance waits for a checkpoint", instance=instance, reason=str(error))


def left(room: Room) -> list[str]:
    """Who is left alone."""
    return sorted(room.stranded)
