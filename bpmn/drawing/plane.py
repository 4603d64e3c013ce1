"""What a diagram shows and where: the shapes and lines of one plane, read from BPMN DI."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass

from lxml import etree

from bpmn.markup import BPMN, DC, DD, DI, local
from bpmn.read import STAGES

BIOC = "{http://bpmn.io/schema/bpmn/biocolor/1.0}"
COLOR = "{http://www.omg.org/spec/BPMN/non-normative/color/1.0}"
HEX = re.compile(r"#[0-9a-fA-F]{3}([0-9a-fA-F]{3})?")
Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """A rectangle, in the modeler's pixels."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> Point:
        """Its centre."""
        return self.x + self.width / 2, self.y + self.height / 2

    def shrunk(self, by: float) -> Box:
        """The rectangle that lies inside, `by` from each side."""
        return Box(self.x + by, self.y + by, max(0.0, self.width - 2 * by), max(0.0, self.height - 2 * by))


@dataclass(frozen=True)
class Shape:
    """Something drawn as an area. `label`: where its name stands, when that is not inside."""

    node: etree._Element
    box: Box
    label: Box | None
    horizontal: bool
    expanded: bool
    crossed: bool
    stroke: str | None
    fill: str | None

    @property
    def kind(self) -> str:
        """Its BPMN tag."""
        return local(self.node)

    @property
    def contains(self) -> bool:
        """Whether others are drawn on top of it."""
        return self.kind in ("participant", "lane") or (self.kind in STAGES and self.expanded)


@dataclass(frozen=True)
class Line:
    """Something drawn as a line through points."""

    node: etree._Element
    points: tuple[Point, ...]
    label: Box | None
    stroke: str | None


@dataclass(frozen=True)
class Plane:
    """One picture: what it is of, and all that is drawn."""

    node: etree._Element
    shapes: tuple[Shape, ...]
    lines: tuple[Line, ...]


def planes(root: etree._Element) -> Iterator[Plane]:
    """The planes of a file, in its order; what refers to nothing is passed over."""
    known = {str(node.get("id")): node for node in root.iter(etree.Element) if node.get("id")}
    for drawn in root.iter(DI + "BPMNPlane"):
        node = known.get(_name(drawn))
        if node is not None:
            there = frozenset(_name(part) for part in drawn.iterchildren(DI + "BPMNShape"))
            shapes = tuple(_shape(part, known, there) for part in drawn.iterchildren(DI + "BPMNShape"))
            lines = tuple(_line(part, known) for part in drawn.iterchildren(DI + "BPMNEdge"))
            yield Plane(node, tuple(filter(None, shapes)), tuple(filter(None, lines)))


def _name(part: etree._Element) -> str:
    return (part.get("bpmnElement") or "").strip().rpartition(":")[2]


def _shape(part: etree._Element, known: Mapping[str, etree._Element], there: Set[str]) -> Shape | None:
    node, box = known.get(_name(part)), _box(part)
    if node is None or box is None:
        return None
    return Shape(
        node,
        box,
        _label(part),
        horizontal=part.get("isHorizontal", "true") != "false",
        expanded=part.get("isExpanded", "true" if local(node) in STAGES and _holds(node, there) else "false") == "true",
        crossed=part.get("isMarkerVisible") != "false",
        stroke=_colour(part, BIOC + "stroke", COLOR + "border-color"),
        fill=_colour(part, BIOC + "fill", COLOR + "background-color"),
    )


def _holds(stage: etree._Element, there: Set[str]) -> bool:
    """Whether something of a sub-process is drawn where it is, for modelers that do not say `isExpanded`."""
    return any(child.get("id") in there for child in stage.iterchildren(etree.Element))


def _line(part: etree._Element, known: Mapping[str, etree._Element]) -> Line | None:
    node = known.get(_name(part))
    points = tuple(
        (x, y)
        for point in part.iterchildren(DD + "waypoint")
        if (x := _number(point, "x")) is not None and (y := _number(point, "y")) is not None
    )
    if node is None or len(points) < 2:
        return None
    return Line(node, points, _label(part), _colour(part, BIOC + "stroke", COLOR + "border-color"))


def _label(part: etree._Element) -> Box | None:
    label = next(part.iterchildren(DI + "BPMNLabel"), None)
    return None if label is None else _box(label)


def _box(part: etree._Element) -> Box | None:
    bounds = next(part.iterchildren(DC + "Bounds"), None)
    if bounds is None:
        return None
    x, y, width, height = (_number(bounds, name) for name in ("x", "y", "width", "height"))
    if x is None or y is None or width is None or height is None or width < 0 or height < 0:
        return None
    return Box(x, y, width, height)


def _number(part: etree._Element, name: str) -> float | None:
    try:
        found = float(part.get(name) or "")
    except ValueError:
        return None
    return found if abs(found) < 1e6 else None  # neither infinite nor not a number, which compare false


def _colour(part: etree._Element, *names: str) -> str | None:
    """The colour that a person gave it, where it is one that means the same everywhere."""
    return next((told for name in names if HEX.fullmatch(told := part.get(name) or "")), None)


def shown(plane: Plane) -> frozenset[str]:
    """The ids of the processes and sub-processes that a plane is a picture of."""
    if plane.node.tag != BPMN + "collaboration":
        return frozenset([str(plane.node.get("id"))])
    participants = plane.node.iterchildren(BPMN + "participant")
    return frozenset((one.get("processRef") or "").strip().rpartition(":")[2] for one in participants)
