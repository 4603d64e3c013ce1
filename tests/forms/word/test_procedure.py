"""The procedure document, opened again: the source's words as they stand, and everything that the diagrams say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import msgspec
import pytest
from docx.document import Document
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn
from docx.table import Table
from docx.text.paragraph import Paragraph

from bpmn import library
from bpmn.model import File, Process
from bpmn.normalise import normalise
from bpmn.procedure import Clause, read
from bpmn.read import read as read_diagram
from forms import library as forms
from forms.word.package import check
from forms.word.procedure import gather
from forms.word.procedure.content import Change, Paper
from forms.word.procedure.write import write
from tests.forms.word.sheets import opened

HASH = "0123456789abcdef" * 4
REGISTERED = [
    "7.1JBS00F00502《产品交付确认单》",
    "7.2JBS00F02301《项目成本结算确认表》",
    "7.3JBS00P00401《计算机系统运维服务需求分析调研表》",
    "7.4JBS00P00402《运维项目计划书》",
    "7.5JBS00P00403A《计算机系统年度运行维护报告》",
    "7.6JBS00P00403B《过程控制系统年度运行维护报告》",
    "7.7JBS00P01101《运维服务级别协议》",
]


def processes(*folders: str) -> tuple[list[Process], dict[str, bytes]]:
    """The processes of these procedures, the first one's own first, and the files around them."""
    found = [File(one.name, normalise(one.content)) for name in folders for one in library.procedures()[name]]
    read = [process for file in found for process in read_diagram(file)]
    read.sort(key=lambda process: process.key != folders[0])
    return read, {file.name: file.content for file in (*found, *forms.files().values())}


def paper(*folders: str) -> Paper:
    """The document of the first of these procedures, which calls the others."""
    read_ones, files = processes(*folders)
    texts = {file.name: file for file in library.texts()}
    told = read(texts[f"{folders[0]}.toml"]) if f"{folders[0]}.toml" in texts else None
    return Paper(
        key=folders[0],
        name=read_ones[0].name,
        procedure=told,
        version="1.0",
        definition=2,
        set_hash=HASH,
        deployed_on="2026.07.01",
        issued_by="",
        current="",
        steps=gather.steps(read_ones, files),
        duties=tuple(gather.duties(read_ones)),
        records=tuple(gather.kept(read_ones)),
        signed=(("拟稿", "MMM", "2007.05.15"), ("审核", "YYYYY", "2007.05.31")),
        changes=(
            Change("新建", "1.0", "MMMM", "2007.05.15", ""),
            Change("部署流程图", "1.0", "过程负责人", "2026.07.01", "流程定义第 2 版", ours=True),
        ),
    )


@pytest.fixture(scope="module")
def whole() -> tuple[Paper, Document]:
    """The control procedure, written once."""
    made = paper("CBS00P004", "CBS00E004", "CBS00H019")
    content = write(made)
    check(content)
    return made, opened(content)


def blocks(document: Document) -> Iterator[Paragraph | Table]:
    """Paragraphs and tables in their order."""
    yield from document.iter_inner_content()


def said(document: Document) -> str:
    """Everything that is written in the body, without blanks."""
    parts = []
    for block in blocks(document):
        rows = block.rows if isinstance(block, Table) else ()
        parts += [block.text] if isinstance(block, Paragraph) else [cell.text for row in rows for cell in row.cells]
    return "\n".join(parts).replace(" ", "")


def table(document: Document, *heads: str) -> list[list[str]]:
    """The rows of the first table with this head."""
    for found in document.tables:
        rows = [[cell.text for cell in row.cells] for row in found.rows]
        if rows[0][: len(heads)] == list(heads):
            return rows[1:]
    raise AssertionError(heads)


def headings(document: Document, level: int) -> list[str]:
    return [p.text for p in document.paragraphs if p.style is not None and p.style.name == f"Heading {level}"]


def test_the_cover_says_number_version_level_and_who_issued_it(whole: tuple[Paper, Document]) -> None:
    _, document = whole
    cover = document.tables[0]
    assert [[cell.text for cell in row.cells] for row in cover.rows] == [
        ["文件编号", "CBS00P004"],
        ["版本号", "1.0"],
        ["级别", "秘密"],
        ["签发", ""],
    ]
    assert [p.text for p in document.paragraphs[:3]] == ["XXX公司", "管理文件", "XXX运维业务控制程序"]


