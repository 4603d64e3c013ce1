"""Sets names in a diagram: how wide a text is, where it breaks, how large it may be."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bpmn.drawing.pen import Pen
from bpmn.drawing.plane import Box, Point

LINE = 1.2  # of the type size
RISE = 0.86  # from the top of a line to its base line
SMALLEST, LARGEST = 9.0, 15.0  # of a name inside its shape
OUTSIDE = 12.0  # of a name beside its shape
NARROW = 90.0  # a name outside breaks here, as in modelers
# A Chinese character stands for itself and takes the mark after it along; a Latin word stays whole.
PIECES = re.compile(r"[“《（(]*(?:[\u2e80-\uffef]|[^\s\u2e80-\uffef]+)[，。、；：？！》”）)?!:;,.]*|\s+")


def width(text: str) -> float:
    """How wide a text is, in its own size: a Chinese character 1, a capital or digit 0.62, others 0.52."""
    return sum(
        1.0 if ord(letter) > 0x2E7F else 0.62 if letter.isupper() or letter.isdigit() else 0.52 for letter in text
    )


def broken(text: str, most: float) -> list[str]:
    """The text in lines no wider than `most` (in its own size); a word that is wider is broken too."""
    lines: list[str] = []
    for part in text.split("\n"):
        line = ""
        whole = PIECES.findall(part)
        for piece in (one for word in whole for one in ([word] if width(word) <= most else word)):
            if line and width(line + piece.rstrip()) > most:
                lines.append(line.rstrip())
                line = ""
            line = line + piece if line else piece.lstrip()
        lines.append(line.rstrip())
    return [line for line in lines if line]


def balanced(text: str, most: float) -> list[str]:
    """As few lines as `broken` makes, as equally wide as they can be: no character is left alone on the last."""
    lines = broken(text, most)
    narrow = max(_widest(text), width(text) / max(1, len(lines)))
    while len(lines) > 1 and narrow < most:
        tried = broken(text, narrow)
        if len(tried) == len(lines):
            return tried
        narrow += 0.5
    return lines


def fitting(text: str, box: Box) -> tuple[list[str], float]:
    """The lines and the largest size with which a text stands inside a box; the smallest where none does."""
    size = LARGEST
    while size > SMALLEST:
        lines = balanced(text, box.width / size)
        if len(lines) * size * LINE <= box.height and _widest(text) * size <= box.width:
            return lines, size
        size -= 0.5
    return balanced(text, box.width / SMALLEST), SMALLEST


def _widest(text: str) -> float:
    return max(map(width, PIECES.findall(text)), default=0.0)


def inside(pen: Pen, text: str, box: Box, *, top: bool = False) -> None:
    """A name inside a box, in its middle or at its top."""
    if not text:
        return
    lines, size = fitting(text, box)
    tall = len(lines) * size * LINE
    start = box.y if top else box.y + (box.height - tall) / 2
    stack(pen, lines, (box.x + box.width / 2, start), size)


def outside(pen: Pen, text: str, label: Box | None, otherwise: Point) -> None:
    """A name beside a shape or line: where the modeler put it, else centred below a point."""
    if not text:
        return
    most = max(NARROW, label.width if label else 0.0, min(2 * NARROW, _widest(text) * OUTSIDE))
    lines = balanced(text, most / OUTSIDE)
    top = (label.x + label.width / 2, label.y) if label else otherwise
    stack(pen, lines, top, OUTSIDE)


def stack(pen: Pen, lines: Sequence[str], top: Point, size: float, **style: str) -> None:
    """Lines below each other, each centred; `top` is the middle of the upper edge."""
    for position, line in enumerate(lines):
        pen.text(line, (top[0], top[1] + (position * LINE + RISE + (LINE - 1) / 2) * size), size, **style)


def upright(pen: Pen, text: str, box: Box) -> None:
    """A name in a band at the left edge, written from below upwards."""
    if not text:
        return
    lines, size = fitting(text, Box(0, 0, box.height - 8, box.width - 2))
    x, y = box.middle
    turned = pen.group(transform=f"translate({x:g} {y:g}) rotate(-90)")
    stack(turned, lines, (0, -len(lines) * size * LINE / 2), size)
