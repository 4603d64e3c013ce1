"""What an administrator says a job came to, as it is typed: a field for each result, and others as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bpmn.errors import FieldError, Invalid
from forms.errors import Wrong

OTHERS = "others"
MOST = 6
"""As many fields are asked one by one; a job that may answer more, or whatever it likes, is answered in JSON."""
BEGINS = ('"', "[", "{")


class ResultUnreadable(Invalid):
    """结果有误，没有记录任何内容，请按提示更正。"""


def asked(results: frozenset[str] | None) -> list[str]:
    """The results that have a field of their own, in order."""
    plain = sorted(name for name in results or () if "*" not in name)
    return plain if len(plain) <= MOST else []


def read(results: frozenset[str] | None, sent: Mapping[str, str]) -> dict[str, Any]:
    """The result that was typed; a field that was left empty is none. Raises ResultUnreadable."""
    found, errors = {}, []
    for name in asked(results):
        text = sent.get(f"result.{name}", "").strip()
        try:
            if text:
                found[name] = _value(text)
        except Wrong as wrong:
            errors.append(wrong.fault(f"result.{name}"))
    try:
        others = _object(sent.get(OTHERS, "").strip())
        if twice := sorted(set(others) & set(found)):
            raise Wrong("“{name}”已在上面填写", name=twice[0])
        found |= others
    except Wrong as wrong:
        errors.append(wrong.fault(OTHERS))
    if errors:
        raise ResultUnreadable(errors=errors)
    return found


def placed(errors: tuple[FieldError, ...], results: frozenset[str] | None) -> list[FieldError]:
    """Each error beside the field where its result was typed."""
    own = {f"result.{name}" for name in asked(results)}
    moved = {error.field for error in errors if error.field.partition(".")[0] == "result"} - own
    return [replace(error, field=OTHERS) if error.field in moved else error for error in errors]


def _value(text: str) -> Any:
    """A number, true or false, a list, an object; what looks like none of these is a text."""
    try:
        return _plain(text)
    except Wrong:
        raise
    except ValueError as error:
        if text.startswith(BEGINS):
            raise _unreadable(error) from error
        return text


def _object(text: str) -> dict[str, Any]:
    if not text:
        return {}
    try:
        found = _plain(text)
    except Wrong:
        raise
    except ValueError as error:
        raise _unreadable(error) from error
    if not isinstance(found, dict):
        raise Wrong("应为 JSON 对象，例如 {example}", example='{"told": 2}')
    return found


def _plain(text: str) -> Any:
    """JSON without what only Python takes for JSON: NaN, infinity, a key said twice."""
    return json.loads(text, parse_constant=_refused, parse_float=_finite, object_pairs_hook=_once)


def _refused(constant: str) -> Any:
    raise ValueError(constant)


def _finite(text: str) -> float:
    if not math.isfinite(number := float(text)):
        raise ValueError(text)
    return number


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Wrong("同一个名字出现了两次")
    return found


def _unreadable(error: ValueError) -> Wrong:
    if isinstance(error, json.JSONDecodeError):
        return Wrong("不是 JSON：第 {line} 行第 {column} 个字符处有误", line=error.lineno, column=error.colno)
    return Wrong("数值“{text}”不能使用", text=str(error))
