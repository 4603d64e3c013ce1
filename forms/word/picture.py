"""A drawing in a paragraph: as SVG, which Word 2016 and later draws sharp at any size, and as PNG for all others."""

from __future__ import annotations

import io

from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docx.shared import Cm
from docx.text.paragraph import Paragraph

DPI = 300
SVG = """<a:extLst xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">
<a:ext uri="{{96DAC541-7B7A-43D3-8B79-37D633B846F1}}"><asvg:svgBlip
 xmlns:asvg="http://schemas.microsoft.com/office/drawing/2016/SVG/main"
 xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" r:embed="{}"/></a:ext></a:extLst>"""


def insert(document: Document, paragraph: Paragraph, svg: bytes, png: bytes, wide: float, part: str, told: str) -> None:
    """Put a drawing, `wide` centimetres wide, into a paragraph and centre it; `told` is its alternative text."""
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    inline = paragraph.add_run().add_picture(io.BytesIO(png), width=Cm(wide))._inline
    made = Part(PackURI(f"/word/media/{part}.svg"), "image/svg+xml", svg, document.part.package)
    blip = next(inline.iter(qn("a:blip")))
    blip.append(parse_xml(SVG.format(document.part.relate_to(made, RELATIONSHIP_TYPE.IMAGE))))
    inline.docPr.set("descr", told)


def pixels(width: float) -> int:
    """How many pixels wide a picture of so many centimetres is to be."""
    return round(width / 2.54 * DPI)
