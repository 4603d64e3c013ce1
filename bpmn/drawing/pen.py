"""Writes SVG: plain shapes with presentation attributes only, which Word understands as browsers do."""

from __future__ import annotations

from collections.abc import Iterable

from lxml import etree

from bpmn.drawing.plane import Box, Point

SVG = "http://www.w3.org/2000/svg"
INK = "#22242a"
PAPER = "#ffffff"
# Windows, macOS, then what Linux distributions bring; the first that is there draws.
FONTS = (
    "SimHei, 'Microsoft YaHei', 'PingFang SC', 'Noto Sans CJK SC', 'Source Han Sans SC', "
    "'WenQuanYi Zen Hei', 'WenQuanYi Micro Hei', 'DejaVu Sans', Arial, sans-serif"
)
Style = str | float


def figure(number: float) -> str:
    """A number as SVG wants it: two decimals at most, so that the same diagram is the same text."""
    return f"{round(number, 2):g}" if abs(number) < 1e5 else f"{number:.0f}"


class Pen:
    """Draws into one SVG group. Keywords are attributes: `stroke_width=2` is `stroke-width="2"`."""

    def __init__(self, group: etree._Element) -> None:
        self._group = group

    def group(self, **style: Style) -> Pen:
        """A pen for a group inside."""
        return Pen(self._put("g", style))

    def rect(self, box: Box, *, rx: float = 0.0, **style: Style) -> None:
        """A rectangle, its corners rounded by `rx`."""
        place = {"x": box.x, "y": box.y, "width": box.width, "height": box.height}
        self._put("rect", {**place, **({"rx": rx} if rx else {}), **style})

    def circle(self, middle: Point, radius: float, **style: Style) -> None:
        """A circle."""
        self._put("circle", {"cx": middle[0], "cy": middle[1], "r": radius, **style})

    def polygon(self, points: Iterable[Point], **style: Style) -> None:
        """A closed outline."""
        self._put("polygon", {"points": _points(points), **style})

    def polyline(self, points: Iterable[Point], **style: Style) -> None:
        """Straight strokes from point to point."""
        self._put("polyline", {"points": _points(points), "fill": "none", **style})

    def path(self, d: str, **style: Style) -> None:
        """Any outline, in SVG's own words."""
        self._put("path", {"d": d, **style})

    def text(self, text: str, at: Point, size: float, **style: Style) -> None:
        """A line of text, centred on the point unless `text_anchor` says otherwise; the point is on its base line."""
        look: dict[str, Style] = {"text_anchor": "middle", "font_size": size, "fill": INK, "stroke": "none"}
        made = self._put("text", {"x": at[0], "y": at[1], **look, **style})
        made.text = text

    def _put(self, tag: str, style: dict[str, Style]) -> etree._Element:
        told = {
            name.replace("_", "-"): value if isinstance(value, str) else figure(value) for name, value in style.items()
        }
        return etree.SubElement(self._group, f"{{{SVG}}}{tag}", told)


def _points(points: Iterable[Point]) -> str:
    return " ".join(f"{figure(x)},{figure(y)}" for x, y in points)


def sheet(box: Box) -> tuple[etree._Element, Pen]:
    """An empty white picture that shows that part of the plane, and a pen for it."""
    place = " ".join(map(figure, (box.x, box.y, box.width, box.height)))
    size = {"width": figure(box.width), "height": figure(box.height)}
    root = etree.Element(f"{{{SVG}}}svg", {**size, "viewBox": place}, nsmap={None: SVG})  # type: ignore[dict-item]  # lxml's way to say the default
    Pen(root).rect(box, fill=PAPER)
    look = {"font-family": FONTS, "stroke": INK, "fill": PAPER, "stroke-linejoin": "round", "stroke-linecap": "round"}
    return root, Pen(etree.SubElement(root, f"{{{SVG}}}g", look))
