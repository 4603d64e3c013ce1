"""What the service of 5.6 came to, counted from the linked instances: the annual report's read-only tables.

A time that nobody entered counts for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from engine.contract import ChildView
from forms.word.dates import beijing, dotted

KINDS = (("CBS00P017", "事件"), ("CBS00P018", "问题"), ("CBS00P019", "配置"), ("CBS00P020", "变更与发布"))
FAULT, EVENT, PROBLEM, CHANGE, PREVENTIVE = "CBS00P007", "CBS00P017", "CBS00P018", "CBS00P020", "CBS00P006"
Rows = list[dict[str, Any]]


def statistics(children: Sequence[ChildView], variables: Mapping[str, Any], now: int) -> dict[str, Any]:
    """The figures of the annual report, under the keys of its form."""
    of = {
        key: [c for c in children if c.definition.get("key") == key]
        for key, _ in (*KINDS, (FAULT, ""), (PREVENTIVE, ""))
    }
    hours = [c.variables.get("hours") for c in children]
    changes = of[CHANGE]
    done = sum(1 for c in changes if c.variables.get("change_result") == "success")
    return {
        "event_statistics": _counts(of),
        "promise_results": _promises(variables.get("service_items"), of[EVENT]),
        "availability_results": _availability(variables, of[FAULT], now),
        "major_faults": [_fault(c) for c in of[FAULT]],
        "preventive_results": _preventive(of[PREVENTIVE]),
        "open_problems": [
            {"title": c.variables.get("problem_title") or c.title, "since": dotted(beijing(c.created_at))}
            for c in of[PROBLEM]
            if c.ended_at is None
        ],
        "changes_summary": f"变更与发布共{len(changes)}项，成功{done}项。",
        "actual_hours": sum(h for h in hours if isinstance(h, int | float)),
    }


def _counts(of: Mapping[str, Sequence[ChildView]]) -> Rows:
    """Counts by kind and priority, in the order of the procedures."""
    rows: Rows = []
    for key, kind in (*KINDS, (FAULT, "重大故障")):
        by: dict[Any, list[ChildView]] = {}
        for child in of[key]:
            by.setdefault(child.variables.get("priority"), []).append(child)
        for priority, found in sorted(by.items(), key=lambda item: str(item[0])):
            closed = sum(1 for c in found if c.ended_at is not None)
            row = {"kind": kind, "count": len(found), "closed_count": closed, "open_count": len(found) - closed}
            rows.append(row if priority is None else {**row, "priority": priority})
    return rows


def moment(value: Any) -> datetime | None:
    """A date and time as typed in a form, or None."""
    try:
        return beijing(value) if isinstance(value, str) and value else None
    except ValueError:
        return None


def _minutes(variables: Mapping[str, Any], start: str, end: str) -> float | None:
    begun, ended = moment(variables.get(start)), moment(variables.get(end))
    return None if begun is None or ended is None or ended < begun else (ended - begun).total_seconds() / 60


def _promises(items: Any, events: Sequence[ChildView]) -> Rows:
    """Response and recovery against the agreement's promises, for each service item and priority."""
    rows: Rows = []
    for item in items if isinstance(items, list) else ():
        response, recovery = item.get("response_minutes"), item.get("recovery_hours")
        judged = [
            c.variables
            for c in events
            if c.variables.get("priority") == item.get("priority")
            and _minutes(c.variables, "occurred_at", "recovered_at") is not None
        ]
        broken = sum(1 for v in judged if _broken(v, response, recovery))
        row = {
            "service_item": item.get("service_item"),
            "priority": item.get("priority"),
            "promised": f"响应{_told(response)}分钟，恢复{_told(recovery)}小时",
            "breach_count": broken,
        }
        rows.append({**row, "achieved_percent": round(100 * (1 - broken / len(judged)), 2)} if judged else row)
    return rows


def _told(value: Any) -> str:
    return "—" if value is None else str(value)


def _broken(event: Mapping[str, Any], response: Any, recovery: Any) -> bool:
    answered, recovered = (_minutes(event, "occurred_at", end) for end in ("responded_at", "recovered_at"))
    late = answered is not None and response is not None and answered > response
    return late or (recovered is not None and recovery is not None and recovered > recovery * 60)


def _availability(variables: Mapping[str, Any], faults: Iterable[ChildView], now: int) -> Rows:
    """Availability of each system over the service so far: what major faults left of it."""
    begun, ended = moment(variables.get("service_start")), moment(variables.get("service_end"))
    if begun is None:
        return []
    whole = (min(ended or beijing(now), beijing(now)) - begun).total_seconds() / 60
    promised = next((i.get("availability_percent") for i in variables.get("service_items") or ()), None)
    lost: dict[str, float] = {}
    for fault in faults:
        name = str(fault.variables.get("system_name") or "")
        lost[name] = lost.get(name, 0.0) + (_minutes(fault.variables, "occurred_at", "recovered_at") or 0.0)
    rows: Rows = []
    for system in variables.get("systems") or ():
        down = round(lost.get(str(system.get("system_name") or ""), 0.0))
        row = {"system_name": system.get("system_name"), "downtime_minutes": down}
        if whole > 0:
            row["actual_percent"] = round(max(0.0, 100 * (1 - down / whole)), 3)
        rows.append(row if promised is None else {**row, "availability_percent": promised})
    return rows


def _fault(child: ChildView) -> dict[str, Any]:
    found = child.variables
    return {key: found.get(key) for key in ("occurred_at", "recovered_at", "impact", "root_cause", "measures")}


def _preventive(plans: Sequence[ChildView]) -> Rows:
    """Preventive work done, moved and missed; one row for all plans together."""
    results = [c.variables.get("preventive_result") for c in plans]
    if not results:
        return []
    reasons = [str(c.variables["missed_reason"]) for c in plans if c.variables.get("missed_reason")]
    counted = {f"{name}_count": results.count(name) for name in ("done", "moved", "missed")}
    return [{"planned_count": len(results), **counted, "missed_reason": "；".join(reasons)}]
