"""What can be wrong with a record, its template or an uploaded Word file."""

from __future__ import annotations

from bpmn.errors import GuichengError


class UnknownRecord(GuichengError):
    """没有名为 {name} 的记录。"""

    status = 404


class TemplateFault(GuichengError):
    """记录模板有误：{reason}"""

    status = 422


class FileRefused(GuichengError):
    """上传的 Word 文件不可接受：{reason}"""

    status = 422


class RenderFailed(GuichengError):
    """记录生成失败：{reason}"""

    status = 503
