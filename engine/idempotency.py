"""The same request twice has one effect: what was answered is kept under (user, key) for seven days."""

import hashlib
from typing import Any

import msgspec
from sqlalchemy import bindparam, delete, insert, select, text, update

from bpmn.errors import FieldError, IdempotencyMismatch, Invalid
from engine.clock import DAY
from engine.step import Work
from engine.store import tables as t
from engine.store.prepared import Prepared

KEPT = 7 * DAY
LONGEST = 200
_find = Prepared(
    select(t.idempotency.c.digest, t.idempotency.c.answer).where(t.idempotency.c.asked == bindparam("wanted"))
)
_keep = Prepared(insert(t.idempotency))
_first = Prepared(
    text(
        "INSERT INTO idempotency (asked, digest, answer, at) VALUES (:asked, :digest, :answer, :at) "
        "ON CONFLICT DO NOTHING"
    )
)


def digest(*body: Any) -> bytes:
    """What makes two requests the same: half a SHA-256, for nobody gains by a collision but their own confusion."""
    return weighed(*body)[0]


def weighed(*body: Any) -> tuple[bytes, int]:
    """The digest, and how many bytes it was made of."""
    told = msgspec.json.encode(body, order="sorted")
    return hashlib.sha256(told).digest()[:16], len(told)


def _asked(user: str, key: str) -> bytes:
    return hashlib.sha256(f"{user}\n{key}".encode()).digest()[:16]


def answered(work: Work, user: str, key: str | None, body: bytes) -> Any | None:
    """What was answered to this request before, or None. Raises IdempotencyMismatch for another body."""
    if key is None:
        return None
    if not 0 < len(key) <= LONGEST:
        raise Invalid(errors=[FieldError("Idempotency-Key", "长度应为 1 至 200")])
    found = _find.first(work.connection, wanted=_asked(user, key))
    if found is None:
        return None
    kept, answer = found
    if kept != body:
        raise IdempotencyMismatch()
    return msgspec.json.decode(answer)


def again(work: Work, user: str, key: str | None, body: bytes) -> bool:
    """Whether this was asked before, in a use case that answers nothing; else it is remembered from now on.

    One statement does both. What goes wrong later in the transaction takes it back. Raises IdempotencyMismatch."""
    if key is None:
        return False
    if not 0 < len(key) <= LONGEST:
        raise Invalid(errors=[FieldError("Idempotency-Key", "长度应为 1 至 200")])
    asked = _asked(user, key)
    if _first.run(work.connection, asked=asked, digest=body, answer=b"{}", at=work.now):
        return False
    found = _find.first(work.connection, wanted=asked)
    if found is None or found[0] != body:
        raise IdempotencyMismatch()
    return True


def amend(work: Work, user: str, key: str | None, answer: Any) -> None:
    """What was asked in this transaction is answered so, after all."""
    if key is not None:
        mine = t.idempotency.c.asked == _asked(user, key)
        work.connection.execute(update(t.idempotency).where(mine).values(answer=msgspec.json.encode(answer)))


def keep(work: Work, user: str, key: str | None, body: bytes, answer: Any) -> None:
    """Remember the answer in the same transaction. Of two at once the second fails on the key, and is run again."""
    if key is not None:
        _keep.run(
            work.connection,
            asked=_asked(user, key),
            digest=body,
            answer=msgspec.json.encode(answer),
            at=work.now,
        )


def forget(work: Work) -> None:
    """Drop what is older than seven days."""
    work.connection.execute(delete(t.idempotency).where(t.idempotency.c.at < work.now - KEPT))
