"""Diagrams as pictures: BPMN DI drawn as SVG, for paper."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from lxml import etree

from bpmn.drawing import lines, nodes
from bpmn.drawing.pen import sheet
from bpmn.drawing.plane import Box, Plane, planes, shown
from bpmn.markup import parse

MARGIN = 10.0
DONE, HERE, TAKEN = "#dff2e1", "#ffe8b3", "#2b8a3e"
"""The grounds of what was done and of what somebody is at, and the ink of a flow that was taken."""


@dataclass(frozen=True)
class Drawing:
    """A picture of a process, or of a sub-process that has a plane of its own. Width and height in pixels at 96 dpi."""

    name: str
    svg: bytes
    width: float
    height: float


@dataclass(frozen=True)
class Path:
    """What to colour: the ids of elements that were left, of those where somebody still is, and of flows taken."""

    done: Set[str] = frozenset()
    here: Set[str] = frozenset()
    flows: Set[str] = frozenset()

    def ground(self, id: str) -> str | None:
        """The ground of an element, or None."""
        return HERE if id in self.here else DONE if id in self.done else None


NOWHERE = Path()


def drawings(
    content: bytes, process: str | None = None, marked: Set[str] = frozenset(), path: Path = NOWHERE
) -> list[Drawing]:
    """The pictures of a diagram file, or of one of its processes and what is inside it. Raises bpmn.markup.Unreadable.

    The elements whose ids are marked have a gray ground, the path is coloured. A file without a picture gives none."""
    found = list(planes(parse(content)))
    wanted = None if process is None else {process}
    made = []
    for plane in found:
        if wanted is not None and not wanted & (shown(plane) | _around(plane)):
            continue
        if plane.shapes:
            made.append(_drawing(plane, marked, path))
    return made


def _around(plane: Plane) -> frozenset[str]:
    """The ids of all that a sub-process's plane stands inside of."""
    return frozenset(str(holder.get("id")) for holder in plane.node.iterancestors())


def _drawing(plane: Plane, marked: Set[str], path: Path) -> Drawing:
    box = _extent(plane)
    root, pen = sheet(box)
    holders = sorted((one for one in plane.shapes if one.contains), key=lambda one: -one.box.width * one.box.height)
    # What is attached to another's edge is drawn over it.
    others = sorted((one for one in plane.shapes if not one.contains), key=lambda one: one.kind == "boundaryEvent")
    for shape in holders:
        nodes.draw(pen, shape, str(shape.node.get("id")) in marked)
    for line in plane.lines:
        lines.draw(pen, line, TAKEN if str(line.node.get("id")) in path.flows else None)
    for shape in others:
        id = str(shape.node.get("id"))
        nodes.draw(pen, shape, id in marked, path.ground(id))
    name = nodes.name_of(plane.node)
    return Drawing(name, etree.tostring(root, encoding="UTF-8", xml_declaration=True), box.width, box.height)


def _extent(plane: Plane) -> Box:
    """The part of the plane that is drawn on, with a margin."""
    boxes = [box for shape in plane.shapes for box in (shape.box, shape.label) if box]
    boxes += [line.label for line in plane.lines if line.label]
    points = [(box.x, box.y) for box in boxes] + [(box.x + box.width, box.y + box.height) for box in boxes]
    points += [point for line in plane.lines for point in line.points]
    left, top = min(x for x, _ in points), min(y for _, y in points)
    right, bottom = max(x for x, _ in points), max(y for _, y in points)
    return Box(left - MARGIN, top - MARGIN, right - left + 2 * MARGIN, bottom - top + 2 * MARGIN)
