"""Block-structured diagrams: made at random, and drawn as BPMN. What they mean is told by `game`, not here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import TypeAlias

from hypothesis import strategies as st

from bpmn.model import File
from bpmn.normalise import normalise

from .play import PREFIX, diagram, flows, timer

MESSAGE = '<messageEventDefinition messageRef="msg"/>'
TASKS = {
    "task": '<userTask id="{}"/>',
    "job": '<serviceTask id="{}" camunda:type="external" camunda:topic="t"/>',
    "": '<task id="{}"/>',
}


@dataclass(frozen=True)
class Task:
    """Waits for a person ("task") or a machine ("job"), or passes ("")."""

    waits: str


@dataclass(frozen=True)
class Seq:
    """One after the other."""

    parts: tuple[Block, ...]


@dataclass(frozen=True)
class Split:
    """A pair of gateways: "AND" all ways, "XOR" one that n asks for or the last, "OR" all it asks for and the last."""

    kind: str
    ways: tuple[Block, ...]


@dataclass(frozen=True)
class Loop:
    """A user task and a body, again while n = 3."""

    body: Block


@dataclass(frozen=True)
class Again:
    """A user task so many times, by a standard loop."""

    times: int


@dataclass(frozen=True)
class Race:
    """An event gateway: of these ways the one whose event comes first, timers and messages in turn."""

    ways: tuple[Block, ...]


@dataclass(frozen=True)
class Sub:
    """A sub-process."""

    body: Block


@dataclass(frozen=True)
class Call:
    """A process that is called."""

    body: Block


@dataclass(frozen=True)
class Risky:
    """A sub-process that ends with an error where n = 2, and what is done then."""

    body: Block
    then: Block


@dataclass(frozen=True)
class Many:
    """A user task or a sub-process so many times, one after the other or all at once."""

    body: Block | None
    times: int
    sequential: bool


@dataclass(frozen=True)
class Watched:
    """An activity with an event on its border: "timer" and "message" end it, "once" and "often" lead beside it."""

    host: Block
    event: str
    then: Block


Block: TypeAlias = "Task | Seq | Split | Loop | Again | Race | Sub | Call | Risky | Many | Watched"


ON_BORDER = ("timer", "message", "once", "often")
TASK: st.SearchStrategy[Block] = st.builds(Task, st.sampled_from(["task", "task", "job", ""]))


def blocks(levels: int = 3) -> st.SearchStrategy[Block]:
    """Random blocks, so many levels deep."""
    found = TASK
    for _ in range(levels):
        found = _deeper(found)
    return found


def _deeper(inner: st.SearchStrategy[Block]) -> st.SearchStrategy[Block]:
    some = st.lists(TASK | inner, min_size=2, max_size=3).map(tuple)
    many = st.builds(Many, st.none() | inner, st.integers(0, 3), st.booleans())
    stage = st.builds(Sub, inner) | st.builds(Call, inner)
    again = st.builds(Again, st.integers(1, 3))
    return st.one_of(
        st.builds(Seq, some),
        st.builds(Split, st.just("OR"), some),
        st.builds(Split, st.sampled_from(["AND", "XOR"]), some),
        st.builds(Loop, inner),
        st.builds(Race, some),
        st.builds(Risky, inner, inner),
        stage,
        many,
        again,
        st.builds(Watched, TASK | stage | many | again, st.sampled_from(ON_BORDER), inner),
    )


def name(block: Block, ids: Iterator[int]) -> Named:
    """The block with an id for each element of it: the same for the drawing and for the game."""
    own = f"{type(block).__name__.lower()}{next(ids)}"
    parts: tuple[Block, ...] = ()
    if isinstance(block, Seq):
        parts = block.parts
    elif isinstance(block, Split | Race):
        parts = block.ways
    elif isinstance(block, Loop | Sub | Call):
        parts = (block.body,)
    elif isinstance(block, Risky):
        parts = (block.body, block.then)
    elif isinstance(block, Many):
        parts = () if block.body is None else (block.body,)
    elif isinstance(block, Watched):
        parts = (block.host, block.then)
    return Named(block, own, tuple(name(part, ids) for part in parts))


@dataclass(frozen=True)
class Named:
    """A block, its id, and its parts likewise."""

    block: Block
    id: str
    parts: tuple[Named, ...]


def named(block: Block) -> Named:
    """The whole diagram."""
    return name(block, count(1))


def condition(kind: str, way: int) -> str:
    """When a way is taken."""
    return f"n = {way}" if kind == "XOR" else f"n > {way}"


def drawn(top: Named) -> File:
    """The diagram as BPMN, as a deployment stores it."""
    called = [one for one in _all(top) if isinstance(one.block, Call)]
    others = "".join(f'<process id="{one.id}_p">{_stage(one.parts[0], one.id)}</process>' for one in called)
    file = diagram(_stage(top, "p"), extra=PREFIX + others)
    return File(file.name, normalise(file.content))


def _all(one: Named) -> Iterator[Named]:
    yield one
    for part in one.parts:
        yield from _all(part)


def _stage(inside: Named, id: str) -> str:
    xml, first, last = _draw(inside)
    ends = f'<startEvent id="{id}_s"/><endEvent id="{id}_e"/>'
    return ends + xml + flows(f"{id}_s>{first}", f"{last}>{id}_e")


def _draw(one: Named) -> tuple[str, str, str]:
    """The drawing of a block, where it begins and where it ends."""
    block, id, parts = one.block, one.id, one.parts
    if isinstance(block, Task):
        return TASKS[block.waits].format(id), id, id
    if isinstance(block, Seq):
        pieces = [_draw(part) for part in parts]
        ways = [f"{a[2]}>{b[1]}" for a, b in zip(pieces, pieces[1:], strict=False)]
        return "".join(piece[0] for piece in pieces) + flows(*ways), pieces[0][1], pieces[-1][2]
    if isinstance(block, Split):
        return _draw_split(block, id, [_draw(part) for part in parts])
    if isinstance(block, Loop):
        xml, first, last = _draw(parts[0])
        xml += f'<exclusiveGateway id="{id}_m"/><userTask id="{id}"/><task id="{id}_o"/>'
        xml += f'<exclusiveGateway id="{id}_g" default="{id}_g_{id}_o"/>'
        xml += flows(f"{id}_m>{id}", f"{id}>{first}", f"{last}>{id}_g", f"{id}_g>{id}_m:n = 3", f"{id}_g>{id}_o")
        return xml, f"{id}_m", f"{id}_o"
    if isinstance(block, Again):
        return f'<userTask id="{id}"><standardLoopCharacteristics loopMaximum="{block.times}"/></userTask>', id, id
    if isinstance(block, Race):
        return _draw_race(id, [_draw(part) for part in parts])
    if isinstance(block, Risky):
        return _draw_risky(id, _draw(parts[0]), _draw(parts[1]))
    if isinstance(block, Call):
        return f'<callActivity id="{id}" calledElement="{id}_p"/>', id, id
    if isinstance(block, Sub):
        return f'<subProcess id="{id}">{_stage(parts[0], id)}</subProcess>', id, id
    if isinstance(block, Many):
        sequential = ' isSequential="true"' if block.sequential else ""
        tag = "multiInstanceLoopCharacteristics"
        repeats = f"<{tag}{sequential}><loopCardinality>{block.times}</loopCardinality></{tag}>"
        if not parts:
            return f'<userTask id="{id}">{repeats}</userTask>', id, id
        return f'<subProcess id="{id}">{repeats}{_stage(parts[0], id)}</subProcess>', id, id
    return _draw_watched(block, id, _draw(parts[0]), _draw(parts[1]))


def _draw_race(id: str, pieces: list[tuple[str, str, str]]) -> tuple[str, str, str]:
    xml = f'<eventBasedGateway id="{id}"/><exclusiveGateway id="{id}_j"/>' + "".join(piece[0] for piece in pieces)
    for at, (_, first, last) in enumerate(pieces):
        event = MESSAGE if at % 2 else timer(f"PT{at + 1}H")
        xml += f'<intermediateCatchEvent id="{id}_w{at}">{event}</intermediateCatchEvent>'
        xml += flows(f"{id}>{id}_w{at}", f"{id}_w{at}>{first}", f"{last}>{id}_j")
    return xml, id, f"{id}_j"


def _draw_risky(id: str, body: tuple[str, str, str], then: tuple[str, str, str]) -> tuple[str, str, str]:
    ends = f'<endEvent id="{id}_x"><errorEventDefinition errorRef="err"/></endEvent><endEvent id="{id}_e"/>'
    inside = f'<startEvent id="{id}_s"/><exclusiveGateway id="{id}_g" default="{id}_g_{id}_e"/>{ends}{body[0]}'
    ways = flows(f"{id}_s>{body[1]}", f"{body[2]}>{id}_g", f"{id}_g>{id}_x:n = 2", f"{id}_g>{id}_e")
    border = f'<boundaryEvent id="{id}_b" attachedToRef="{id}"><errorEventDefinition errorRef="err"/></boundaryEvent>'
    join = f'<exclusiveGateway id="{id}_m"/>' + flows(f"{id}>{id}_m", f"{id}_b>{then[1]}", f"{then[2]}>{id}_m")
    return f'<subProcess id="{id}">{inside}{ways}</subProcess>' + border + then[0] + join, id, f"{id}_m"


def _draw_split(block: Split, id: str, pieces: list[tuple[str, str, str]]) -> tuple[str, str, str]:
    tag = {"AND": "parallelGateway", "XOR": "exclusiveGateway", "OR": "inclusiveGateway"}[block.kind]
    last = len(pieces) - 1
    default = "" if block.kind != "XOR" else f' default="{id}_{pieces[last][1]}"'
    xml = f'<{tag} id="{id}"{default}/><{tag} id="{id}_j"/>' + "".join(piece[0] for piece in pieces)
    for at, (_, first, end) in enumerate(pieces):
        asked = "" if block.kind == "AND" or at == last else ":" + condition(block.kind, at)
        asked = ":n < 9" if block.kind == "OR" and at == last else asked
        xml += flows(f"{id}>{first}{asked}", f"{end}>{id}_j")
    return xml, id, f"{id}_j"


def _draw_watched(
    block: Watched, id: str, host: tuple[str, str, str], then: tuple[str, str, str]
) -> tuple[str, str, str]:
    beside = "" if block.event in ("timer", "message") else ' cancelActivity="false"'
    definition = MESSAGE if block.event in ("message", "often") else timer("PT1H")
    event = f'<boundaryEvent id="{id}" attachedToRef="{host[2]}"{beside}>{definition}</boundaryEvent>'
    xml = host[0] + then[0] + event + flows(f"{id}>{then[1]}")
    if not beside:
        join = f'<exclusiveGateway id="{id}_m"/>' + flows(f"{host[2]}>{id}_m", f"{then[2]}>{id}_m")
        return xml + join, host[1], f"{id}_m"
    return xml + f'<endEvent id="{id}_e"/>' + flows(f"{then[2]}>{id}_e"), host[1], host[2]
