"""Turns a drawing into a PNG picture, where the machine has a font for its names."""

from __future__ import annotations

from functools import cache, lru_cache

import resvg_py
from lxml import etree

from bpmn.drawing.pen import FONTS

MOST = 6000  # pixels a side: a picture beyond is larger than any page
PROBE = '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20"><text y="16" font-family="{}">{}</text></svg>'


@lru_cache(maxsize=32)
def png(svg: bytes, pixels: int) -> bytes:
    """The picture, that many pixels wide; less where it would be larger than any page."""
    root = etree.fromstring(svg)
    across, down = float(root.get("width") or 1), float(root.get("height") or 1)
    wide = max(1, int(min(pixels, MOST, MOST * across / down)))
    return resvg_py.svg_to_bytes(svg_string=svg.decode(), width=wide, background="#ffffff")


@cache
def legible() -> bool:
    """Whether the machine has a Chinese font; without one the names are missing in PNG pictures, not in SVG."""
    family = FONTS.replace("'", "")
    told, blank = (resvg_py.svg_to_bytes(svg_string=PROBE.format(family, text)) for text in ("规", " "))
    return told != blank
