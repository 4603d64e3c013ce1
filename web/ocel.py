"""OCEL 2.0 as JSON: projects, tickets, tasks, records and people as objects, what was done as events between them.

Written in pieces: the events of an instance with its objects, then people, whom all share, and the types at the end."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

import msgspec

from engine.event_log import Event, Trace
from web.times import rfc3339

TEXT = "string"
OBJECTS: Mapping[str, Mapping[str, str]] = {
    "project": {"title": TEXT, "business_key": TEXT, "definition": TEXT, "version": "integer", "status": TEXT},
    "ticket": {"title": TEXT, "business_key": TEXT, "definition": TEXT, "version": "integer", "status": TEXT},
    "task": {"element": TEXT, "name": TEXT, "clause": TEXT, "roles": TEXT},
    "document": {"number": TEXT, "title": TEXT, "version": TEXT},
    "person": {"name": TEXT},
}
EVENT = {"name": TEXT, "clause": TEXT, "kind": TEXT, "step": TEXT, "loop": "integer", "seq": "integer"}
_encode = msgspec.json.Encoder().encode


def log(traces: Callable[[], Iterable[Trace]], names: Mapping[str, str]) -> Iterator[str]:
    """The log in pieces. `names`: display names by user name.

    `traces` is read twice, for the events and for the objects: no more is held than one instance, who took part and
    which kinds of events there are."""
    kinds: dict[str, None] = {}
    people: dict[str, None] = {}
    yield '{"events":['
    comma = ""
    for trace in traces():
        for event in trace.events:
            if event.step == "complete":
                kinds[event.element] = None
                people |= dict.fromkeys(user for user in (event.user, event.on_behalf_of) if user)
                yield comma + _encode(_event(trace, event)).decode()
                comma = ","
    yield '],"objects":['
    comma = ""
    for one in chain(
        (one for trace in traces() for one in _objects(trace)),
        (_object(f"person:{user}", "person", 0, {"name": names.get(user, user)}, []) for user in people),
    ):
        yield comma + _encode(one).decode()
        comma = ","
    types = [{"name": name, "attributes": _attributes(given)} for name, given in OBJECTS.items()]
    events = [{"name": kind, "attributes": _attributes(EVENT)} for kind in kinds]
    yield f'],"objectTypes":{_encode(types).decode()},"eventTypes":{_encode(events).decode()}}}'


def _attributes(given: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "type": kind} for name, kind in given.items()]


def _objects(trace: Trace) -> Iterator[dict[str, Any]]:
    """The instance, its tasks and its records."""
    kind = "project" if trace.root == trace.id else "ticket"
    told = {name: getattr(trace, name) for name in ("title", "business_key", "version", "status")}
    of = [] if kind == "project" else [("of", trace.root)]
    yield _object(trace.id, kind, trace.created_at, {**told, "definition": trace.key}, of)
    tasks = {event.task: event for event in trace.events if event.task is not None}
    for task, event in tasks.items():
        about = {"element": event.element, "name": event.name, "clause": event.clause, "roles": ",".join(event.roles)}
        yield _object(task, "task", event.at, about, [("of", trace.id)])
    for id, number, title, version, at, _ in trace.documents:
        yield _object(id, "document", at, {"number": number, "title": title, "version": version}, [("of", trace.id)])


def _object(id: str, kind: str, at: int, told: Mapping[str, Any], related: list[tuple[str, str]]) -> dict[str, Any]:
    time = rfc3339(at)
    values = [{"name": name, "time": time, "value": value} for name, value in told.items() if value is not None]
    relationships = [{"objectId": other, "qualifier": qualifier} for qualifier, other in related]
    return {"id": id, "type": kind, "attributes": values, "relationships": relationships}


def _event(trace: Trace, event: Event) -> dict[str, Any]:
    told = {"name": event.name, "clause": event.clause, "kind": event.type, "step": event.step, "seq": event.seq}
    told |= {"loop": event.loop}
    related = [("in", trace.id)]
    if trace.root != trace.id:
        related.append(("for", trace.root))
    if event.task is not None:
        related.append(("does", event.task))
    if event.user is not None:
        related.append(("done by", f"person:{event.user}"))
    if event.on_behalf_of is not None:
        related.append(("on behalf of", f"person:{event.on_behalf_of}"))
    related += [("makes", id) for id, *_, seq in trace.documents if seq == event.seq]
    return {
        "id": str(uuid.uuid5(uuid.UUID(trace.id), f"event {event.seq} {event.token} {event.step}")),
        "type": event.element,
        "time": rfc3339(event.at),
        "attributes": [{"name": name, "value": value} for name, value in told.items() if value is not None],
        "relationships": [{"objectId": other, "qualifier": qualifier} for qualifier, other in related],
    }