def test_the_clauses_are_those_of_the_source_in_its_order(whole: tuple[Paper, Document]) -> None:
    made, document = whole
    assert made.procedure is not None
    wanted = [f"{clause.number}　{clause.title}" for clause in made.procedure.clauses]
    assert headings(document, 1) == [*wanted, "附录　所调用的其他程序"]
    assert headings(document, 2)[:7] == [
        "5.1　运维需求调研",
        "5.2　运维服务级别协议设计",
        "5.3　运维服务级别协议评审",
        "5.4　运维合同签订",
        "5.5　运维项目策划",
        "5.6　运维项目实施",
        "5.7　运维项目验收",
    ]


def test_standing_texts_go_in_as_they_stand(whole: tuple[Paper, Document]) -> None:
    made, document = whole
    assert made.procedure is not None
    lines = [p.text for p in document.paragraphs]
    for clause in made.procedure.clauses:
        assert [line for line in clause.paragraphs if line not in lines] == []
    assert "1.1制订运维服务业务管理办法,用于指导运维服务工作的开展,确保所维护系统的安全、稳定、顺行。" in lines
    assert "系统补充 原文此条没有内容。" in lines  # clause 2, which the source leaves empty


def test_every_step_stands_under_its_clause_with_the_diagram_s_text(whole: tuple[Paper, Document]) -> None:
    _, document = whole
    told = said(document).replace("系统补充", "")
    read_ones, _ = processes("CBS00P004")
    for process in read_ones:
        for element in process.elements:
            plain = element.documentation.replace("系统补充:", "").replace(" ", "")
            assert plain in told, element.id
    rows = [[cell.text for cell in row.cells] for one in document.tables for row in one.rows]
    assert ["5.1.1", "组织调研团队", "项目经理"] in [row[:3] for row in rows]
    assert ["5.5.1", "审核项目计划书", "项目主管"] in [row[:3] for row in rows]
    assert ["5.1.1", "确认调研表", "客户主管部门（可由项目经理代录）"] in [row[:3] for row in rows]
    section = next(one for one in gather.steps(*processes("CBS00P004")).sections if one.number == "5.7")
    assert {step.clause[:3] for stage in section.stages for step in stage.steps} == {"5.7"}


def test_what_is_ours_is_marked_and_what_is_the_company_s_is_not(whole: tuple[Paper, Document]) -> None:
    _, document = whole
    ground: dict[str, set[str]] = {}
    for one in document.tables:
        for row in one.rows:
            shades = {
                str(shade.get(qn("w:fill")))
                for place in row._tr.iter(qn("w:tcPr"))
                for shade in place.iter(qn("w:shd"))
            }
            ground.setdefault(row.cells[1].text, set()).update(shades)
    assert ground["审核项目计划书"] == {"E4E6EA"} and ground["编制项目计划书"] == set()
    assert any("（灰底的步骤是系统补充）" in p.text for p in document.paragraphs)
    assert any("（整篇是系统补充）" in p.text for p in document.paragraphs)


def test_every_diagram_is_on_the_page_sharp_for_every_word(whole: tuple[Paper, Document]) -> None:
    made, document = whole
    pictures = list(document.element.body.iter(qn("a:blip")))
    read_ones, _ = processes("CBS00P004", "CBS00E004", "CBS00H019")
    assert len(pictures) == len(read_ones) == len(document.inline_shapes)
    for blip, shape in zip(pictures, document.inline_shapes, strict=True):
        png = document.part.related_parts[blip.get(qn("r:embed"))]
        svg = document.part.related_parts[next(blip.iter("{*}svgBlip")).get(qn("r:embed"))]
        assert svg.content_type == "image/svg+xml" and svg.blob.startswith(b"<?xml") and b"<svg" in svg.blob
        dots = png.image.px_width / (shape.width / 914_400)
        assert 295 <= dots <= 305
    captions = [p.text for p in document.paragraphs if p.text.startswith("图 ")]
    assert len(captions) == len(pictures) and captions[0] == "图 1　XXX运维业务控制程序"
    assert made.steps.sections


def test_wide_diagrams_lie_on_lying_pages_within_the_margins(whole: tuple[Paper, Document]) -> None:
    _, document = whole
    ways = [section.orientation for section in document.sections]
    assert ways == [
        WD_ORIENT.PORTRAIT,
        WD_ORIENT.PORTRAIT,
        WD_ORIENT.LANDSCAPE,
        WD_ORIENT.PORTRAIT,
        WD_ORIENT.LANDSCAPE,
    ]
    lying = document.sections[2]
    assert lying.page_width and lying.left_margin and lying.right_margin
    room = lying.page_width - lying.left_margin - lying.right_margin
    assert all(shape.width <= room + 1000 for shape in document.inline_shapes)


