"""Errors: a page with a way back for people, a problem for programs; what nobody foresaw is logged."""

from __future__ import annotations

import structlog
from flask import Flask, Response, current_app, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from bpmn.errors import GuichengError
from web.api import problem
from web.engine_rest import fault
from web.here import settings
from web.language import sentence

log = structlog.get_logger()
MEGABYTE = 1024 * 1024
SOON = 5
"""After how many seconds a database that is away, locked or full may be asked again."""

SAID = {
    400: ("请求有误", "发来的内容无法理解，请返回重试。"),
    403: ("没有权限", "您没有权限查看或处理这项内容。"),
    404: ("找不到页面", "这里没有您要找的内容，它可能已被移走，或地址有误。"),
    405: ("不支持此操作", "请从页面上的按钮进行操作。"),
    409: ("内容已变化", "内容已被他人更改，请刷新后再试。"),
    412: ("内容已变化", "内容已被他人更改，请刷新后再试。"),
    413: ("文件过大", "上传的内容超过上限：单个文件 %(file)s MB，一次提交 %(all)s MB。请压缩或拆分后再传。"),
    429: ("尝试过于频繁", "请稍等一分钟再试。"),
    500: ("系统出错了", "问题已经记录，您填写的内容若已暂存则不会丢失。请稍后再试。"),
    503: ("暂不可用", "服务暂时不可用，请稍后再试。"),
}


def page(status: int, detail: str | None = None) -> ResponseReturnValue:
    """The page for one status, with a way back."""
    title, text = SAID.get(status, SAID[500 if status >= 500 else 400])
    most = {"file": f"{settings().max_upload / MEGABYTE:.3g}", "all": f"{settings().max_request / MEGABYTE:.3g}"}
    # Not by `show`: it asks the store who is logged in, and the store may be what is away.
    template = current_app.jinja_env.get_template("errors/error.html")
    return template.render(status=status, title=gettext(title), text=detail or gettext(text) % most), status


def wants_problem() -> bool:
    """Programs, and the pages' own scripts, get JSON."""
    return request.path.startswith("/api/") or request.headers.get("X-Requested-With") == "fetch"


def for_program(error: Exception) -> Response | None:
    """The answer in the words of whatever program asks; None where it is a person."""
    if request.path.startswith(f"{fault.PREFIX}/"):
        return fault.of(error)
    return problem.of(error) if wants_problem() else None


def register(app: Flask) -> None:
    """Answer every error of the engine, of HTTP, and every other one."""
    app.register_error_handler(problem.Problem, problem.of)
    app.register_error_handler(fault.Refused, fault.of)
    app.register_error_handler(GuichengError, _known)
    app.register_error_handler(CSRFError, _stale)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unforeseen)
    app.after_request(_retry_after)


def _retry_after(response: Response) -> Response:
    """When to ask again what could not be answered now."""
    if response.status_code == 503:
        response.headers.setdefault("Retry-After", str(SOON))
    return response


def _known(error: GuichengError) -> ResponseReturnValue:
    if error.status >= 500:
        log.error("refused", path=request.path, error=type(error).__name__, detail=str(error))
    return for_program(error) or page(error.status, sentence(error))


def _stale(error: CSRFError) -> ResponseReturnValue:
    text = gettext("页面停留过久，安全标记已失效。请返回上一页刷新后再提交。")
    return problem.answer(400, text) if wants_problem() else page(400, text)


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.code is not None and error.code < 400:
        return error  # a redirect
    return for_program(error) or page(error.code or 500)


def _unforeseen(error: Exception) -> ResponseReturnValue:
    log.error("failed", path=request.path, method=request.method, exc_info=error)
    return for_program(error) or page(500)
