"""Two sequences side by side. Which one is called the first makes no difference to what is found."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

Pair = tuple[int | None, int | None]


def aligned(before: Sequence[str], after: Sequence[str]) -> list[Pair]:
    """The places that belong together: equal ones, changed ones in turn, and (None beside them) those of one side."""
    # The matcher answers otherwise when its arguments change places; so they always come in the same order.
    if list(after) < list(before):
        return [(first, second) for second, first in aligned(after, before)]
    found: list[Pair] = []
    for _, start, end, other_start, other_end in SequenceMatcher(None, before, after).get_opcodes():
        both = min(end - start, other_end - other_start)
        found += [(start + at, other_start + at) for at in range(both)]
        found += [(at, None) for at in range(start + both, end)]
        found += [(None, at) for at in range(other_start + both, other_end)]
    return found


def moved(before: Sequence[str], after: Sequence[str]) -> list[str]:
    """The keys, each of them once in a sequence, that stand otherwise among those that both sequences have."""
    common = set(before) & set(after)
    old, new = [key for key in before if key in common], [key for key in after if key in common]
    pairs = [(old[one], new[other]) for one, other in aligned(old, new) if one is not None and other is not None]
    stayed = {key for key, other in pairs if key == other}
    return [key for key in new if key not in stayed]
