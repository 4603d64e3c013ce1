"""What an event waits for or throws."""

from __future__ import annotations

from collections.abc import Mapping

from lxml import etree

from bpmn.markup import children, first, local, text
from bpmn.model import Trigger

# Messages, signals, errors and escalations of a file, by tag and id.
Things = Mapping[tuple[str, str], etree._Element]

SUFFIX = "EventDefinition"
# What a definition refers to, and the attribute of the thing referred to that says which one is meant.
REFERRED = {
    "message": ("messageRef", "message", "name"),
    "signal": ("signalRef", "signal", "name"),
    "error": ("errorRef", "error", "errorCode"),
    "escalation": ("escalationRef", "escalation", "escalationCode"),
}
TIMES = ("timeDate", "timeDuration", "timeCycle")


def things(root: etree._Element) -> Things:
    """What events refer to, of a whole file: looked for anew at each event, a large file would take hours."""
    tags = {tag for _, tag, _ in REFERRED.values()}
    found = [node for node in children(root, *tags) if node.get("id")]
    return {(local(node), str(node.get("id"))): node for node in reversed(found)}


def definitions(node: etree._Element) -> list[etree._Element]:
    """The event definitions inside an event."""
    return [child for child in children(node) if local(child).endswith(SUFFIX)]


def triggers_of(node: etree._Element, known: Things) -> tuple[Trigger, ...]:
    """All that an event waits for or throws, in the order of the file."""
    return tuple(trigger(definition, known) for definition in definitions(node))


def trigger(definition: etree._Element, known: Things) -> Trigger:
    """What one event definition says."""
    event, kind, value = _read(definition, known)
    activity = (definition.get("activityRef") or "").rpartition(":")[2] or None
    return Trigger(event, kind, value, activity, definition.get("waitForCompletion") != "false")


def event_of(node: etree._Element, known: Things) -> tuple[str | None, str | None, str | None]:
    """The event ("timer"), its kind ("timeDuration") and its value: the body, or the name or code referred to."""
    if local(node) in ("receiveTask", "sendTask"):
        return "message", None, referred(node, "message", known)
    for definition in definitions(node):
        return _read(definition, known)
    return None, None, None


def _read(definition: etree._Element, known: Things) -> tuple[str, str | None, str | None]:
    event = local(definition)[: -len(SUFFIX)]
    if event == "timer":
        for kind in TIMES:
            body = first(definition, kind)
            if body is not None:
                return event, kind, text(body)
        return event, None, None
    if event == "conditional":
        return event, None, text(first(definition, "condition"))
    if event == "link":
        return event, None, definition.get("name")
    return event, None, referred(definition, event, known)


def referred(holder: etree._Element, event: str, known: Things) -> str | None:
    """The name or code of the message, signal, error or escalation that `holder` refers to, or None."""
    if event not in REFERRED:
        return None
    attribute, tag, name = REFERRED[event]
    wanted = (holder.get(attribute) or "").rpartition(":")[2]
    thing = known.get((tag, wanted))
    return None if thing is None else thing.get(name) or thing.get("name") or wanted
