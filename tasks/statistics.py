"""What the service of 5.6 came to in one service year: the annual report's read-only tables.

A ticket belongs to the year in which it occurred, where nobody entered that to the year in which it was opened.
数量 are those; 关闭 counts whatever ended in the period, of earlier years too; 未关闭 is what stood open at its end.
What was settled when the service ended stood open then. A time that nobody entered counts for nothing.
Promises are judged in the year of the event; what is not recovered breaks its promise when the time for it is over.
A major fault has the first priority. Preventive work belongs to the year of its planned day, and was missed where
nothing was confirmed of it; daily work to the year of its day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bpmn.working_time import FIVE_BY_EIGHT, Calendar, Stretch
from engine.contract import Answer, ChildView
from forms.word.dates import beijing, dotted, written
from tasks import rounds
from tasks.availability import availability, window
from tasks.periods import Period, moment
from tasks.stretches import ANNOUNCED, unknown_years

KINDS = (("CBS00P017", "事件"), ("CBS00P018", "问题"), ("CBS00P019", "配置"), ("CBS00P020", "变更与发布"))
FAULT, EVENT, PROBLEM, CHANGE = "CBS00P007", "CBS00P017", "CBS00P018", "CBS00P020"
DAILY, PREVENTIVE = "CBS00P005", "CBS00P006"
RULES = (
    "工单按发生时间（未填的按发起时间）计入年度；“关闭”为报告期内关闭的全部工单，“未关闭”为报告期末仍未关闭的工单。"
    "承诺按事件发生的年度统计，到期未恢复的计为未达标，重大故障按一级计。"
    "可用率按承诺的服务时间（5×8为工作日9:00–17:00，按中国节假日与调休安排）计算：重大故障和造成停机的事件合并计算，"
    "重叠时段只计一次，变更和预防性维护中登记的计划停机不计。"
    "预防性维护按计划日期计入年度，期末没有完成记录的计为未做。"
)
FIGURES = (
    *("event_statistics", "promise_results", "availability_results", "major_faults", "preventive_results"),
    *("open_problems", "changes_summary", "actual_hours", "figure_rules"),
)
"""The keys of the figures."""
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Ticket:
    """A linked instance as the figures see it."""

    key: str
    title: str
    facts: Mapping[str, Any]
    occurred: datetime
    ended: datetime | None

    def open_at(self, instant: datetime) -> bool:
        """Whether it stood open then."""
        return self.occurred < instant and (self.ended is None or self.ended >= instant)


def statistics(
    children: Sequence[ChildView],
    variables: Mapping[str, Any],
    period: Period,
    now: int,
    answers: Callable[[str], Sequence[Answer]],
    calendar: Calendar = ANNOUNCED,
) -> dict[str, Any]:
    """The figures of the annual report of a period, under the keys of its form."""
    settled = {row.get("instance") for row in variables.get("settled_items") or ()}
    tickets = [_ticket(child, child.id in settled) for child in children]
    of = {key: [t for t in tickets if t.key == key] for key in (*dict(KINDS), FAULT)}
    own = {key: [t for t in found if period.holds(t.occurred)] for key, found in of.items()}
    work = [row for c in children if c.definition.get("key") == PREVENTIVE for row in rounds.preventive(answers(c.id))]
    kept = [row for c in children if c.definition.get("key") == DAILY for row in rounds.daily(answers(c.id))]
    passed = window(period.begin, period.until, beijing(now))
    planned = [t.facts for t in of[CHANGE] if t.facts.get("system_down") is True]
    planned += [{**w, "system_name": w.get("maintenance_object")} for w in work if w.get("system_down") is True]
    successes = sum(t.facts.get("change_result") == "success" for t in own[CHANGE])
    return {
        "event_statistics": _counts(of, period),
        "promise_results": _promises(variables.get("service_items"), [*own[EVENT], *own[FAULT]], passed[1]),
        "availability_results": availability(
            variables, [_down(t) for t in of[FAULT]], [_down(t) for t in of[EVENT]], planned, passed, calendar
        ),
        "major_faults": [_fault(t.facts) for t in own[FAULT]],
        "preventive_results": _preventive([row for row in work if period.holds(moment(row.get("next_due_on")))]),
        "open_problems": [
            {"title": t.facts.get("problem_title") or t.title, "since": dotted(t.occurred)}
            for t in of[PROBLEM]
            if t.open_at(period.until)
        ],
        "changes_summary": f"变更与发布共{len(own[CHANGE])}项，成功{successes}项。",
        "actual_hours": _hours(own, [row for row in (*kept, *work) if period.holds(moment(row.get("maintained_on")))]),
        "figure_rules": _rules(variables, passed, calendar),
    }


def _rules(variables: Mapping[str, Any], passed: Stretch, calendar: Calendar) -> str:
    """How it was counted; a year whose holidays nobody knows is said where it matters."""
    promised = {item.get("service_hours") for item in variables.get("service_items") or ()}
    years = sorted(unknown_years(*passed, calendar)) if FIVE_BY_EIGHT in promised else []
    told = "、".join(map(str, years))
    return RULES + (f"{told}年的节假日安排尚未公布，按周一至周五计。" if years else "")


def _ticket(child: ChildView, settled: bool) -> Ticket:
    ended = None if child.ended_at is None or settled else beijing(child.ended_at)
    occurred = moment(child.variables.get("occurred_at")) or beijing(child.created_at)
    return Ticket(str(child.definition.get("key", "")), child.title, child.variables, occurred, ended)


def _counts(of: Mapping[str, Sequence[Ticket]], period: Period) -> Rows:
    """Counts by kind and priority, in the order of the procedures."""
    rows: Rows = []
    for key, kind in (*KINDS, (FAULT, "重大故障")):
        by: dict[Any, list[Ticket]] = {}
        for ticket in of[key]:
            by.setdefault(ticket.facts.get("priority"), []).append(ticket)
        for priority, found in sorted(by.items(), key=lambda item: str(item[0])):
            row = {
                "count": sum(period.holds(t.occurred) for t in found),
                "closed_count": sum(period.holds(t.ended) for t in found),
                "open_count": sum(t.open_at(period.until) for t in found),
            }
            if any(row.values()):
                rows.append({"kind": kind, **({} if priority is None else {"priority": priority}), **row})
    return rows


def _minutes(facts: Mapping[str, Any], start: str, end: str) -> float | None:
    begun, ended = moment(facts.get(start)), moment(facts.get(end))
    return None if begun is None or ended is None or ended < begun else (ended - begun).total_seconds() / 60


def _promises(items: Any, tickets: Sequence[Ticket], until: datetime) -> Rows:
    """Response and recovery against the agreement's promises, for each service item and priority."""
    rows: Rows = []
    for item in items if isinstance(items, list) else ():
        response, recovery = item.get("response_minutes"), item.get("recovery_hours")
        same = [t for t in tickets if _priority(t) == item.get("priority")]
        verdicts = [(t, kept) for t in same if (kept := _kept(t, response, recovery, until)) is not None]
        judged = [kept for _, kept in verdicts]
        row = {
            "service_item": item.get("service_item"),
            "priority": item.get("priority"),
            "promised": f"响应{_told(response)}分钟，恢复{_told(recovery)}小时",
            "breach_count": judged.count(False),
            "breach_reason": _reasons(t.facts.get("breach_reason") for t, kept in verdicts if not kept),
        }
        rows.append({**row, "achieved_percent": round(100 * judged.count(True) / len(judged), 2)} if judged else row)
    return rows


