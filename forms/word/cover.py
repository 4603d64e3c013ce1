"""Covers, exactly as the procedure's clause 7 gives them: sizes, fonts, lines, the block of details, the level."""

from __future__ import annotations

import copy

from docx.document import Document
from docx.enum.table import WD_ROW_HEIGHT_RULE, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Cm, Pt
from docx.table import _Cell
from docx.text.paragraph import Paragraph

from forms.word.content import Front
from forms.word.marks import FANG, GRAY_35, HEI, borders, element, font, shade

SMALL_FIRST, FIRST, THIRD, FOURTH = 36.0, 26.0, 16.0, 14.0  # 小初 一号 三号 四号, in points
LEVELS = ("一般", "秘密", "绝密")
LINE = 453.0  # points between the margins of A4


def wide(text: str) -> float:
    """How wide a text is in its own type size: a Chinese character 1, a Latin one about a half."""
    return sum(1.0 if ord(letter) > 0x2E7F else 0.55 for letter in text)


def room(front: Front) -> float:
    """Points of white to share out, so that the longest names still leave everything on one page."""
    used = 0.0
    for text, size in (
        (front.customer_name, THIRD),
        (front.project_name, FIRST),
        *((t, SMALL_FIRST) for t in front.title_lines),
    ):
        used += max(1, -(-wide(text) * size // LINE)) * size * 1.4
    used += 2 * 24 if front.block == "survey" else 5 * 30
    return max(90.0, 560.0 - used)


def line(document: Document, text: str, family: str, size: float, before: float) -> Paragraph:
    """One centred line of the cover."""
    paragraph = document.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.paragraph_format.space_before = Pt(before)
    paragraph.paragraph_format.space_after = Pt(0)
    paragraph.paragraph_format.first_line_indent = Pt(0)
    font(paragraph.add_run(text), family, size)
    return paragraph


def level(cell: _Cell, chosen: str) -> None:
    """All three levels; the chosen one bold, underlined and shaded gray 35 %."""
    paragraph = cell.paragraphs[0]
    for position, text in enumerate(LEVELS):
        if position:
            font(paragraph.add_run("　"), FANG, FOURTH)
        run = font(paragraph.add_run(text), FANG, FOURTH)
        if text == chosen:
            run.bold = True
            run.underline = True
            shade(run, GRAY_35)


def details(document: Document, front: Front) -> BaseOxmlElement:
    """Block A or block B: a table in 仿宋 四号."""
    number = "文档号" if front.block == "B" else "文档编号"
    rows = (
        ("项目号", front.project_number),
        (number, front.document_number),
        ("工程编号", front.engineering_number),
        ("版本号", front.version),
        ("级别", ""),
    )
    table = document.add_table(rows=0, cols=2)
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    for label, value in rows:
        row = table.add_row()
        row.height, row.height_rule = Pt(28), WD_ROW_HEIGHT_RULE.AT_LEAST
        for cell, width, text in zip(row.cells, (Cm(3.6), Cm(7.4)), (label, value), strict=True):
            cell.width = width
            cell._tc.get_or_add_tcPr().append(element("w:vAlign", val="center"))
            cell.paragraphs[0].paragraph_format.space_after = Pt(0)
            cell.paragraphs[0].paragraph_format.first_line_indent = Pt(0)
            if text:
                font(cell.paragraphs[0].add_run(text), FANG, FOURTH)
        if label == "级别":
            level(row.cells[1], front.level)
    for column, width in zip(table.columns, (Cm(3.6), Cm(7.4)), strict=True):
        column.width = width
    borders(table)
    tbl: BaseOxmlElement = table._tbl
    return tbl


def prepared(document: Document, front: Front) -> list[BaseOxmlElement]:
    """The survey form's cover names its author and the day instead of a block."""
    lines = (("编制：", front.prepared_by), ("编制日期：", front.prepared_on))
    made: list[BaseOxmlElement] = []
    for position, (label, value) in enumerate(lines):
        made.append(line(document, f"{label}{value}", FANG, FOURTH, 0 if position == 0 else 8)._p)
    return made


def put(document: Document, front: Front) -> None:
    """Put the cover before everything else, in a section of its own without header and footer."""
    white = room(front)
    body = document.element.body
    first = body[0]
    number = line(document, front.number, FANG, FOURTH, 0)
    number.alignment = WD_ALIGN_PARAGRAPH.LEFT
    made: list[BaseOxmlElement] = [number._p]
    made.append(line(document, front.customer_name, HEI, THIRD, white * 0.16)._p)
    made.append(line(document, front.project_name, HEI, FIRST, white * 0.1)._p)
    for position, text in enumerate(front.title_lines):
        made.append(line(document, text, HEI, SMALL_FIRST, white * 0.16 if position == 0 else 4)._p)
    if front.void:
        made.append(line(document, "（作废）", HEI, FIRST, 6)._p)
    gap = line(document, "", FANG, FOURTH, white * 0.14)
    made.append(gap._p)
    made += prepared(document, front) if front.block == "survey" else [details(document, front)]
    made.append(line(document, front.company, FANG, THIRD, white * 0.2)._p)
    date = line(document, front.dated, FANG, THIRD, 6)
    made.append(date._p)
    for part in made:
        first.addprevious(part)
    section = copy.deepcopy(document.sections[0]._sectPr)
    for old in section.findall(qn("w:titlePg")) + section.findall(qn("w:type")):
        section.remove(old)
    # titlePg goes before textDirection, bidi, rtlGutter and docGrid
    grid = section.find(qn("w:docGrid"))
    if grid is not None:
        grid.addprevious(element("w:titlePg"))
    else:
        section.append(element("w:titlePg"))
    date._p.get_or_add_pPr().append(section)
