"""Draws what leads from one to another: sequence flows, message flows, associations."""

from __future__ import annotations

from math import hypot

from lxml import etree

from bpmn.drawing.lettering import OUTSIDE, outside
from bpmn.drawing.nodes import name_of
from bpmn.drawing.pen import INK, PAPER, Pen
from bpmn.drawing.plane import Line, Point
from bpmn.markup import first, local
from bpmn.read import GATEWAYS

WIDTH, THICK = 1.4, 3.2
DASHES = {"messageFlow": "8 5", "association": "1 4", "dataInputAssociation": "1 4", "dataOutputAssociation": "1 4"}


def draw(pen: Pen, line: Line, taken: str | None = None) -> None:
    """One line with its arrow, its signs and its name; one that was taken in that colour, and thick."""
    ink, kind = taken or line.stroke or INK, local(line.node)
    width = THICK if taken else WIDTH
    pen = pen.group(stroke=ink)
    dashes = {"stroke_dasharray": DASHES[kind]} if kind in DASHES else {}
    end = line.points[-1] if kind != "sequenceFlow" else _short(line.points[-2], line.points[-1], 3)
    pen.polyline((*line.points[:-1], end), stroke_width=width, **dashes)
    near, tip = line.points[-2], line.points[-1]
    if kind == "sequenceFlow":
        pen.polygon(_head(near, tip, 11, 4.5), fill=ink, stroke="none")
        _origin(pen, line, ink)
    elif kind == "messageFlow":
        pen.polygon(_head(near, tip, 11, 5), fill=PAPER, stroke_width=WIDTH)
        pen.circle(line.points[0], 4, fill=PAPER, stroke_width=WIDTH)
    elif kind != "association" or line.node.get("associationDirection") in ("One", "Both"):
        side, _, other = _head(near, tip, 10, 5)
        pen.polyline((side, tip, other), stroke_width=WIDTH)
    outside(pen, name_of(line.node), line.label, _beside(line))


def _origin(pen: Pen, line: Line, ink: str) -> None:
    """Where the flow leaves: a stroke when it is the default, a diamond when an activity decides."""
    start, then = line.points[0], line.points[1]
    source = _source(line.node)
    if source is None:
        return
    if source.get("default") and source.get("default") == line.node.get("id"):
        (x, y), (dx, dy) = _short(then, start, 7), _direction(start, then)
        across = (-dy, dx)
        lean = [(x + across[0] * s * 5 + dx * s * 3, y + across[1] * s * 5 + dy * s * 3) for s in (-1, 1)]
        pen.polyline(lean, stroke_width=WIDTH)
    elif first(line.node, "conditionExpression") is not None and local(source) not in GATEWAYS:
        dx, dy = _direction(start, then)
        half = (start[0] + dx * 9, start[1] + dy * 9)
        sides = [(half[0] - dy * 4.5 * s, half[1] + dx * 4.5 * s) for s in (-1, 1)]
        pen.polygon((start, sides[0], (start[0] + dx * 18, start[1] + dy * 18), sides[1]), stroke_width=WIDTH)


def _source(node: etree._Element) -> etree._Element | None:
    """What a flow leaves: it stands beside the flow."""
    wanted, scope = (node.get("sourceRef") or "").strip(), node.getparent()
    return None if scope is None else next((one for one in scope if one.get("id") == wanted), None)


def _direction(start: Point, end: Point) -> Point:
    length = hypot(end[0] - start[0], end[1] - start[1]) or 1.0
    return (end[0] - start[0]) / length, (end[1] - start[1]) / length


def _short(start: Point, end: Point, by: float) -> Point:
    """The point that lies `by` before the end."""
    dx, dy = _direction(start, end)
    return end[0] - dx * by, end[1] - dy * by


def _head(near: Point, tip: Point, length: float, half: float) -> tuple[Point, Point, Point]:
    """An arrow's head: one side, its tip, the other side."""
    (dx, dy), back = _direction(near, tip), _short(near, tip, length)
    return (back[0] - dy * half, back[1] + dx * half), tip, (back[0] + dy * half, back[1] - dx * half)


def _beside(line: Line) -> Point:
    """Above the middle of the longest stretch, for modelers that gave the name no place."""
    pairs = list(zip(line.points, line.points[1:], strict=False))
    (ax, ay), (bx, by) = max(pairs, key=lambda pair: hypot(pair[1][0] - pair[0][0], pair[1][1] - pair[0][1]))
    return (ax + bx) / 2, (ay + by) / 2 - OUTSIDE * 1.5
