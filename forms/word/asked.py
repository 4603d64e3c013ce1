"""What a template asks for, read in the child process: a file made for it keeps docxtpl's patterns busy for hours."""

from __future__ import annotations

import io
from dataclasses import dataclass

from docx.opc.exceptions import PackageNotFoundError
from docxtpl import DocxTemplate
from jinja2 import TemplateError, nodes
from jinja2.meta import find_undeclared_variables

from bpmn.sentence import say
from forms.word.errors import TemplateFault
from forms.word.write import environment


@dataclass(frozen=True)
class Asked:
    """The names that a template asks for, those that it asks of rows, and whether it has placeholders at all."""

    names: frozenset[str] = frozenset()
    columns: frozenset[str] = frozenset()
    any: bool = False


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


def asked(content: bytes) -> Asked:
    """What the template asks for. Raises TemplateFault where it is no Word file or Jinja cannot read it."""
    names: set[str] = set()
    columns: set[str] = set()
    try:
        sources = _sources(content)
        for text in sources:
            tree = environment().parse(text)
            names |= find_undeclared_variables(tree)
            columns |= {node.attr for node in tree.find_all(nodes.Getattr)}
    except TemplateError as error:
        raise TemplateFault(reason=say("占位符语法有误：{message}", message=error.message)) from error
    except (PackageNotFoundError, KeyError, ValueError) as error:
        raise TemplateFault(reason="不是可读的 Word 文档") from error
    return Asked(frozenset(names), frozenset(columns), any("{{" in text or "{%" in text for text in sources))