def test_duties_stand_by_role_in_the_order_of_clause_4(whole: tuple[Paper, Document]) -> None:
    _, document = whole
    rows = dict(table(document, "岗位"))
    assert list(rows)[:3] == ["项目主管", "项目经理", "二线技术支持"]
    assert rows["项目主管"] == "5.5.1 审核项目计划书（补）；5.7.1 审核年度报告"
    assert rows["公司过程管理部"] == "5.7.3 关闭运维项目"
    assert rows["一线主管"] == rows["部门安全员"] == "本程序的流程图没有分派步骤"
    assert "5.6.1 启动日常维护" in rows["项目经理"] and "生成" not in rows["项目经理"]


def test_records_are_those_of_clause_7_and_no_number_is_invented(whole: tuple[Paper, Document]) -> None:
    _, document = whole
    lines = [p.text for p in document.paragraphs]
    assert [line for line in lines if line.startswith("7.")] == REGISTERED
    (others,) = [line for line in lines if "没有给出表号的记录" in line]
    assert "《ERP项目创建表》" in others and "JBS" not in others


def test_the_first_row_of_clause_8_is_the_source_s(whole: tuple[Paper, Document]) -> None:
    _, document = whole
    rows = table(document, "序号", "更改原因")
    assert rows[0] == ["1", "新建", "V1.0", "MMMM", "2007.05.15", "—"]
    assert rows[1] == ["2", "部署流程图", "V1.0", "过程负责人", "2026.07.01", "流程定义第 2 版"]
    lines = [p.text for p in document.paragraphs]
    assert "XXX软件(管理)文件修改变更记录" in lines
    assert any(line.startswith("拟稿:MMM") and line.endswith("2007.05.15") for line in lines)


def test_every_page_has_the_hash_of_the_set_and_page_x_of_y(whole: tuple[Paper, Document]) -> None:
    _, document = whole
    for section in document.sections:
        footer = section.footer
        assert not footer.is_linked_to_previous and HASH in footer.paragraphs[0].text
        codes = [mark.text or "" for mark in footer._element.iter(qn("w:instrText"))]
        assert [code.strip() for code in codes] == ["PAGE", "NUMPAGES"]
        assert "非现行" not in "".join(p.text for p in section.header.paragraphs)


def test_a_copy_that_is_not_in_force_says_so_on_every_page() -> None:
    made = replace(paper("CBS00P005"), current="V1.1（流程定义第 3 版）")
    document = opened(write(made))
    for section in document.sections:
        assert not section.different_first_page_header_footer
        assert any("非现行版本，现行版本为 V1.1（流程定义第 3 版）" in p.text for p in section.header.paragraphs)


def test_a_machine_without_a_chinese_font_says_so_on_the_cover() -> None:
    told = "系统补充 生成时服务器没有中文字体：图中文字须用 Word 2016 以上版本查看。"
    made = paper("CBS00P005")
    for legible in (False, True):
        lines = [p.text for p in opened(write(replace(made, legible=legible))).paragraphs]
        assert (told in lines) == (not legible)


def test_a_procedure_without_standing_texts_gets_a_lean_document() -> None:
    document = opened(write(paper("CBS00P005")))
    assert headings(document, 1) == ["职责", "控制程序", "报告和记录表式", "文件修改变更记录"]
    assert [row.cells[0].text for row in document.tables[0].rows] == ["文件编号", "版本号"]
    assert any("只有流程图所说的内容" in p.text for p in document.paragraphs)
    assert ["5.6.1", "开展日常维护", "项目组成员"] in [row[:3] for row in table(document, "条款", "步骤")]


def test_what_xml_cannot_hold_is_left_out() -> None:
    made = paper("CBS00P005")
    told = read(File("p.toml", b'number = "N\\u0000"\ntitle = "T\\u0001"\nlevel = "<b>&x"\n'))
    clauses = (Clause("1", "甲\x02", text="文\x03字 <w:p/>"), Clause("2", "乙", drawn="revisions"))
    odd = msgspec.structs.replace(told, clauses=clauses)
    strange = replace(made, procedure=odd, changes=(Change("因\x04", "1", "人", "日", "&"),))
    document = opened(write(strange))
    assert document.tables[0].rows[2].cells[1].text == "<b>&x"
    assert "文字 <w:p/>" in [p.text for p in document.paragraphs]
