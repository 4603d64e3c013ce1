"""Diagrams on the page, each with its number and name."""

from __future__ import annotations

from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Pt

from bpmn.drawing.png import png
from forms.word import picture
from forms.word.marks import HEI, LATIN, font
from forms.word.procedure.content import Figure
from forms.word.procedure.sheet import FIFTH, Layout
from forms.word.show import clean

NATURAL = 2.54 / 96  # centimetres a pixel
WIDEST = 760.0  # pixels: a diagram beyond is too small to read on an upright page


def wide(figure: Figure) -> bool:
    """Whether a diagram needs a lying page."""
    return figure.drawing.width > WIDEST


def size(figure: Figure, layout: Layout, most: float) -> tuple[float, float]:
    """Width and height in centimetres: as large as the page lets it be, never larger than it was drawn."""
    drawing = figure.drawing
    scale = min(NATURAL, layout.width / drawing.width, most / drawing.height)
    return drawing.width * scale, drawing.height * scale


def put(document: Document, figure: Figure, number: int, layout: Layout, *, about: str = "") -> None:
    """The diagram with its caption, and in brackets what is to be said of it."""
    width, _ = size(figure, layout, layout.height - 3.6)  # a heading, a line or two and the caption go with it
    paragraph = document.add_paragraph()
    shape = paragraph.paragraph_format
    shape.space_before, shape.space_after, shape.keep_with_next = Pt(4), Pt(2), True
    name = clean(f"图 {number}　{figure.name}")
    svg = figure.drawing.svg
    picture.insert(document, paragraph, svg, png(svg, picture.pixels(width)), width, f"diagram{number}", name)
    caption = document.add_paragraph()
    caption.alignment = WD_ALIGN_PARAGRAPH.CENTER
    caption.paragraph_format.space_after = Pt(8)
    text = f"{name}（{about}）" if about else name
    font(caption.add_run(text), HEI, FIFTH, latin=LATIN)
