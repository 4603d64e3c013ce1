"""The clauses of a procedure document: standing texts, duties, steps, records, changes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from docx.document import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.shared import Cm, Pt
from docx.table import _Cell

from bpmn.procedure import Clause, Revisions
from bpmn.roles import ROLES
from forms.word.cover import wide
from forms.word.marks import FANG, HEI, LATIN, borders, element, font, repeat, shade_cell
from forms.word.procedure import figures
from forms.word.procedure.content import Paper, Section, Stage
from forms.word.procedure.sheet import (
    FIFTH,
    LYING,
    NINE,
    OURS_FILL,
    SMALL_FOURTH,
    UPRIGHT,
    Layout,
    apart,
    heading,
    note,
    written,
)
from forms.word.show import clean
from forms.word.tables import EMPTY, HEAD_FILL, tight

LEAN = (
    Clause("", "职责", drawn="roles"),
    Clause("", "控制程序", drawn="steps"),
    Clause("", "报告和记录表式", drawn="records"),
    Clause("", "文件修改变更记录", drawn="revisions"),
)
"""The clauses of a procedure whose standing texts nobody wrote."""
CALLED = Clause("", "附录　所调用的其他程序", drawn="steps")
NUMBER = re.compile(r"\d+(\.\d+)*")
Cells = Sequence[tuple[Sequence[str], bool]]
"""Rows of texts, each with whether it is 系统补充."""


def layout_of(clause: Clause, paper: Paper) -> Layout:
    """On what page a clause goes: a lying one where it has a wide diagram."""
    if clause.drawn != "steps":
        return UPRIGHT
    shown = paper.steps.called if clause is CALLED else (paper.steps.overview, *paper.steps.sections)
    return (
        LYING
        if any(figures.wide(figure) for one in shown for stage in one.stages for figure in stage.figures)
        else UPRIGHT
    )


def clauses(paper: Paper) -> Iterator[Clause]:
    """The clauses in their order; what else is called comes last."""
    yield from (paper.procedure.clauses if paper.procedure else LEAN)
    if paper.steps.called:
        yield CALLED


def put(document: Document, clause: Clause, paper: Paper, layout: Layout, count: Iterator[int]) -> None:
    """One clause; `count` numbers the diagrams."""
    heading(document, f"{clause.number}　{clause.title}" if clause.number else clause.title)
    for line in clause.paragraphs:
        _paragraph(document, line)
    if not clause.paragraphs and not clause.drawn:
        note(document, "原文此条没有内容。")
    if clause.drawn == "steps":
        _steps(document, clause, paper, layout, count)
    elif clause.drawn:
        DRAWN[clause.drawn](document, clause, paper)


def _paragraph(document: Document, line: str) -> None:
    """A standing text as it is; a number before it is set a little apart, a term that is explained stands out."""
    paragraph = document.add_paragraph()
    shape, number = paragraph.paragraph_format, NUMBER.match(line)
    entry = number is not None and wide(line) * SMALL_FOURTH < UPRIGHT.width / 2.54 * 72
    shape.line_spacing_rule, shape.line_spacing = WD_LINE_SPACING.MULTIPLE, 1.1 if entry else 1.35
    shape.space_after = Pt(2)
    term = line.endswith((":", "："))
    shape.keep_with_next = term
    if number:
        apart(font(paragraph.add_run(number[0]), FANG, SMALL_FOURTH, latin=LATIN))
    elif not term:
        shape.first_line_indent = Pt(2 * SMALL_FOURTH)
    written(paragraph, line[number.end() :] if number else line, SMALL_FOURTH, HEI if term else FANG)


def _duties(document: Document, clause: Clause, paper: Paper) -> None:
    note(document, "下表由流程图的泳道生成：各岗位办理的步骤及其条款。")
    rows: list[tuple[Sequence[str], bool]] = []
    for duty in paper.duties:
        grouped: dict[str, list[str]] = {}
        for number, name, ours in duty.steps:
            names = grouped.setdefault(number, [])
            told = f"{name}（补）" if ours else name
            if told not in names:
                names.append(told)
        told = "；".join(f"{number} {'、'.join(names)}".strip() for number, names in grouped.items())
        rows.append(((duty.who, told), all(ours for _, _, ours in duty.steps)))
    named = {duty.who for duty in paper.duties}
    for role in ROLES:
        if role.title not in named and any(role.title in line for line in clause.paragraphs):
            rows.append(((role.title, "本程序的流程图没有分派步骤"), True))
    _table(document, ("岗位", "步骤（补：系统补充的步骤）"), rows, (3.6, 12.4), FIFTH)


def _records(document: Document, clause: Clause, paper: Paper) -> None:
    prefix = f"{clause.number}." if clause.number else ""
    numbered = [record for record in paper.records if record.number]
    for at, record in enumerate(numbered, 1):
        _paragraph(document, f"{prefix}{at if prefix else ''}{record.number}《{record.title}》")
    others = [f"《{record.title}》" for record in paper.records if not record.number]
    if others:
        note(document, f"原文没有给出表号的记录：{'、'.join(others)}。")
    if not paper.records:
        note(document, "流程图中没有生成记录的步骤。")


def _changes(document: Document, clause: Clause, paper: Paper) -> None:
    told = paper.procedure.revisions if paper.procedure else Revisions()
    if told.heading:
        title = document.add_paragraph()
        title.alignment = WD_ALIGN_PARAGRAPH.CENTER
        title.paragraph_format.space_before = Pt(6)
        font(title.add_run(clean(told.heading)), HEI, SMALL_FOURTH, latin=LATIN)
    facts = [f"文件编号:{paper.number}"] + ([f"修订部门:{told.department}"] if told.department else [])
    line = document.add_paragraph()
    line.paragraph_format.space_after = Pt(4)
    written(line, "　　　　".join(facts), FIFTH)
    heads = ("序号", "更改原因", "修改后版本号", "修改人", "修改日期", "主要更改内容")
    rows = [
        ((str(at), one.reason, f"V{one.version}", one.by, one.on, one.changes), one.ours)
        for at, one in enumerate(paper.changes, 1)
    ]
    _table(document, heads, rows, (1.2, 2.8, 2.9, 2.1, 2.8, 4.2), FIFTH)
    if any(one.ours for one in paper.changes):
        note(document, "灰底的行是流程图的部署，没有经过签发。")
    for label, name, day in paper.signed:
        facts = [f"{label}:{name}"] if name else []
        facts += [f"{'日期' if name else label}:{day}"] if day else []
        if facts:
            paragraph = document.add_paragraph()
            paragraph.paragraph_format.space_after = Pt(2)
            written(paragraph, "　　".join(facts), SMALL_FOURTH)


def _steps(document: Document, clause: Clause, paper: Paper, layout: Layout, count: Iterator[int]) -> None:
    if clause is CALLED:
        note(document, "本程序的步骤调用以下程序，它们另有自己的规程文件。")
        for section in paper.steps.called:
            _section(document, section, layout, count, titled=True)
        return
    if paper.steps.sections:
        _overview(document, paper.steps.overview, layout, count)
    else:
        _section(document, paper.steps.overview, layout, count, titled=False)
    for section in paper.steps.sections:
        _section(document, section, layout, count, titled=True)


def _section(document: Document, section: Section, layout: Layout, count: Iterator[int], *, titled: bool) -> None:
    if titled:
        heading(document, f"{section.number}　{section.title}" if section.number else section.title, 2)
    for stage in section.stages:
        _stage(document, stage, layout, count)
        if stage.steps:
            rows = [((s.clause, s.name, s.who, s.text, s.papers), s.ours) for s in stage.steps]
            share = (1.6, 4.2, 4.9, 10.6, 5.0) if layout is LYING else (1.4, 2.7, 2.7, 6.2, 3.0)
            _table(document, ("条款", "步骤", "岗位", "内容", "表单、记录、程序"), rows, share, NINE)


def _stage(document: Document, stage: Stage, layout: Layout, count: Iterator[int]) -> None:
    for text in stage.texts:
        paragraph = document.add_paragraph()
        paragraph.paragraph_format.space_after, paragraph.paragraph_format.keep_with_next = Pt(4), True
        written(paragraph, text, FIFTH)
    about = "整篇是系统补充" if stage.ours else "灰底的步骤是系统补充" if any(step.ours for step in stage.steps) else ""
    for figure in stage.figures:
        figures.put(document, figure, next(count), layout, about=about)


def _overview(document: Document, section: Section, layout: Layout, count: Iterator[int]) -> None:
    """What the stages are about; their steps follow, with who does them."""
    for stage in section.stages:
        _stage(document, stage, layout, count)
        rows = [((step.clause, step.name, step.text), step.ours) for step in stage.steps]
        _table(
            document, ("条款", "阶段", "内容"), rows, (2.0, 6.0, 18.3) if layout is LYING else (1.6, 4.0, 10.4), NINE
        )


def _table(document: Document, heads: Sequence[str], rows: Cells, widths: Sequence[float], size: float) -> None:
    """A table with a shaded head that repeats; the rows that are 系统补充 have a gray ground."""
    table = document.add_table(rows=0, cols=len(heads))
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    for texts, ours, head in [(heads, False, True), *((texts, ours, False) for texts, ours in rows)]:
        for cell, text, width in zip(table.add_row().cells, texts, widths, strict=True):
            cell.width = Cm(width)
            if head or ours:
                shade_cell(cell, HEAD_FILL if head else OURS_FILL)
            _cell(cell, text, size, head)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Cm(width)
    borders(table)
    repeat(table)
    document.add_paragraph().paragraph_format.space_after = Pt(0)


def _cell(cell: _Cell, text: str, size: float, head: bool) -> None:
    cell._tc.get_or_add_tcPr().append(element("w:vAlign", val="center"))
    paragraph = tight(cell.paragraphs[0])
    if head:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        font(paragraph.add_run(text), HEI, size, latin=LATIN)
    else:
        written(paragraph, text or EMPTY, size)


DRAWN: Mapping[str, Callable[[Document, Clause, Paper], None]] = {
    "roles": _duties,
    "records": _records,
    "revisions": _changes,
}
