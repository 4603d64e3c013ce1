"""The small signs of BPMN: what kind of task, what an event waits for or throws, how an activity repeats."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import cos, pi, sin

from bpmn.drawing.pen import INK, PAPER, Pen
from bpmn.drawing.plane import Box, Point

Sign = Callable[[Pen, Point, float, bool], None]
"""Draws itself around a point, `size` high and wide; filled where an event throws it."""
THIN = 1.2


def _around(middle: Point, size: float, *points: Point) -> list[Point]:
    """Points of a square of -1 to 1, laid around the middle."""
    return [(middle[0] + x * size / 2, middle[1] + y * size / 2) for x, y in points]


def _star(middle: Point, radius: float, corners: int, turned: float = -pi / 2) -> list[Point]:
    angles = (turned + 2 * pi * corner / corners for corner in range(corners))
    return [(middle[0] + radius * cos(angle), middle[1] + radius * sin(angle)) for angle in angles]


def envelope(pen: Pen, middle: Point, size: float, filled: bool) -> None:
    """A message."""
    x, y = middle[0] - size / 2, middle[1] - size * 0.34
    pen.rect(Box(x, y, size, size * 0.68), fill=INK if filled else PAPER, stroke=INK, stroke_width=THIN)
    flap = _around(middle, size, (-1, -0.68), (0, 0.1), (1, -0.68))
    pen.polyline(flap, stroke=PAPER if filled else INK, stroke_width=THIN)


def clock(pen: Pen, middle: Point, size: float, filled: bool) -> None:
    """A timer."""
    radius = size / 2
    pen.circle(middle, radius, stroke_width=THIN)
    for near, far in zip(_star(middle, radius * 0.78, 12), _star(middle, radius, 12), strict=True):
        pen.polyline((near, far), stroke_width=1)
    pen.polyline(_around(middle, size, (0.16, -0.68), (0, 0), (0.52, 0.08)), stroke_width=THIN)


def lightning(pen: Pen, middle: Point, size: float, filled: bool) -> None:
    """An error."""
    points = _around(middle, size, (-0.9, 0.9), (-0.35, -0.55), (0.2, 0.1), (0.9, -0.95), (0.4, 0.6), (-0.2, 0))
    pen.polygon(points, fill=INK if filled else PAPER, stroke_width=THIN)


def arrowhead(pen: Pen, middle: Point, size: float, filled: bool) -> None:
    """An escalation."""
    points = _around(middle, size, (0, -1), (0.75, 0.9), (0, 0.15), (-0.75, 0.9))
    pen.polygon(points, fill=INK if filled else PAPER, stroke_width=THIN)


def triangle(pen: Pen, middle: Point, size: float, filled: bool) -> None:
    """A signal."""
    points = _around(middle, size, (0, -0.95), (0.95, 0.75), (-0.95, 0.75))
    pen.polygon(points, fill=INK if filled else PAPER, stroke_width=THIN)


def page(pen: Pen, middle: Point, size: float, filled: bool) -> None:
    """A condition: a written page."""
    pen.polygon(_around(middle, size, (-0.75, -0.95), (0.75, -0.95), (0.75, 0.95), (-0.75, 0.95)), stroke_width=THIN)
    for height in (-0.6, -0.2, 0.2, 0.6):
        pen.polyline(_around(middle, size, (-0.5, height), (0.5, height)), stroke_width=1)


def arrow(pen: Pen, middle: Point, size: float, filled: bool) -> None:
    """A link."""
    shaft = ((-1, -0.35), (0.25, -0.35), (0.25, -0.85), (1, 0), (0.25, 0.85), (0.25, 0.35), (-1, 0.35))
    pen.polygon(_around(middle, size, *shaft), fill=INK if filled else PAPER, stroke_width=THIN)


def disc(pen: Pen, middle: Point, size: float, filled: bool) -> None:
    """A termination."""
    pen.circle(middle, size / 2 + 1, fill=INK, stroke="none")


def rewind(pen: Pen, middle: Point, size: float, filled: bool) -> None:
    """A compensation."""
    for left in (-1.0, 0.0):
        points = _around(middle, size, (left, 0), (left + 0.95, -0.75), (left + 0.95, 0.75))
        pen.polygon(points, fill=INK if filled else PAPER, stroke_width=THIN)


def cross(pen: Pen, middle: Point, size: float, filled: bool) -> None:
    """A cancellation."""
    tip, waist = 0.9, 0.3
    upper = ((-tip, -tip + waist), (-tip + waist, -tip), (0, -waist), (tip - waist, -tip), (tip, -tip + waist))
    lower = ((waist, 0), (tip, tip - waist), (tip - waist, tip), (0, waist), (-tip + waist, tip), (-tip, tip - waist))
    pen.polygon(_around(middle, size, *upper, *lower, (-waist, 0)), fill=INK if filled else PAPER, stroke_width=THIN)


def pentagon(pen: Pen, middle: Point, size: float, filled: bool) -> None:
    """Several triggers, of which one is enough."""
    pen.polygon(_star(middle, size / 2, 5), fill=INK if filled else PAPER, stroke_width=THIN)


def plus(pen: Pen, middle: Point, size: float, filled: bool) -> None:
    """Several triggers, all of them."""
    arm = ((-0.25, -1), (0.25, -1), (0.25, -0.25), (1, -0.25), (1, 0.25), (0.25, 0.25))
    rest = ((0.25, 1), (-0.25, 1), (-0.25, 0.25), (-1, 0.25), (-1, -0.25), (-0.25, -0.25))
    pen.polygon(_around(middle, size, *arm, *rest), stroke_width=THIN)


EVENTS: Mapping[str, Sign] = {
    "message": envelope,
    "timer": clock,
    "error": lightning,
    "escalation": arrowhead,
    "signal": triangle,
    "conditional": page,
    "link": arrow,
    "terminate": disc,
    "compensate": rewind,
    "cancel": cross,
    "multiple": pentagon,
    "parallelMultiple": plus,
}


def person(pen: Pen, middle: Point, size: float, filled: bool) -> None:
    """A task of a person."""
    x, y = middle
    radius = size * 0.24
    shoulder = f"M{x - size / 2:g} {y + size / 2:g} c0 {-size * 0.62:g} {size:g} {-size * 0.62:g} {size:g} 0 z"
    pen.path(shoulder, stroke_width=THIN)
    pen.circle((x, y - size * 0.22), radius, stroke_width=THIN)


def hand(pen: Pen, middle: Point, size: float, filled: bool) -> None:
    """A task that no system sees: a hand with its fingers to the right."""
    wrist = ((-1, -0.3), (-0.4, -0.75), (0.35, -0.75), (0.35, -0.4), (-0.1, -0.4))
    fingers = ((0.95, -0.4), (0.95, 0.7), (-0.4, 0.7), (-1, 0.35))
    pen.polygon(_around(middle, size, *wrist, *fingers), stroke_width=THIN)
    for height in (0.0, 0.35):
        pen.polyline(_around(middle, size, (0.2, height), (0.95, height)), stroke_width=1)


def gear(pen: Pen, middle: Point, size: float, filled: bool) -> None:
    """A task of the machine."""
    outline: list[Point] = []
    for tooth in range(8):
        for step, radius in ((-0.3, 0.36), (-0.16, 0.5), (0.16, 0.5), (0.3, 0.36)):
            angle = (tooth + step) * pi / 4
            outline.append((middle[0] + size * radius * cos(angle), middle[1] + size * radius * sin(angle)))
    pen.polygon(outline, stroke_width=THIN)
    pen.circle(middle, size * 0.16, stroke_width=THIN)


def scroll(pen: Pen, middle: Point, size: float, filled: bool) -> None:
    """A script."""
    pen.polygon(_around(middle, size, (-0.6, -0.9), (0.9, -0.9), (0.6, 0.9), (-0.9, 0.9)), stroke_width=THIN)
    for height in (-0.5, 0.0, 0.5):
        shift = -0.17 * height
        pen.polyline(_around(middle, size, (-0.45 + shift, height), (0.45 + shift, height)), stroke_width=1)


def table(pen: Pen, middle: Point, size: float, filled: bool) -> None:
    """A decision."""
    pen.polygon(_around(middle, size, (-1, -0.75), (1, -0.75), (1, 0.75), (-1, 0.75)), stroke_width=THIN)
    pen.polygon(_around(middle, size, (-1, -0.75), (1, -0.75), (1, -0.3), (-1, -0.3)), fill="#c9cbd0", stroke_width=1)
    pen.polyline(_around(middle, size, (-1, 0.22), (1, 0.22)), stroke_width=1)
    pen.polyline(_around(middle, size, (-0.4, -0.3), (-0.4, 0.75)), stroke_width=1)


TASKS: Mapping[str, Sign] = {
    "userTask": person,
    "manualTask": hand,
    "serviceTask": gear,
    "scriptTask": scroll,
    "businessRuleTask": table,
    "sendTask": envelope,
    "receiveTask": envelope,
}


def loop(pen: Pen, middle: Point, size: float, filled: bool) -> None:
    """Repeated until it is enough: a circle that is open, with an arrow at its end."""
    x, y, radius = middle[0], middle[1], size * 0.42
    start = f"M{x - radius * 0.5:g} {y + radius * 0.87:g}"
    pen.path(f"{start} A{radius:g} {radius:g} 0 1 1 {x + radius * 0.3:g} {y + radius * 0.95:g}", fill="none")
    pen.polyline(_around(middle, size, (-0.85, 0.75), (-0.38, 0.75), (-0.38, 0.25)))


def bars(pen: Pen, middle: Point, size: float, filled: bool) -> None:
    """For each of several, all at once."""
    for x in (-0.55, 0.0, 0.55):
        pen.polyline(_around(middle, size, (x, -0.75), (x, 0.75)), stroke_width=2.2)


def rows(pen: Pen, middle: Point, size: float, filled: bool) -> None:
    """For each of several, one after the other."""
    for y in (-0.55, 0.0, 0.55):
        pen.polyline(_around(middle, size, (-0.75, y), (0.75, y)), stroke_width=2.2)


def wave(pen: Pen, middle: Point, size: float, filled: bool) -> None:
    """In any order."""
    x, y, step = middle[0] - size / 2, middle[1], size / 4
    pen.path(f"M{x:g} {y:g} q{step:g} {-size * 0.6:g} {2 * step:g} 0 t{2 * step:g} 0", fill="none", stroke_width=2)


def boxed_plus(pen: Pen, middle: Point, size: float, filled: bool) -> None:
    """More is drawn elsewhere."""
    pen.polygon(_around(middle, size, (-1, -1), (1, -1), (1, 1), (-1, 1)), stroke_width=THIN)
    pen.polyline(_around(middle, size, (-0.6, 0), (0.6, 0)))
    pen.polyline(_around(middle, size, (0, -0.6), (0, 0.6)))
