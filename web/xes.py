"""XES 2.0 (IEEE 1849): a trace an instance, an event whenever an activity was reached, done or given up."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from xml.sax.saxutils import quoteattr

from engine.event_log import Event, Trace
from web.times import rfc3339

EXTENSIONS = (
    ("Concept", "concept"),
    ("Time", "time"),
    ("Lifecycle", "lifecycle"),
    ("Organizational", "org"),
    ("Identity", "identity"),
)
STEPS = {"start": "start", "complete": "complete", "abort": "ate_abort"}
"""Our words -> those of the standard life cycle."""
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="2.0" xes.features="nested-attributes" xmlns="http://www.xes-standard.org/">
"""
GLOBALS = """<global scope="trace"><string key="concept:name" value=""/><id key="identity:id" value="00000000-0000-0000-0000-000000000000"/></global>
<global scope="event"><string key="concept:name" value=""/><date key="time:timestamp" value="1970-01-01T00:00:00.000000Z"/><string key="lifecycle:transition" value="complete"/><string key="element" value=""/><id key="identity:id" value="00000000-0000-0000-0000-000000000000"/></global>
<classifier name="Activity" scope="event" keys="concept:name"/>
<classifier name="Element" scope="event" keys="element"/>
<classifier name="Element and step" scope="event" keys="element lifecycle:transition"/>
<string key="lifecycle:model" value="standard"/>
"""  # noqa: E501


def log(traces: Iterable[Trace]) -> Iterator[str]:
    """The log in pieces, a trace each."""
    yield HEAD
    for name, prefix in EXTENSIONS:
        address = f"http://www.xes-standard.org/{prefix}.xesext"
        yield f'<extension name="{name}" prefix="{prefix}" uri="{address}"/>\n'
    yield GLOBALS
    for trace in traces:
        yield _trace(trace)
    yield "</log>\n"


def _trace(trace: Trace) -> str:
    parts = [
        "<trace>",
        _one("string", "concept:name", trace.business_key or trace.id),
        _one("id", "identity:id", trace.id),
        _one("string", "title", trace.title),
        _one("string", "definition", trace.key),
        _one("int", "version", trace.version),
        _one("string", "status", trace.status),
        _one("string", "end", trace.end),
        _one("id", "project", trace.root),
        _one("int", "interventions", trace.interventions),
        *(_event(trace, event) for event in trace.events),
        "</trace>\n",
    ]
    return "".join(parts)


def _event(trace: Trace, event: Event) -> str:
    own = uuid.uuid5(uuid.UUID(trace.id), f"event {event.seq} {event.token} {event.step}")
    parts = (
        _one("string", "concept:name", event.name),
        _one("string", "concept:instance", f"{event.element} {event.token}"),
        _one("date", "time:timestamp", rfc3339(event.at)),
        _one("string", "lifecycle:transition", STEPS[event.step]),
        _one("string", "org:resource", event.user),
        _one("string", "org:role", ",".join(event.roles) or None),
        _one("id", "identity:id", str(own)),
        _one("string", "element", event.element),
        _one("string", "type", event.type),
        _one("string", "clause", event.clause),
        _one("int", "loop", event.loop),
        _one("string", "on_behalf_of", event.on_behalf_of),
        _one("int", "seq", event.seq),
    )
    return f"<event>{''.join(parts)}</event>"


def _one(kind: str, key: str, value: object) -> str:
    """An attribute; nothing where there is no value. What XML cannot hold is left out."""
    if value is None:
        return ""
    text = "".join(letter for letter in str(value) if letter >= " " or letter in "\t\n\r")
    return f"<{kind} key={quoteattr(key)} value={quoteattr(text)}/>"
