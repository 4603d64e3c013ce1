"""Words to draw the rows with: a start `s`, an end `e`, and what stands between."""

from __future__ import annotations

from tests.engine.spiff.play import flows

MESSAGE = '<messageEventDefinition messageRef="msg"/>'
SIGNAL = '<signalEventDefinition signalRef="sig"/>'
ERROR = '<errorEventDefinition errorRef="err"/>'
ESCALATION = '<escalationEventDefinition escalationRef="esc"/>'
COMPENSATE = "<compensateEventDefinition/>"
CANCEL = "<cancelEventDefinition/>"
TERMINATE = "<terminateEventDefinition/>"
SE = '<startEvent id="s"/><endEvent id="e"/>'


def condition(text: str) -> str:
    """A conditional definition."""
    return f"<conditionalEventDefinition><condition>{text}</condition></conditionalEventDefinition>"


def tasks(*ids: str) -> str:
    """Tasks that pass."""
    return "".join(f'<task id="{id}"/>' for id in ids)


def users(*ids: str) -> str:
    """Tasks that wait for a person."""
    return "".join(f'<userTask id="{id}"/>' for id in ids)


def el(tag: str, id: str, inside: str = "", **attributes: str) -> str:
    """An element; `class_` is written `class`."""
    told = "".join(f' {name.rstrip("_")}="{value}"' for name, value in attributes.items())
    return f'<{tag} id="{id}"{told}>{inside}</{tag}>'


def on(host: str, id: str, definition: str, beside: bool = False, more: str = "") -> str:
    """An event attached to an activity."""
    cancel = ' cancelActivity="false"' if beside else ""
    return f'<boundaryEvent id="{id}" attachedToRef="{host}"{cancel}{more}>{definition}</boundaryEvent>'


def line(*ids: str) -> str:
    """Start, these, end."""
    chain = ("s", *ids, "e")
    return SE + flows(*(f"{a}>{b}" for a, b in zip(chain, chain[1:], strict=False)))


def sub(id: str, inside: str, tag: str = "subProcess", more: str = "") -> str:
    """A sub-process."""
    return f'<{tag} id="{id}"{more}>{inside}</{tag}>'


def inner(prefix: str, *ids: str, end: str = "") -> str:
    """The inside of a sub-process: start, these, end."""
    s, e = f"{prefix}s", f"{prefix}e"
    chain = (s, *ids, e)
    drawn = f'<startEvent id="{s}"/><endEvent id="{e}">{end}</endEvent>'
    return drawn + flows(*(f"{a}>{b}" for a, b in zip(chain, chain[1:], strict=False)))


def listener(id: str, definition: str, *ids: str, beside: bool = False, more: str = "") -> str:
    """An event sub-process: its start `<id>s`, these, its end."""
    start = f'<startEvent id="{id}s"{" isInterrupting=" + chr(34) + "false" + chr(34) if beside else ""}{more}>'
    chain = (f"{id}s", *ids, f"{id}e")
    drawn = f"{start}{definition}</startEvent>" + tasks(*ids) + f'<endEvent id="{id}e"/>'
    ways = flows(*(f"{a}>{b}" for a, b in zip(chain, chain[1:], strict=False)))
    return f'<subProcess id="{id}" triggeredByEvent="true">{drawn}{ways}</subProcess>'


def undo(host: str, task: str) -> str:
    """A compensation event on an activity, and the task that undoes it."""
    event = on(host, f"{host}_on", COMPENSATE)
    link = f'<association id="{host}_to" sourceRef="{host}_on" targetRef="{task}" associationDirection="One"/>'
    return event + f'<task id="{task}" isForCompensation="true"/>' + link
