"""The marks Word needs and python-docx has no words for: fonts by script, shading, borders, fields."""

from __future__ import annotations

from docx.document import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Pt
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph
from docx.text.run import Run

HEI = "SimHei"
FANG = "FangSong"
LATIN = "Times New Roman"
GRAY_35 = "A6A6A6"
THEMES = ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme")


def element(tag: str, **attributes: str) -> BaseOxmlElement:
    """A WordprocessingML element with attributes of the same namespace."""
    made: BaseOxmlElement = OxmlElement(tag)  # type: ignore[assignment]  # typed as a plain element, is always ours
    for name, value in attributes.items():
        made.set(qn(f"w:{name}"), value)
    return made


def font(run: Run, family: str, size: float, *, bold: bool = False, latin: str = "") -> Run:
    """Set a Chinese font and a size in points. The East Asian attribute is what Word uses for Chinese."""
    run.font.size = Pt(size)
    run.font.name = latin or family
    properties = run._r.get_or_add_rPr()
    fonts = properties.get_or_add_rFonts()
    fonts.set(qn("w:eastAsia"), family)
    fonts.set(qn("w:cs"), latin or family)
    clear(fonts)
    for old in properties.findall(qn("w:szCs")):
        properties.remove(old)
    if properties.sz is not None:
        properties.sz.addnext(element("w:szCs", val=str(int(size * 2))))
    if bold:
        run.bold = True
    return run


def clear(fonts: BaseOxmlElement) -> None:
    """Take the theme's fonts off: where both stand, Word follows the theme and ignores the name."""
    for name in THEMES:
        fonts.attrib.pop(qn(f"w:{name}"), "")


def clear_themes(document: Document) -> None:
    """Take the theme's fonts off every style and run of a document."""
    roots = [document.styles.element, document.element]
    for root in roots:
        for fonts in root.iter(qn("w:rFonts")):
            clear(fonts)


def shade(run: Run, fill: str) -> None:
    """Shade the ground of a run."""
    properties = run._r.get_or_add_rPr()
    for old in properties.findall(qn("w:shd")):
        properties.remove(old)
    mark = element("w:shd", val="clear", color="auto", fill=fill)
    # The schema wants shd after u, effect and bdr and before vertAlign and lang; ours are the last in the run.
    properties.append(mark)


def shade_cell(cell: _Cell, fill: str) -> None:
    """Shade a cell."""
    cell._tc.get_or_add_tcPr().append(element("w:shd", val="clear", color="auto", fill=fill))


def borders(table: Table, size: int = 4) -> None:
    """Single black lines around and inside a table, `size` in eighths of a point."""
    properties = table._tbl.tblPr
    for old in properties.findall(qn("w:tblBorders")):
        properties.remove(old)
    frame = element("w:tblBorders")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        frame.append(element(f"w:{side}", val="single", sz=str(size), space="0", color="000000"))
    layout = properties.find(qn("w:tblLayout"))
    if layout is not None:
        layout.addprevious(frame)
    else:
        properties.append(frame)


def repeat(table: Table) -> None:
    """Repeat the first row on every page, and break no row over two pages."""
    for position, row in enumerate(table.rows):
        properties = row._tr.get_or_add_trPr()
        properties.append(element("w:cantSplit"))
        if position == 0:
            properties.append(element("w:tblHeader"))


def field(paragraph: Paragraph, code: str, family: str, size: float) -> None:
    """A field that Word computes, such as PAGE or NUMPAGES."""
    for kind in ("begin", "code", "separate", "shown", "end"):
        run = font(paragraph.add_run("1" if kind == "shown" else ""), family, size, latin=LATIN)
        if kind == "code":
            mark = element("w:instrText")
            mark.set(qn("xml:space"), "preserve")
            mark.text = f" {code} "
            run._r.append(mark)
        elif kind != "shown":
            run._r.append(element("w:fldChar", fldCharType=kind))
