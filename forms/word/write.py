"""Write one record: the template's body in the sandbox, then cover, tables, header and footer around it."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

from docx import Document as open_document
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Pt
from docxtpl import DocxTemplate
from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from forms.word import charts, cover, pages, tables
from forms.word.content import Content, Front, Picture
from forms.word.marks import HEI, clear_themes, font

SMALL_SECOND = 18.0  # 小二


class _Sandbox(ImmutableSandboxedEnvironment):
    """A row's field is meant before anything that a dictionary can do: `row.items` where a field is called so."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)


def environment() -> ImmutableSandboxedEnvironment:
    """Jinja without reach: no attributes of objects, no assignment into values, an unknown name is an error."""
    made = _Sandbox(undefined=StrictUndefined, autoescape=True)
    made.globals.clear()
    return made


def filled(template: bytes, values: Mapping[str, object]) -> bytes:
    """The template with its placeholders filled; values are text, never markup and never a template."""
    document = DocxTemplate(io.BytesIO(template))
    document.render(dict(values), jinja_env=environment(), autoescape=True)
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def illustrated(body: bytes, drawn: Mapping[str, Picture]) -> bytes:
    """The document with its charts where the markers stood."""
    document = open_document(io.BytesIO(body))
    charts.put(document, drawn)
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def title(document: Document, front: Front) -> list[BaseOxmlElement]:
    """A form without a cover begins with its title."""
    paragraph = document.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.paragraph_format.space_after = Pt(10)
    font(paragraph.add_run(front.title + ("（作废）" if front.void else "")), HEI, SMALL_SECOND)
    facts = (
        ("项目名称", front.project_name, "甲方名称", front.customer_name),
        ("项目号", front.project_number, "文档编号", front.document_number),
        ("版本号", front.version, "级别", front.level),
    )
    return [paragraph._p, tables.facts(document, facts)]


def before(document: Document, parts: Sequence[BaseOxmlElement]) -> None:
    """Put parts before everything else."""
    first = document.element.body[0]
    for part in parts:
        first.addprevious(part)


def last(document: Document, parts: Sequence[BaseOxmlElement]) -> None:
    """Put parts after everything else; the section's properties stay last."""
    body = document.element.body
    end = body.find(qn("w:sectPr"))
    for part in parts:
        if end is not None:
            end.addprevious(part)
        else:
            body.append(part)


def page_break(document: Document) -> BaseOxmlElement:
    """A paragraph that ends the page."""
    paragraph = document.add_paragraph()
    paragraph.add_run().add_break(WD_BREAK.PAGE)
    return paragraph._p


def write(template: bytes, content: Content) -> bytes:
    """The finished .docx. A bare record is the customer's own format: filled, with nothing of ours around it."""
    body = filled(template, content.body)
    if content.pictures:
        body = illustrated(body, content.pictures)
    if content.bare:
        return body
    document = open_document(io.BytesIO(body))
    clear_themes(document)
    front = content.front
    revised = tables.revisions(document, content.revisions)
    signed = tables.signatures(document, front)
    if front.block:
        before(document, [*revised, *signed, page_break(document)])
        last(document, tables.deeds(document, content.deeds))
        cover.put(document, front)
    else:
        before(document, title(document, front))
        last(document, [*signed, *revised, *tables.deeds(document, content.deeds)])
    pages.dress(document, front)
    document.core_properties.title = front.title
    document.core_properties.author = front.prepared_by
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()
