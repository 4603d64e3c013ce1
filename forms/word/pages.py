"""What stands on every page: the form's number above, page X of Y below, and 作废 across a void record."""

from __future__ import annotations

from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docx.section import Section, _Footer, _Header
from docx.shared import Cm, Pt

from forms.word.content import Front
from forms.word.marks import FANG, LATIN, element, field, font

NINE = 9.0  # 小五
# A picture of text behind the page is VML to this day: Word's own watermarks are made so.
WATERMARK = """<w:pict xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"
 xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office">
<v:shapetype id="_x0000_t136" coordsize="21600,21600" o:spt="136" adj="10800"
 path="m@7,l@8,m@5,21600l@6,21600e"><v:formulas><v:f eqn="sum #0 0 10800"/><v:f eqn="prod #0 2 1"/>
<v:f eqn="sum 21600 0 @1"/><v:f eqn="sum 0 0 @2"/><v:f eqn="sum 21600 0 @3"/><v:f eqn="if @0 @3 0"/>
<v:f eqn="if @0 21600 @1"/><v:f eqn="if @0 0 @2"/><v:f eqn="if @0 @4 21600"/></v:formulas>
<v:path textpathok="t" o:connecttype="rect"/><v:textpath on="t" fitshape="t"/></v:shapetype>
<v:shape id="void{place}" type="#_x0000_t136" style="position:absolute;margin-left:0;
margin-top:0;width:300pt;height:150pt;rotation:315;z-index:-251658752;mso-position-horizontal:center;
mso-position-horizontal-relative:margin;
mso-position-vertical:center;mso-position-vertical-relative:margin" fillcolor="#c00000" stroked="f">
<v:fill opacity=".25"/>
<v:textpath style="font-family:&quot;SimHei&quot;;font-size:1pt" string="作废"/></v:shape></w:pict>"""


def head(document: Document, header: _Header, front: Front, width: int) -> None:
    """The form number on the left (none is invented), the title on the right, a line below."""
    paragraph = header.paragraphs[0] if header.paragraphs else header.add_paragraph()
    if paragraph.text.strip():  # the quality department's own header stays; ours goes below it
        paragraph = header.add_paragraph()
    paragraph.style = document.styles["Normal"]
    shape = paragraph.paragraph_format
    shape.tab_stops.add_tab_stop(width, WD_TAB_ALIGNMENT.RIGHT)
    shape.space_after, shape.first_line_indent = Pt(0), Pt(0)
    title = front.title + ("（作废）" if front.void else "")
    font(paragraph.add_run(f"{front.number or front.company}\t{title}"), FANG, NINE, latin=LATIN)
    line = element("w:pBdr")
    line.append(element("w:bottom", val="single", sz="4", space="1", color="000000"))
    properties = paragraph._p.get_or_add_pPr()
    before = next(
        (properties.find(qn(tag)) for tag in ("w:tabs", "w:spacing") if properties.find(qn(tag)) is not None), None
    )
    if before is not None:
        before.addprevious(line)
    else:
        properties.append(line)


def foot(footer: _Footer) -> None:
    """第 X 页 共 Y 页, counted by Word."""
    if any("NUMPAGES" in (mark.text or "") for mark in footer._element.iter(qn("w:instrText"))):
        return
    paragraph = footer.paragraphs[0] if footer.paragraphs else footer.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.paragraph_format.first_line_indent = Pt(0)
    for text, code in (("第 ", "PAGE"), (" 页 共 ", "NUMPAGES"), (" 页", "")):
        font(paragraph.add_run(text), FANG, NINE, latin=LATIN)
        if code:
            field(paragraph, code, FANG, NINE)


def stamp(header: _Header, place: str) -> None:
    """作废 across the page."""
    paragraph = header.paragraphs[0] if header.paragraphs else header.add_paragraph()
    paragraph.add_run()._r.append(parse_xml(WATERMARK.format(place=place)))


def dress(document: Document, front: Front) -> None:
    """Header and footer of every section; later sections follow the first."""
    first: Section | None = None
    for position, section in enumerate(document.sections):
        if first is not None and section.header.is_linked_to_previous and section.footer.is_linked_to_previous:
            continue
        first = section
        width = (section.page_width or Cm(21)) - (section.left_margin or Cm(2.5)) - (section.right_margin or Cm(2.5))
        section.header.is_linked_to_previous = section.footer.is_linked_to_previous = False
        head(document, section.header, front, width)
        foot(section.footer)
        if front.void:
            stamp(section.header, str(position))
            if section.different_first_page_header_footer:
                section.first_page_header.is_linked_to_previous = False
                stamp(section.first_page_header, f"{position}f")
