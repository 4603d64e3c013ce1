"""Make a first template for a record from its forms: `python -m forms.word.blank KEY`; then it is edited in Word.

Never run by the server; an existing template is replaced only with --again.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator, Sequence
from itertools import groupby

from docx import Document as new_document
from docx.document import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from docx.table import Table, _Cell, _Row

from forms.word import fields
from forms.word.charts import CHARTS
from forms.word.fields import Field
from forms.word.marks import FANG, HEI, LATIN, borders, clear_themes, element, font, shade_cell
from forms.word.record import FORMS, Record, record
from forms.word.tables import FIFTH, FOURTEEN, HEAD_FILL, tight

LONG = ("textarea", "filepicker", "taglist", "checklist")
WIDTH = 16.0  # centimetres between the margins
NUMERALS = "一二三四五六七八九十"
FRONT = (
    *("document_number", "own_document_number", "version", "security_level"),
    *("change_reason", "change_summary", "return_reason"),
    *("project_name", "customer_name", "project_number", "company_name", "form_number"),
)
"""Shown by cover, title or revision table; a body need not say them again."""


def page(document: Document) -> None:
    """A4 with the margins of a Chinese office document, and fonts by name instead of by theme."""
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.5)
    section.top_margin = section.bottom_margin = Cm(2.5)
    style = document.styles["Normal"]
    style.font.size, style.font.name = Pt(12), LATIN
    style.element.get_or_add_rPr().rFonts.set(qn("w:eastAsia"), FANG)
    for language in document.styles.element.iter(qn("w:lang")):
        language.set(qn("w:eastAsia"), "zh-CN")
    clear_themes(document)


def numeral(number: int) -> str:
    """Chinese numerals up to thirty-nine."""
    tens, ones = divmod(number, 10)
    if number <= 10:
        return NUMERALS[number - 1]
    return ("" if tens == 1 else NUMERALS[tens - 1]) + "十" + (NUMERALS[ones - 1] if ones else "")


def heading(document: Document, text: str, level: int = 1) -> None:
    """A section's heading, kept with its first table; Word's outline sees it."""
    paragraph = document.add_paragraph(style=f"Heading {level}")
    shape = paragraph.paragraph_format
    shape.space_before, shape.space_after, shape.keep_with_next = Pt(14 if level == 1 else 8), Pt(6), True
    run = font(paragraph.add_run(text), HEI, FOURTEEN if level == 1 else 12.0, latin=LATIN)
    run.bold = False
    colour = element("w:color", val="000000")
    for old in run._r.get_or_add_rPr().findall(qn("w:color")):
        run._r.get_or_add_rPr().remove(old)
    size = run._r.get_or_add_rPr().sz
    if size is not None:
        size.addprevious(colour)


def cell_text(cell: _Cell, text: str, *, head: bool = False, size: float = FIFTH) -> None:
    """A cell's text; heads are shaded and centred."""
    paragraph = tight(cell.paragraphs[0])
    if head:
        shade_cell(cell, HEAD_FILL)
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    cell._tc.get_or_add_tcPr().append(element("w:vAlign", val="center"))
    font(paragraph.add_run(text), HEI if head else FANG, size, latin=LATIN)


def table(document: Document, widths: Sequence[float]) -> Table:
    """An empty table of fixed widths in centimetres."""
    made: Table = document.add_table(rows=0, cols=len(widths))
    made.alignment, made.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    for column, width in zip(made.columns, widths, strict=True):
        column.width = Cm(width)
    borders(made)
    return made


def lines(plain: Sequence[Field]) -> Iterator[tuple[Field, ...]]:
    """Short fields two to a line, long ones alone."""
    waiting: list[Field] = []
    for field in plain:
        if field.type in LONG:
            if waiting:
                yield tuple(waiting)
            waiting = []
            yield (field,)
        else:
            waiting.append(field)
            if len(waiting) == 2:
                yield tuple(waiting)
                waiting = []
    if waiting:
        yield tuple(waiting)


def pairs(document: Document, plain: Sequence[Field]) -> None:
    """A table of labels and placeholders."""
    widths = (3.2, 4.8, 3.2, 4.8)
    made = table(document, widths)
    for line in lines(plain):
        row: _Row = made.add_row()  # type: ignore[no-untyped-call]  # python-docx leaves it untyped
        # One that is longer than a page breaks all the same.
        row._tr.get_or_add_trPr().append(element("w:cantSplit"))
        cells = row.cells
        for cell, width in zip(cells, widths, strict=True):
            cell.width = Cm(width)
        cell_text(cells[0], line[0].label, head=True)
        if len(line) == 1:
            cell_text(cells[1].merge(cells[3]), f"{{{{ {line[0].key} }}}}")
            continue
        cell_text(cells[1], f"{{{{ {line[0].key} }}}}")
        cell_text(cells[2], line[1].label, head=True)
        cell_text(cells[3], f"{{{{ {line[1].key} }}}}")


