"""What an expression compares, judged before it runs: unlike types, and options that nobody can choose."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence

from bpmn.feel import Comparison, Operand
from bpmn.model import Kind
from bpmn.sentence import Sentence, say

WORDS = {"string": "文字", "number": "数字", "boolean": "是否", "list": "列表", "date": "日期时间", "duration": "时长"}
KindsOf = Callable[[str], Sequence[Kind]]
"""What a variable may be, by its name; nothing where that is not known."""


def judged(comparison: Comparison, kinds_of: KindsOf) -> Iterator[tuple[str, Sentence]]:
    """Rule and message of what is wrong with a comparison."""
    if any(side.value == "" for side in (comparison.left, *comparison.others)):
        return  # whether something is there is asked of any type
    own = _types(comparison.left, kinds_of)
    others = [_types(other, kinds_of) for other in comparison.others]
    against = {type for types in others for type in types}
    if own and comparison.whole and all(others) and "list" not in {*own, *against} and not set(own) & against:
        this, that = _side(comparison.left, own), _side(comparison.others[0], others[0])
        yield (
            "unlike-types",
            say("比较的两边类型不同：{one}，{other}，得不出结果，请改成同一类型。", one=this, other=that),
        )
    elif comparison.equal:
        for other in comparison.others:
            yield from _chosen(comparison.left, other, kinds_of)
            yield from _chosen(other, comparison.left, kinds_of)


def _chosen(field: Operand, value: Operand, kinds_of: KindsOf) -> Iterator[tuple[str, Sentence]]:
    kinds = _kinds(field, kinds_of)
    if value.value is None or not kinds or not all(kind.options for kind in kinds):
        return
    options = [option for kind in kinds for option in kind.options]
    if value.value not in options:
        offered = tuple(dict.fromkeys(_text(option) for option in options))
        message = say(
            "“{name}”的选项中没有“{value}”，只有：{offered}。请改正，否则永远不成立。",
            name=field.name,
            value=_text(value.value),
            offered=offered,
        )
        yield "not-an-option", message


def _types(side: Operand, kinds_of: KindsOf) -> list[str]:
    return [side.type] if side.type else [kind.type for kind in _kinds(side, kinds_of)]


def _kinds(side: Operand, kinds_of: KindsOf) -> Sequence[Kind]:
    if side.name is None:
        return ()
    around = side.of or side.inside
    if around is not None:
        lists = kinds_of(around)
        inside = [kind for kind in (one.rows.get(side.name) for one in lists) if kind is not None]
        # A name in a filter that is no key of the rows is a variable, but only where all the rows are known.
        if inside or side.of or not lists:
            return inside if len(inside) == len(lists) else ()
    return kinds_of(side.name)


def _side(side: Operand, types: Sequence[str]) -> Sentence:
    said = side.name or (None if side.value is None else _text(side.value))
    word = say(WORDS[types[0]])
    return say("另一边是{word}", word=word) if said is None else say("“{name}”是{word}", name=said, word=word)


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
