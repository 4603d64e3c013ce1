"""What a step was given that could not be taken, as an administrator reads it."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from bpmn.errors import NotFound
from engine import journal, people, reasons
from engine.actor import Actor
from engine.definitions import by_id
from engine.incidents import promised
from engine.room import Room
from engine.store import tables as t
from engine.views import Incident, Rejected

c, i = t.incident.c, t.instance.c


def rejected(room: Room, actor: Actor, incident: str) -> Rejected:
    """An incident with its element and the input that it keeps; for administrators and auditors. Raises NotFound."""
    with room.database.read() as connection:
        people.require(connection, actor, "admin", "auditor")
        query = select(*c, i.title, i.definition, i.ended_at, t.job.c.topic, t.job.c.seq.label("opened"))
        query = query.join(t.instance, i.id == c.instance).outerjoin(t.job, t.job.c.id == c.subject)
        row = connection.execute(query.where(c.id == incident)).mappings().one_or_none()
        if row is None:
            raise NotFound()
        definition = by_id(room, connection, row["definition"])
        line = journal.read(connection, row["instance"], after=row["seq"] - 1, to=row["seq"])[0]
        told = {} if line.erased else line.entry.data.get("rejected") or {}
        given = told.get("data") or {}
        user = told.get("actor", line.entry.actor)
        names: dict[str, str] = {one.id: one.name for one in definition.elements}
        element = definition.element(row["element"] or "")
        at = str(line.entry.data.get("at_element") or "")
        return Rejected(
            incident=Incident(
                **{name: row[name] for name in (*c.keys(), "title")},
                said=reasons.told(connection, row["instance"], row["seq"]),
                job=row["topic"] is not None,
            ),
            ended=row["ended_at"] is not None,
            kind=told.get("kind", ""),
            actor=user,
            actor_name=people.names(connection, {user})[user],
            on_behalf_of=told.get("on_behalf_of"),
            element_name=names.get(row["element"] or "", row["element"] or ""),
            at_element_name=names.get(at, at),
            topic=row["topic"] or (element.topic if element else None),
            form=element.form if element else None,
            data=given,
            results=promised(room, row["topic"]) if row["topic"] else None,
            inputs=_inputs(connection, dict(row)),
        )


def _inputs(connection: Connection, row: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the job was given by the diagram, where it is one that still waits."""
    if row["opened"] is None:
        return {}
    (line,) = journal.read(connection, row["instance"], after=row["opened"] - 1, to=row["opened"])
    found = (effect for effect in line.effects if effect["type"] == "job_opened" and effect["job"] == row["subject"])
    return next((effect.get("inputs") or {} for effect in found), {})
