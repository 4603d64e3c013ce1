"""Pages of a procedure document: upright or lying, what stands above and below on each, and how text looks."""

from __future__ import annotations

import copy
from dataclasses import dataclass

from docx import Document as new_document
from docx.document import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.oxml.ns import qn
from docx.section import Section, _Footer, _Header
from docx.shared import Cm, Pt, RGBColor
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from forms.word.marks import FANG, HEI, LATIN, clear_themes, element, field, font, shade
from forms.word.procedure.content import Paper
from forms.word.show import clean

SHORT, LONG = 21.0, 29.7  # A4, in centimetres
NINE, SEVEN, FIFTH, SMALL_FOURTH, FOURTH = 9.0, 7.0, 10.5, 12.0, 14.0  # 小五 - 五号 小四 四号, in points
RED = RGBColor(0xC0, 0x00, 0x00)
GRAY = RGBColor(0x59, 0x59, 0x59)
OURS, OURS_FILL = "系统补充", "E4E6EA"


@dataclass(frozen=True)
class Layout:
    """A page's orientation and the room between its margins, in centimetres."""

    lying: bool
    width: float
    height: float


UPRIGHT = Layout(False, 16.0, 24.2)
LYING = Layout(True, 26.3, 16.4)


def begun() -> Document:
    """An empty document in the fonts of a Chinese office, without the theme's."""
    document = new_document()
    normal = document.styles["Normal"]
    normal.font.size, normal.font.name = Pt(SMALL_FOURTH), LATIN
    normal.element.get_or_add_rPr().rFonts.set(qn("w:eastAsia"), FANG)
    for level, size, before in ((1, FOURTH, 16.0), (2, SMALL_FOURTH, 12.0)):
        style = document.styles[f"Heading {level}"]
        style.font.size, style.font.name, style.font.bold = Pt(size), LATIN, False
        style.font.color.rgb = RGBColor(0, 0, 0)
        style.element.get_or_add_rPr().rFonts.set(qn("w:eastAsia"), HEI)
        shape = style.paragraph_format
        shape.space_before, shape.space_after, shape.keep_with_next = Pt(before), Pt(6), True
    for language in document.styles.element.iter(qn("w:lang")):
        language.set(qn("w:eastAsia"), "zh-CN")
    clear_themes(document)
    return document


def turned(document: Document, layout: Layout, *, first: bool = False) -> Section:
    """A new page in that layout; the document's first section is turned where it stands."""
    section = document.sections[0] if first else document.add_section(WD_SECTION.NEW_PAGE)
    section.orientation = WD_ORIENT.LANDSCAPE if layout.lying else WD_ORIENT.PORTRAIT
    width, height = (LONG, SHORT) if layout.lying else (SHORT, LONG)
    section.page_width, section.page_height = Cm(width), Cm(height)
    section.left_margin = section.right_margin = Cm((width - layout.width) / 2)
    section.top_margin, section.bottom_margin = (Cm(2.4), Cm(2.0)) if layout.lying else (Cm(2.8), Cm(2.4))
    section.header_distance, section.footer_distance = Cm(1.2), Cm(1.0)
    section.header.is_linked_to_previous = section.footer.is_linked_to_previous = False
    return section


def dressed(section: Section, paper: Paper, layout: Layout, *, cover: bool = False) -> None:
    """Header and footer. Every page of a version that is not in force says so, the cover too."""
    if not cover:
        _head(section.header, paper, layout)
    if paper.current:
        warning = _line(section.header, fresh=not cover)
        warning.alignment = WD_ALIGN_PARAGRAPH.CENTER
        run = font(warning.add_run(clean(f"非现行版本，现行版本为 {paper.current}")), HEI, FIFTH, latin=LATIN)
        run.font.color.rgb = RED
    _foot(section.footer, paper, layout)


def _line(place: _Header | _Footer, *, fresh: bool) -> Paragraph:
    paragraph = place.add_paragraph() if fresh else place.paragraphs[0]
    paragraph.style = "Normal"
    paragraph.paragraph_format.space_after = paragraph.paragraph_format.space_before = Pt(0)
    return paragraph


def _head(header: _Header, paper: Paper, layout: Layout) -> None:
    paragraph = _line(header, fresh=False)
    paragraph.paragraph_format.tab_stops.add_tab_stop(Cm(layout.width), WD_TAB_ALIGNMENT.RIGHT)
    level = f"　级别：{paper.procedure.level}" if paper.procedure and paper.procedure.level else ""
    company = f"{paper.procedure.company}　" if paper.procedure and paper.procedure.company else ""
    text = f"{company}{paper.number}《{paper.title}》\t版本号：{paper.version}{level}"
    font(paragraph.add_run(clean(text)), FANG, NINE, latin=LATIN)
    line = element("w:pBdr")
    line.append(element("w:bottom", val="single", sz="4", space="1", color="000000"))
    properties = paragraph._p.get_or_add_pPr()
    tabs = properties.find(qn("w:tabs"))
    if tabs is not None:
        tabs.addprevious(line)


def _foot(footer: _Footer, paper: Paper, layout: Layout) -> None:
    paragraph = _line(footer, fresh=False)
    paragraph.paragraph_format.tab_stops.add_tab_stop(Cm(layout.width), WD_TAB_ALIGNMENT.RIGHT)
    font(paragraph.add_run(f"文件集 SHA-256：{paper.set_hash}\t"), FANG, SEVEN, latin=LATIN)
    for text, code in (("第 ", "PAGE"), (" 页 共 ", "NUMPAGES"), (" 页", "")):
        font(paragraph.add_run(text), FANG, NINE, latin=LATIN)
        if code:
            field(paragraph, code, FANG, NINE)


def heading(document: Document, text: str, level: int = 1) -> None:
    """A heading that Word's outline knows."""
    document.add_paragraph(clean(text), style=f"Heading {level}")


def written(paragraph: Paragraph, text: str, size: float, family: str = FANG) -> None:
    """A text; what follows 系统补充 in it is gray, the word itself on a gray ground."""
    said, mark, added = clean(text).partition(OURS)
    if said:
        font(paragraph.add_run(said), family, size, latin=LATIN)
    if mark:
        chip(paragraph, size)
        run = font(paragraph.add_run(added.lstrip(":： ")), family, size, latin=LATIN)
        run.font.color.rgb = GRAY


def apart(run: Run) -> None:
    """Leave a little room behind a run, without a blank that is not in the text."""
    text = run.text
    run.text = text[:-1]
    last = copy.deepcopy(run._r)
    run._r.addnext(last)
    Run(last, run._parent).text = text[-1]
    size = last.get_or_add_rPr().sz
    if size is not None:
        size.addprevious(element("w:spacing", val=str(6 * 20)))


def chip(paragraph: Paragraph, size: float) -> None:
    """The word 系统补充 on its gray ground, and a blank."""
    shade(font(paragraph.add_run(OURS), HEI, size - 1.5, latin=LATIN), OURS_FILL)
    font(paragraph.add_run(" "), FANG, size, latin=LATIN)


def note(document: Document, text: str) -> None:
    """A remark of ours between the company's own words."""
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.space_after = Pt(6)
    written(paragraph, OURS + text, FIFTH)
