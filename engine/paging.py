"""Cursors: a page starts behind the last row of the one before it, so that no list is ever counted through."""

from collections.abc import Sequence
from typing import Any

import msgspec
from itsdangerous import BadData, URLSafeSerializer

from bpmn.errors import FieldError, Invalid
from bpmn.sentence import say

MOST = 200
_plain = URLSafeSerializer("cursor", salt="page")


def limit_of(limit: int) -> int:
    """A limit within bounds. Raises Invalid."""
    if not isinstance(limit, int) or not 1 <= limit <= MOST:
        raise Invalid(errors=[FieldError("limit", say("应为 1 至 {most} 的整数", most=MOST))])
    return limit


def write(*position: Any) -> str:
    """The cursor of a position."""
    text = _plain.dumps(list(position))
    return text if isinstance(text, str) else text.decode()


def read(cursor: str, length: int) -> list[Any] | None:
    """The position of a cursor, None for the first page. Raises Invalid for what no page has answered."""
    if not cursor:
        return None
    try:
        position = _plain.loads(cursor)
    except (BadData, msgspec.DecodeError) as error:
        raise Invalid(errors=[FieldError("cursor", "无效")]) from error
    if not isinstance(position, list) or len(position) != length or not _place(*position):
        raise Invalid(errors=[FieldError("cursor", "无效")])
    return position


def _place(first: Any, *rest: Any) -> bool:
    """Whether a number that the store can hold comes first, and texts after it."""
    return type(first) is int and abs(first) < 2**63 and all(isinstance(one, str) for one in rest)


def cut(rows: Sequence[Any], limit: int, position: Any) -> tuple[list[Any], str | None]:
    """Rows of a page and the cursor after it, from up to limit + 1 rows; `position(row)` says where a row stands."""
    items = list(rows[:limit])
    return items, write(*position(items[-1])) if len(rows) > limit else None
