"""The patterns that text fields ask for, in RE2: however one is written, it takes time by the length of the text."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import re2

# JavaScript's and Python's way to write a letter by its number; RE2 has only its own.
NUMBERED = re.compile(r"\\u([0-9A-Fa-f]{4})|\\[\s\S]")


def readable(pattern: object) -> bool:
    """Whether this is a pattern that can be asked for: no look-ahead, no look-behind, no reference back."""
    try:
        _compiled(str(pattern))
    except (re2.error, UnicodeEncodeError):
        return False
    return isinstance(pattern, str)


def matches(pattern: str, text: str) -> bool:
    """Whether the whole text is as the pattern says."""
    return _compiled(pattern).fullmatch(text) is not None


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    return re2.compile(NUMBERED.sub(lambda found: rf"\x{{{found[1]}}}" if found[1] else found[0], pattern), options)
