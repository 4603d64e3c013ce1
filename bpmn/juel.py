"""Camunda's `${...}` with plain comparisons, said in FEEL."""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'[^'\\]*'|\"[^\"\\]*\")|(?P<number>\d+(?:\.\d+)?)|(?P<name>[^\W\d]\w*(?:\.[^\W\d]\w*)*)"
    r"|(?P<op>==|!=|>=|<=|&&|\|\||[!<>()+\-*/]))"
)
_OPERATORS = {"==": "=", "&&": "and", "||": "or"}
_WORDS = {
    "eq": "=", "ne": "!=", "gt": ">", "lt": "<", "ge": ">=", "le": "<=",
    "not": "!", "empty": "empty", "and": "and", "or": "or", "true": "true", "false": "false", "null": "null",
}  # fmt: skip
_REFUSED = frozenset({"instanceof", "div", "mod"})
LONGEST = 2_000
# `empty` says three times what it stands before: one in the other, many of them would say it without end.
DEEPEST = 4
_PREFIXES = frozenset({"!", "empty"})


def is_juel(written: str) -> bool:
    """Whether the text holds a `${...}` or `#{...}`."""
    return "${" in written or "#{" in written


def to_feel(written: str) -> str | None:
    """The FEEL for one `${...}` of names, texts, numbers and comparisons; None where it is anything more."""
    match = re.fullmatch(r"\s*[$#]\{(.*)\}\s*", written, re.DOTALL) if len(written) <= LONGEST else None
    if match is None or is_juel(match.group(1)):
        return None
    tokens = _tokens(match.group(1))
    return None if tokens is None else _joined(tokens)


def _tokens(source: str) -> list[str] | None:
    found, place = [], 0
    source = source.strip()
    while place < len(source):
        match = _TOKEN.match(source, place)
        if match is None:
            return None
        place = match.end()
        if match["text"]:
            body = match["text"][1:-1]
            if '"' in body:
                return None
            found.append(f'"{body}"')
        elif match["name"]:
            if match["name"] in _REFUSED or source[place : place + 1] == "(":
                return None
            found.append(_WORDS.get(match["name"], match["name"]))
        elif match["op"]:
            found.append(_OPERATORS.get(match["op"], match["op"]))
        else:
            found.append(match["number"])
    return found or None


def _joined(tokens: list[str], depth: int = 0) -> str | None:
    """Spaces between; `!x` is `not(x)`, and empty is what is missing, no text or no list."""
    words: list[str] = []
    place = 0
    if depth > DEEPEST:
        return None
    while place < len(tokens):
        if tokens[place] in _PREFIXES:
            end = _operand(tokens, place + 1)
            inner = None if end is None else _joined(tokens[place + 1 : end], depth + 1)
            if end is None or inner is None:
                return None
            # Comparing a text with a list is null, which is no answer to a condition.
            empty = f'(if {inner} = null or {inner} = "" or {inner} = [] then true else false)'
            words.append(f"not({inner})" if tokens[place] == "!" else empty)
            place = end
            continue
        words.append(tokens[place])
        place += 1
    return " ".join(words).replace("( ", "(").replace(" )", ")")


def _operand(tokens: list[str], start: int) -> int | None:
    """Where the operand of a `!` ends: after one name or its closing parenthesis, prefixes included."""
    while start < len(tokens) and tokens[start] in _PREFIXES:
        start += 1
    if start >= len(tokens):
        return None
    if tokens[start] != "(":
        return start + 1
    depth = 0
    for place in range(start, len(tokens)):
        depth += {"(": 1, ")": -1}.get(tokens[place], 0)
        if depth == 0:
            return place + 1
    return None
