"""What a step was given that could not be taken, as an administrator reads it."""

from sqlalchemy import select

from bpmn.errors import NotFound
from engine import journal, people
from engine.actor import Actor
from engine.definitions import by_id
from engine.room import Room
from engine.store import tables as t
from engine.views import Incident, Rejected

c, i = t.incident.c, t.instance.c


def rejected(room: Room, actor: Actor, incident: str) -> Rejected:
    """An incident with its element and the input that it keeps; for administrators and auditors. Raises NotFound."""
    with room.database.read() as connection:
        people.require(connection, actor, "admin", "auditor")
        query = select(*c, i.title, i.definition, i.ended_at).join(t.instance, i.id == c.instance)
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
            incident=Incident(**{name: row[name] for name in (*c.keys(), "title")}),
            ended=row["ended_at"] is not None,
            kind=told.get("kind", ""),
            actor=user,
            actor_name=people.names(connection, {user})[user],
            on_behalf_of=told.get("on_behalf_of"),
            element_name=names.get(row["element"] or "", row["element"] or ""),
            at_element_name=names.get(at, at),
            topic=element.topic if element else None,
            form=element.form if element else None,
            data=given,
        )
