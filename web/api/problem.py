"""application/problem+json: every error of the API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from flask import Response
from flask_babel import gettext
from werkzeug.exceptions import HTTPException

from bpmn.errors import FieldError, GuichengError
from engine.errors import FileChanged
from engine.obstacle import CannotMigrate
from web.api import shape
from web.language import sentence, told

TITLES = {
    400: "请求有误",
    401: "需要登录",
    403: "没有权限",
    404: "找不到",
    405: "不支持此方法",
    409: "冲突",
    412: "内容已被他人更改",
    413: "内容过大",
    415: "不支持的内容类型",
    422: "内容有误",
    428: "须写明版本",
    429: "请求过于频繁",
    500: "系统错误",
    503: "暂不可用",
}


class Problem(Exception):
    """A refusal of the API itself, before the engine is asked."""

    def __init__(self, status: int, detail: str, errors: Sequence[FieldError] = ()) -> None:
        super().__init__(detail)
        self.status, self.detail, self.errors = status, detail, errors


def answer(status: int, detail: str, errors: Sequence[FieldError] = (), **more: Any) -> Response:
    """The response for one problem; `errors` name the field and what is wrong with it."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "status": status,
        "title": gettext(TITLES.get(status, "请求有误")),
        "detail": detail,
        "errors": [{"field": error.field, "message": told(error)} for error in errors],
        **more,
    }
    response = Response(msgspec.json.encode(body), status, content_type="application/problem+json")
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def of(error: Exception) -> Response:
    """The problem that an exception is; what nobody foresaw says nothing of the inside."""
    if isinstance(error, Problem):
        return answer(error.status, error.detail, error.errors)
    if isinstance(error, GuichengError):
        findings = getattr(error, "findings", None)
        more: dict[str, Any] = {}
        if findings is not None:
            more["findings"] = [shape.finding(one) for one in findings]
        if isinstance(error, CannotMigrate):
            more["obstacles"] = [shape.obstacle(one) for one in error.obstacles]
        if isinstance(error, FileChanged):
            more["current"] = shape.proposal_file(error.current)
        return answer(error.status, sentence(error), error.errors, **more)
    if isinstance(error, HTTPException):
        status = error.code or 500
        return answer(status, gettext(TITLES.get(status, "请求有误")))
    return answer(500, gettext("服务器内部出错，已记录。"))
