"""Topic `agreement_clock`: until when a ticket must be answered and recovered, as the agreement promises.

The promise is the strictest of the project's service items of that priority: those that name the system, of all where
none does. What counts is the promised service hours from started_at on, pauses cut out. Answers promised_hours,
respond_by, recover_by, warn_respond_at, warn_recover_at as forms write times (Beijing's, to the minute); none where
nothing is promised, and none where a year's holidays are not known, which unknown_year says; due_explanation in words.
The result is an entry: executed again, it needs no calendar.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bpmn.working_time import DAY, FIVE_BY_EIGHT, Calendar, Stretch, YearNotKnown
from engine.contract import Input, Job, PermanentFailure, Services, described, results
from forms.word.dates import BEIJING, beijing
from tasks.availability import plain
from tasks.periods import moment

WARNED = 80
"""After how many percent of the promised time people are warned, where the diagram does not say."""
WEEKDAYS = "一二三四五六日"
TIMES = ("respond_by", "recover_by", "warn_respond_at", "warn_recover_at")
LISTED = 4
"""How many stretches of days off an explanation names."""


@dataclass(frozen=True)
class Promise:
    """What a service item promises: its hours, and how long until an answer and until recovery; None: nothing."""

    hours: str
    respond: timedelta | None
    recover: timedelta | None


@described(
    "协议时钟",
    Input("priority", "故障等级（不填取变量priority）"),
    Input("started_at", "起算时间（不填取变量occurred_at）"),
    Input("system_name", "系统名称（不填取变量system_name）"),
    Input("warn_percent", "用到百分之几时预警（不填为80）"),
)
@results(*TIMES, "promised_hours", "unknown_year", "due_explanation")
def agreement_clock(job: Job, services: Services) -> dict[str, Any]:
    """The due times of a ticket. Raises PermanentFailure where it has no time to count from."""
    known = {**job.variables, **{name: value for name, value in job.inputs.items() if value not in (None, "")}}
    begin = moment(known.get("started_at") or known.get("occurred_at"))
    if begin is None:
        raise PermanentFailure("没有起算时间（started_at 或 occurred_at）")
    over = services.project()
    promise = promised(over.variables if over else known, known.get("priority"), str(known.get("system_name") or ""))
    nothing: dict[str, Any] = {**dict.fromkeys(TIMES), "promised_hours": None, "unknown_year": None}
    if promise is None:
        return {**nothing, "due_explanation": "协议没有对该等级作出承诺，不设期限。"}
    paused, calendar = pauses(known.get("pauses")), services.working_calendar()
    percent = float(known.get("warn_percent") or WARNED)
    try:
        due = {
            **_due("respond_by", "warn_respond_at", promise.respond, promise, begin, paused, calendar, percent),
            **_due("recover_by", "warn_recover_at", promise.recover, promise, begin, paused, calendar, percent),
        }
    except YearNotKnown as unknown:
        told = f"{unknown.year}年的节假日安排尚未公布，不推算期限；系统管理员补充工作日历后重新计算。"
        services.notify(services.holders("admin"), f"{unknown.year}年的节假日安排尚未公布，工单期限无法计算", None)
        return {**nothing, "promised_hours": promise.hours, "unknown_year": unknown.year, "due_explanation": told}
    except OverflowError as error:
        raise PermanentFailure(str(error)) from error
    told = explained(promise, begin, due, paused, calendar)
    written = {name: None if at is None else at.strftime("%Y-%m-%dT%H:%M") for name, at in due.items()}
    return {**nothing, **written, "promised_hours": promise.hours, "due_explanation": told}


def promised(project: Mapping[str, Any], priority: Any, system: str) -> Promise | None:
    """The strictest promise for a system at a priority, or None."""
    items = [item for item in project.get("service_items") or () if isinstance(item, Mapping)]
    same = [item for item in items if item.get("priority") == priority]
    own = [item for item in same if system and plain(system) in plain(str(item.get("service_item") or ""))] or same
    found = [promise for item in own if (promise := _promise(item)) is not None]
    return min(found, key=lambda one: (one.recover or timedelta.max, one.respond or timedelta.max), default=None)


def _promise(item: Mapping[str, Any]) -> Promise | None:
    respond, recover = _span(item.get("response_minutes"), 1), _span(item.get("recovery_hours"), 60)
    hours = FIVE_BY_EIGHT if item.get("service_hours") == FIVE_BY_EIGHT else "7x24"
    return None if respond is None and recover is None else Promise(hours, respond, recover)


def _span(value: Any, minutes: int) -> timedelta | None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return timedelta(minutes=value * minutes) if number else None


def pauses(rows: Any) -> list[Stretch]:
    """The stretches of waiting for the customer that are over."""
    both = [(moment(row.get("since")), moment(row.get("until"))) for row in rows or () if isinstance(row, Mapping)]
    return [(since, until) for since, until in both if since is not None and until is not None and since < until]


def _due(
    by: str,
    warned: str,
    span: timedelta | None,
    promise: Promise,
    begin: datetime,
    paused: Sequence[Stretch],
    calendar: Calendar,
    percent: float,
) -> dict[str, datetime | None]:
    if span is None:
        return {by: None, warned: None}
    times = {by: span, warned: span * percent / 100}
    return {name: calendar.due(promise.hours, begin, one, paused).astimezone(BEIJING) for name, one in times.items()}


def explained(
    promise: Promise,
    begin: datetime,
    due: Mapping[str, datetime | None],
    paused: Sequence[Stretch],
    calendar: Calendar,
) -> str:
    """How the due times came about, in words: hours, days that do not count, pauses, until when."""
    last = max(filter(None, due.values()))
    parts = [f"{promise.hours.replace('x', '×')}：自{_at(begin)}起算"]
    off = _days_off(begin, last, calendar) if promise.hours == FIVE_BY_EIGHT else []
    if off:
        parts.append("、".join(off[:LISTED]) + ("等" if len(off) > LISTED else "") + "不计")
    cut = [pause for pause in paused if pause[0] < last and pause[1] > begin]
    if cut:
        parts.append(
            "等待客户（" + "、".join(f"{_at(since)}至{_at(until)}" for since, until in cut[:LISTED]) + "）不计"
        )
    ends = [(what, due[by]) for what, by in (("响应", "respond_by"), ("恢复", "recover_by"))]
    parts.append("，".join(f"应于{_at(at)}前{what}" for what, at in ends if at is not None))
    return "；".join(parts) + "。"


def _days_off(begin: datetime, end: datetime, calendar: Calendar) -> list[str]:
    """The stretches of days between two times that are not worked, as `10月1日至7日`."""
    on, last, found = beijing(begin.isoformat()).date(), end.date(), []
    while on <= last:
        first = on
        while on <= last and not calendar.works(on):
            on += DAY
        if on > first:
            through = on - DAY
            until = f"{through.month}月{through.day}日" if through.month != first.month else f"{through.day}日"
            found.append(f"{first.month}月{first.day}日" + (f"至{until}" if through > first else ""))
        on += DAY
    return found


def _at(at: datetime) -> str:
    local = at.astimezone(BEIJING)
    return f"{local.month}月{local.day}日（周{WEEKDAYS[local.weekday()]}）{local:%H:%M}"
