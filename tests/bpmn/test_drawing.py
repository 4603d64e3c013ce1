"""Drawing diagrams on paper: everything that a modeler placed is there, as it placed it."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import pytest
from lxml import etree

from bpmn.drawing import DONE, TAKEN, drawings
from bpmn.drawing import Path as Taken
from bpmn.drawing.lettering import balanced, broken, width
from bpmn.drawing.png import MOST, legible, png
from bpmn.library import procedures
from bpmn.model import File
from bpmn.normalise import normalise
from bpmn.read import read
from tests.bpmn.draw import HEAD

SHEET = (Path(__file__).parents[1] / "diagrams" / "bpmn" / "shapes.bpmn").read_bytes()
DRAWN = [file for files in procedures().values() for file in files if file.name.endswith(".bpmn")]
SPACES = (
    'xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" '
    'xmlns:di="http://www.omg.org/spec/DD/20100524/DI"'
)


def written(svg: bytes) -> str:
    """All that is written in a picture, without the breaks of its lines."""
    return "".join(str(text) for text in etree.fromstring(svg).itertext()).replace(" ", "")


def placed(name: str = "甲", bounds: str = 'x="0" y="0" width="100" height="80"', more: str = "") -> bytes:
    """A process of one task, placed there."""
    return (
        f'{HEAD.replace("<definitions ", f"<definitions {SPACES} ")}<process id="p"><userTask id="a" name="{name}"/>'
        f'</process><bpmndi:BPMNDiagram><bpmndi:BPMNPlane bpmnElement="p"><bpmndi:BPMNShape bpmnElement="a" {more}>'
        f"<dc:Bounds {bounds}/></bpmndi:BPMNShape></bpmndi:BPMNPlane></bpmndi:BPMNDiagram></definitions>"
    ).encode()


@pytest.mark.parametrize("file", DRAWN, ids=lambda file: file.name)
def test_every_name_of_a_bundled_diagram_stands_in_its_picture(file: File) -> None:
    (one,) = drawings(normalise(file.content))
    told = written(one.svg)
    names = [element.name for process in read(file) for element in process.elements]
    names += [flow.name for process in read(file) for flow in process.flows]
    names += [lane for process in read(file) for lane, _ in process.lanes]
    assert [name for name in names if name.replace(" ", "") not in told] == []


def test_the_same_diagram_is_the_same_picture() -> None:
    assert drawings(SHEET) == drawings(SHEET)


def test_every_kind_of_shape_has_a_picture_of_its_own() -> None:
    whole, inside = drawings(SHEET)
    told = written(whole.svg)
    wanted = (
        "任务名称",
        "事件子流程",
        "并行多重",
        "complexGateway",
        "数据",
        "台账",
        "一组",
        "外部单位",
        "来文",
        "默认",
    )
    assert [name for name in wanted if name not in told] == []
    assert "注释" in told and written(inside.svg) == "子流程内" and inside.name == "折叠子流程"
    root = etree.fromstring(whole.svg)
    signs = {"".join(etree.tostring(part, encoding="unicode") for part in group) for group in root.iter("{*}g")}
    drawn = sum(1 for _ in etree.fromstring(SHEET).iter("{*}BPMNShape", "{*}BPMNEdge"))
    assert len(signs) >= drawn - 1  # one stands in the other picture


def test_a_sub_process_that_is_drawn_apart_belongs_to_its_process() -> None:
    assert [one.name for one in drawings(SHEET, "shapes")] == ["", "折叠子流程"]
    assert drawings(SHEET, "another") == []


def test_colours_that_a_person_gave_are_kept_and_nothing_else_gets_in() -> None:
    coloured = 'xmlns:bioc="http://bpmn.io/schema/bpmn/biocolor/1.0" bioc:fill="#ffcdd2" bioc:stroke="{}"'
    (one,) = drawings(placed(more=coloured.format("#831311")))
    assert b'fill="#ffcdd2"' in one.svg and b'stroke="#831311"' in one.svg
    (other,) = drawings(placed(more=coloured.format("url(http://elsewhere/)")))
    assert b"elsewhere" not in other.svg


def test_what_is_marked_has_a_gray_ground() -> None:
    (plain,), (marked,) = drawings(placed()), drawings(placed(), marked={"a"})
    assert b"#e4e6ea" in marked.svg and b"#e4e6ea" not in plain.svg


def test_a_name_is_text_and_never_markup() -> None:
    (one,) = drawings(placed("&lt;script&gt;&amp;x"))
    assert written(one.svg) == "<script>&x" and b"<script" not in one.svg


def test_a_file_without_places_gives_no_picture() -> None:
    assert drawings(f'{HEAD}<process id="p"><task id="a"/></process></definitions>'.encode()) == []


@pytest.mark.parametrize("bounds", ['x="here"', 'x="nan" y="0" width="1" height="1"', 'x="1e400" y="0" width="1"'])
def test_a_shape_whose_place_is_no_number_is_left_out(bounds: str) -> None:
    assert drawings(placed(bounds=bounds)) == []


def test_lines_are_broken_between_words_and_none_is_left_with_one_character() -> None:
    assert balanced("签收项目计划书", 6) == ["签收项目", "计划书"]
    assert balanced("approve the plan", 6) == ["approve", "the plan"]
    assert broken("《年度运行维护报告》，提交", 9) == ["《年度运行维护报", "告》，提交"]
    assert all(width(line) <= 5 for line in broken("x" * 60, 5))


def test_a_picture_is_as_many_pixels_wide_as_asked() -> None:
    (one,) = drawings(placed())
    made = png(one.svg, 900)
    assert made.startswith(b"\x89PNG") and struct.unpack(">I", made[16:20])[0] == 900


@pytest.mark.parametrize("bounds", ['width="1" height="999999"', 'width="999999" height="1"', 'width="0" height="0"'])
def test_a_picture_out_of_all_measure_is_no_larger_than_a_page(bounds: str) -> None:
    (one,) = drawings(placed(bounds=f'x="0" y="0" {bounds}'))
    across, down = struct.unpack(">II", png(one.svg, 900)[16:24])
    assert 0 < across * down <= MOST * MOST


def test_names_are_seen_in_the_picture_where_the_machine_has_a_chinese_font() -> None:
    (named,), (blank,) = drawings(placed("编制协议")), drawings(placed(""))
    assert (png(named.svg, 300) != png(blank.svg, 300)) == legible()


def test_the_path_taken_is_coloured_and_nothing_else() -> None:
    file = next((Path(__file__).parents[2] / "bpmn" / "diagrams" / "CBS00P004").glob("CBS00P004_agreement_review.bpmn"))
    plain = drawings(file.read_bytes())[0].svg.decode()
    (flow,) = re.findall(r'<bpmn:sequenceFlow id="(\w+)"', file.read_text("utf-8"))[:1]
    (task,) = re.findall(r'<bpmn:userTask id="(\w+)"', file.read_text("utf-8"))[:1]
    coloured = drawings(file.read_bytes(), path=Taken(frozenset({task}), flows=frozenset({flow})))[0].svg.decode()
    assert DONE not in plain and TAKEN not in plain
    assert coloured.count(f'fill="{DONE}"') == 1 and coloured.count(f'stroke="{TAKEN}"') == 1
