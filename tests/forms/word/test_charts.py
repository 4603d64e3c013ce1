"""Charts of figures stand where the template says, and nowhere without figures."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from typing import Any

import pytest

from forms.word.charts import CHARTS, marker, pictures
from forms.word.record import record
from forms.word.render import render
from tests.forms.word.sheets import content, opened, template

FIGURES: dict[str, Any] = {
    "event_statistics": [{"kind": "事件", "priority": "p3", "count": 4}, {"kind": "重大故障", "count": 1}],
    "promise_results": [{"service_item": "MES", "priority": "p3", "achieved_percent": 75.0, "breach_count": 1}],
    "availability_results": [{"system_name": "MES", "availability_percent": 99.5, "actual_percent": 99.2}],
    "preventive_results": [{"planned_count": 3, "done_count": 1, "moved_count": 1, "missed_count": 1}],
    **{"planned_hours": 40, "actual_hours": 44.5},
}


def said(name: str, figures: dict[str, Any]) -> str:
    """The drawing's own text."""
    return pictures(figures, [name])[name].svg.decode()


def test_every_chart_says_its_figures() -> None:
    assert set(pictures(FIGURES, list(CHARTS))) == set(CHARTS)
    assert "三级 4" in said("chart_event_statistics", FIGURES)
    assert "达成 75%，未达标 1 次" in said("chart_promise_results", FIGURES)
    assert "实际 99.2%，承诺 99.5%，未达到" in said("chart_availability_results", FIGURES)
    assert "改期 1" in said("chart_preventive_results", FIGURES)
    assert "实际 44.5，计划 40（111.2%）" in said("chart_actual_hours", FIGURES)


@pytest.mark.parametrize("figures", [{}, {name.removeprefix("chart_"): [] for name in CHARTS}, {"event_statistics": 7}])
def test_without_figures_there_is_no_chart(figures: dict[str, Any]) -> None:
    assert pictures(figures, list(CHARTS)) == {}


@pytest.mark.parametrize("key", ["JBS00P00403A", "JBS00P00403B"])
def test_both_annual_reports_ask_for_every_chart(key: str) -> None:
    text = "".join(p.text for p in opened(record(key).template()).paragraphs)
    assert [name for name in CHARTS if f"{{{{ {name} }}}}" not in text] == []


def test_the_chart_stands_in_the_place_of_its_marker_with_name_and_alternative_text() -> None:
    name = "chart_promise_results"
    drawn = pictures(FIGURES, [name])
    source = template("前", f"{{{{ {name} }}}}", "{{ chart_actual_hours }}")
    text = content(chart_promise_results=marker(name), chart_actual_hours="")
    made = render(source, replace(text, pictures=drawn))
    document = opened(made)
    texts = [p.text for p in document.paragraphs]
    assert "图：响应与恢复承诺的达成率" in texts and not any("⟦" in text for text in texts)
    assert len(document.inline_shapes) == 1
    with zipfile.ZipFile(io.BytesIO(made)) as pack:
        media = {one.rpartition(".")[2] for one in pack.namelist() if one.startswith("word/media/")}
        assert media == {"png", "svg"}
        assert 'descr="响应与恢复承诺的达成率"' in pack.read("word/document.xml").decode()
