"""Reading requests and writing answers of the API."""

from __future__ import annotations

from typing import Any

import msgspec
from flask import Response, request
from flask_babel import gettext

from bpmn.errors import FieldError
from web.api.problem import Problem

MOST = 200
DEEPEST = 40
LARGEST = 10**15  # FEEL's numbers keep no more digits
_encode = msgspec.json.Encoder(enc_hook=str).encode
_decode = msgspec.json.Decoder().decode


def reply(body: Any, status: int = 200) -> Response:
    """A JSON answer."""
    return Response(_encode(body), status, content_type="application/json")


def sent(*, optional: bool = False) -> dict[str, Any]:
    """The JSON object of the request. 415 for another media type, 400 for no JSON, 422 for no object."""
    raw = request.get_data(cache=False)
    if not raw and optional:
        return {}
    if raw and request.mimetype != "application/json":
        raise Problem(415, gettext("请求内容须为 application/json。"))
    try:
        body = _decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Problem(400, gettext("请求内容不是 JSON。")) from error
    if not isinstance(body, dict):
        raise Problem(422, gettext("请求内容须为 JSON 对象。"))
    for name, value in body.items():
        if isinstance(value, dict):  # data, variables, payload: what is in them is named from there
            for inner, one in value.items():
                _weigh(one, inner, 2)
        else:
            _weigh(value, name, 1)
    return body


def _weigh(value: Any, field: str, depth: int) -> None:
    """Refuse numbers that lose digits, nesting that no form has, and the one character that PostgreSQL cannot keep."""
    if "\0" in field or isinstance(value, str) and "\0" in value:
        raise wrong(field, gettext("含有不可用的控制字符"))
    if isinstance(value, int | float):
        if abs(value) >= LARGEST:
            raise wrong(field, gettext("数字不得超过 15 位"))
    elif isinstance(value, list | dict):
        if depth >= DEEPEST:
            raise wrong(field, gettext("嵌套过深"))
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        for key, one in inner:
            _weigh(one, f"{field}.{key}" if isinstance(key, str) else f"{field}[{key}]", depth + 1)


_NAMES: dict[Any, str] = {str: "文本", dict: "对象", list: "列表"}


def member(body: dict[str, Any], name: str, kind: type, *, required: bool = False) -> Any:
    """One member of the body, of that type; None where it may be missing. Raises a 422 that names it."""
    value: Any = body.get(name)
    if value is None:
        if required:
            raise wrong(name, gettext("必填"))
        return None
    if not isinstance(value, kind):
        raise wrong(name, gettext("须为%(kind)s", kind=gettext(_NAMES.get(kind, "文本"))))
    if isinstance(value, str) and required and not value.strip():
        raise wrong(name, gettext("必填"))
    if isinstance(value, str) and len(value) > 4000:
        raise wrong(name, gettext("过长"))
    return value


def whole(body: dict[str, Any], name: str) -> int | None:
    """A member that is a whole number; None where it is missing. Raises a 422 that names it."""
    value = body.get(name)
    if value is not None and type(value) is not int:
        raise wrong(name, gettext("须为整数"))
    return value


def only(body: dict[str, Any], *names: str) -> None:
    """Refuse members that nobody asked for: a misspelt one would be lost silently."""
    unknown = [FieldError(name, gettext("未知字段")) for name in body if name not in names]
    if unknown:
        raise Problem(422, gettext("内容有误"), unknown)


def wrong(field: str, message: str) -> Problem:
    """A 422 about one field."""
    return Problem(422, gettext("内容有误"), [FieldError(field, message)])


def window() -> tuple[str, int]:
    """`cursor` and `limit` (1 to 200, else 422) of a list."""
    text = request.args.get("limit", "50")
    limit = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
    if not 1 <= limit <= MOST:
        raise wrong("limit", gettext("须为 1 至 200"))
    return request.args.get("cursor", ""), limit


def key() -> str | None:
    """The Idempotency-Key, at most 200 characters."""
    given = request.headers.get("Idempotency-Key")
    if given is not None and not 0 < len(given) <= 200:
        raise wrong("Idempotency-Key", gettext("须为 1 至 200 个字符"))
    return given
