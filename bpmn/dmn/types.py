"""Types of decisions: whether a value is what its column says. Dates and durations are ISO texts outside of FEEL."""

from __future__ import annotations

from bpmn.dmn.model import Type
from bpmn.feel import Feel, FeelError
from bpmn.model import Json

# Names that DMN's versions and modelers write, and what each means here. None: any value.
KINDS: dict[str, str | None] = {
    **dict.fromkeys(["string"], "string"),
    **dict.fromkeys(["number", "integer", "long", "double"], "number"),
    **dict.fromkeys(["boolean"], "boolean"),
    **dict.fromkeys(["date"], "date"),
    **dict.fromkeys(["time"], "time"),
    **dict.fromkeys(["date and time", "dateTime", "datetime", "dateAndTime"], "date and time"),
    **dict.fromkeys(["duration", "days and time duration", "years and months duration"], "duration"),
    **dict.fromkeys(["dayTimeDuration", "yearMonthDuration"], "duration"),
    **dict.fromkeys(["Any", "context", "list"], None),
}
WORDS = {
    "string": "文字",
    "number": "数",
    "boolean": "是否",
    "date": "日期",
    "time": "时间",
    "date and time": "日期时间",
    "duration": "时长",
}
TEMPORAL = frozenset(["date", "time", "date and time", "duration"])


def fits(type: Type, value: Json, feel: Feel, now_us: int) -> bool:
    """Whether the value is of the type; null is of every type."""
    if type.many:
        return value is None or (isinstance(value, list) and all(_is(type.kind, one, feel, now_us) for one in value))
    return _is(type.kind, value, feel, now_us)


def _is(kind: str | None, value: Json, feel: Feel, now_us: int) -> bool:
    if kind is None or value is None:
        return True
    if kind == "boolean":
        return isinstance(value, bool)
    if kind == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    if not isinstance(value, str):
        return False
    if kind not in TEMPORAL:
        return True
    try:
        return feel.evaluate(f"{kind}(value)", {"value": value}, now_us) is not None
    except FeelError:
        return False
