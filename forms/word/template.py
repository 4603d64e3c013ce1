"""What a template asks for: the names of its placeholders, read without filling anything."""

from __future__ import annotations

import io
from collections.abc import Set
from functools import lru_cache

from docx.opc.exceptions import PackageNotFoundError
from docxtpl import DocxTemplate
from jinja2 import TemplateError, nodes
from jinja2.meta import find_undeclared_variables

from forms.word import package
from forms.word.errors import FileRefused, TemplateFault
from forms.word.write import environment


def _sources(content: bytes) -> list[str]:
    """The Jinja text of body, headers and footers, with Word's marks taken out of the placeholders."""
    template = DocxTemplate(io.BytesIO(content))
    template.init_docx()
    texts = [str(template.patch_xml(template.get_xml()))]
    for kind in (template.HEADER_URI, template.FOOTER_URI):
        texts += [
            str(template.patch_xml(template.get_part_xml(part))) for _, part in template.get_headers_footers(kind)
        ]
    return texts


def has_placeholders(content: bytes) -> bool:
    """Whether a Word file is a template at all."""
    return any("{{" in text or "{%" in text for text in _sources(content))


@lru_cache(maxsize=64)
def names(content: bytes) -> tuple[frozenset[str], frozenset[str]]:
    """The names a template asks for, and the names it asks of rows. Raises TemplateFault where Jinja cannot read it."""
    asked: set[str] = set()
    columns: set[str] = set()
    try:
        for text in _sources(content):
            tree = environment().parse(text)
            asked |= find_undeclared_variables(tree)
            columns |= {node.attr for node in tree.find_all(nodes.Getattr)}
    except TemplateError as error:
        raise TemplateFault(reason=f"占位符语法有误：{error.message}") from error
    return frozenset(asked), frozenset(columns)


def check_template(content: bytes, fields: Set[str], columns: Set[str]) -> list[str]:
    """What is wrong with a template for a record of these fields and row columns; empty when nothing is."""
    try:
        package.check(content)
        asked, asked_columns = names(content)
    except (FileRefused, TemplateFault) as error:
        return [str(error)]
    except (PackageNotFoundError, KeyError, ValueError):
        return ["不是可读的 Word 文档"]
    faults = [f"占位符 {name} 不是表单字段" for name in sorted(asked - fields - {"loop"})]
    return faults + [f"占位符 .{name} 不是行的字段" for name in sorted(asked_columns - columns - {"index"})]
