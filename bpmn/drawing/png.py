"""Turns a drawing into a PNG picture, where the machine has a font for its names."""

from __future__ import annotations

from functools import cache, lru_cache

import resvg_py

from bpmn.drawing.pen import FONTS

MOST = 6000  # pixels a side: a picture beyond is larger than any page
PROBE = '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20"><text y="16" font-family="{}">{}</text></svg>'


@lru_cache(maxsize=32)
def png(svg: bytes, pixels: int) -> bytes:
    """The picture, that many pixels wide."""
    return resvg_py.svg_to_bytes(svg_string=svg.decode(), width=min(pixels, MOST), background="#ffffff")


@cache
def legible() -> bool:
    """Whether the machine has a Chinese font; without one the names are missing in PNG pictures, not in SVG."""
    family = FONTS.replace("'", "")
    told, blank = (resvg_py.svg_to_bytes(svg_string=PROBE.format(family, text)) for text in ("规", " "))
    return told != blank
