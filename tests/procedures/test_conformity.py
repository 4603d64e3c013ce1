"""CBS00P004 as auditors find it: an undisturbed project without a deviation, a disturbed one as its journal says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from engine.actor import OPERATOR, Actor
from engine.conformity.views import ClauseRow, Conformity
from engine.engine import Engine
from engine.settings import Settings
from engine.store import tables as t
from engine.views import TaskRow
from tasks import TASKS
from tests.engine.house import Hand
from tests.procedures.carried import HOUR, Carried
from tests.procedures.ways import NEW, RENEWAL
from tests.procedures.years import furnished
from tests.stores import Stores
from web.times import moment

AUDITOR, ADMIN = Actor("auditor"), Actor("admin")
DAYS = 24 * HOUR
NEGATIVE = {"returned", "return", "revise", "reject", "rejected"}
WHY = "客户已在会上确认"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, lasting_stores: Stores) -> Iterator[Engine]:
    """A house with the bundled procedures and somebody for each role."""
    store = furnished(lasting_stores.new(tmp_path_factory.mktemp("conformity") / "var"))
    made = Engine(Settings(var=store.var, database_url=store.url), Hand(), TASKS)
    yield made
    made.close()


@pytest.fixture(scope="module")
def clock(engine: Engine) -> Hand:
    """Its clock."""
    assert isinstance(engine.room.clock, Hand)
    return engine.room.clock


@pytest.fixture(scope="module")
def undisturbed(engine: Engine, clock: Hand) -> Carried:
    """A renewal in which nothing went wrong, closed."""
    project = Carried(engine, clock, {**RENEWAL.answers, "plan_check": "pass"})
    project.carry()
    return project


@pytest.fixture(scope="module")
def disturbed(engine: Engine, clock: Hand) -> Carried:
    """A new project with every return, until its plan is handed out: a step is skipped, one is late, a record too."""
    project = Carried(engine, clock, NEW.answers)

    def skipped(row: TaskRow) -> None:
        a = t.active.c
        with engine.room.database.read() as connection:
            mine = select(a.token).where(a.instance == project.id, a.element == row.element)
            token = connection.execute(mine).scalar_one()
        move = {"token": token, "element": row.element, "how": "after", "to": row.element}
        engine.modify(ADMIN, project.id, [move], WHY)

    def late(row: TaskRow) -> None:
        clock.at += 9 * DAYS
        project.complete(row)

    def slow(row: TaskRow) -> None:
        project.complete(row)
        clock.at += 3 * DAYS

    carried = {"submit_agreement": skipped, "write_plan": late, "write_plan_review": slow}
    project.carry(carried, until="distribute_plan")
    return project


def journal(engine: Engine, id: str) -> list[dict[str, Any]]:
    """The whole journal of a project."""
    found, cursor = [], ""
    while True:
        page = engine.journal(OPERATOR, id, cursor=cursor, limit=200)
        found += page.items
        if page.next is None:
            return found
        cursor = page.next


def clauses(engine: Engine) -> dict[str, str]:
    """Clause by element, as the diagrams say."""
    return {e.id: e.clause or "" for e in engine.definition("CBS00P004").elements}


def instant(text: str) -> int:
    """Microseconds of a time as the journal tells it."""
    at = moment(text)
    epoch = moment("1970-01-01T00:00:00+00:00")
    assert at is not None and epoch is not None
    return round((at - epoch).total_seconds() * 10**6)


def sent_back(entries: list[dict[str, Any]], clause: dict[str, str]) -> Counter[str]:
    """How often each clause got something back: a step that was open before opens again after a negative answer."""
    seen: set[str] = set()
    found: set[tuple[str, int]] = set()
    back = None
    for entry in entries:
        if entry["kind"] == "completed":
            said = (entry["data"].get("data") or {}).values()
            back = entry["seq"] if any(isinstance(one, str) and one in NEGATIVE for one in said) else None
        opened = [one for one in entry["effects"] if one["type"] == "task_opened"]
        for effect in opened:
            if back is not None and effect["element"] in seen and effect["loop"] is None:
                found.add((clause[effect["element"]], back))
        seen |= {effect["element"] for effect in opened}
    return Counter(number for number, _ in found)


def row(engine: Engine, id: str, number: str) -> ClauseRow:
    """A clause of a project."""
    found = engine.conformity(AUDITOR, id).clause(number)
    assert found is not None
    return found


def test_an_undisturbed_project_does_not_deviate_and_says_why_a_clause_does_not_apply(
    engine: Engine, undisturbed: Carried
) -> None:
    found = engine.conformity(AUDITOR, undisturbed.id)
    standings = {one.clause: one.standing for one in found.clauses}
    without = {number for number, standing in standings.items() if standing == "not_applicable"}
    assert without == {"5.1.1", "5.4.5", "5.5.2", "5.6.3"}
    assert set(standings.values()) == {"done", "not_applicable"}
    assert [one.clause for one in found.clauses if one.deviates] == [] and found.interventions == ()
    assert "不召开5.5.2的评审会议" in row(engine, undisturbed.id, "5.5.2").reason
    kept = {one.key: one for clause in found.clauses for one in clause.records if one.standing == "found"}
    assert {"JBS00P00402", "JBS00P00403B", "closing_record"} <= set(kept) and "JBS00P00403A" not in kept
    assert [one.four_eyes for one in kept.values() if one.by("批准")] == ["kept"] * 4


def test_what_is_told_of_a_disturbed_project_is_what_its_journal_says(engine: Engine, disturbed: Carried) -> None:
    found = engine.conformity(AUDITOR, disturbed.id)
    entries, clause = journal(engine, disturbed.id), clauses(engine)
    assert {one.clause: len(one.returns) for one in found.clauses if one.returns} == sent_back(entries, clause)
    _hold_steps(found, entries)
    _hold_records(found, entries, clause)


def _hold_steps(found: Conformity, entries: list[dict[str, Any]]) -> None:
    """How often each step was done, by whom last, for whom, and how often late."""
    done = [entry for entry in entries if entry["kind"] == "completed"]
    due = {e["task"]: e.get("due_at") for entry in entries for e in entry["effects"] if e["type"] == "task_opened"}
    closed = {e["task"]: entry for entry in done for e in entry["effects"] if e["type"] == "task_closed"}
    late = Counter(
        entry["element"] for task, entry in closed.items() if due.get(task) and due[task] < instant(entry["at"])
    )
    last = {entry["element"]: (entry["actor"], entry["on_behalf_of"]) for entry in done}
    people = {step.element: step for one in found.clauses for step in one.steps if step.type == "userTask"}
    assert {id: (step.by, step.on_behalf_of) for id, step in people.items() if step.times} == last
    assert {id: step.late for id, step in people.items() if step.late} == late == {"write_plan": 1}
    single = {id: step.times for id, step in people.items() if step.times and id != "give_opinion"}
    assert single == Counter(entry["element"] for entry in done if entry["element"] != "give_opinion")


def _hold_records(found: Conformity, entries: list[dict[str, Any]], clause: dict[str, str]) -> None:
    """Every version of every record at the clause of the step that made it, at the time of its entry."""
    made = {
        (clause[entry["element"]], told["number"], told["version"], instant(entry["at"]))
        for entry in entries
        if entry["kind"] == "job_completed" and entry["element"] != "void_agreement"
        for told in entry["data"].get("documents") or ()
    }
    told = {
        (one.clause, record.number or record.key, version.version, version.at)
        for one in found.clauses
        for record in one.records
        for version in record.versions
    }
    assert told == made and len(made) > 15


def test_a_skip_a_late_step_and_a_record_made_up_are_told_with_people_and_reasons(
    engine: Engine, disturbed: Carried
) -> None:
    (skip,) = row(engine, disturbed.id, "5.3.1").skips
    assert (skip.actor, skip.element, skip.reason) == ("admin", "submit_agreement", WHY)
    assert row(engine, disturbed.id, "5.3.1").standing == "skipped"
    (plan,) = row(engine, disturbed.id, "5.5.1").records
    assert [bool(one.late) for one in plan.versions] == [True, False, False] and not plan.after_fact
    (review,) = row(engine, disturbed.id, "5.5.2").records
    assert [one.after_fact for one in review.versions] == ["due", ""]
    (agreement,) = row(engine, disturbed.id, "5.3.1").records
    assert [one.user for one in agreement.by("编制")] == ["project_manager"] and agreement.four_eyes == "kept"
    (survey,) = row(engine, disturbed.id, "5.1.1").records
    assert [(one.user, one.on_behalf_of) for one in survey.by("确认")] == [("project_manager", "customer")]


def test_of_a_running_project_what_lies_ahead_is_ahead_and_what_was_not_taken_does_not_apply(
    engine: Engine, disturbed: Carried
) -> None:
    found = {one.clause: one.standing for one in engine.conformity(AUDITOR, disturbed.id).clauses}
    assert {number for number, standing in found.items() if standing == "ahead"} == {
        "5.6.1", "5.6.2", "5.6.3", "5.6.4", "5.7.1", "5.7.2", "5.7.3",
    }  # fmt: skip
    assert (found["5.1.2"], found["5.4.5"], found["5.5.3"]) == ("not_applicable", "done", "running")
