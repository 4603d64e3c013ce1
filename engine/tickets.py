"""What the desk and the yearly figures count of the instances that are linked to a project, kept as their steps happen.

Instants that forms tell are Beijing time where they name no zone. One that cannot be read counts as not told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, insert, select, update

from engine.clock import BEIJING, SECOND
from engine.entry import Entry
from engine.journal import encode
from engine.store import tables as t
from engine.store.prepared import Prepared

KEPT = frozenset(
    {"priority", "occurred_at", "responded_at", "recovered_at", "respond_by", "recover_by", "response_kept"}
    | {"recovery_kept", "breach_reason", "hours", "system_name", "system_down", "down_at", "up_at", "change_result"}
    | {"impact", "root_cause", "measures", "configuration_item", "configuration_action", "baseline_version"}
    | {"origin_instance", "linked_instances", "maintenance_object", "next_due_on", "preventive_result"}
)
"""Variables of a linked instance that its row keeps."""
PROMISED = (("respond_by", "responded_at", "response_kept"), ("recover_by", "recovered_at", "recovery_kept"))
"""Until when the agreement asks for something, when it was done, and whether that was in time."""
ZONE = timezone(timedelta(microseconds=BEIJING))
i, k = t.instance.c, t.ticket.c
_mine = Prepared(select(t.ticket).where(k.instance == bindparam("wanted")))
_linked = Prepared(
    select(i.id, i.title, i.status, i.business_key, i.definition_key, k.facts, i.created_at, i.ended_at)
    .join(t.ticket, k.instance == i.id)
    .where(i.parent == bindparam("wanted"))
    .order_by(i.created_at, i.id)
)


@dataclass(frozen=True)
class Ticket:
    """A linked instance with what is counted of it. Times are microseconds."""

    id: str
    title: str
    status: str
    business_key: str | None
    definition: Mapping[str, Any]
    variables: Mapping[str, Any]
    created_at: int
    ended_at: int | None

    @property
    def occurred_at(self) -> int:
        """When it happened; when it was opened where nobody said."""
        return instant(self.variables.get("occurred_at")) or self.created_at

    @property
    def due_at(self) -> int | None:
        """Until when the agreement asks for what was not done yet."""
        return None if self.ended_at else due(self.variables)


def instant(value: Any) -> int | None:
    """Microseconds of a date and time as forms keep it or as jobs answer it; None for what is none."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if not isinstance(value, str):
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    return round((at if at.tzinfo else at.replace(tzinfo=ZONE)).timestamp() * SECOND)


def due(facts: Mapping[str, Any]) -> int | None:
    """The next instant by which the agreement asks for something that was not done."""
    waited = (instant(facts.get(by)) for by, done, _ in PROMISED if not facts.get(done))
    return min((at for at in waited if at is not None), default=None)


def broken(facts: Mapping[str, Any]) -> bool:
    """Whether a promise was broken, as the agreement's clock said or as the instants say."""
    for by, done, kept in PROMISED:
        if facts.get(kept) is False:
            return True
        late, until = instant(facts.get(done)), instant(facts.get(by))
        if facts.get(kept) is None and late is not None and until is not None and late > until:
            return True
    return False


def follow(connection: Connection, head: Mapping[str, Any], entry: Entry, effects: Sequence[Mapping[str, Any]]) -> None:
    """Bring the row of a linked instance from before the entry to after it."""
    if head["root"] == head["id"]:
        return
    told = {
        effect["name"]: effect["new"]
        for effect in effects
        if effect["type"] == "set" and effect["scope"] == "" and "new" in effect and effect["name"] in KEPT
    }
    before = _mine.row(connection, wanted=head["id"])
    if before is not None and not told and before["ended_at"] == head["ended_at"]:
        return
    facts = {**(msgspec.json.decode(before["facts"]) if before else {}), **told}
    facts = {name: value for name, value in facts.items() if value is not None}
    row: dict[str, Any] = {
        "priority": str(facts["priority"])[:10] if facts.get("priority") else None,
        "occurred_at": instant(facts.get("occurred_at")) or head["created_at"],
        "due_at": None if head["ended_at"] else due(facts),
        "broken": broken(facts),
        "ended_at": head["ended_at"],
        "facts": encode(facts).decode(),
    }
    if before is None:
        named = {"instance": head["id"], "root": head["root"], "definition_key": head["definition_key"]}
        connection.execute(insert(t.ticket), {**named, **row})
    else:
        connection.execute(update(t.ticket).where(k.instance == head["id"]).values(row))


def of(connection: Connection, instance: str) -> list[Ticket]:
    """What is linked to an instance, ended ones too, oldest first: one query, however many."""
    return [
        Ticket(id, title, status, key, {"key": definition}, msgspec.json.decode(facts), created, ended)
        for id, title, status, key, definition, facts, created, ended in _linked.rows(connection, wanted=instance)
    ]
