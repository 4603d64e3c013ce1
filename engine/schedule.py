"""When processes begin by themselves: the timer start events of the newest version of each, and of no other.

A timer counts from the deployment, where it names no date. One that stands in the version before, written the same,
goes on where it was. A date that is over when it is deployed begins one instance at once, unless the version before
had it too: then it has had its turn.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, insert, select, update

from bpmn import iso8601
from bpmn.errors import GuichengError
from bpmn.feel import Feel
from bpmn.markup import parse
from bpmn.model import Element, File, Finding, Process
from bpmn.normalise import tidy
from bpmn.read import processes
from bpmn.sentence import say
from engine.definitions import pinned
from engine.room import Room
from engine.spiff.due import LITERAL, Over, after, pack, unpack, when
from engine.step import Work
from engine.store import tables as t
from engine.views import Definition, DeployedDefinition, StartTimer

s = t.start_timer.c


@dataclass(frozen=True)
class First:
    """The first turn of a timer: when (us), what is kept of its cycle, and whether it names a date of its own."""

    due_at: int
    cycle: str | None
    dated: bool


def renew(work: Work, made: DeployedDefinition, process: Process, before: Any | None, drawn: bool) -> None:
    """Let a version begin when its timers say, and the version `before` no longer.

    `drawn`: its own diagram was deployed, not only something that it uses. The same version again tries once more what
    could not begin."""
    connection = work.connection
    if before is not None and before.id == made.id:
        connection.execute(update(t.start_timer).where(s.definition == made.id).values(failed=False))
        return
    waiting = _withdrawn(connection, before.id) if before is not None else {}
    timers = dict.fromkeys((element.id, written) for element, written in _timers(process))
    if not timers:
        return
    old = pinned(work.room, connection, before.set_hash).processes[0] if before is not None else None
    known = {(element.id, written) for element, written in _timers(old)} if old is not None else set()
    for element, written in timers:
        row = waiting.get((element, written))
        first = First(row.due_at, row.cycle, True) if row is not None else _first(work.room.feel, written, work.now)
        over = row is None and (element, written) in known
        if first is None or (over and (first.dated or not drawn)):
            continue
        told = {"id": str(uuid.uuid4()), "definition": made.id, "element": element, "written": written}
        connection.execute(insert(t.start_timer), {**told, "due_at": first.due_at, "cycle": first.cycle})


def _withdrawn(connection: Connection, definition: str) -> dict[tuple[str, str], Any]:
    # In one statement: a turn that fires in this instant is waited for, and is not left to the new version too.
    gone = connection.execute(delete(t.start_timer).where(s.definition == definition).returning(t.start_timer)).all()
    return {(row.element, row.written): row for row in gone}


def waiting(connection: Connection, definition: Definition) -> list[StartTimer]:
    """The timers that will begin the process next, the soonest first."""
    rows = connection.execute(select(t.start_timer).where(s.definition == definition.id).order_by(s.due_at, s.element))
    named = [(row, definition.element(row.element)) for row in rows]
    return [StartTimer(row.element, e.name if e else row.element, row.due_at, row.failed) for row, e in named]


def turn(connection: Connection, row: Any, now: int) -> bool:
    """Move a timer to its next turn, or away after its last. Of two who try, one does, and the other gets False."""
    following = after(unpack(msgspec.json.decode(row.cycle)), row.due_at, now) if row.cycle else None
    mine = (s.id == row.id) & (s.due_at == row.due_at) & s.failed.is_(False)
    if following is None:
        return connection.execute(delete(t.start_timer).where(mine)).rowcount == 1
    due_at, cycle = following
    values = {"due_at": due_at, "cycle": _text(pack(cycle))}
    return connection.execute(update(t.start_timer).where(mine).values(values)).rowcount == 1


def findings(room: Room, files: Sequence[File]) -> list[Finding]:
    """What is wrong with the times at which the files' processes are to begin, now."""
    found: list[Finding] = []
    for file in files:
        if file.name.endswith(".bpmn") and b"timerEventDefinition" in file.content:
            root = parse(file.content, file.name)
            tidy(root)
            for process in processes(root, file.name):
                found += _told(room, file.name, process)
    return found


def _told(room: Room, file: str, process: Process) -> Iterator[Finding]:
    now = room.clock.now()
    for element, written in _timers(process):
        try:
            first = _first(room.feel, written, now)
        except (GuichengError, ValueError) as error:
            message = say("计时“{written}”没有得出时间：{error}，请改正。", written=written[:80], error=error)
            yield Finding.of("error", "start-time", file, element.id, element.line, message)
            continue
        if first is None:
            message = say("周期“{written}”已经结束，不会再自己开始，请改正。", written=written[:80])
            yield Finding.of("warning", "start-over", file, element.id, element.line, message)
        elif first.due_at <= now:
            message = say(
                "时间“{written}”已经过去，部署后立即开始一次；上一版已有此时间的不再开始。不要的请删去。",
                written=written[:80],
            )
            yield Finding.of("warning", "start-over", file, element.id, element.line, message)


def _timers(process: Process) -> Iterator[tuple[Element, str]]:
    """The start events of the process itself, with each time that they tell."""
    for element in process.inside(None):
        if element.type == "startEvent":
            yield from ((element, trigger.value or "") for trigger in element.triggers if trigger.event == "timer")


def _first(feel: Feel, written: str, now: int) -> First | None:
    """The first turn, None where none is left. Raises FeelError, ValueError."""
    text = written.strip()
    value = text if LITERAL.fullmatch(text) else feel.evaluate(text, {}, now)
    if not isinstance(value, str):
        raise ValueError(say("得出的是 {value}", value=value))
    cyclic = value.strip().upper().startswith("R")
    dated = iso8601.cycle(value).start is not None if cyclic else not value.strip().upper().startswith("P")
    try:
        due_at, cycle = when(value, now, counted=True)
    except Over:
        return None
    return First(due_at, None if cycle is None else _text(pack(cycle)), dated)


def _text(value: Any) -> str:
    return msgspec.json.encode(value).decode()
