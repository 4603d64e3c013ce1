"""A report as Word: a cover, then headings, paragraphs and tables of any length on lying pages."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.section import Section
from docx.shared import Cm, Pt

from forms.word.cover import FIRST, FOURTH, SMALL_FIRST, THIRD
from forms.word.marks import FANG, HEI, LATIN, field, font
from forms.word.procedure.sheet import FIFTH, LYING, NINE, UPRIGHT, begun, heading, turned
from forms.word.show import clean
from forms.word.tables import EMPTY, HEAD_FILL, SMALL_FOURTH, facts

BORDERS = ("top", "left", "bottom", "right", "insideH", "insideV")


@dataclass(frozen=True)
class Grid:
    """A table: its heads, its rows, and the shares of the page's width that its columns have."""

    heads: tuple[str, ...]
    rows: Sequence[Sequence[str]]
    shares: tuple[float, ...]


@dataclass(frozen=True)
class Passage:
    """A heading with its paragraphs and tables; `said`: what stands where there is no table row."""

    title: str
    paragraphs: tuple[str, ...] = ()
    grid: Grid | None = None
    said: str = ""


@dataclass(frozen=True)
class Report:
    """What goes into one. `details`: label and value, for the cover; `pages`: the words around the page number."""

    company: str
    subject: str
    title: str
    details: tuple[tuple[str, str], ...]
    passages: tuple[Passage, ...]
    pages: tuple[str, str, str]


def write(report: Report) -> bytes:
    """The finished .docx."""
    document = begun()
    turned(document, UPRIGHT, first=True)
    _cover(document, report)
    _dressed(turned(document, LYING), report)
    for passage in report.passages:
        heading(document, passage.title)
        for text in passage.paragraphs:
            paragraph = document.add_paragraph()
            paragraph.paragraph_format.space_after = Pt(2)
            font(paragraph.add_run(clean(text)), FANG, FIFTH, latin=LATIN)
        if passage.grid is not None and passage.grid.rows:
            _grid(document, passage.grid)
        elif passage.said:
            font(document.add_paragraph().add_run(clean(passage.said)), FANG, FIFTH, latin=LATIN)
    told = document.core_properties
    told.title, told.subject, told.author, told.comments = clean(report.title), clean(report.subject), "", ""
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def _cover(document: Document, report: Report) -> None:
    lines = (
        (report.company, THIRD, 60),
        (report.subject, FIRST, 60),
        (report.title, SMALL_FIRST, 50),
        ("", FOURTH, 60),
    )
    for text, size, before in lines:
        paragraph = document.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.paragraph_format.space_before, paragraph.paragraph_format.space_after = Pt(before), Pt(0)
        font(paragraph.add_run(clean(text)), HEI, size)
    facts(document, [(label, clean(value) or EMPTY) for label, value in report.details], (3.8, 11.2), SMALL_FOURTH)


def _dressed(section: Section, report: Report) -> None:
    """What stands above and below on each page but the cover."""
    for place, text in ((section.header, f"{report.company}　{report.subject}"), (section.footer, report.title)):
        paragraph = place.paragraphs[0]
        paragraph.style = "Normal"
        paragraph.paragraph_format.tab_stops.add_tab_stop(Cm(LYING.width), WD_TAB_ALIGNMENT.RIGHT)
        font(paragraph.add_run(clean(text)), FANG, NINE, latin=LATIN)
    paragraph = section.footer.paragraphs[0]
    before, between, after = report.pages
    for text, code in ((f"\t{before}", "PAGE"), (between, "NUMPAGES"), (after, "")):
        font(paragraph.add_run(text), FANG, NINE, latin=LATIN)
        if code:
            field(paragraph, code, FANG, NINE)


def _grid(document: Document, grid: Grid) -> None:
    """A table written at once: python-docx takes a second for a thousand cells, and reports have many thousands."""
    whole = sum(grid.shares)
    widths = [round(LYING.width * share / whole * 567) for share in grid.shares]  # twentieths of a point
    table = parse_xml("".join(_table(grid, widths)))
    document.element.body.find(qn("w:sectPr")).addprevious(table)
    document.add_paragraph().paragraph_format.space_after = Pt(0)


def _table(grid: Grid, widths: Sequence[int]) -> Iterator[str]:
    yield f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:jc w:val="center"/>'
    yield "<w:tblBorders>"
    yield from (f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>' for side in BORDERS)
    yield '</w:tblBorders><w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="45" w:type="dxa"/>'
    yield '<w:right w:w="45" w:type="dxa"/></w:tblCellMar></w:tblPr><w:tblGrid>'
    yield from (f'<w:gridCol w:w="{width}"/>' for width in widths)
    yield "</w:tblGrid>"
    yield from _row(grid.heads, widths, head=True)
    for row in grid.rows:
        yield from _row(row, widths, head=False)
    yield "</w:tbl>"


def _row(texts: Sequence[str], widths: Sequence[int], *, head: bool) -> Iterator[str]:
    yield f"<w:tr><w:trPr><w:cantSplit/>{'<w:tblHeader/>' if head else ''}</w:trPr>"
    shade = f'<w:shd w:val="clear" w:color="auto" w:fill={quoteattr(HEAD_FILL)}/>' if head else ""
    align = '<w:jc w:val="center"/>' if head else ""
    family = HEI if head else FANG
    size = f'<w:sz w:val="{int(NINE * 2)}"/><w:szCs w:val="{int(NINE * 2)}"/>'
    fonts = f'<w:rFonts w:ascii="{LATIN}" w:hAnsi="{LATIN}" w:eastAsia="{family}" w:cs="{LATIN}"/>'
    for text, width in zip(texts, widths, strict=True):
        lines = "<w:br/>".join(
            f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in (clean(text) or EMPTY).split("\n")
        )
        yield f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{shade}<w:vAlign w:val="center"/></w:tcPr>'
        yield f'<w:p><w:pPr><w:spacing w:before="20" w:after="20"/>{align}</w:pPr>'
        yield f"<w:r><w:rPr>{fonts}{size}</w:rPr>{lines}</w:r></w:p></w:tc>"
    yield "</w:tr>"
