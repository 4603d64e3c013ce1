"""The annual report's figures are those of the journals, reckoned by somebody else; its Word file has them drawn."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.actor import OPERATOR
from tests.forms.word.sheets import opened
from tests.procedures.reckoner import Reckoner
from tests.procedures.years import PROMISE, Years, furnished
from tests.stores import Stores

PROMISES = {"p1": (15, 2), "p2": (20, 3), "p3": (30, 4)}
ITEMS = [
    {**PROMISE, "priority": priority, "response_minutes": response, "recovery_hours": recovery}
    for priority, (response, recovery) in PROMISES.items()
]
EVENTS, SEED = 8, 7


@pytest.fixture
def service(tmp_path: Path, stores: Stores) -> Iterator[Years]:
    """A service that promises for three priorities."""
    made = Years(furnished(stores.new(tmp_path / "var")), service_items=ITEMS, planned_hours=100)
    yield made
    made.engine.close()


def typed(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M")


def handled(chance: random.Random, begun: datetime) -> dict[str, Any]:
    """When an event was answered and recovered, in time or late, and whether the system was down."""
    answered = begun + timedelta(minutes=chance.choice((5, 10, 40)))
    recovered = begun + timedelta(minutes=chance.choice((60, 100, 200, 500)))
    times = {"responded_at": typed(answered), "recovered_at": typed(recovered), "breach_reason": "备件延误"}
    down = chance.random() < 0.6
    return {**times, "system_down": down, **({"down_at": typed(begun), "up_at": typed(recovered)} if down else {})}


def play(service: Years) -> None:
    """Events of a year, a major fault, a change and an event that stay open."""
    chance = random.Random(SEED)
    for turn in range(EVENTS):
        begun = datetime(2026, 7, 5, 8) + timedelta(days=40 * turn)
        service.at(typed(begun + timedelta(hours=12)))
        id, urgency = service.ticket("CBS00P017"), ("high", "medium", "low")[turn % 3]
        service.do(
            "register_event", id, occurred_at=typed(begun), system_name="MES", impact_level="whole", urgency=urgency
        )
        done = {"hours": turn + 0.5, "event_outcome": "solved", "problem_needed": False}
        service.do("handle_event", id, **done, **handled(chance, begun))
        service.do("close_event", id, event_confirmed="confirmed")
    told = {"fault_title": "停机", "occurred_at": "2027-04-11T09:00", "system_name": "MES", "impact": "停产"}
    fault = service.fault(**told, reported_by="调度").id
    service.do("report_major_fault", fault)
    times = {"responded_at": "2027-04-11T09:05", "recovered_at": "2027-04-11T12:30"}
    down = {"system_down": True, "down_at": "2027-04-11T09:00", "up_at": "2027-04-11T12:30"}
    service.do("handle_major_fault", fault, service_restored=True, hours=6, **times, **down)
    service.do("close_major_fault", fault, problem_needed=False, root_cause="存储故障")
    service.do("request_change", service.ticket("CBS00P020"))
    waiting = service.ticket("CBS00P017")
    graded = {"impact_level": "whole", "urgency": "medium"}
    service.do("register_event", waiting, occurred_at="2027-05-13T08:00", system_name="MES", **graded)


def test_the_reports_figures_are_those_that_the_journals_say(service: Years) -> None:
    play(service)
    service.at("2027-07-01T08:00")
    shown = service.shown("write_annual_report")
    reckoned = Reckoner(service.engine, service.id)
    counted = Counter({(row["kind"], row.get("priority")): row["count"] for row in shown["event_statistics"]})
    assert counted == reckoned.counts("2026-07-01", "2027-06-30") and counted.total() == EVENTS + 3
    assert sum(row["open_count"] for row in shown["event_statistics"]) == reckoned.open() == 2
    broken = reckoned.broken(PROMISES)
    broken["p2"] += 1  # the event that waits: the time for it is over
    assert Counter({row["priority"]: row["breach_count"] for row in shown["promise_results"]}) == broken
    assert 0 < broken.total() < EVENTS + 2
    (available,) = shown["availability_results"]
    assert available["downtime_minutes"] == reckoned.down("MES") > 0
    assert available["actual_percent"] == round(100 - 100 * reckoned.down("MES") / (365 * 24 * 60), 3)
    assert shown["actual_hours"] == reckoned.hours()
    so_far = service.engine.foretell(OPERATOR, service.id, "year_so_far")
    assert so_far is not None and so_far["figures_from"] == "2027-07-01"

    service.do("write_annual_report", overview="全年平稳，停机一次。")
    (report,) = service.reports()
    made = opened(service.engine.document_path(OPERATOR, report.id).read_bytes())
    rows = [[cell.text for cell in row.cells] for table in made.tables for row in table.rows]
    assert any("停产" in row and "存储故障" in row for row in rows)
    assert any("全年平稳，停机一次。" in row for row in rows)
    captions = [p.text for p in made.paragraphs if p.text.startswith("图：")]
    assert len(captions) == len(made.inline_shapes) == 4, captions
    verified = service.engine.verify()
    assert verified.ok, str(verified)


def test_the_desk_tells_of_a_year_that_is_running_what_its_report_will_say(service: Years) -> None:
    play(service)
    service.at("2027-06-30T23:00")
    so_far = service.engine.foretell(OPERATOR, service.id, "year_so_far")
    service.at("2027-07-01T08:00")
    shown = service.shown("write_annual_report")
    same = ("event_statistics", "major_faults", "actual_hours", "changes_summary")
    assert so_far is not None and [so_far[name] for name in same] == [shown[name] for name in same]
    assert so_far["figures_to"] == "2027-06-30"
