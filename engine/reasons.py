"""Why something failed: kept as a sentence in the entry that tells it, so that each reader has it in their language."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Connection

from bpmn.sentence import Said, Sentence, as_sentence
from engine import journal


def kept(reason: Said) -> dict[str, Any]:
    """What the data of an entry say of a reason: its Chinese text, and the sentence."""
    return {"reason": str(reason), "said": msgspec.to_builtins(as_sentence(reason))}


def told(connection: Connection, instance: str, seq: int) -> Sentence | None:
    """The sentence that an entry keeps; None where it was erased, or written before sentences were kept."""
    (line,) = journal.read(connection, instance, after=seq - 1, to=seq)
    said = line.entry.data.get("said")
    return None if said is None else msgspec.convert(said, Sentence)
