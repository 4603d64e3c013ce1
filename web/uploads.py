"""Files that a request brings: their bare name, bytes and media type."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask import request
from flask_babel import gettext
from werkzeug.datastructures import FileStorage

from bpmn.errors import FieldError, Invalid, TooLarge
from web.here import settings


@dataclass(frozen=True)
class Received:
    """One uploaded file."""

    name: str
    content: bytes
    media_type: str


class FileMissing(Invalid):
    """请选择要上传的文件。"""


class FileTooLarge(TooLarge):
    """文件“{name}”超过 {megabytes} MB 的上限。"""


def read(file: FileStorage) -> Received:
    """The file, its name without any path or control character. Raises FileTooLarge beyond the setting."""
    name = re.sub(r"[\x00-\x1f\x7f]", "", (file.filename or "").replace("\\", "/").rsplit("/", 1)[-1]).strip()
    most = settings().max_upload
    content = file.stream.read(most + 1)
    if len(content) > most:
        raise FileTooLarge(name=name, megabytes=most // (1024 * 1024))
    return Received(name[-200:] or "file", content, file.mimetype or "application/octet-stream")


def received(field: str) -> Received:
    """The one file of that field; 422 where there is none."""
    file = request.files.get(field)
    if file is None or not file.filename:
        raise FileMissing(errors=[FieldError(field, gettext("必填"))])
    return read(file)


def all_received(field: str) -> list[Received]:
    """Every file of that field that a person chose."""
    return [read(file) for file in request.files.getlist(field) if file.filename]
