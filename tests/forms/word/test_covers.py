"""Covers as clause 7 fixes them: reopened with python-docx and held against the procedure's table."""

from __future__ import annotations

import pytest
from docx.document import Document
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph

from forms.word.render import render
from tests.forms.word.sheets import content, cover, opened, other, template

THEMES = ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme")


def made(**changes: object) -> Document:
    return opened(render(template("正文"), content(other(**changes))))


def line(document: Document, text: str) -> Paragraph:
    return next(p for p in cover(document) if p.text == text)


def face(paragraph: Paragraph) -> tuple[str | None, float | None]:
    run = paragraph.runs[0]
    properties = run._r.rPr
    assert properties is not None and properties.rFonts is not None
    size = run.font.size
    return properties.rFonts.get(qn("w:eastAsia")), size.pt if size else None


@pytest.mark.parametrize(
    ("text", "family", "size"),
    [
        ("某钢铁股份有限公司", "SimHei", 16.0),
        ("冷轧产线MES系统运维", "SimHei", 26.0),
        ("项目计划", "SimHei", 36.0),
    ],
)
def test_customer_project_and_title_have_the_sizes_of_the_procedure(text: str, family: str, size: float) -> None:
    assert face(line(made(), text)) == (family, size)


def test_the_survey_form_has_its_title_in_two_lines_and_its_author_instead_of_a_block() -> None:
    document = made(
        number="JBS00P00401", title_lines=("计算机系统运维服务", "需求调研表"), block="survey", prepared_on="2026.06.01"
    )
    texts = [p.text for p in cover(document) if p.text]
    assert texts == [
        "JBS00P00401",
        "某钢铁股份有限公司",
        "冷轧产线MES系统运维",
        "计算机系统运维服务",
        "需求调研表",
        "编制：王经理",
        "编制日期：2026.06.01",
        "XXX软件股份有限公司",
        "2026年06月",
    ]
    assert face(line(document, "计算机系统运维服务")) == ("SimHei", 36.0)
    assert face(line(document, "需求调研表")) == ("SimHei", 36.0)


@pytest.mark.parametrize(("block", "label"), [("A", "文档编号"), ("B", "文档号")])
def test_the_block_stands_in_order_and_in_fangsong_of_size_four(block: str, label: str) -> None:
    table = made(block=block).tables[0]
    rows = [(row.cells[0].text, row.cells[1].text) for row in table.rows]
    assert rows[:4] == [("项目号", "ABS26014"), (label, "WBS26014JH01"), ("工程编号", "无"), ("版本号", "1.0")]
    assert rows[4][0] == "级别"
    for row in table.rows:
        for cell in row.cells:
            assert face(cell.paragraphs[0]) == ("FangSong", 14.0)


@pytest.mark.parametrize("chosen", ["一般", "秘密", "绝密"])
def test_all_three_levels_are_shown_and_only_the_chosen_one_is_marked(chosen: str) -> None:
    runs = made(level=chosen).tables[0].rows[4].cells[1].paragraphs[0].runs
    levels = {run.text: run for run in runs if run.text.strip()}
    assert list(levels) == ["一般", "秘密", "绝密"]
    for text, run in levels.items():
        assert run._r.rPr is not None
        ground = run._r.rPr.find(qn("w:shd"))
        assert bool(run.bold) == (text == chosen)
        assert bool(run.underline) == (text == chosen)
        assert (ground is not None and ground.get(qn("w:fill")) == "A6A6A6") == (text == chosen)


def test_no_theme_font_is_left_to_win_over_the_named_one() -> None:
    document = made()
    for root in (document.element, document.styles.element):
        for fonts in root.iter(qn("w:rFonts")):
            assert not [name for name in THEMES if fonts.get(qn(f"w:{name}"))]


def test_the_form_number_stands_on_the_cover_and_in_the_header() -> None:
    document = made()
    assert next(cover(document)).text == "JBS00P00402"
    first = document.sections[0]
    assert first.different_first_page_header_footer
    assert first.header.paragraphs[0].text.startswith("JBS00P00402")
    assert document.sections[-1].header.paragraphs[0].text.startswith("JBS00P00402")


def test_the_footer_counts_pages_by_fields() -> None:
    footer = made().sections[0].footer
    codes = [mark.text.strip() for mark in footer._element.iter(qn("w:instrText"))]
    assert codes == ["PAGE", "NUMPAGES"]
    assert footer.paragraphs[0].text.replace("1", "") == "第  页 共  页"


def test_after_the_cover_come_revisions_and_signatures_and_the_deeds_stand_last() -> None:
    document = made()
    heads = [[cell.text for cell in table.rows[0].cells] for table in document.tables]
    assert heads[1] == ["序号", "更改原因", "修改后版本号", "修改人", "修改日期", "主要更改内容"]
    assert heads[2] == ["编制", "王经理", "日期", "2026.06.01"]
    assert [row.cells[0].text for row in document.tables[2].rows] == ["编制", "审核", "批准"]
    assert heads[-1] == ["动作", "环节", "姓名", "岗位", "时间（北京时间）", "代表"]
    assert [c.text for c in document.tables[1].rows[2].cells][:3] == ["2", "批准", "V1.0"]


def test_a_form_without_cover_begins_with_its_title() -> None:
    document = made(number="JBS00F00502", title="产品交付确认单", block="", title_lines=())
    assert document.paragraphs[0].text == "产品交付确认单"
    assert len(document.sections) == 1


def test_a_void_record_says_so_in_its_title_and_across_its_pages() -> None:
    document = made(void=True)
    assert "（作废）" in [p.text for p in cover(document)]
    assert 'string="作废"' in document.sections[0].header._element.xml
    assert 'string="作废"' in document.sections[0].first_page_header._element.xml
