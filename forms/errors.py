"""What can be wrong with a form or with what was filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bpmn.errors import FieldError, Invalid
from bpmn.model import Json


class FormInvalid(Invalid):
    """填写的内容有误，请按提示更正。"""


class FormUnreadable(Invalid):
    """表单文件无法读取：{reason}。"""


class FormUnknown(Invalid):
    """找不到表单“{key}”。"""


@dataclass(frozen=True)
class Fault(FieldError):
    """A field error that can be told in another language: its Chinese template and the details that fill it."""

    template: str = ""
    details: Mapping[str, Json] = field(default_factory=dict)


class Wrong(ValueError):
    """One value does not fit its field. `path` says where inside a list (`[0].name`), empty for the field itself."""

    def __init__(self, template: str, path: str = "", **details: Json) -> None:
        super().__init__(template)
        self.template = template
        self.path = path
        self.details = details

    def fault(self, key: str) -> Fault:
        """The error as shown beside its field."""
        return Fault(key + self.path, self.template.format(**self.details), self.template, self.details)
