"""The tables every record has: revisions, signatures, and who did what."""

from __future__ import annotations

from collections.abc import Sequence

from docx.document import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Cm, Pt
from docx.text.paragraph import Paragraph

from forms.word.content import Deed, Front, Revision
from forms.word.marks import FANG, HEI, LATIN, borders, element, font, repeat, shade_cell

FIFTH, SMALL_FOURTH, FOURTEEN = 10.5, 12.0, 14.0  # 五号 小四 四号
HEAD_FILL = "E7E6E6"
EMPTY = "—"


def tight(paragraph: Paragraph) -> Paragraph:
    """A paragraph inside a table has no space of its own."""
    shape = paragraph.paragraph_format
    shape.space_before = shape.space_after = Pt(2)
    shape.first_line_indent = Pt(0)
    return paragraph


def heading(document: Document, text: str, *, before: float = 12, centred: bool = False) -> BaseOxmlElement:
    """A heading that stays with what follows."""
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.space_before, paragraph.paragraph_format.space_after = Pt(before), Pt(6)
    paragraph.paragraph_format.first_line_indent = Pt(0)
    paragraph.paragraph_format.keep_with_next = True
    if centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    font(paragraph.add_run(text), HEI, FOURTEEN)
    return paragraph._p


def grid(
    document: Document, titles: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float]
) -> BaseOxmlElement:
    """A table with a shaded head that repeats; widths in centimetres."""
    table = document.add_table(rows=0, cols=len(titles))
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    for position, texts in enumerate((titles, *rows)):
        cells = table.add_row().cells
        for cell, text, width in zip(cells, texts, widths, strict=True):
            cell.width = Cm(width)
            if position == 0:
                shade_cell(cell, HEAD_FILL)
            cell._tc.get_or_add_tcPr().append(element("w:vAlign", val="center"))
            paragraph = tight(cell.paragraphs[0])
            if position == 0:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
            font(paragraph.add_run(text or EMPTY), HEI if position == 0 else FANG, FIFTH, latin=LATIN)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Cm(width)
    borders(table)
    repeat(table)
    tbl: BaseOxmlElement = table._tbl
    return tbl


def revisions(document: Document, rows: Sequence[Revision]) -> list[BaseOxmlElement]:
    """The revision table after the cover, all earlier versions included."""
    titles = ("序号", "更改原因", "修改后版本号", "修改人", "修改日期", "主要更改内容")
    texts = [(str(n), r.reason, f"V{r.version}", r.by, r.on, r.summary) for n, r in enumerate(rows, 1)]
    return [
        heading(document, "文件修改变更记录", before=18, centred=True),
        grid(document, titles, texts, (1.2, 3.2, 2.7, 2.2, 2.9, 3.8)),
    ]


def facts(
    document: Document,
    rows: Sequence[Sequence[str]],
    widths: Sequence[float] = (2.4, 5.6, 2.4, 5.6),
    size: float = FIFTH,
) -> BaseOxmlElement:
    """A table of label and value pairs, the labels shaded; widths in centimetres."""
    table = document.add_table(rows=0, cols=len(widths))
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    for row in rows:
        for position, (cell, text) in enumerate(zip(table.add_row().cells, row, strict=True)):
            cell.width = Cm(widths[position])
            if position % 2 == 0:
                shade_cell(cell, HEAD_FILL)
            cell._tc.get_or_add_tcPr().append(element("w:vAlign", val="center"))
            paragraph = tight(cell.paragraphs[0])
            if position % 2 == 0:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
            font(paragraph.add_run(text), FANG if position % 2 else HEI, size, latin=LATIN)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Cm(width)
    borders(table)
    tbl: BaseOxmlElement = table._tbl
    return tbl


def signatures(document: Document, front: Front) -> list[BaseOxmlElement]:
    """编制, 审核, 批准 with their dates."""
    rows = (
        ("编制", front.prepared_by, "日期", front.prepared_on),
        ("审核", front.checked_by, "日期", front.checked_on),
        ("批准", front.approved_by, "日期", front.approved_on),
    )
    return [heading(document, "编制、审核、批准", before=18, centred=True), facts(document, rows, size=SMALL_FOURTH)]


def deeds(document: Document, rows: Sequence[Deed]) -> list[BaseOxmlElement]:
    """Who did what to the record; stands at its end."""
    titles = ("动作", "环节", "姓名", "岗位", "时间（北京时间）", "代表")
    texts = [(d.action, d.stage, d.name, d.post, d.at, d.on_behalf_of) for d in rows]
    return [
        heading(document, "办理记录", before=18),
        grid(document, titles, texts or [("—",) * 6], (1.5, 3.8, 2.0, 2.7, 3.9, 2.1)),
    ]
