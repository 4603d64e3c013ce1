"""Small templates and fronts for the tests of records."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace

from docx import Document
from docx.document import Document as Opened
from docx.text.paragraph import Paragraph

from forms.word.content import Content, Deed, Front, Revision, Shown

PLAN = Front(
    number="JBS00P00402",
    title="运维项目计划书",
    company="XXX软件股份有限公司",
    customer_name="某钢铁股份有限公司",
    project_name="冷轧产线MES系统运维",
    project_number="ABS26014",
    document_number="WBS26014JH01",
    engineering_number="无",
    version="1.0",
    level="秘密",
    dated="2026年06月",
    title_lines=("项目计划",),
    block="A",
    prepared_by="王经理",
    prepared_on="2026.06.01",
)
REVISIONS = (
    Revision("0.1", "新建", "王经理", "2026.05.20", "首次编制"),
    Revision("1.0", "批准", "王经理", "2026.06.01", "经批准定稿"),
)
DEEDS = (Deed("编制", "编写计划书", "王经理", "项目经理", "2026.06.01 09:30", "—"),)


def template(*texts: str) -> bytes:
    """A template of these paragraphs."""
    document = Document()
    for text in texts:
        document.add_paragraph(text)
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def content(front: Front = PLAN, **values: Shown) -> Content:
    """A record's content with these body values."""
    return Content(front, values, REVISIONS, DEEDS)


def other(**changes: object) -> Front:
    """The plan's front, changed."""
    return replace(PLAN, **changes)  # type: ignore[arg-type]  # the tests name only fields of Front


def opened(document: bytes) -> Opened:
    """A record reopened."""
    return Document(io.BytesIO(document))


def cover(document: Opened) -> Iterator[Paragraph]:
    """The paragraphs of the cover: those before the first section's end."""
    for paragraph in document.paragraphs:
        yield paragraph
        if paragraph._p.pPr is not None and paragraph._p.pPr.sectPr is not None:
            return
