"""A service year of 50 projects played on a test clock, one of them with 2 000 tickets: its desk, and its report.

`played(folder, ...)` leaves such a store behind, to look at: `./run bench year --keep FOLDER`. Its projects have the
service period alone: `model/year.bpmn` stands in the place of the procedure's main diagram.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bench.house import hasty
from bench.measure import Line, Sample, Size, Watch, percentile
from bench.pages import PASSWORD, logged_in
from bpmn.model import File
from bpmn.roles import ROLES
from engine.actor import OPERATOR, Actor
from engine.engine import Engine
from engine.furnish import bundled
from engine.settings import Settings
from engine.views import TaskRow
from forms.word.dates import BEIJING
from tasks import TASKS
from tests.procedures.answers import asked, inputs, name, plausible

PROJECTS, MANY, FEW = 50, 2_000, 40
DESK, REPORT = 300.0, 5_000.0
"""Milliseconds that the desk and the report may take."""
MODEL = Path(__file__).with_name("model") / "year.bpmn"
KEY = "CBS00P004"
PM = Actor("project_manager")
SYSTEMS = ("MES", "ERP", "热轧二级", "能源管理")
PROMISED = {"p1": (15, 2), "p2": (30, 4), "p3": (60, 8), "p4": (240, 48)}
IMPACT = {"p1": "whole", "p2": "whole", "p3": "whole", "p4": "part"}
URGENCY = {"p1": "high", "p2": "medium", "p3": "low", "p4": "low"}
"""What the decision table of events grades so."""
KINDS = ("CBS00P017",) * 16 + ("CBS00P018", "CBS00P019", "CBS00P020", "CBS00P017")


class Hand:
    """A clock that the play moves."""

    def __init__(self, begin: datetime) -> None:
        self.begin = begin
        self.at = _instant(begin)

    def now(self) -> int:
        """Now, a microsecond later each time."""
        self.at += 1
        return self.at


def _instant(at: datetime) -> int:
    return int(at.timestamp()) * 1_000_000


def project(number: int, begin: datetime) -> dict[str, Any]:
    """What is known of a project when its service begins."""
    items = [
        {
            **{"service_item": "应用支持", "service_hours": "7x24", "priority": priority},
            **{"response_minutes": response, "recovery_hours": recovery, "availability_percent": 99.5},
        }
        for priority, (response, recovery) in PROMISED.items()
    ]
    return {
        **{"project_name": f"运维项目{number:02}", "customer_name": f"客户{number:02}", "system_kind": "computer"},
        **{"project_number": f"ABS25{number:03}", "contract_amount": 120_000_000},
        **{"systems": [{"system_name": one} for one in SYSTEMS], "service_items": items, "planned_hours": 4000},
        **{"labor_budget": 80_000_000, "labor_actual": 61_250_000, "travel_budget": 6_000_000},
        **{"travel_actual": 6_420_000},
        **{"service_start": _day(begin), "service_end": _day(begin + timedelta(days=364)), "members": []},
    }  # fmt: skip


class Year:
    """One project from the beginning of its service, and what is done in it."""

    def __init__(self, engine: Engine, clock: Hand, number: int) -> None:
        self.engine, self.clock = engine, clock
        self.chance = random.Random(number)
        self.id = engine.start(PM, KEY, f"XM-{number:02}", project(number, clock.begin)).id

    def play(self, tickets: int) -> None:
        """So many tickets in the order of their days; the last of them stay open."""
        for turn in range(tickets):
            self.clock.at = max(self.clock.at, _instant(self.clock.begin + timedelta(days=355) * (turn / tickets)))
            self.ticket(turn, closes=turn < tickets * 0.985)

    def ticket(self, turn: int, closes: bool) -> None:
        """One ticket, done to its end or left where it was reported."""
        key = "CBS00P007" if turn % 400 == 7 else KINDS[turn % len(KINDS)]
        begun = datetime.fromtimestamp(self.clock.at / 1_000_000, BEIJING)
        priority = self.chance.choice(("p1", "p2", "p3", "p3", "p3", "p4"))
        response, recovery = PROMISED[priority]
        late = self.chance.random() < 0.04
        answered = begun + timedelta(minutes=response * self.chance.uniform(0.2, 0.9))
        recovered = begun + timedelta(hours=recovery * (1.5 if late else self.chance.uniform(0.3, 0.9)))
        system = self.chance.choice(SYSTEMS)
        told = {
            **{"impact_level": IMPACT[priority], "urgency": URGENCY[priority]},
            **{"event_title": f"{system}告警 {turn}", "fault_title": f"{system}停机 {turn}", "system_name": system},
            **{
                "problem_title": f"{system}反复报错 {turn}",
                "change_title": f"{system}升级 {turn}",
                "priority": priority,
            },
            **{"configuration_item": f"{system}服务器", "baseline_version": f"B{turn}", "change_needed": False},
            **{"occurred_at": _typed(begun), "responded_at": _typed(answered), "recovered_at": _typed(recovered)},
            **{"event_outcome": "solved", "event_confirmed": "confirmed", "service_restored": True, "hours": 1.5},
            **{"problem_needed": False, "change_result": "success", "breach_reason": "备件延误" if late else None},
            **{"system_down": key == "CBS00P007", "down_at": _typed(begun), "up_at": _typed(recovered)},
        }
        title = next(told[name] for kind, name in TITLES.items() if kind == key)
        id = self.engine.start(PM, key, None, {"title": title}, parent=self.id).id
        for _ in range(8 if closes else 1):
            rows = self.engine.tasks(OPERATOR, instance=id).items
            if not rows:
                self.engine.run_jobs_once()
                rows = self.engine.tasks(OPERATOR, instance=id).items
            if not rows:
                return
            self.do(rows[0], told)

    def do(self, row: TaskRow, told: Mapping[str, Any]) -> None:
        """Hand in a task: what was told, else what its form opens with, else what is plausible."""
        outside = {role.key for role in ROLES if role.kind == "outside"}
        own = [role for role in row.roles if role not in outside]
        behalf = None if own or row.assignee else row.roles[0]
        who = Actor(row.assignee or (own[0] if own else row.on_behalf_roles[0]))
        if not row.assignee:
            self.engine.claim(who, row.id)
        form = self.engine.task(who, row.id).form
        assert form is not None
        data = {}
        for component in inputs(form.schema):
            if asked(component):
                key = name(component)
                known = told[key] if key in told else form.data.get(key)
                data[key] = plausible(component) if known in (None, "", []) and key not in told else known
        evidence = (
            [self.engine.attach(who, row.id, "确认.pdf", b"%PDF-1.4\n%%EOF", "application/pdf").id] if behalf else []
        )
        self.engine.complete(who, row.id, {k: v for k, v in data.items() if v is not None}, behalf, evidence)

    def attached(self, who: Actor, row: TaskRow) -> str:
        """The id of a file that shows what somebody outside confirmed."""
        return self.engine.attach(who, row.id, "确认.pdf", b"%PDF-1.4\n%%EOF", "application/pdf").id


TITLES = {
    **{"CBS00P007": "fault_title", "CBS00P017": "event_title", "CBS00P018": "problem_title"},
    **{"CBS00P019": "configuration_item", "CBS00P020": "change_title"},
}


def _day(at: datetime) -> str:
    return at.date().isoformat()


def _typed(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M")


def played(folder: Path, projects: int, many: int, few: int) -> tuple[Engine, list[Year]]:
    """A store in a folder with so many projects a year later, the first with `many` tickets."""
    clock = Hand(datetime.now(BEIJING).replace(hour=9, minute=0, second=0, microsecond=0) - timedelta(days=357))
    engine = Engine(Settings(var=folder), clock, TASKS)
    files = [file for file in bundled() if file.name != f"{KEY}.bpmn"]
    engine.deploy(OPERATOR, [*files, File(f"{KEY}.bpmn", MODEL.read_bytes())])
    for role in ROLES:
        if role.kind != "outside":
            engine.create_user(OPERATOR, role.key, role.title, password=PASSWORD, roles=(role.key,))
    with hasty(engine):
        years = [Year(engine, clock, number) for number in range(1, projects + 1)]
        while engine.run_jobs_once():
            pass
        for number, year in enumerate(years):
            clock.at = _instant(clock.begin + timedelta(hours=1))
            year.play(few if number else many)
        clock.at = _instant(clock.begin + timedelta(days=356, hours=1))
        while engine.run_timers_once() + engine.run_jobs_once():
            pass
    return engine, years


def keep(size: Size, folder: Path) -> None:
    """Leave such a store in a folder; whoever looks at it logs in as project_manager."""
    engine, _ = played(folder, size.of(PROJECTS, 5), size.of(MANY, 100), size.of(FEW, 10))
    engine.close()
    print(f"GUICHENG_VAR={folder} ./run    # project_manager, {PASSWORD}")


def measure(size: Size) -> list[Line]:
    """The pages of the desk and the figures and the record of the annual report."""
    projects, many, few = size.of(PROJECTS, 5), size.of(MANY, 100), size.of(FEW, 10)
    with tempfile.TemporaryDirectory(prefix="guicheng-bench-") as folder:
        engine, years = played(Path(folder), projects, many, few)
        try:
            return _measured(size, engine, years, many, projects)
        finally:
            engine.close()


def _measured(size: Size, engine: Engine, years: list[Year], many: int, projects: int) -> list[Line]:
    client = logged_in(engine, PM.user)
    lines = []
    for title, path in (
        (f"desk of a project with {many} tickets", f"/projects/{years[0].id}?tab=desk"),
        (f"desk of all, {projects} projects", "/desk"),
    ):
        taken = []
        for _ in range(size.of(60, 10)):
            began = time.perf_counter()
            answer = client.get(path)
            taken.append((time.perf_counter() - began) * 1000)
            assert answer.status_code == 200, answer.status_code
        parts = tuple(percentile(taken[at::4], 0.95) for at in range(4))
        lines.append(Line(f"{title}: p95, wall", "ms", Sample(parts), DESK))
    spent = []
    for _ in range(size.rounds):
        watch = Watch()
        with watch:
            figures = engine.foretell(PM, years[0].id, "year_so_far")
        assert figures is not None
        spent.append(watch.wall)
    lines.append(Line(f"figures of the annual report, {many} tickets, wall", "ms", Sample(tuple(spent)), REPORT))
    return lines
