"""Charts of figures as SVG, for pages and for paper: bars and columns with their numbers written on them.

Nothing is told by colour alone: every bar says its number, every part of one its name where there is room, and parts
differ in brightness. No scripts, no style sheets: what a browser draws Word draws too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

from bpmn.drawing.lettering import broken, width
from bpmn.drawing.pen import INK, Pen, sheet
from bpmn.drawing.plane import Box

LOOKS = (("#9c4a45", "#ffffff"), ("#e0a458", INK), ("#4f81ae", "#ffffff"), ("#c3d3e0", INK), ("#7d8894", "#ffffff"))
"""Fill and ink of the first, second, ... series."""
GOOD, BAD = 2, 0
"""The looks of what is as it should be, and of what is not."""
FAINT, GREY = "#e4e9ee", "#5d6875"
SIZE, LINE, BAR, GAP = 12.5, 17.0, 20.0, 10.0
SMALL = 11.0
MARGIN = 4.0


@dataclass(frozen=True)
class Bar:
    """A line of a chart: its label, a number for each series, and what is written at its end instead of the sum."""

    label: str
    values: tuple[float, ...]
    told: str = ""


@dataclass(frozen=True)
class Level:
    """A figure beside what was promised of it; `kept` None where nothing was."""

    label: str
    value: float
    promised: float | None
    told: str
    kept: bool | None = None


@dataclass(frozen=True)
class Chart:
    """A drawn chart: width and height in pixels at 96 dpi, and in words what it shows."""

    title: str
    svg: bytes
    width: float
    height: float


def plain(number: float) -> str:
    """A number without a needless fraction."""
    return f"{number:,.1f}".removesuffix(".0")


def stacked(title: str, series: Sequence[str], bars: Sequence[Bar], wide: float = 460.0) -> Chart:
    """Lying bars, each of one part for every series, on one scale."""
    labels = _labels([bar.label for bar in bars], wide)
    most = max((sum(bar.values) for bar in bars), default=0.0) or 1.0
    ends = [bar.told or plain(sum(bar.values)) for bar in bars]
    left = labels.width + 10
    room = wide - left - max((width(end) for end in ends), default=0.0) * SMALL - 10
    top = _legend_height(series, wide)
    tall = top + sum(labels.heights) + MARGIN
    root, pen = _picture(title, wide, tall, _words(series, bars))
    _legend(pen, series, wide)
    y = top
    for bar, end, lines, height in zip(bars, ends, labels.lines, labels.heights, strict=True):
        middle = y + (height - GAP) / 2
        _label(pen, lines, left - 8, middle)
        x = left
        for number, value in enumerate(bar.values):
            if value > 0:
                part = room * value / most
                _part(pen, Box(x, middle - BAR / 2, part, BAR), series, number, value)
                x += part
        pen.text(end, (x + 5, middle + SMALL * 0.35), SMALL, text_anchor="start", fill=GREY)
        y += height
    return _chart(title, root, wide, tall)


def columns(title: str, series: Sequence[str], groups: Sequence[Bar], wide: float = 460.0) -> Chart:
    """Standing columns, for each group one of every series beside each other, their numbers above them."""
    most = max((value for group in groups for value in group.values), default=0.0) or 1.0
    top = _legend_height(series, wide) + LINE
    high, foot = 120.0, 22.0
    tall = top + high + foot
    root, pen = _picture(title, wide, tall, _words(series, groups))
    _legend(pen, series, wide)
    base = top + high
    step = (wide - 2 * MARGIN) / max(1, len(groups))
    thin = min(26.0, (step - 5) / max(1, len(series)))
    for place, group in enumerate(groups):
        middle = MARGIN + step * (place + 0.5)
        x = middle - thin * len(series) / 2
        for number, value in enumerate(group.values):
            if value > 0:
                height = max(1.0, high * value / most)
                look = LOOKS[_look(number, len(series))][0]
                pen.rect(Box(x + 0.5, base - height, thin - 1, height), fill=look, stroke="none")
                size = min(SMALL, (thin + 2) / max(width(plain(value)), 0.1))
                pen.text(plain(value), (x + thin / 2, base - height - 3), size, fill=GREY)
            x += thin
        size = min(SMALL, (step - 2) / max(width(group.label), 0.1))
        pen.text(group.label, (middle, base + 15), size, fill=INK)
    pen.polyline([(MARGIN, base), (wide - MARGIN, base)], stroke=GREY, stroke_width=1)
    return _chart(title, root, wide, tall)


def levels(title: str, rows: Sequence[Level], wide: float = 460.0, least: float = 0.0, most: float = 100.0) -> Chart:
    """Lying bars from `least` to `most` with a mark at what was promised; what was written stands under the label."""
    each = 2 * LINE + 14
    tall = each * len(rows) + 2 * MARGIN
    said = [f"{row.label}{'　' if row.told else ''}{row.told}" for row in rows]
    root, pen = _picture(title, wide, tall, "；".join(said))
    span = most - least or 1.0
    room = wide - 2 * MARGIN
    for place, (row, text) in enumerate(zip(rows, said, strict=True)):
        y = MARGIN + each * place
        size = min(SIZE, room / max(width(text), 0.1))
        pen.text(text, (MARGIN, y + SIZE), size, text_anchor="start")
        bar = Box(MARGIN, y + LINE + 3, room, 12)
        pen.rect(bar, fill=FAINT, stroke="none")
        share = min(1.0, max(0.0, (row.value - least) / span))
        look = LOOKS[BAD if row.kept is False else GOOD][0]
        pen.rect(Box(bar.x, bar.y, room * share, bar.height), fill=look, stroke="none")
        if row.promised is not None and least <= row.promised <= most:
            at = bar.x + room * (row.promised - least) / span
            pen.polyline([(at, bar.y - 3), (at, bar.y + bar.height + 3)], stroke=INK, stroke_width=2)
    return _chart(title, root, wide, tall)


@dataclass(frozen=True)
class _Labels:
    lines: list[list[str]]
    heights: list[float]
    width: float


def _labels(texts: Sequence[str], wide: float) -> _Labels:
    most = wide * 0.34 / SIZE
    lines = [broken(text, most) or [""] for text in texts]
    taken = max((width(line) for one in lines for line in one), default=0.0) * SIZE
    return _Labels(lines, [max(BAR, len(one) * LINE) + GAP for one in lines], taken)


def _label(pen: Pen, lines: Sequence[str], right: float, middle: float) -> None:
    top = middle - len(lines) * LINE / 2
    for number, line in enumerate(lines):
        pen.text(line, (right, top + LINE * number + LINE * 0.5 + SIZE * 0.36), SIZE, text_anchor="end")


def _part(pen: Pen, box: Box, series: Sequence[str], number: int, value: float) -> None:
    fill, ink = LOOKS[_look(number, len(series))]
    pen.rect(box, fill=fill, stroke="#ffffff", stroke_width=1)
    texts = (f"{series[number]} {plain(value)}" if len(series) > 1 else "", plain(value) if len(series) > 1 else "")
    told = next((text for text in texts if text and width(text) * SMALL + 6 <= box.width), "")
    if told:
        pen.text(told, (box.x + box.width / 2, box.y + box.height / 2 + SMALL * 0.36), SMALL, fill=ink)


def _look(number: int, of: int) -> int:
    """One or two series are no ranking: they have the calm blue and the light one."""
    return number % len(LOOKS) if of > 2 else 2 + number


def _places(series: Sequence[str], wide: float) -> list[tuple[float, float]]:
    """Where the legend's entries begin, in lines."""
    found, x, y = [], MARGIN, MARGIN
    for name in series:
        taken = 18 + width(name) * SMALL + 12
        if x > MARGIN and x + taken > wide:
            x, y = MARGIN, y + LINE
        found.append((x, y))
        x += taken
    return found


