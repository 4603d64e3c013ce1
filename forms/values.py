"""One value against one field: its type, limits, pattern and options."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, time

from bpmn.model import Json
from forms.context import Context
from forms.errors import Wrong
from forms.model import CHOICES, MANY, MOST_FILES, Field, Option
from forms.patterns import matches

MOST_DIGITS = 15
NO_DIGIT = re.compile(r"[-.]|e.*$")
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}\.[^@\s.]{2,60}")
# Control characters would make a record unreadable for Word; tab and line breaks are kept.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def options(field: Field, context: Context) -> Sequence[Option]:
    """The choices of a field: those of the schema, or the people of its roles."""
    if not field.people:
        return field.options
    found: dict[str, str] = {}
    for role in field.people:
        for user, label in context.people(role):
            found.setdefault(user, label)
    return tuple(Option(user, label) for user, label in found.items())


def empty(value: Json) -> bool:
    """Whether nothing was filled in."""
    return value is None or value == "" or (isinstance(value, (list, tuple)) and not value)


def clean(field: Field, value: Json, context: Context) -> Json:
    """The value in its stored form. Raises Wrong. Lists of rows are not for here."""
    if field.type in CHOICES:
        return _choice(field, value, options(field, context))
    if field.type in MANY:
        return _choices(field, value, options(field, context))
    if field.type == "filepicker":
        return _files(field, value, context)
    return _CLEANERS[field.type](field, value)


def _text(field: Field, value: Json) -> Json:
    if not isinstance(value, str):
        raise Wrong("应为文字")
    if CONTROL.search(value):
        raise Wrong("含有不可用的控制字符")
    if field.longest and len(value) > field.longest:
        raise Wrong("不能超过 {longest} 个字", longest=field.longest)
    if len(value) < field.shortest:
        raise Wrong("至少要 {shortest} 个字", shortest=field.shortest)
    if field.type == "textfield" and ("\n" in value or "\r" in value):
        raise Wrong("不能换行")
    if field.pattern and not matches(field.pattern, value):
        raise Wrong("格式不对")
    if field.email and not EMAIL.fullmatch(value):
        raise Wrong("不是有效的电子邮箱")
    return value


def _number(field: Field, value: Json) -> Json:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Wrong("应为数字")
    if isinstance(value, float):
        if not math.isfinite(value):
            raise Wrong("应为数字")
        value = int(value) if value.is_integer() and abs(value) < 1e15 else value
    # FEEL counts in IEEE doubles: what has more digits would be changed silently.
    long = isinstance(value, float) and len(NO_DIGIT.sub("", repr(value)).strip("0")) > MOST_DIGITS
    if long or abs(value) >= 10**MOST_DIGITS:
        raise Wrong("不能超过 {most} 位数字", most=MOST_DIGITS)
    if field.digits is not None and round(value, field.digits) != value:
        raise Wrong("应为整数" if field.digits == 0 else "最多 {digits} 位小数", digits=field.digits)
    if field.least is not None and value < field.least:
        raise Wrong("不能小于 {least}", least=_plain(field.least))
    if field.most is not None and value > field.most:
        raise Wrong("不能大于 {most}", most=_plain(field.most))
    return value


def _plain(number: float) -> Json:
    return int(number) if number.is_integer() else number


def _moment(field: Field, value: Json) -> Json:
    """A date, a time or both, in the one written form that FEEL compares rightly."""
    if not isinstance(value, str) or len(value) > 40:
        raise Wrong("应为日期" if field.subtype == "date" else "应为时间")
    try:
        if field.subtype == "date":
            return date.fromisoformat(_hyphens(value)).isoformat()
        if field.subtype == "time":
            return time.fromisoformat(value).replace(tzinfo=None).isoformat(timespec="minutes")
        return datetime.fromisoformat(value).isoformat(timespec="minutes")
    except ValueError as error:
        raise Wrong("应为日期，例如 2026-06-01" if field.subtype == "date" else "应为时间，例如 09:30") from error


def _hyphens(value: str) -> str:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise ValueError(value)
    return value


def _checkbox(field: Field, value: Json) -> Json:
    if not isinstance(value, bool):
        raise Wrong("应为是或否")
    return value


def _choice(field: Field, value: Json, choices: Sequence[Option]) -> Json:
    for option in choices:
        if option.value == value and isinstance(option.value, bool) == isinstance(value, bool):
            return option.value
    raise Wrong("不在可选范围内")


def _choices(field: Field, value: Json, choices: Sequence[Option]) -> Json:
    if not isinstance(value, (list, tuple)):
        raise Wrong("应为多项选择")
    chosen: list[Json] = []
    for one in value[: len(choices) + 1]:
        kept = _choice(field, one, choices)
        if kept in chosen:
            raise Wrong("有重复的选项")
        chosen.append(kept)
    return chosen


def _files(field: Field, value: Json, context: Context) -> Json:
    if not isinstance(value, (list, tuple)) or not all(isinstance(one, str) for one in value):
        raise Wrong("应为附件")
    if len(value) > (MOST_FILES if field.multiple else 1):
        raise Wrong("最多 {most} 个附件", most=MOST_FILES if field.multiple else 1)
    endings = tuple(part.strip().lower() for part in field.accept.split(",") if part.strip().startswith("."))
    for identity in value:
        name = context.attachments(str(identity)) if len(str(identity)) <= 100 else None
        if name is None:
            raise Wrong("找不到所选的附件")
        if endings and not name.lower().endswith(endings):
            raise Wrong("附件类型应为 {accept}", accept=field.accept)
    return list(dict.fromkeys(str(identity) for identity in value))


_CLEANERS: dict[str, Callable[[Field, Json], Json]] = {
    "textfield": _text,
    "textarea": _text,
    "number": _number,
    "datetime": _moment,
    "checkbox": _checkbox,
}
