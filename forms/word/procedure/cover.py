"""The cover of a procedure document: whose it is, what it is called, its number, version, level and issuer."""

from __future__ import annotations

from docx.document import Document
from docx.enum.table import WD_ROW_HEIGHT_RULE, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Cm, Pt
from docx.text.paragraph import Paragraph

from forms.word.cover import FIRST, FOURTH, SMALL_FIRST, THIRD, wide
from forms.word.marks import FANG, HEI, LATIN, borders, element, font
from forms.word.procedure.content import Paper
from forms.word.procedure.sheet import FIFTH, RED, UPRIGHT, dressed, turned, written
from forms.word.show import clean

LABEL, VALUE = 4.0, 7.5  # centimetres


def put(document: Document, paper: Paper) -> None:
    """The cover, on the document's first page."""
    dressed(turned(document, UPRIGHT, first=True), paper, UPRIGHT, cover=True)
    told = paper.procedure
    _centred(document, told.company if told else "", HEI, THIRD, 40)
    _centred(document, told.kind if told else "", HEI, FIRST, 14)
    size = SMALL_FIRST if wide(paper.title) * SMALL_FIRST <= UPRIGHT.width / 2.54 * 72 else FIRST
    _centred(document, paper.title, HEI, size, 110)
    if paper.current:
        _centred(document, f"非现行版本，现行版本为 {paper.current}", HEI, THIRD, 18).runs[0].font.color.rgb = RED
    _centred(document, "", FANG, FOURTH, 90)
    rows = [("文件编号", paper.number), ("版本号", paper.version)]
    if told:
        rows.append(("级别", told.level))
    if told or paper.issued_by:
        rows.append(("签发", paper.issued_by))
    _details(document, rows)
    _centred(document, "", FANG, FOURTH, 70)
    _about(document, paper)


def _centred(document: Document, text: str, family: str, size: float, before: float) -> Paragraph:
    paragraph = document.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.paragraph_format.space_before, paragraph.paragraph_format.space_after = Pt(before), Pt(0)
    font(paragraph.add_run(clean(text)), family, size, latin=LATIN if family == FANG else "")
    return paragraph


def _details(document: Document, rows: list[tuple[str, str]]) -> None:
    table = document.add_table(rows=0, cols=2)
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    for texts in rows:
        row = table.add_row()
        row.height, row.height_rule = Pt(30), WD_ROW_HEIGHT_RULE.AT_LEAST
        for cell, text, width in zip(row.cells, texts, (LABEL, VALUE), strict=True):
            cell.width = Cm(width)
            cell._tc.get_or_add_tcPr().append(element("w:vAlign", val="center"))
            cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.CENTER
            cell.paragraphs[0].paragraph_format.space_after = Pt(0)
            font(cell.paragraphs[0].add_run(clean(text)), FANG, FOURTH, latin=LATIN)
    for column, width in zip(table.columns, (LABEL, VALUE), strict=True):
        column.width = Cm(width)
    borders(table)


def _about(document: Document, paper: Paper) -> None:
    """What is ours: where this copy comes from."""
    lines = [f"系统补充 本文件由系统生成：流程定义 {paper.key} 第 {paper.definition} 版，{paper.deployed_on} 部署。"]
    if paper.procedure is None:
        lines.append(f"系统补充 没有规程正文（{paper.key}.toml），只有流程图所说的内容。")
    if not paper.legible:
        lines.append("系统补充 生成时服务器没有中文字体：图中文字须用 Word 2016 以上版本查看。")
    for line in lines:
        paragraph = document.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.paragraph_format.space_after = Pt(2)
        written(paragraph, line, FIFTH)
