"""Availability of each system over a report's period: what was promised against what was down.

What took a system down: every major fault, unless it says that the system went on, and every event that says that the
system stopped. Down from 停机开始 to 停机结束, else from 发生时间 to 恢复时间; not yet recovered means down until now.
Stretches that overlap count once. Planned downtime, entered with a change (CBS00P020) or with preventive maintenance
(CBS00P006), counts neither as downtime nor as service time. Only the promised service hours count: those of the
service items that name the system, of all items where none does; 7×24 where any of them is, else 5×8.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from bpmn.working_time import Calendar, Stretch
from tasks.periods import moment
from tasks.stretches import ANNOUNCED, common, hours, minutes, united, without

Facts = Mapping[str, Any]


def availability(
    project: Facts,
    faults: Sequence[Facts],
    events: Sequence[Facts],
    planned: Sequence[Facts],
    window: Stretch,
    calendar: Calendar = ANNOUNCED,
) -> list[dict[str, Any]]:
    """A row for each system of the project, then for each other system that was down.

    Answers minutes of downtime and a percentage with three decimals; no percentage where no service hour passed.
    """
    down = _by_system([f for f in faults if f.get("system_down") is not False], window)
    for name, found in _by_system([e for e in events if e.get("system_down") is True], window).items():
        down.setdefault(name, []).extend(found)
    excused = _by_system(planned, window)
    listed = [str(s.get("system_name") or "") for s in project.get("systems") or () if s.get("system_name")]
    known = {plain(name) for name in listed}
    names = [*dict.fromkeys(listed), *sorted(spelt for spelt in down if spelt not in known)]
    items = [item for item in project.get("service_items") or () if isinstance(item, Mapping)]
    return [
        _row(name, items, window, united(down.get(plain(name), ())), united(excused.get(plain(name), ())), calendar)
        for name in names
    ]


def plain(name: str) -> str:
    """A system's name as it is compared: without spaces, in small letters."""
    return "".join(name.split()).casefold()


def _by_system(reports: Iterable[Facts], window: Stretch) -> dict[str, list[Stretch]]:
    found: dict[str, list[Stretch]] = {}
    for report in reports:
        begin = moment(report.get("down_at")) or moment(report.get("occurred_at"))
        end = moment(report.get("up_at")) or moment(report.get("recovered_at"))
        if begin is None or (end is None and report.get("over")):
            continue  # a time that nobody entered counts for nothing
        stretch = max(begin, window[0]), min(end or window[1], window[1])
        if stretch[0] < stretch[1]:
            found.setdefault(plain(str(report.get("system_name") or "")), []).append(stretch)
    return found


def _row(
    name: str,
    items: Sequence[Facts],
    window: Stretch,
    down: Sequence[Stretch],
    excused: Sequence[Stretch],
    calendar: Calendar,
) -> dict[str, Any]:
    own = [item for item in items if plain(name) in plain(str(item.get("service_item") or ""))] or items
    promised = "7x24" if any(item.get("service_hours") == "7x24" for item in own) else "5x8"
    served = without(hours(promised if items else "7x24", *window, calendar), excused)
    lost, whole = minutes(common(down, served)), minutes(served)
    row: dict[str, Any] = {"system_name": name or "—", "downtime_minutes": round(lost)}
    percents = [p for p in (item.get("availability_percent") for item in own) if isinstance(p, int | float)]
    if percents:
        row["availability_percent"] = max(percents)
    if whole > 0:
        row["actual_percent"] = round(max(0.0, 100 * (1 - lost / whole)), 3)
    return row


def window(begin: datetime, until: datetime, now: datetime) -> Stretch:
    """The part of a period that has passed."""
    return begin, max(begin, min(until, now))
