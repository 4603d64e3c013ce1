"""Charts say their numbers in words and figures, and never draw beyond their edge."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from lxml import etree

from bpmn.drawing.lettering import width
from forms.charts import Bar, Chart, Level, columns, levels, stacked

SVG = "{http://www.w3.org/2000/svg}"
GRADES = ("一级", "二级", "三级")
BARS = (Bar("事件", (1, 0, 120)), Bar("很长很长很长很长很长的变更与发布的名称", (0, 2, 0)), Bar("问题", (0, 0, 0)))
MONTHS = tuple(Bar(f"{month}月", (month * 11, month)) for month in range(1, 13))
LEVELS = (
    Level("MES", 99.2, 99.5, "实际 99.2%，承诺 99.5%，未达到", kept=False),
    Level("ERP", 100.0, None, "实际 100%"),
)


def drawn(chart: Chart) -> etree._Element:
    return etree.fromstring(chart.svg)


def texts(chart: Chart) -> list[str]:
    return [element.text or "" for element in drawn(chart).iter(f"{SVG}text")]


def every() -> Iterator[Chart]:
    for wide in (300.0, 360.0, 520.0):
        yield stacked("工单", GRADES, BARS, wide)
        yield columns("每月", ("发生", "关闭"), MONTHS, wide)
        yield levels("可用率", LEVELS, wide, 95.0)


def test_each_part_of_a_bar_that_is_not_nothing_says_its_number_where_there_is_room() -> None:
    told = texts(stacked("工单", GRADES, BARS, 360))
    assert "三级 120" in told and "二级 2" not in told
    assert {"121", "2", "0"} <= set(told)


def test_the_alternative_text_says_every_number() -> None:
    said = str(drawn(stacked("工单", GRADES, BARS, 360)).get("aria-label"))
    assert said.startswith("工单：事件：一级 1，二级 0，三级 120；")
    assert (
        drawn(levels("可用率", LEVELS)).get("aria-label")
        == "可用率：MES　实际 99.2%，承诺 99.5%，未达到；ERP　实际 100%"
    )


def test_what_missed_its_promise_has_another_look_than_what_kept_it() -> None:
    fills = [rect.get("fill") for rect in drawn(levels("可用率", LEVELS)).iter(f"{SVG}rect")]
    assert fills[2] != fills[4]
    assert len(list(drawn(levels("可用率", LEVELS)).iter(f"{SVG}polyline"))) == 1


@pytest.mark.parametrize("chart", list(every()), ids=lambda chart: f"{chart.title} {chart.width:g}")
def test_nothing_is_drawn_beyond_the_edge(chart: Chart) -> None:
    for element in drawn(chart).iter():
        if element.tag == f"{SVG}rect":
            x, wide = (float(element.get(name, 0)) for name in ("x", "width"))
            y, tall = (float(element.get(name, 0)) for name in ("y", "height"))
            assert x >= 0 and x + wide <= chart.width + 0.5 and y >= 0 and y + tall <= chart.height + 0.5
        if element.tag == f"{SVG}text":
            size, x = float(element.get("font-size", 0)), float(element.get("x", 0))
            taken = width(element.text or "") * size
            left = {"start": x, "end": x - taken}.get(element.get("text-anchor", ""), x - taken / 2)
            assert left >= -1 and left + taken <= chart.width + 1, element.text


def test_a_chart_of_nothing_can_be_drawn() -> None:
    assert drawn(stacked("工单", GRADES, ())).get("aria-label") == "工单"
    assert drawn(columns("每月", ("发生",), ())).get("role") == "img"
