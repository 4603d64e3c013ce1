"""Many entries in few bytes: nothing is lost, and what can be computed again is not stored.

A row here is what the journal keeps of one entry, opened: (body, effects, hash, seal, kid, salt, payload). Left out are
the two digests in a body, and the hash, which follows from the body and the hash before it. A part is a stretch of one
instance's rows; parts of several instances lie in one segment, for they say much the same.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import zstandard

Row = tuple[bytes, bytes, bytes, bytes, str, bytes | None, bytes | None]
LEVEL = 12
FORM = 1
BLANK = {name: f'"{name}":""'.encode() for name in ("effects", "payload")}


@dataclass(frozen=True)
class Part:
    """The rows of an instance from number `first` on; `previous` is the hash that they follow."""

    instance: str
    first: int
    previous: bytes
    rows: list[Row]

    @property
    def last(self) -> int:
        """The number of the last row."""
        return self.first + len(self.rows) - 1

    def without(self, seq: int) -> "Part":
        """The part, one of its rows without payload."""
        rows = [(*row[:5], None, None) if at == seq else row for at, row in enumerate(self.rows, self.first)]
        return replace(self, rows=rows)


def closed(parts: Sequence[Part]) -> bytes:
    """The parts as one text."""
    told = [[p.instance, p.first, p.previous, *map(list, zip(*map(_short, p.rows), strict=True))] for p in parts]
    return zstandard.ZstdCompressor(level=LEVEL).compress(msgspec.msgpack.encode([FORM, *told]))


def opened(text: bytes) -> list[Part]:
    """The parts again. Raises ValueError for what is no segment of a form that this release knows."""
    try:
        form, *told = msgspec.msgpack.decode(zstandard.ZstdDecompressor().decompress(text))
        if form != FORM:
            raise ValueError(f"segment of form {form}")
        return [_part(*one) for one in told]
    except (zstandard.ZstdError, msgspec.DecodeError, TypeError) as error:
        raise ValueError("segment cannot be opened") from error


def kept(part: Part) -> bool:
    """Whether a segment would give this very part back: one that somebody has changed would come back mended."""
    return opened(closed([part])) == [part]


def _part(instance: str, first: int, previous: bytes, *columns: list[Any]) -> Part:
    rows: list[Row] = []
    before = previous
    for body, effects, seal, kid, salt, payload in zip(*columns, strict=True):
        body = _filled(body, "effects", hashlib.sha256(effects).hexdigest())
        if payload is not None:
            body = _filled(body, "payload", hashlib.sha256(salt + payload).hexdigest())
        before = hashlib.sha256(before + body).digest()
        rows.append((body, effects, before, seal, kid, salt, payload))
    return Part(instance, first, previous, rows)


def _short(row: Row) -> tuple[Any, ...]:
    body, effects, _, seal, kid, salt, payload = row
    body = _blanked(body, "effects", hashlib.sha256(effects).hexdigest())
    if payload is not None and salt is not None:
        body = _blanked(body, "payload", hashlib.sha256(salt + payload).hexdigest())
    return body, effects, seal, kid, salt, payload


# A quote inside of a JSON text is written \", so these patterns stand for members only.
def _blanked(body: bytes, name: str, digest: str) -> bytes:
    return body.replace(f'"{name}":"{digest}"'.encode(), BLANK[name], 1)


def _filled(body: bytes, name: str, digest: str) -> bytes:
    return body.replace(BLANK[name], f'"{name}":"{digest}"'.encode(), 1)
