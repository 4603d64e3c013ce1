"""True and false as inputs of a diagram give them: a FEEL value, or literal text."""

from __future__ import annotations

from typing import Any


def truth(value: Any) -> bool:
    """Whether an input means yes."""
    return value.strip().lower() in ("true", "1", "yes", "是") if isinstance(value, str) else bool(value)
