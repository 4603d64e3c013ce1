"""Errors as Camunda 7's REST API tells them: type, message, code; of a refused diagram what is wrong in each file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from flask import Response
from flask_babel import gettext
from werkzeug.exceptions import HTTPException

from bpmn.errors import GuichengError
from bpmn.model import Finding
from web.language import found, sentence

PREFIX = "/engine-rest"
# By these words the modeler knows that it is the diagram that is wrong, and shows the rest of the message.
UNPARSED = "ENGINE-09005 Could not parse BPMN process."
SAID = {
    401: "用户名、密码或令牌不对。",
    404: "找不到所要的内容。",
    405: "不支持此方法",
    413: "内容过大。",
    429: "请求过于频繁",
}


class Refused(Exception):
    """A refusal of this API itself, before the engine is asked."""

    def __init__(self, status: int, message: str, kind: str = "InvalidRequestException") -> None:
        super().__init__(message)
        self.status, self.message, self.kind = status, message, kind


def answer(status: int, kind: str, message: str, **more: Any) -> Response:
    """The response for one error."""
    body = {"type": kind, "message": message, "code": 0, **more}
    response = Response(msgspec.json.encode(body), status, content_type="application/json")
    if status == 401:
        response.headers.add("WWW-Authenticate", 'Basic realm="guicheng"')
        response.headers.add("WWW-Authenticate", "Bearer")
    return response


def of(error: Exception) -> Response:
    """The answer that an exception is; what nobody foresaw says nothing of the inside."""
    if isinstance(error, Refused):
        return answer(error.status, error.kind, error.message)
    if isinstance(error, GuichengError):
        findings: Sequence[Finding] | None = getattr(error, "findings", None)
        if findings is not None:
            return unparsed(findings)
        if error.status == 403:
            return answer(403, "AuthorizationException", sentence(error), missingAuthorizations=[])
        return answer(error.status, type(error).__name__, sentence(error))
    if isinstance(error, HTTPException):
        status = error.code or 500
        return answer(status, "RestException", gettext(SAID.get(status, "请求有误")))
    return answer(500, "RestException", gettext("服务器内部出错，已记录。"))


def unparsed(findings: Sequence[Finding]) -> Response:
    """What is wrong in the files that were sent, by file, so that the modeler can show it at each element."""
    errors = [finding for finding in findings if finding.severity == "error"]
    warnings = [finding for finding in findings if finding.severity == "warning"]
    message = f"{UNPARSED} Errors: {_lines(errors)}" + (f"\nWarnings: {_lines(warnings)}" if warnings else "")
    details: dict[str, Mapping[str, Any]] = {
        name: {"errors": _problems(errors, name), "warnings": _problems(warnings, name)}
        for name in dict.fromkeys(finding.file for finding in findings)
    }
    return answer(400, "ParseException", message, details=details)


def _lines(findings: Iterable[Finding]) -> str:
    return "".join(
        f"\n* {found(finding)} | resource {finding.file} | line {finding.line or 0} | column 0" for finding in findings
    )


def _problems(findings: Iterable[Finding], file: str) -> list[dict[str, Any]]:
    """The findings of one file. No column: the check knows lines and elements."""
    return [
        {
            "message": found(finding),
            "line": finding.line or 0,
            "column": 0,
            "mainElementId": finding.element,
            "elementIds": [finding.element] if finding.element else [],
        }
        for finding in findings
        if finding.file == file
    ]
