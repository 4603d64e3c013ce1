"""Instants: microseconds since 1970 inside, RFC 3339 UTC for programs, Beijing time for people."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

from flask_babel import format_date as babel_date
from flask_babel import get_locale, gettext

BEIJING = ZoneInfo("Asia/Shanghai")
UTC = datetime.UTC
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=UTC)
_NAIVE = datetime.datetime(1970, 1, 1)

Instant = int | str | datetime.datetime | None


def moment(at: Instant) -> datetime.datetime | None:
    """The aware datetime of microseconds, RFC 3339 text or a datetime (naive ones are UTC); None stays None."""
    if at is None or at == "":
        return None
    if isinstance(at, int):
        return _EPOCH + datetime.timedelta(microseconds=at)
    if isinstance(at, str):
        at = datetime.datetime.fromisoformat(at)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def rfc3339(at: Instant) -> str | None:
    """RFC 3339 in UTC with microseconds where there are any."""
    if isinstance(at, int):  # nearly always: a list has three of them a row
        return (_NAIVE + datetime.timedelta(microseconds=at)).isoformat() + "Z"
    when = moment(at)
    if when is None:
        return None
    return when.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def local(at: Instant) -> str:
    """Date and minute in Beijing, in the reader's language; empty for None."""
    when = moment(at)
    if when is None:
        return ""
    there = when.astimezone(BEIJING)
    if str(get_locale() or "zh").startswith("en"):
        return f"{there.day} {there:%b %Y, %H:%M}"
    return f"{there:%Y-%m-%d %H:%M}"


def exact(at: Instant) -> str:
    """Date and second in Beijing, in the reader's language; empty for None."""
    when = moment(at)
    return "" if when is None else f"{local(at)}:{when.second:02}"


def local_date(at: Instant | datetime.date) -> str:
    """The date in Beijing, in the reader's language. A text that is no date stays as it is."""
    if isinstance(at, str) and len(at) == 10:
        try:
            day = datetime.date.fromisoformat(at)
        except ValueError:
            return at
    elif isinstance(at, datetime.date) and not isinstance(at, datetime.datetime):
        day = at
    else:
        when = moment(at)
        if when is None:
            return ""
        day = when.astimezone(BEIJING).date()
    if str(get_locale() or "zh").startswith("en"):
        return str(babel_date(day, "d MMM yyyy"))
    return day.isoformat()


def written(text: str) -> str:
    """A date, a time or both, as a form keeps them in Beijing, for reading. What is none of them stays as it is."""
    day, mark, time = text.partition("T")
    if not mark:
        return local_date(text)
    try:
        at = datetime.datetime.fromisoformat(text)
    except ValueError:
        return text
    return local(at if at.tzinfo else at.replace(tzinfo=BEIJING))


def now() -> datetime.datetime:
    """Now, aware."""
    return datetime.datetime.now(UTC)


def noon(day: str | None) -> datetime.datetime | None:
    """The middle of a day of a form in Beijing; None for what is no date."""
    try:
        return datetime.datetime.combine(datetime.date.fromisoformat(day or ""), datetime.time(12), BEIJING)
    except ValueError:
        return None


def days_until(at: Instant) -> int | None:
    """Whole Beijing days from today until then; negative when it is over."""
    when = moment(at)
    if when is None:
        return None
    return (when.astimezone(BEIJING).date() - now().astimezone(BEIJING).date()).days


def midnight(day: datetime.date) -> int:
    """When a day begins in Beijing, in microseconds since 1970."""
    return (datetime.datetime.combine(day, datetime.time(), BEIJING) - _EPOCH) // datetime.timedelta(microseconds=1)


def lasted(microseconds: float | None) -> str:
    """How long something took, in the largest unit of which there are two or more; a dash for None."""
    if microseconds is None:
        return "—"
    seconds = microseconds / 1_000_000
    if seconds < 120:
        return str(gettext("%(n)s 秒", n=f"{seconds:.0f}" if seconds >= 10 else f"{seconds:.1f}".removesuffix(".0")))
    if seconds < 2 * 3600:
        return str(gettext("%(n)s 分钟", n=f"{seconds / 60:.0f}"))
    if seconds < 2 * 86_400:
        return str(gettext("%(n)s 小时", n=f"{seconds / 3600:.1f}"))
    return str(gettext("%(n)s 天", n=f"{seconds / 86_400:.1f}"))
