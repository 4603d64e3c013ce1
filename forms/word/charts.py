"""Charts of a report, drawn of its figures: where a template says `{{ chart_… }}` in a paragraph of its own.

Without figures the paragraph stays empty. Charts say what the tables beside them say, and are drawn again with them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Pt

from bpmn.drawing.png import png
from forms.charts import Bar, Chart, Level, levels, plain, stacked
from forms.word import fields, picture
from forms.word.content import Picture
from forms.word.marks import HEI, LATIN, font
from forms.word.tables import FIFTH

WIDTH = 15.0
"""Centimetres."""
DRAWN = 520.0
UNGRADED = "未定级"
Figures = Mapping[str, Any]


def marker(name: str) -> str:
    """What stands in the paragraph until its chart is put there."""
    return f"⟦{name}⟧"


def _rows(figures: Figures, key: str) -> Sequence[Mapping[str, Any]]:
    found = figures.get(key)
    return [row for row in found if isinstance(row, Mapping)] if isinstance(found, list | tuple) else []


def _priorities() -> Mapping[str, str]:
    """Each priority by the first word of its label, the gravest first."""
    rows = next((f for f in fields.everywhere().values() if f.key == "event_statistics"), None)
    column = next((c for c in rows.columns if c.key == "priority"), None) if rows else None
    choices = dict(column.choices) if column else {}
    return {key: choices[key].partition("（")[0] for key in sorted(choices)}


def _events(figures: Figures) -> Chart | None:
    rows = _rows(figures, "event_statistics")
    names = {**_priorities(), "": UNGRADED}
    used = [key for key in names if any((row.get("priority") or "") == key and row.get("count") for row in rows)]
    bars = []
    for kind in dict.fromkeys(str(row.get("kind")) for row in rows):
        own = {row.get("priority") or "": row.get("count") or 0 for row in rows if row.get("kind") == kind}
        if sum(own.values()):
            bars.append(Bar(kind, tuple(own.get(key, 0) for key in used)))
    return stacked("各类工单的数量和故障等级", [names[key] for key in used], bars, DRAWN) if bars else None


def _promises(figures: Figures) -> Chart | None:
    names, found = _priorities(), []
    for row in _rows(figures, "promise_results"):
        rate, missed = row.get("achieved_percent"), row.get("breach_count") or 0
        if isinstance(rate, int | float):
            label = f"{row.get('service_item') or '—'} {names.get(str(row.get('priority')), '')}".strip()
            found.append(Level(label, rate, None, f"达成 {plain(rate)}%，未达标 {missed} 次", missed == 0))
    return levels("响应与恢复承诺的达成率", found, DRAWN) if found else None


def _availability(figures: Figures) -> Chart | None:
    found = []
    for row in _rows(figures, "availability_results"):
        actual, promised = row.get("actual_percent"), row.get("availability_percent")
        if isinstance(actual, int | float):
            kept = None if promised is None else bool(actual >= promised)
            verdict = "" if promised is None else f"，承诺 {promised:g}%，{'达到' if kept else '未达到'}"
            found.append(Level(str(row.get("system_name")), actual, promised, f"实际 {actual:g}%{verdict}", kept))
    least = min(95.0, *(row.value for row in found)) // 5 * 5 if found else 0.0
    return levels(f"各系统可用率（自 {least:g}% 起，竖线为承诺）", found, DRAWN, least) if found else None


def _preventive(figures: Figures) -> Chart | None:
    names = {"done_count": "完成", "moved_count": "改期", "missed_count": "未做"}
    bars = [
        Bar(f"计划 {row.get('planned_count') or 0} 项", tuple(row.get(key) or 0 for key in names))
        for row in _rows(figures, "preventive_results")
        if row.get("planned_count")
    ]
    return stacked("预防性维护完成情况", list(names.values()), bars, DRAWN) if bars else None


def _hours(figures: Figures) -> Chart | None:
    planned, spent = figures.get("planned_hours"), figures.get("actual_hours")
    if not isinstance(planned, int | float) or not isinstance(spent, int | float) or planned <= 0:
        return None
    told = f"实际 {plain(spent)}，计划 {plain(planned)}（{plain(100 * spent / planned)}%）"
    row = Level("工时", spent, planned, told, spent <= planned)
    return levels("工时（竖线为计划）", [row], DRAWN, 0, max(planned, spent))


CHARTS: Mapping[str, Callable[[Figures], Chart | None]] = {
    "chart_event_statistics": _events,
    "chart_promise_results": _promises,
    "chart_availability_results": _availability,
    "chart_preventive_results": _preventive,
    "chart_actual_hours": _hours,
}
"""Placeholder -> what draws its chart: named after the field that it shows."""


def pictures(values: Figures, wanted: Sequence[str]) -> dict[str, Picture]:
    """The charts that a template wants, of those that there are figures for."""
    drawn = {name: CHARTS[name](values) for name in wanted if name in CHARTS}
    return {
        name: Picture(chart.title, chart.svg, png(chart.svg, picture.pixels(WIDTH)), WIDTH)
        for name, chart in drawn.items()
        if chart is not None
    }


def put(document: Document, drawn: Mapping[str, Picture]) -> None:
    """Replace the markers by their charts, each with its caption."""
    places = {marker(name): one for name, one in drawn.items()}
    for number, paragraph in enumerate([p for p in document.paragraphs if p.text.strip() in places], 1):
        one = places[paragraph.text.strip()]
        for run in paragraph.runs:
            run.text = ""
        shape = paragraph.paragraph_format
        shape.space_before, shape.space_after, shape.keep_with_next = Pt(8), Pt(2), True
        shape.first_line_indent = Pt(0)
        picture.insert(document, paragraph, one.svg, one.png, one.width, f"chart{number}", one.name)
        caption = document.add_paragraph()
        caption.alignment = WD_ALIGN_PARAGRAPH.CENTER
        caption.paragraph_format.space_after, caption.paragraph_format.first_line_indent = Pt(8), Pt(0)
        font(caption.add_run(f"图：{one.name}"), HEI, FIFTH, latin=LATIN)
        paragraph._p.addnext(caption._p)
