"""Draws what normalising inserted, so that viewers show the diagram whole."""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree

from bpmn.markup import DC, DD, DI

Point = tuple[float, float]
GATEWAY = 24.0
END = 24.0
GAP = 16.0


def redraw_split(
    root: etree._Element, node: etree._Element, gateway: etree._Element, flows: Sequence[etree._Element]
) -> None:
    """A small gateway at the node's right edge; the flows drawn begin there."""
    place = _beside(root, node, GATEWAY)
    if place is None:
        return
    plane, corner = place
    _shape(plane, gateway, corner, GATEWAY)
    middle = (corner[0] + GATEWAY / 2, corner[1] + GATEWAY / 2)
    _edge(plane, _flow_between(node, gateway), [(corner[0] - GAP, middle[1]), (corner[0], middle[1])])
    for flow in flows:
        drawn = _drawn(root, "BPMNEdge", str(flow.get("id")))
        point = None if drawn is None else drawn.find(DD + "waypoint")
        if point is not None:
            point.set("x", str(middle[0]))
            point.set("y", str(middle[1]))


def redraw_end(root: etree._Element, node: etree._Element, end: etree._Element, flow: etree._Element) -> None:
    """A small end event at the node's right edge."""
    place = _beside(root, node, END)
    if place is None:
        return
    plane, corner = place
    _shape(plane, end, corner, END)
    height = corner[1] + END / 2
    _edge(plane, str(flow.get("id")), [(corner[0] - GAP, height), (corner[0], height)])


def _flow_between(node: etree._Element, gateway: etree._Element) -> str:
    scope = gateway.getparent()
    for flow in () if scope is None else scope:
        if flow.get("sourceRef") == node.get("id") and flow.get("targetRef") == gateway.get("id"):
            return str(flow.get("id"))
    return ""


def _drawn(root: etree._Element, kind: str, id: str) -> etree._Element | None:
    return next((shape for shape in root.iter(DI + kind) if shape.get("bpmnElement") == id), None)


def _beside(root: etree._Element, node: etree._Element, size: float) -> tuple[etree._Element, Point] | None:
    """The plane and the upper left corner of a thing of that size to the right of the node; None where not drawn."""
    shape = _drawn(root, "BPMNShape", str(node.get("id")))
    bounds = None if shape is None else shape.find(DC + "Bounds")
    plane = None if shape is None else shape.getparent()
    if bounds is None or plane is None:
        return None
    try:
        x, y, width, height = (float(bounds.get(name) or "") for name in ("x", "y", "width", "height"))
    except ValueError:
        return None
    return plane, (x + width + GAP, y + height / 2 - size / 2)


def _shape(plane: etree._Element, thing: etree._Element, corner: Point, size: float) -> None:
    id = str(thing.get("id"))
    shape = etree.SubElement(plane, DI + "BPMNShape", id=f"{id}_di", bpmnElement=id)
    box = {"x": corner[0], "y": corner[1], "width": size, "height": size}
    etree.SubElement(shape, DC + "Bounds", {name: str(value) for name, value in box.items()})


def _edge(plane: etree._Element, id: str, points: Sequence[Point]) -> None:
    edge = etree.SubElement(plane, DI + "BPMNEdge", id=f"{id}_di", bpmnElement=id)
    for x, y in points:
        etree.SubElement(edge, DD + "waypoint", x=str(x), y=str(y))
