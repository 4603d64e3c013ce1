"""服务台: what a project's service came to, in figures and charts, for one project and across all of them."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import login_required
from markupsafe import Markup

from engine.clock import DAY
from engine.facts import COSTS, overruns
from engine.tickets import Ticket, instant
from forms.charts import Bar, Chart, Level, columns, levels, plain, stacked
from web import times
from web.here import actor, engine
from web.page import show
from web.start import MAIN

routes = Blueprint("service_desk", __name__)
FAULT, CONFIGURATION, PREVENTIVE = "CBS00P007", "CBS00P019", "CBS00P006"
KINDS = ("CBS00P017", FAULT, "CBS00P018", CONFIGURATION, "CBS00P020")
COUNTED = ("事件", "问题", "配置", "变更与发布", "重大故障")
"""What the figures of the year call the kinds."""
PRIORITIES = ("p1", "p2", "p3", "p4", "")
SERVICE = f"{MAIN}_service"
"""What a project has that has a desk."""
YEAR_SO_FAR = "year_so_far"
SHOWN = 12
"""Rows of a list: what is beyond is said, and found among the linked procedures."""
WIDE = 360.0
"""A chart is as wide as a phone can show it legibly."""
WEEK = 7 * DAY


def words() -> dict[str, dict[str, str]]:
    """What kinds, priorities, results and costs are called."""
    kinds = (gettext("事件"), gettext("重大故障"), gettext("问题处理"), gettext("配置"), gettext("变更与发布"))
    priorities = (gettext("一级"), gettext("二级"), gettext("三级"), gettext("四级"), gettext("未定级"))
    costs = (gettext("人工"), gettext("设备"), gettext("外协"), gettext("差旅"), gettext("其他"))
    actions = {"add": gettext("新增"), "change": gettext("变更"), "remove": gettext("移除")}
    return {
        "kinds": dict(zip(KINDS, kinds, strict=True)),
        "priorities": dict(zip(PRIORITIES, priorities, strict=True)),
        "costs": dict(zip(COSTS, costs, strict=True)),
        "actions": actions,
        "counted": dict(zip(COUNTED, (kinds[0], kinds[2], kinds[3], kinds[4], kinds[1]), strict=True)),
    }


def content(view: Any) -> dict[str, Any]:
    """What the desk of a project shows: the tickets that are open, and the service year until now."""
    now = times.midnight(times.now().astimezone(times.BEIJING).date())
    found = engine().tickets(actor(), view.id)
    tickets = [one for one in found if one.definition["key"] in KINDS]
    open_ones = sorted((one for one in tickets if one.ended_at is None), key=_urgency)
    figures = engine().foretell(actor(), view.id, YEAR_SO_FAR) or {}
    said = words()
    return {
        "said": said,
        "open_ones": open_ones[:SHOWN],
        "open_count": len(open_ones),
        "overdue": sum(one.due_at is not None and one.due_at < _instant() for one in open_ones),
        "due_tasks": engine().due_tasks(actor(), view.id, now + WEEK),
        "due_tickets": [one for one in open_ones if one.due_at is not None and one.due_at < now + WEEK],
        "due_work": [one for one in found if _planned(one, now + WEEK)],
        "figures": figures,
        "broken": sum(row["breach_count"] for row in figures.get("promise_results", ())),
        "items": items(tickets),
        "hours": hours(tickets, figures),
        "costs": costs(view.variables),
        "overruns": overruns(view.variables),
        "charts": charts(open_ones, tickets, figures, view.variables, said),
    }


def _instant() -> int:
    return int(times.now().timestamp() * 1_000_000)


def _urgency(one: Ticket) -> tuple[bool, int, str]:
    """What is due first comes first, then what nobody promised, the oldest first."""
    return one.due_at is None, one.due_at or one.occurred_at, one.id


def _planned(one: Ticket, until: int) -> bool:
    """Whether preventive work is planned until then and not told to be done."""
    planned = instant(one.variables.get("next_due_on"))
    running = one.definition["key"] == PREVENTIVE and one.ended_at is None
    return running and planned is not None and planned < until and not one.variables.get("preventive_result")


def items(tickets: Iterable[Ticket]) -> list[dict[str, Any]]:
    """Each configuration item as its last change left it, and how many instances are related to it."""
    found: dict[str, dict[str, Any]] = {}
    for one in tickets:
        name = str(one.variables.get("configuration_item") or "").strip()
        if name:
            earlier = found.pop(name, {"changes": 0, "related": {}})
            related = [one.variables.get("origin_instance"), *(one.variables.get("linked_instances") or ())]
            found[name] = {
                "name": name,
                "ticket": one,
                "action": one.variables.get("configuration_action"),
                "baseline": one.variables.get("baseline_version") or earlier.get("baseline"),
                "changes": earlier["changes"] + 1,
                "related": {**earlier["related"], **dict.fromkeys(id for id in related if isinstance(id, str))},
            }
    return sorted(found.values(), key=lambda row: str(row["name"]))


def hours(tickets: Iterable[Ticket], figures: Mapping[str, Any]) -> dict[str, float]:
    """Hours of the service year by kind; what belongs to no ticket is maintenance, under the empty key."""
    first = times.noon(figures.get("figures_from"))
    begin = times.midnight(first.date()) if first else 0
    spent: Counter[str] = Counter()
    for one in tickets:
        given = one.variables.get("hours")
        if one.occurred_at >= begin and isinstance(given, int | float) and not isinstance(given, bool):
            spent[one.definition["key"]] += given  # type: ignore[assignment]  # a Counter of hours
    rest = round(float(figures.get("actual_hours") or 0) - sum(spent.values()), 1)
    told = {key: round(float(spent[key]), 1) for key in KINDS if spent[key]}
    return {**told, **({"": rest} if rest > 0 else {})}


def costs(variables: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """Each kind of cost with what was planned and what was spent, in 分."""
    rows = [(name, variables.get(f"{name}_budget"), variables.get(f"{name}_actual")) for name in COSTS]
    return [row for row in rows if row[1] or row[2]]


def charts(
    open_ones: Sequence[Ticket],
    tickets: Sequence[Ticket],
    figures: Mapping[str, Any],
    variables: Mapping[str, Any],
    said: Mapping[str, Mapping[str, str]],
) -> dict[str, Markup]:
    """The pictures of the desk by section; one without figures is not there."""
    drawn: dict[str, Chart | None] = {
        "open": of_open(open_ones, said),
        "months": of_months(tickets, figures),
        "promises": of_promises(figures, said),
        "availability": of_availability(figures),
        "preventive": of_preventive(figures),
        "hours": of_hours(variables, figures),
        "costs": of_costs(variables, said),
    }
    return {name: Markup(chart.svg.decode()) for name, chart in drawn.items() if chart is not None}


def of_open(open_ones: Sequence[Ticket], said: Mapping[str, Mapping[str, str]]) -> Chart | None:
    """Open tickets by kind, each by priority."""
    counted = Counter((one.definition["key"], str(one.variables.get("priority") or "")) for one in open_ones)
    used = [p for p in PRIORITIES if any(counted[kind, p] for kind in KINDS)]
    bars = [Bar(said["kinds"][kind], tuple(counted[kind, p] for p in used)) for kind in KINDS]
    bars = [bar for bar in bars if sum(bar.values)]
    names = [said["priorities"][p] for p in used]
    return stacked(gettext("未关闭工单"), names, bars, WIDE) if bars else None


def of_months(tickets: Sequence[Ticket], figures: Mapping[str, Any]) -> Chart | None:
    """How many were raised and closed in each month of the service year."""
    first = times.noon(figures.get("figures_from"))
    if first is None or not tickets:
        return None
    months = [(first.year + (first.month - 1 + n) // 12, (first.month - 1 + n) % 12 + 1) for n in range(12)]
    raised = Counter(_month(one.occurred_at) for one in tickets)
    closed = Counter(_month(one.ended_at) for one in tickets if one.ended_at is not None)
    groups = [Bar(gettext("%(n)s月", n=month[1]), (raised[month], closed[month])) for month in months]
    return columns(gettext("每月工单"), [gettext("发生"), gettext("关闭")], groups, WIDE)


def _month(at: int) -> tuple[int, int]:
    there = datetime.datetime.fromtimestamp(at / 1_000_000, times.BEIJING)
    return there.year, there.month


def of_promises(figures: Mapping[str, Any], said: Mapping[str, Mapping[str, str]]) -> Chart | None:
    """The share of promises that were kept, for each service item and priority."""
    rows = [
        Level(
            f"{row['service_item'] or '—'} {said['priorities'].get(row.get('priority') or '', '')}".strip(),
            row["achieved_percent"],
            None,
            gettext("达成 %(rate)s%%，未达标 %(n)s 次", rate=plain(row["achieved_percent"]), n=row["breach_count"]),
            row["breach_count"] == 0,
        )
        for row in figures.get("promise_results", ())
        if "achieved_percent" in row
    ]
    return levels(gettext("承诺达成率"), rows, WIDE) if rows else None


def of_availability(figures: Mapping[str, Any]) -> Chart | None:
    """The availability of each system beside what was promised."""
    rows, known = [], [row for row in figures.get("availability_results", ()) if "actual_percent" in row]
    for row in known:
        actual, promised = row["actual_percent"], row.get("availability_percent")
        kept = None if promised is None else bool(actual >= promised)
        told = gettext("实际 %(rate)s%%", rate=f"{actual:g}")
        if promised is not None:
            verdict = gettext("达到") if kept else gettext("未达到")
            told = gettext("%(told)s，承诺 %(rate)s%%，%(verdict)s", told=told, rate=f"{promised:g}", verdict=verdict)
        rows.append(Level(row["system_name"], actual, promised, told, kept))
    least = min(95.0, *(row.value for row in rows)) // 5 * 5 if rows else 0.0
    return levels(gettext("可用率（自 %(least)s%% 起）", least=f"{least:g}"), rows, WIDE, least) if rows else None


def of_preventive(figures: Mapping[str, Any]) -> Chart | None:
    """Preventive work of the year: done, moved, missed."""
    bars = [
        Bar(
            gettext("计划 %(n)s 项", n=row["planned_count"]),
            tuple(row[f"{n}_count"] for n in ("done", "moved", "missed")),
        )
        for row in figures.get("preventive_results", ())
    ]
    names = [gettext("完成"), gettext("改期"), gettext("未做")]
    return stacked(gettext("预防性维护"), names, bars, WIDE) if bars else None


def of_hours(variables: Mapping[str, Any], figures: Mapping[str, Any]) -> Chart | None:
    """Hours spent beside the hours that were planned."""
    planned, spent = variables.get("planned_hours"), figures.get("actual_hours")
    if not planned or spent is None:
        return None
    rate = plain(100 * spent / planned)
    told = gettext(
        "已用 %(spent)s，计划 %(planned)s（%(rate)s%%）", spent=plain(spent), planned=plain(planned), rate=rate
    )
    row = Level(gettext("工时"), spent, planned, told, spent <= planned)
    return levels(gettext("工时"), [row], WIDE, 0, max(spent, planned))


def of_costs(variables: Mapping[str, Any], said: Mapping[str, Mapping[str, str]]) -> Chart | None:
    """Each kind of cost: spent beside planned."""
    rows = costs(variables)
    most = max(chain.from_iterable((row[1] or 0, row[2] or 0) for row in rows), default=0)
    bars = []
    for name, planned, spent in rows:
        told = gettext("已用 %(spent)s 元", spent=f"{(spent or 0) / 100:,.0f}")
        if planned is not None:
            told = gettext("%(told)s，预算 %(planned)s 元", told=told, planned=f"{planned / 100:,.0f}")
        bars.append(Level(said["costs"][name], spent or 0, planned, told, planned is None or (spent or 0) <= planned))
    return levels(gettext("预算使用"), bars, WIDE, 0, most) if bars else None


@routes.get("/desk")
@login_required
def everything() -> ResponseReturnValue:
    """The running projects that I may see, with what is open, due and broken in each."""
    page = engine().desks(actor(), MAIN, FAULT, request.args.get("cursor", ""))
    names = ("open", "urgent", "faults", "overdue", "due", "broken")
    totals = {name: sum(getattr(row, name) for row in page.items) for name in names}
    parts = [gettext("已逾期"), gettext("七天内到期"), gettext("其他未关闭")]
    rows = sorted((row for row in page.items if row.open), key=lambda row: -row.open)[:15]
    bars = [Bar(row.title, (row.overdue, row.due, row.open - row.overdue - row.due)) for row in rows]
    chart = Markup(stacked(gettext("各项目未关闭工单"), parts, bars, WIDE).svg.decode()) if bars else ""
    return show("service_desk/all", page=page, totals=totals, chart=chart)
