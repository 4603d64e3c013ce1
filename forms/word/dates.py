"""Dates as paper shows them: Beijing time, never the machine's."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")


def beijing(at: int | str) -> datetime:
    """Beijing time of an instant given in microseconds or in RFC 3339."""
    if isinstance(at, int):
        return datetime.fromtimestamp(at // 1_000_000, UTC).astimezone(BEIJING)
    moment = datetime.fromisoformat(at)
    return moment.astimezone(BEIJING) if moment.tzinfo else moment.replace(tzinfo=BEIJING)


def dotted(day: date) -> str:
    """YYYY.MM.DD, as the source writes dates."""
    return f"{day.year:04}.{day.month:02}.{day.day:02}"


def month(day: date) -> str:
    """YYYY年MM月."""
    return f"{day.year:04}年{day.month:02}月"


def full(day: date) -> str:
    """YYYY年MM月DD日."""
    return f"{month(day)}{day.day:02}日"


def minute(at: int | str) -> str:
    """YYYY.MM.DD HH:MM in Beijing time."""
    moment = beijing(at)
    return f"{dotted(moment)} {moment.hour:02}:{moment.minute:02}"


def written(text: str) -> str:
    """A date or time typed in a form, dotted; anything else stays as it is."""
    try:
        if len(text) == 10:
            return dotted(date.fromisoformat(text))
        if len(text) >= 16 and text[10] in "T ":
            return minute(text)
    except ValueError:
        pass
    return text