def weight(column: Field) -> float:
    """How much of the width a column deserves."""
    if column.type in ("number", "checkbox") or column.money:
        return 1.0
    if column.type == "datetime":  # a day stays on one line
        return 1.75
    return 2.4 if column.type == "textarea" else 1.4


def rows(document: Document, field: Field) -> None:
    """A table with one row for each entry of a list, its head repeated on every page."""
    size = FIFTH if len(field.columns) < 7 else 9.0
    total = sum(weight(c) for c in field.columns) or 1.0
    widths = (1.4, *((WIDTH - 1.4) * weight(c) / total for c in field.columns))
    made = table(document, widths)
    texts = [
        ("序号", *(c.label for c in field.columns)),
        (f"{{%tr for row in {field.key} %}}", *("" for _ in field.columns)),
        ("{{ row.index }}", *(f"{{{{ row.{c.key} }}}}" for c in field.columns)),
        ("{%tr endfor %}", *("" for _ in field.columns)),
    ]
    for position, line in enumerate(texts):
        row: _Row = made.add_row()  # type: ignore[no-untyped-call]  # python-docx leaves it untyped
        properties = row._tr.get_or_add_trPr()
        properties.append(element("w:cantSplit"))
        if position == 0:
            properties.append(element("w:tblHeader"))
        for cell, text, width in zip(row.cells, line, widths, strict=True):
            cell.width = Cm(width)
            cell_text(cell, text, head=position == 0, size=size)


def gap(document: Document) -> None:
    """A thin line between two tables: Word makes one table of neighbours."""
    shape = document.add_paragraph().paragraph_format
    shape.space_before = shape.space_after = Pt(0)
    shape.line_spacing = Pt(8)


def placeholder(document: Document, name: str) -> None:
    """A paragraph of its own in which a chart is put."""
    paragraph = tight(document.add_paragraph())
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    font(paragraph.add_run(f"{{{{ {name} }}}}"), FANG, FIFTH, latin=LATIN)


def signing(document: Document, parties: Sequence[str]) -> None:
    """Lines for the parties to sign and seal by hand."""
    heading(document, "签署")
    widths = (WIDTH / len(parties),) * len(parties)
    cells = table(document, widths).add_row().cells  # type: ignore[no-untyped-call]  # python-docx leaves it untyped
    for cell, party in zip(cells, parties, strict=True):
        cell_text(cell, f"{party}（盖章）：")
        for text in ("", "代表（签字）：", "", "日期：　　　　年　　月　　日"):
            paragraph = tight(cell.add_paragraph())
            paragraph.paragraph_format.space_after = Pt(8)
            font(paragraph.add_run(text), FANG, FIFTH, latin=LATIN)


def build(kind: Record, asked: Sequence[Field]) -> bytes:
    """A template with a section for each heading of the forms."""
    document = new_document()
    page(document)
    # What the file is stands first, whichever of its forms asks for it.
    body = sorted((f for f in asked if f.key not in FRONT), key=lambda f: f.section != "文件信息")
    for number, (section, members) in enumerate(groupby(body, key=lambda f: f.section), 1):
        heading(document, f"{numeral(number)}、{section or kind.title}")
        for many, group in groupby(members, key=lambda f: bool(f.columns)):
            if not many:
                pairs(document, list(group))
                continue
            for field in group:
                heading(document, field.label, 2)
                rows(document, field)
                if f"chart_{field.key}" in CHARTS:
                    placeholder(document, f"chart_{field.key}")
                gap(document)
    if kind.parties:
        signing(document, kind.parties)
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def main(arguments: Sequence[str]) -> int:
    """Write forms/<key>/template.docx for every key given."""
    again = "--again" in arguments
    for key in (a for a in arguments if not a.startswith("-")):
        kind = record(key)
        path = FORMS / kind.key / "template.docx"
        if path.exists() and not again:
            print(f"{path.relative_to(FORMS.parent)} exists; --again replaces it", file=sys.stderr)
            return 1
        path.write_bytes(build(kind, fields.of_record(kind)))
        print(path.relative_to(FORMS.parent))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
