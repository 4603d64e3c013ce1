"""The index of an evidence pack as Word: what is in it, how to check it, who acted, what happened."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import docx
from docx.document import Document
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from forms.word.marks import FANG, HEI, LATIN, clear_themes, element, font
from forms.word.pages import foot
from forms.word.show import clean
from forms.word.tables import grid, heading

TITLE, TEXT, CODE = 22.0, 10.5, 12.0
MARGIN = 2.0


@dataclass(frozen=True)
class Grid:
    """A table: its heading, what stands above it, its columns with their widths in centimetres, its rows."""

    heading: str
    note: str
    columns: Sequence[tuple[str, float]]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Index:
    """What the index says. `root` is the anchor's, in groups that people can compare."""

    title: str
    facts: Sequence[tuple[str, str]]
    root: str
    steps: Sequence[str]
    grids: Sequence[Grid]
    at: datetime


def write(index: Index) -> bytes:
    """The index as a .docx; the same index gives the same bytes."""
    document = docx.Document()
    clear_themes(document)
    _page(document)
    line = document.add_paragraph()
    line.paragraph_format.space_after = Pt(10)
    font(line.add_run(clean(index.title)), HEI, TITLE)
    grid(document, ("项目", "内容"), [(name, clean(value)) for name, value in index.facts], (4.5, 21.2))
    heading(document, "锚的根（请与打印件逐组对照）")
    code = document.add_paragraph()
    font(code.add_run(index.root), "Consolas", CODE)
    heading(document, "怎样核验")
    for number, step in enumerate(index.steps, start=1):
        _paragraph(document, f"{number}. {step}")
    for one in index.grids:
        heading(document, one.heading)
        if one.note:
            _paragraph(document, one.note)
        rows = [[clean(cell) for cell in row] for row in one.rows]
        if rows:
            grid(document, [name for name, _ in one.columns], rows, [width for _, width in one.columns])
        else:
            _paragraph(document, "无")
    foot(document.sections[0].footer)
    core = document.core_properties
    core.title, core.author, core.created, core.modified = index.title, "规程", index.at, index.at
    out = io.BytesIO()
    document.save(out)
    return settled(out.getvalue())


def _page(document: Document) -> None:
    """A4 across, as tables want it; Chinese in 仿宋."""
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Cm(29.7), Cm(21)
    section.left_margin = section.right_margin = Cm(MARGIN)
    section.top_margin = section.bottom_margin = Cm(1.8)
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = LATIN, Pt(TEXT)
    fonts = normal.element.get_or_add_rPr().get_or_add_rFonts()
    fonts.set(qn("w:eastAsia"), FANG)
    normal.element.get_or_add_rPr().append(element("w:lang", eastAsia="zh-CN"))


def _paragraph(document: Document, text: str) -> None:
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.space_after = Pt(3)
    font(paragraph.add_run(clean(text)), FANG, TEXT, latin=LATIN)


def settled(package: bytes) -> bytes:
    """The same package without the moment at which it was zipped."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as given, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for info in given.infolist():
            made.writestr(zipfile.ZipInfo(info.filename), given.read(info), zipfile.ZIP_DEFLATED)
    return out.getvalue()
