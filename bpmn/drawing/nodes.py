"""Draws what stands in a diagram: pools and lanes, activities, events, gateways, data and notes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lxml import etree

from bpmn.drawing import icons
from bpmn.drawing.lettering import inside, outside, upright
from bpmn.drawing.pen import INK, Pen
from bpmn.drawing.plane import Box, Shape
from bpmn.events import definitions
from bpmn.markup import children, first, local, text
from bpmn.read import GATEWAYS, STAGES, TASKS

BAND = 30.0  # of a pool or lane, where its name stands
THICK = 3.5
LINE = 1.5
MARK = 13.0
OURS = "#e4e6ea"
"""The ground of what is marked."""


def pool(pen: Pen, shape: Shape) -> None:
    """A pool or lane with its name in a band; a pool without a process is its name alone."""
    pen.rect(shape.box, stroke_width=LINE)
    name, box = name_of(shape.node), shape.box
    if shape.kind == "participant" and not shape.node.get("processRef"):
        inside(pen, name, box.shrunk(6))
    elif shape.horizontal:
        pen.polyline(((box.x + BAND, box.y), (box.x + BAND, box.y + box.height)), stroke_width=LINE)
        upright(pen, name, Box(box.x, box.y, BAND, box.height))
    else:
        pen.polyline(((box.x, box.y + BAND), (box.x + box.width, box.y + BAND)), stroke_width=LINE)
        inside(pen, name, Box(box.x + 4, box.y + 2, box.width - 8, BAND - 4))


def activity(pen: Pen, shape: Shape) -> None:
    """A task, a call or a sub-process, with the signs of what it is and how it repeats."""
    node, box = shape.node, shape.box
    dotted = {"stroke_dasharray": "2 4"} if node.get("triggeredByEvent") == "true" else {}
    pen.rect(box, rx=9, stroke_width=THICK if shape.kind == "callActivity" else LINE, **dotted)
    if shape.kind == "transaction":
        pen.rect(box.shrunk(3), rx=7, stroke_width=LINE)
    sign = icons.TASKS.get(shape.kind)
    if sign:
        sign(pen, (box.x + 13, box.y + 12.5), 14, shape.kind == "sendTask")
    marks = _marks(shape)
    for position, mark in enumerate(marks):
        x = box.middle[0] + (position - (len(marks) - 1) / 2) * (MARK + 5)
        mark(pen, (x, box.y + box.height - MARK / 2 - 4), MARK, False)
    if shape.contains:
        inside(pen, name_of(node), Box(box.x + 8, box.y + 5, box.width - 16, 34), top=True)
    else:
        edge = 20.0 if sign or marks else 5.0
        inside(pen, name_of(node), Box(box.x + 5, box.y + edge, box.width - 10, box.height - 2 * edge))


def _marks(shape: Shape) -> list[icons.Sign]:
    many = first(shape.node, "multiInstanceLoopCharacteristics")
    found: list[icons.Sign] = []
    if shape.kind in STAGES | {"callActivity"} and not shape.contains:
        found.append(icons.boxed_plus)
    if first(shape.node, "standardLoopCharacteristics") is not None:
        found.append(icons.loop)
    if many is not None:
        found.append(icons.rows if many.get("isSequential") == "true" else icons.bars)
    if shape.node.get("isForCompensation") == "true":
        found.append(icons.rewind)
    if shape.kind == "adHocSubProcess":
        found.append(icons.wave)
    return found


def event(pen: Pen, shape: Shape) -> None:
    """A circle, thin where it starts, double in between, thick where it ends; inside what it is about."""
    node, middle, radius = shape.node, shape.box.middle, min(shape.box.width, shape.box.height) / 2
    lasting = "false" in (node.get("cancelActivity"), node.get("isInterrupting"))
    dashed = {"stroke_dasharray": "5 3"} if lasting else {}
    pen.circle(middle, radius, stroke_width=THICK if shape.kind == "endEvent" else LINE, **dashed)
    if shape.kind in ("intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent"):
        pen.circle(middle, radius - 3.5, stroke_width=LINE, **dashed)
    sign = icons.EVENTS.get(_about(node))
    if sign:
        sign(pen, middle, radius * 1.02, shape.kind in ("endEvent", "intermediateThrowEvent"))
    outside(pen, name_of(node), shape.label, (middle[0], shape.box.y + shape.box.height + 4))


def _about(node: etree._Element) -> str:
    kinds = [local(one).removesuffix("EventDefinition") for one in definitions(node)]
    if len(kinds) > 1:
        return "parallelMultiple" if node.get("parallelMultiple") == "true" else "multiple"
    return kinds[0] if kinds else ""


def gateway(pen: Pen, shape: Shape) -> None:
    """A diamond with the sign of how it decides."""
    box, (x, y) = shape.box, shape.box.middle
    pen.polygon(((x, box.y), (box.x + box.width, y), (x, box.y + box.height), (box.x, y)), stroke_width=LINE)
    arm = min(box.width, box.height) * 0.19
    if shape.kind == "inclusiveGateway":
        pen.circle((x, y), arm * 1.25, stroke_width=2.5)
    elif shape.kind == "eventBasedGateway":
        pen.circle((x, y), arm * 1.5, stroke_width=1)
        pen.circle((x, y), arm * 1.25, stroke_width=1)
        parallel = shape.node.get("eventGatewayType") == "Parallel"
        (icons.plus if parallel else icons.pentagon)(pen, (x, y), arm * 1.5, False)
    else:
        lines = []
        if shape.kind != "exclusiveGateway":
            lines += [((x - arm * 1.2, y), (x + arm * 1.2, y)), ((x, y - arm * 1.2), (x, y + arm * 1.2))]
        if shape.kind == "complexGateway" or (shape.kind == "exclusiveGateway" and shape.crossed):
            lines += [((x - arm, y - arm), (x + arm, y + arm)), ((x - arm, y + arm), (x + arm, y - arm))]
        for line in lines:
            pen.polyline(line, stroke_width=2.5)
    outside(pen, name_of(shape.node), shape.label, (x, box.y + box.height + 4))


def data(pen: Pen, shape: Shape) -> None:
    """A page with a folded corner; several pages where it is a collection."""
    box, fold = shape.box, min(shape.box.width, shape.box.height) * 0.3
    right, bottom = box.x + box.width, box.y + box.height
    corner = ((right - fold, box.y), (right - fold, box.y + fold), (right, box.y + fold))
    pen.polygon(((box.x, box.y), corner[0], corner[2], (right, bottom), (box.x, bottom)), stroke_width=LINE)
    pen.polyline(corner, stroke_width=LINE)
    if shape.kind in ("dataInput", "dataOutput"):
        icons.arrow(pen, (box.x + 10, box.y + 10), 11, shape.kind == "dataOutput")
    if _collection(shape):
        icons.bars(pen, (box.middle[0], bottom - 8), 11, False)
    outside(pen, name_of(shape.node), shape.label, (box.middle[0], bottom + 4))


def _collection(shape: Shape) -> bool:
    referred = shape.node.get("dataObjectRef")
    named = [shape.node, *(one for one in shape.node.itersiblings() if referred and one.get("id") == referred)]
    named += [one for one in shape.node.itersiblings(preceding=True) if referred and one.get("id") == referred]
    return any(one.get("isCollection") == "true" for one in named)


def store(pen: Pen, shape: Shape) -> None:
    """A drum."""
    box, rise = shape.box, shape.box.height * 0.14
    right, top, bottom = box.x + box.width, box.y + rise, box.y + box.height - rise
    curve = f"{box.width * 0.15:g} {rise * 1.33:g} {box.width * 0.85:g} {rise * 1.33:g} {box.width:g} 0"
    back = f"c{-box.width * 0.15:g} {-rise * 1.33:g} {-box.width * 0.85:g} {-rise * 1.33:g} {-box.width:g} 0"
    pen.path(f"M{box.x:g} {top:g} V{bottom:g} c{curve} V{top:g} {back} z", stroke_width=LINE)
    for lower in (0.0, rise * 0.8, rise * 1.6):
        pen.path(f"M{box.x:g} {top + lower:g} c{curve}", fill="none", stroke_width=LINE)
    outside(pen, name_of(shape.node), shape.label, ((box.x + right) / 2, box.y + box.height + 4))


def note(pen: Pen, shape: Shape) -> None:
    """A text with a bracket at its left."""
    box, lip = shape.box, min(12.0, shape.box.width)
    edge = ((box.x + lip, box.y), (box.x, box.y), (box.x, box.y + box.height), (box.x + lip, box.y + box.height))
    pen.polyline(edge, stroke_width=LINE)
    inside(pen, text(first(shape.node, "text")) or "", Box(box.x + 6, box.y + 3, box.width - 9, box.height - 6))


def group(pen: Pen, shape: Shape) -> None:
    """A frame around others, with the name of its category."""
    pen.rect(shape.box, rx=9, fill="none", stroke_width=LINE, stroke_dasharray="8 4 1 4")
    wanted, root = (shape.node.get("categoryValueRef") or "").strip(), shape.node.getroottree().getroot()
    values = (value for category in children(root, "category") for value in children(category, "categoryValue"))
    name = next((value.get("value") or "" for value in values if value.get("id") == wanted), "")
    outside(pen, name, shape.label, (shape.box.middle[0], shape.box.y + 4))


def box_of(pen: Pen, shape: Shape) -> None:
    """What there is no picture for is a frame with its name."""
    pen.rect(shape.box, stroke_width=LINE)
    inside(pen, name_of(shape.node), shape.box.shrunk(4))


KINDS: Mapping[str, Callable[[Pen, Shape], None]] = {
    **dict.fromkeys(("participant", "lane"), pool),
    **dict.fromkeys(TASKS | STAGES, activity),
    **dict.fromkeys(GATEWAYS, gateway),
    **dict.fromkeys(("dataObjectReference", "dataObject", "dataInput", "dataOutput"), data),
    "dataStoreReference": store,
    "textAnnotation": note,
    "group": group,
}


def name_of(node: etree._Element) -> str:
    """The name, its white space made one blank each, its line breaks kept."""
    return "\n".join(" ".join(line.split()) for line in (node.get("name") or "").split("\n")).strip()


def draw(pen: Pen, shape: Shape, marked: bool, ground: str | None = None) -> None:
    """One shape in the colours that a person gave it; what is marked has a gray ground, or the one that is told."""
    fill = ground or shape.fill or (OURS if marked else None)
    style = {"stroke": shape.stroke or INK} | ({"fill": fill} if fill else {})
    kind = event if shape.kind.endswith("Event") else KINDS.get(shape.kind, box_of)
    kind(pen.group(**style), shape)