def _legend_height(series: Sequence[str], wide: float) -> float:
    return _places(series, wide)[-1][1] + LINE + 8 if len(series) > 1 else MARGIN


def _legend(pen: Pen, series: Sequence[str], wide: float) -> None:
    if len(series) < 2:
        return
    for number, (name, (x, y)) in enumerate(zip(series, _places(series, wide), strict=True)):
        pen.rect(Box(x, y + 1, 12, 12), fill=LOOKS[_look(number, len(series))][0], stroke=GREY, stroke_width=0.5)
        pen.text(name, (x + 17, y + 11), SMALL, text_anchor="start")


def _words(series: Sequence[str], bars: Sequence[Bar]) -> str:
    """What the bars say, for whoever does not see them."""
    told = []
    for bar in bars:
        each = zip(series, bar.values, strict=True)
        parts = "，".join(f"{name} {plain(value)}" if len(series) > 1 else plain(value) for name, value in each)
        told.append(f"{bar.label}：{bar.told or parts}")
    return "；".join(told)


def _picture(title: str, wide: float, tall: float, words: str) -> tuple[etree._Element, Pen]:
    root, pen = sheet(Box(0, 0, wide, tall))
    root.set("role", "img")
    root.set("aria-label", f"{title}：{words}" if words else title)
    return root, pen


def _chart(title: str, root: etree._Element, wide: float, tall: float) -> Chart:
    return Chart(title, etree.tostring(root, encoding="utf-8"), wide, tall)
