"""Who receives what an instance throws: other instances that wait, and processes that begin with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.actor import ENGINE, Actor
from engine.definitions import begun_by
from engine.effects import SIGNAL
from engine.runs import begin, deliver, waiting
from engine.step import Work


def receive(
    work: Work, sender: Mapping[str, Any], effect: Mapping[str, Any], job: str, kept: dict[str, Any]
) -> list[str]:
    """Gives a thrown message or signal to all that receive it; answers the instances, none when nobody does.

    A message goes to instances of the sender's business key, or begins one linked to it; a signal goes to everybody."""
    if "signal" in effect:
        return _signal(work, sender, effect, job, kept)
    name, payload = effect["message"], dict(effect.get("payload") or {})
    told = {"message": name, "payload": payload, "from": sender["id"], "job": job}
    rows = waiting(work, name, sender["business_key"])
    if rows:
        return deliver(work, Actor(ENGINE.user, "job"), rows, told, kept)
    return _begun(work, sender, "message", name, payload, sender["id"], {"message": name, "job": job})


def _signal(
    work: Work, sender: Mapping[str, Any], effect: Mapping[str, Any], job: str, kept: dict[str, Any]
) -> list[str]:
    """Who waits in the sender's own instance has had it already."""
    name = effect["signal"]
    rows = [row for row in waiting(work, SIGNAL + name, None) if row.instance != sender["id"]]
    told = {"signal": name, "payload": {}, "from": sender["id"], "job": job}
    found = deliver(work, Actor(ENGINE.user, "job"), rows, told, kept)
    return found + _begun(work, sender, "signal", name, {}, None, {"signal": name, "from": sender["id"], "job": job})


def _begun(
    work: Work,
    sender: Mapping[str, Any],
    event: str,
    name: str,
    payload: Mapping[str, Any],
    parent: str | None,
    cause: Mapping[str, Any],
) -> list[str]:
    """New instances, begun for whoever began the sender."""
    actor = Actor(sender["started_by"], "job")
    return [
        begin(work, actor, definition, sender["business_key"], payload, parent, cause, False, element)
        for definition, element in begun_by(work.room, work.connection, event, name)
    ]
