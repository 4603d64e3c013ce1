"""The same request twice has one effect: what was answered is kept under (user, key) for seven days."""

import hashlib
from typing import Any

import msgspec
from sqlalchemy import bindparam, delete, insert, select

from bpmn.errors import FieldError, IdempotencyMismatch, Invalid
from engine.clock import DAY
from engine.step import Work
from engine.store import tables as t
from engine.store.prepared import Prepared

KEPT = 7 * DAY
LONGEST = 200
_find = Prepared(
    select(t.idempotency.c.digest, t.idempotency.c.answer).where(
        t.idempotency.c.user == bindparam("who"), t.idempotency.c.key == bindparam("wanted")
    )
)
_keep = Prepared(insert(t.idempotency))


def digest(*body: Any) -> bytes:
    """What makes two requests the same."""
    return hashlib.sha256(msgspec.json.encode(body, order="sorted")).digest()


def answered(work: Work, user: str, key: str | None, body: bytes) -> Any | None:
    """What was answered to this request before, or None. Raises IdempotencyMismatch for another body."""
    if key is None:
        return None
    if not 0 < len(key) <= LONGEST:
        raise Invalid(errors=[FieldError("Idempotency-Key", "长度应为 1 至 200")])
    found = _find.first(work.connection, who=user, wanted=key)
    if found is None:
        return None
    kept, answer = found
    if kept != body:
        raise IdempotencyMismatch()
    return msgspec.json.decode(answer)


def keep(work: Work, user: str, key: str | None, body: bytes, answer: Any) -> None:
    """Remember the answer in the same transaction. Of two at once the second fails on the key, and is run again."""
    if key is not None:
        row = {"user": user, "key": key, "digest": body, "answer": msgspec.json.encode(answer), "at": work.now}
        _keep.many(work.connection, [row])


def forget(work: Work) -> None:
    """Drop what is older than seven days."""
    work.connection.execute(delete(t.idempotency).where(t.idempotency.c.at < work.now - KEPT))
