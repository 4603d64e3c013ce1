"""What a heat map is asked for: a version and a time, in the query of a page or of the API."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from bpmn.errors import FieldError, Invalid
from engine.heat import Span
from web.times import midnight


class SpanWrong(Invalid):
    """版本或时间写得不对。"""


def asked(key: str, query: Mapping[str, str]) -> Span:
    """`version`, `from` and `to` (days in Beijing, both included) of a query. Raises SpanWrong."""
    version = query.get("version") or None
    if version is not None and not (version.isascii() and version.isdigit() and len(version) < 9):
        raise SpanWrong(errors=[FieldError("version", "须为整数")])
    return Span(key, int(version) if version else None, *days(query))


def days(query: Mapping[str, str]) -> tuple[int | None, int | None]:
    """From when on and before when (microseconds): `from` and `to` of a query. Raises SpanWrong."""
    first, last = _day(query, "from"), _day(query, "to")
    if first and last and first > last:
        raise SpanWrong(errors=[FieldError("to", "不得早于开始日期")])
    return midnight(first) if first else None, midnight(last + datetime.timedelta(days=1)) if last else None


def _day(query: Mapping[str, str], name: str) -> datetime.date | None:
    text = query.get(name)
    if not text:
        return None
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or not 1970 <= day.year < 9999:
        raise SpanWrong(errors=[FieldError(name, "日期不对")])
    return day