def _reasons(told: Iterable[Any]) -> str:
    """Each reason once, in the order in which they were told."""
    return "；".join(dict.fromkeys(str(reason).strip() for reason in told if reason))


def _priority(ticket: Ticket) -> Any:
    return ticket.facts.get("priority") or ("p1" if ticket.key == FAULT else None)


def _told(value: Any) -> str:
    return "—" if value is None else str(value)


def _kept(ticket: Ticket, response: Any, recovery: Any, until: datetime) -> bool | None:
    """Whether a promise was kept; None where that cannot be said yet. What the agreement's clock said comes first."""
    clocked = [ticket.facts.get(name) for name in ("response_kept", "recovery_kept")]
    if isinstance(clocked[1], bool):
        return clocked[1] and clocked[0] is not False
    answered, recovered = (_minutes(ticket.facts, "occurred_at", end) for end in ("responded_at", "recovered_at"))
    late = answered is not None and response is not None and answered > response
    if recovered is not None:
        return not (late or (recovery is not None and recovered > recovery * 60))
    begun = moment(ticket.facts.get("occurred_at"))
    waiting = ticket.ended is None and begun is not None and recovery is not None
    overdue = waiting and begun is not None and (until - begun).total_seconds() > recovery * 3600
    return False if late or overdue else None


def _down(ticket: Ticket) -> Mapping[str, Any]:
    return {**ticket.facts, "over": ticket.ended is not None}


def _fault(facts: Mapping[str, Any]) -> dict[str, Any]:
    times = {key: written(str(facts.get(key) or "")) or None for key in ("occurred_at", "recovered_at")}
    return {**times, **{key: facts.get(key) for key in ("impact", "root_cause", "measures")}}


def _preventive(work: Sequence[Mapping[str, Any]]) -> Rows:
    """Preventive work done, moved and missed; one row for all plans together."""
    if not work:
        return []
    results = [row.get("preventive_result") or "missed" for row in work]
    counted = {f"{name}_count": results.count(name) for name in ("done", "moved", "missed")}
    return [
        {"planned_count": len(work), **counted, "missed_reason": _reasons(row.get("missed_reason") for row in work)}
    ]


def _hours(own: Mapping[str, Sequence[Ticket]], maintained: Sequence[Mapping[str, Any]]) -> float:
    """Hours of the tickets of the year and of the year's maintenance."""
    given = [t.facts.get("hours") for found in own.values() for t in found] + [row.get("hours") for row in maintained]
    return round(sum(h for h in given if isinstance(h, int | float) and not isinstance(h, bool)), 1)
