"""Where things stand in a drawing, and what of it was moved. Nothing of this is executed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lxml import etree

from bpmn.compare.difference import Difference, Subject, Value
from bpmn.compare.facts import facts
from bpmn.markup import local

Point = tuple[float, float]
REFERENCES = ("bpmnElement", "dmnElementRef")
# What is read here by itself; the ids of shapes name nothing that people see.
READ = frozenset({"Bounds", "waypoint"})
LABELS = frozenset({"BPMNLabel", "DMNLabel"})
IDS = frozenset({"@id", *(f"@{name}" for name in REFERENCES)})


@dataclass(frozen=True)
class Shape:
    """One drawn thing: its corner and size or its waypoints, its label's box, and how it looks."""

    corner: Point | None = None
    size: Point | None = None
    way: tuple[Point, ...] = ()
    label: tuple[Point, Point] | None = None
    look: Mapping[str, str] = field(default_factory=dict)

    @property
    def place(self) -> Point | None:
        """Where it begins."""
        return self.corner or (self.way[0] if self.way else None)


@dataclass(frozen=True)
class Drawing:
    """A drawing: the shapes by the id of what they show, and what it says of itself."""

    shapes: Mapping[str, Shape]
    look: Mapping[str, str]


def drawings(root: etree._Element) -> dict[str, Drawing]:
    """The drawings of a file, by the id of what each of them shows as a whole."""
    found = {}
    for number, diagram in enumerate(node for node in root if local(node) in ("BPMNDiagram", "DMNDiagram")):
        plane = next((node for node in diagram if local(node) == "BPMNPlane"), diagram)
        own = facts(diagram, frozenset({"BPMNShape", "BPMNEdge", "DMNShape", "DMNEdge"}))
        look = {path: said for path, said in own if path.rpartition("/")[2] not in IDS}
        shapes = {_shown(node): _shape(node) for node in plane if local(node).endswith(("Shape", "Edge"))}
        found[_shown(plane) or str(number)] = Drawing(shapes, look)
    return found


def _shown(node: etree._Element) -> str:
    told = next((str(node.get(name)) for name in REFERENCES if node.get(name)), "")
    return told.rpartition(":")[2]


def _shape(node: etree._Element) -> Shape:
    bounds, label = _first(node, "Bounds"), _first(node, *LABELS)
    box = None if label is None else _box(_first(label, "Bounds"))
    corner, size = _box(bounds) or (None, None)
    way = tuple(_point(point, "x", "y") for point in node if local(point) == "waypoint")
    look = {path: said for path, said in facts(node, READ) if path.rpartition("/")[2] not in IDS | LABELS}
    return Shape(corner, size, way, box, look)


def _first(node: etree._Element, *names: str) -> etree._Element | None:
    return next((child for child in node if local(child) in names), None)


def _box(bounds: etree._Element | None) -> tuple[Point, Point] | None:
    return None if bounds is None else (_point(bounds, "x", "y"), _point(bounds, "width", "height"))


def _point(node: etree._Element, *names: str) -> Point:
    first, second = (_number(node.get(name)) for name in names)
    return first, second


def _number(written: str | None) -> float:
    """To the hundredth: modelers round as they like."""
    try:
        return round(float(written or 0), 2)
    except ValueError:
        return 0.0


def moves(
    was: Drawing, now: Drawing, subjects: Mapping[str, tuple[Subject, Subject]], whole: tuple[Subject, Subject]
) -> Iterator[Difference]:
    """What stands elsewhere or looks otherwise, of what both drawings may show; a shift of all is told once."""
    common = [id for id in now.shapes if id in was.shapes and id in subjects]
    shift = _shift(was, now, common)
    if shift is not None:
        first = min(id for id in common if _between(was.shapes[id], now.shapes[id]) == shift)
        places = (_value(drawing.shapes[first].place) for drawing in (was, now))
        yield Difference("moved", *whole, "shift", "", *places)
    yield from _looks(was.look, now.look, whole)
    for id in common:
        yield from _moved(was.shapes[id], now.shapes[id], shift or (0.0, 0.0), subjects[id])
    for id, pair in subjects.items():
        if (id in was.shapes) != (id in now.shapes):
            seen = (Value("") if id in shapes else None for shapes in (was.shapes, now.shapes))
            yield Difference("moved", *pair, "drawn", "", *seen)


def _shift(was: Drawing, now: Drawing, common: list[str]) -> Point | None:
    """By how much most of the drawing was moved as a whole; None where it was not."""
    steps = Counter(_between(was.shapes[id], now.shapes[id]) for id in common)
    step, times = steps.most_common(1)[0] if steps else (None, 0)
    return step if step not in (None, (0.0, 0.0)) and times > 2 and times * 2 > len(common) else None


def _between(was: Shape, now: Shape) -> Point | None:
    if was.place is None or now.place is None:
        return None
    return round(now.place[0] - was.place[0], 2), round(now.place[1] - was.place[1], 2)


def _moved(was: Shape, now: Shape, shift: Point, pair: tuple[Subject, Subject]) -> Iterator[Difference]:
    def by(point: Point) -> Point:
        return round(point[0] + shift[0], 2), round(point[1] + shift[1], 2)

    stands = (was.corner and by(was.corner)) == now.corner
    if not stands:
        yield Difference("moved", *pair, "place", "", _value(was.corner), _value(now.corner))
    if was.size != now.size:
        yield Difference("moved", *pair, "size", "", _value(was.size), _value(now.size))
    if tuple(map(by, was.way)) != now.way:
        yield Difference("moved", *pair, "way", "", _value(*was.way), _value(*now.way))
    old, new = was.label and (by(was.label[0]), was.label[1]), now.label
    if old != new and stands:  # a label goes with what it names
        yield Difference("moved", *pair, "label", "", _value(*was.label or ()), _value(*now.label or ()))
    yield from _looks(was.look, now.look, pair)


def _looks(was: Mapping[str, str], now: Mapping[str, str], pair: tuple[Subject, Subject]) -> Iterator[Difference]:
    for path in [*now, *(path for path in was if path not in now)]:
        if was.get(path) != now.get(path):
            values = (Value(look[path]) if path in look else None for look in (was, now))
            yield Difference("moved", *pair, "look", path, *values)


def _value(*points: Point | None) -> Value | None:
    told = [f"{point[0]:g},{point[1]:g}" for point in points if point is not None]
    return Value(" ".join(told)) if told else None
