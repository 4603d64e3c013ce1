"""What a template asks for: the names of its placeholders, read without filling anything."""

from __future__ import annotations

from collections.abc import Set
from functools import lru_cache

from bpmn.sentence import Said, of, say
from forms.word import package
from forms.word.asked import Asked
from forms.word.errors import FileRefused, TemplateFault
from forms.word.render import ask


@lru_cache(maxsize=64)
def _asked(content: bytes) -> Asked:
    return ask(content)


def has_placeholders(content: bytes) -> bool:
    """Whether a Word file is a template at all. Raises TemplateFault."""
    return _asked(content).any


def names(content: bytes) -> tuple[frozenset[str], frozenset[str]]:
    """The names a template asks for, and the names it asks of rows. Raises TemplateFault where it cannot be read."""
    asked = _asked(content)
    return asked.names, asked.columns


def check_template(content: bytes, fields: Set[str], columns: Set[str]) -> list[Said]:
    """What is wrong with a template for a record of these fields and row columns; empty when nothing is."""
    try:
        package.check(content)
        asked, asked_columns = names(content)
    except (FileRefused, TemplateFault) as error:
        return [of(error)]
    faults: list[Said] = [say("占位符 {name} 不是表单字段", name=name) for name in sorted(asked - fields - {"loop"})]
    faults += [say("占位符 .{name} 不是行的字段", name=name) for name in sorted(asked_columns - columns - {"index"})]
    return faults
