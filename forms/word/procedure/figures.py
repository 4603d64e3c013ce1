"""Diagrams on the page: as SVG, which Word 2016 and later draws sharp at any size, and as PNG for all others."""

from __future__ import annotations

import io

from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from bpmn.drawing.png import png
from forms.word.marks import HEI, LATIN, font
from forms.word.procedure.content import Figure
from forms.word.procedure.sheet import FIFTH, Layout
from forms.word.show import clean

DPI = 300
NATURAL = 2.54 / 96  # centimetres a pixel
WIDEST = 760.0  # pixels: a diagram beyond is too small to read on an upright page
SVG = """<a:extLst xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">
<a:ext uri="{{96DAC541-7B7A-43D3-8B79-37D633B846F1}}"><asvg:svgBlip
 xmlns:asvg="http://schemas.microsoft.com/office/drawing/2016/SVG/main"
 xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" r:embed="{}"/></a:ext></a:extLst>"""


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
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    shape = paragraph.paragraph_format
    shape.space_before, shape.space_after, shape.keep_with_next = Pt(4), Pt(2), True
    picture = png(figure.drawing.svg, round(width / 2.54 * DPI))
    inline = paragraph.add_run().add_picture(io.BytesIO(picture), width=Cm(width))._inline
    part = Part(PackURI(f"/word/media/diagram{number}.svg"), "image/svg+xml", figure.drawing.svg, document.part.package)
    blip = next(inline.iter(qn("a:blip")))
    blip.append(parse_xml(SVG.format(document.part.relate_to(part, RELATIONSHIP_TYPE.IMAGE))))
    name = clean(f"图 {number}　{figure.name}")
    inline.docPr.set("descr", name)
    caption = document.add_paragraph()
    caption.alignment = WD_ALIGN_PARAGRAPH.CENTER
    caption.paragraph_format.space_after = Pt(8)
    text = f"{name}（{about}）" if about else name
    font(caption.add_run(text), HEI, FIFTH, latin=LATIN)
