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


@dataclass(frozen=True)
class Task:
    """Waits for a person, or passes."""

    waits: bool


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
class Sub:
    """A sub-process."""

    body: Block


@dataclass(frozen=True)
class Many:
    """A user task or a sub-process so many times, one after the other or all at once."""

    body: Block | None
    times: int
    sequential: bool


@dataclass(frozen=True)
class Watched:
    """An activity with an event on its border: "timer" ends it, "once" and "often" lead to something beside it."""

    host: Block
    event: str
    then: Block


Block: TypeAlias = "Task | Seq | Split | Loop | Sub | Many | Watched"


TASK: st.SearchStrategy[Block] = st.builds(Task, st.sampled_from([True, True, False]))


def blocks(levels: int = 3) -> st.SearchStrategy[Block]:
    """Random blocks, so many levels deep."""
    found = TASK
    for _ in range(levels):
        found = _deeper(found)
    return found


def _deeper(inner: st.SearchStrategy[Block]) -> st.SearchStrategy[Block]:
    some = st.lists(TASK | inner, min_size=2, max_size=3).map(tuple)
    many = st.builds(Many, st.none() | inner, st.integers(0, 3), st.booleans())
    activity = TASK | st.builds(Sub, inner) | many
    return st.one_of(
        st.builds(Seq, some),
        st.builds(Split, st.just("OR"), some),
        st.builds(Split, st.sampled_from(["AND", "XOR"]), some),
        st.builds(Loop, inner),
        st.builds(Sub, inner),
        many,
        st.builds(Watched, activity, st.sampled_from(["timer", "once", "often"]), inner),
    )


def name(block: Block, ids: Iterator[int]) -> Named:
    """The block with an id for each element of it: the same for the drawing and for the game."""
    own = f"{type(block).__name__.lower()}{next(ids)}"
    parts: tuple[Block, ...] = ()
    if isinstance(block, Seq):
        parts = block.parts
    elif isinstance(block, Split):
        parts = block.ways
    elif isinstance(block, Loop | Sub):
        parts = (block.body,)
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
    file = diagram(_stage(top, "p"), extra=PREFIX)
    return File(file.name, normalise(file.content))


def _stage(inside: Named, id: str) -> str:
    xml, first, last = _draw(inside)
    ends = f'<startEvent id="{id}_s"/><endEvent id="{id}_e"/>'
    return ends + xml + flows(f"{id}_s>{first}", f"{last}>{id}_e")


def _draw(one: Named) -> tuple[str, str, str]:
    """The drawing of a block, where it begins and where it ends."""
    block, id, parts = one.block, one.id, one.parts
    if isinstance(block, Task):
        return f'<{"userTask" if block.waits else "task"} id="{id}"/>', id, id
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
    beside = "" if block.event == "timer" else ' cancelActivity="false"'
    definition = '<messageEventDefinition messageRef="msg"/>' if block.event == "often" else timer("PT1H")
    event = f'<boundaryEvent id="{id}" attachedToRef="{host[2]}"{beside}>{definition}</boundaryEvent>'
    xml = host[0] + then[0] + event + flows(f"{id}>{then[1]}")
    if block.event == "timer":
        join = f'<exclusiveGateway id="{id}_m"/>' + flows(f"{host[2]}>{id}_m", f"{then[2]}>{id}_m")
        return xml + join, host[1], f"{id}_m"
    return xml + f'<endEvent id="{id}_e"/>' + flows(f"{then[2]}>{id}_e"), host[1], host[2]
