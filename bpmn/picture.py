"""Draws what normalising inserted, so that viewers show the diagram whole."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence

from lxml import etree

from bpmn.markup import DC, DD, DI

Point = tuple[float, float]
GATEWAY = 24.0
END = 24.0
GAP = 16.0


Picture = MutableMapping[str, etree._Element]


def picture_of(root: etree._Element) -> Picture:
    """The shapes and edges drawn, by the id of what they show."""
    return {str(part.get("bpmnElement")): part for part in root.iter(DI + "BPMNShape", DI + "BPMNEdge")}


def redraw_split(
    picture: Picture,
    node: etree._Element,
    gateway: etree._Element,
    arrow: etree._Element,
    flows: Sequence[etree._Element],
) -> None:
    """A small gateway at the node's right edge; the flows drawn begin there."""
    place = _beside(picture, node, GATEWAY)
    if place is None:
        return
    plane, corner = place
    picture[str(gateway.get("id"))] = _shape(plane, gateway, corner, GATEWAY)
    middle = (corner[0] + GATEWAY / 2, corner[1] + GATEWAY / 2)
    _edge(plane, str(arrow.get("id")), [(corner[0] - GAP, middle[1]), (corner[0], middle[1])])
    for flow in flows:
        drawn = picture.get(str(flow.get("id")))
        point = None if drawn is None else drawn.find(DD + "waypoint")
        if point is not None:
            point.set("x", str(middle[0]))
            point.set("y", str(middle[1]))


def redraw_end(picture: Picture, node: etree._Element, end: etree._Element, flow: etree._Element) -> None:
    """A small end event at the node's right edge."""
    place = _beside(picture, node, END)
    if place is None:
        return
    plane, corner = place
    _shape(plane, end, corner, END)
    height = corner[1] + END / 2
    _edge(plane, str(flow.get("id")), [(corner[0] - GAP, height), (corner[0], height)])


def _beside(picture: Picture, node: etree._Element, size: float) -> tuple[etree._Element, Point] | None:
    """The plane and the upper left corner of a thing of that size to the right of the node; None where not drawn."""
    shape = picture.get(str(node.get("id")))
    bounds = None if shape is None else shape.find(DC + "Bounds")
    plane = None if shape is None else shape.getparent()
    if bounds is None or plane is None:
        return None
    try:
        x, y, width, height = (float(bounds.get(name) or "") for name in ("x", "y", "width", "height"))
    except ValueError:
        return None
    return plane, (x + width + GAP, y + height / 2 - size / 2)


def _shape(plane: etree._Element, thing: etree._Element, corner: Point, size: float) -> etree._Element:
    id = str(thing.get("id"))
    shape = etree.SubElement(plane, DI + "BPMNShape", id=f"{id}_di", bpmnElement=id)
    box = {"x": corner[0], "y": corner[1], "width": size, "height": size}
    etree.SubElement(shape, DC + "Bounds", {name: str(value) for name, value in box.items()})
    return shape


def _edge(plane: etree._Element, id: str, points: Sequence[Point]) -> None:
    edge = etree.SubElement(plane, DI + "BPMNEdge", id=f"{id}_di", bpmnElement=id)
    for x, y in points:
        etree.SubElement(edge, DD + "waypoint", x=str(x), y=str(y))
