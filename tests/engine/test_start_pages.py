"""What start pages ask: each figure and the list behind it, from read tables that the journals can make again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from engine import errors
from engine.actor import Actor
from engine.clock import DAY
from engine.contract import Job, Services
from engine.facts import overruns
from engine.figures import COUNTED
from tests.engine.house import START, House

OWNER, REVIEWER, BOSS, AUDITOR = Actor("owner"), Actor("reviewer"), Actor("boss"), Actor("auditor")
SELLER, COLLEAGUE, OUTSIDER = Actor("seller"), Actor("colleague"), Actor("outsider")
TEAM = {"team_project_manager": ["owner"], "team_department_qa": ["reviewer"], "team_marketing": ["seller"]}
FINDING = {"finding_location": "4.2", "finding": "恢复时间不一致", "severity": "normal", "finding_owner": "张工"}
THROUGH = re.compile(r"SCAN (instance|task|project|document|entry|notice|membership|participant)(?! USING)")
NEEDS = {"协议": ("XY",), "计划": ("JH", "JH2"), "subcontracted=true: 外协": ("WX",), "project_kind=new: 评审": ("JP",)}


def made(job: Job, services: Services) -> Mapping[str, Any]:
    """The records that the project's variables name, as (number, version)."""
    for number, version in job.variables.get("records") or ():
        services.add_document(number, number, version, b"content")
    return {}


@pytest.fixture
def firm(tmp_path: Path, store: str | None) -> Iterator[House]:
    """A house whose projects are written, checked and closed."""
    built = House(tmp_path / "var", {"work": made}, database_url=store)
    built.deploy("kept")
    yield built
    built.engine.close()


def day(days: int) -> str:
    """That many days after the tests' first day in Beijing, as forms write it."""
    return (datetime.fromtimestamp(START / 1_000_000, UTC) + timedelta(days=days, hours=8)).date().isoformat()


def begun(house: House, name: str = "甲", **variables: Any) -> str:
    """A project with its team."""
    return house.start("kept", project_name=name, **{**TEAM, **variables}).id


def ended(house: House, id: str) -> None:
    """Carried on to its end."""
    for element, by in (("write", "owner"), ("check", "reviewer"), ("closing", "seller")):
        house.engine.run_jobs_once()
        if house.open(id, element):
            house.do(id, element, by, result="pass")


def lasting(house: House) -> bool:
    """Whether re-execution agrees, and the journals alone give every read table again."""
    before = house.read_tables()
    house.engine.rebuild()
    return house.engine.verify().ok and house.read_tables() == before


def test_a_service_that_ends_within_90_days_is_to_be_renewed_until_another_project_renews_it(firm: House) -> None:
    begun(firm, "远", service_end=day(91))
    begun(firm, "乙", service_end=day(60), project_number="ABS00002", document_number_JBS00P01101="WBS26001XY01")
    begun(firm, "过", service_end=day(-3), project_number="ABS00003")
    assert [row.title for row in firm.engine.renewals(SELLER).items] == ["过", "乙"]
    assert firm.engine.counts(SELLER, {"renewals"}) == {"renewals": 2}
    begun(firm, "过续", former_project_number="ABS00003")
    assert [row.title for row in firm.engine.renewals(SELLER).items] == ["乙"]
    again = begun(firm, "乙续", former_agreement_number="WBS26001XY01")
    assert firm.engine.renewals(SELLER).items == []
    firm.engine.cancel(BOSS, again, "客户不续")
    assert [row.title for row in firm.engine.renewals(SELLER).items] == ["乙"]
    assert lasting(firm)


def test_costs_beyond_the_budget_are_listed_until_the_project_ends(firm: House) -> None:
    id = begun(firm, total_budget=1000, contract_amount=5000, subcontract_budget=300)
    assert firm.engine.over_budget(OWNER).items == []
    firm.do(id, "write", "owner", subcontract_amount=400)
    (row,) = firm.engine.over_budget(OWNER).items
    assert row.overruns == [("subcontract", "planned", 300, 400)]
    firm.do(id, "check", "reviewer", total_actual=1200, result="pass")
    (row,) = firm.engine.over_budget(OWNER).items
    assert row.overruns == [("total", "actual", 1000, 1200), ("subcontract", "planned", 300, 400)]
    ended(firm, id)
    assert firm.engine.over_budget(OWNER).items == []
    assert lasting(firm)


def test_a_refused_subcontract_costs_nothing_and_equipment_is_what_is_listed() -> None:
    assert overruns({"subcontract_budget": 1, "subcontract_amount": 2, "subcontract_approval": "reject"}) == []
    assert overruns({"equipment_budget": 10, "equipment_listed": 11}) == [("equipment", "planned", 10, 11)]
    assert overruns({"labor_budget": 10, "labor_actual": "many", "other_actual": 3}) == []


def test_open_findings_are_listed_by_due_date_until_qa_says_how_they_were_verified(firm: House) -> None:
    id = begun(firm)
    firm.do(id, "write", "owner")
    rows = [{**FINDING, "due_on": day(9)}, {**FINDING, "due_on": day(2), "finding": "缺备机"}]
    closed = {**FINDING, "finding_status": "closed"}
    firm.do(id, "check", "reviewer", result="return", return_reason="有发现", findings=[*rows, closed])
    found = firm.engine.findings(REVIEWER).items
    assert [(one.finding, one.element_name, one.finding_owner) for one in found] == [
        ("缺备机", "check", "张工"),
        ("恢复时间不一致", "check", "张工"),
    ]
    with pytest.raises(errors.ReasonMissing):
        firm.engine.close_finding(REVIEWER, id, "check", 1, " ")
    with pytest.raises(errors.NeedsRole):
        firm.engine.close_finding(OWNER, id, "check", 1, "已补")
    firm.engine.close_finding(REVIEWER, id, "check", 1, "已核对清单")
    assert [one.position for one in firm.engine.findings(REVIEWER).items] == [0]
    assert "缺备机：已核对清单" in firm.entries(id)[-1]["data"]["text"]
    assert lasting(firm)


def test_what_a_later_record_says_takes_the_place_of_what_the_earlier_said(firm: House) -> None:
    id = begun(firm)
    firm.do(id, "write", "owner")
    firm.do(id, "check", "reviewer", result="return", return_reason="有发现", findings=[FINDING, FINDING])
    firm.do(id, "write", "owner")
    firm.do(id, "check", "reviewer", result="pass", findings=[{**FINDING, "finding_status": "closed"}, FINDING])
    assert [one.position for one in firm.engine.findings(REVIEWER).items] == [1]
    ended(firm, id)
    assert firm.engine.findings(REVIEWER).items == []
    assert lasting(firm)


def test_a_subcontractors_staff_is_listed_with_papers_and_period_while_the_project_runs(firm: House) -> None:
    staff = [{"name": "王师傅", "certificate": "电工证", "certificate_number": "T1"}, {"name": "赵师傅"}]
    id = begun(firm)
    firm.do(id, "write", "owner", subcontract_staff=staff, subcontract_end=day(20), subcontractor_name="某公司")
    (one, other) = firm.engine.site_staff(OWNER).items
    assert (one.name, one.certificate_number, one.facts["subcontract_end"]) == ("王师傅", "T1", day(20))
    assert (other.name, other.certificate) == ("赵师傅", None)
    firm.do(id, "check", "reviewer", result="pass")
    ended(firm, id)
    assert firm.engine.site_staff(OWNER).items == []
    assert lasting(firm)


def test_returns_late_work_steps_not_applicable_and_interventions_are_counted_by_project(firm: House) -> None:
    id = begun(firm)
    firm.clock.at += 4 * DAY
    firm.do(id, "write", "owner", plan_review_not_applicable="续签项目不开会")
    firm.do(id, "check", "reviewer", result="return", return_reason="不全")
    firm.engine.assign(BOSS, firm.task(id, "write").id, "owner", "催办")
    begun(firm, "乙")
    (row,) = firm.engine.deviations(AUDITOR).items
    assert (row.returns, row.skips, row.interventions, row.late) == (1, 1, 1, 1)
    assert firm.engine.counts(AUDITOR, {"deviations"}) == {"deviations": 1}
    with pytest.raises(errors.NeedsRole):
        firm.engine.deviations(OWNER)
    assert lasting(firm)


def test_what_was_counted_of_an_erased_entry_stays_counted(firm: House) -> None:
    id = begun(firm)
    firm.do(id, "write", "owner", total_budget=5, contract_number="XS1")
    firm.do(id, "check", "reviewer", result="return", return_reason="不全")
    firm.do(id, "write", "owner")
    firm.do(id, "check", "reviewer", result="pass")
    ended(firm, id)
    returned = next(e["seq"] for e in firm.entries(id) if (e["data"].get("data") or {}).get("return_reason"))
    firm.engine.erase(BOSS, id, returned, "客户要求")
    before = firm.engine.deviations(AUDITOR).items
    assert (before[0].returns, before[0].facts["contract_number"]) == (1, "XS1")
    firm.engine.rebuild()
    assert firm.engine.deviations(AUDITOR).items == before and firm.engine.verify().ok


def test_a_sample_is_the_same_all_day_and_another_by_another_seed(firm: House) -> None:
    ids = {begun(firm, f"项目{number}", customer_name="某客户") for number in range(30)}
    assert firm.engine.sample(AUDITOR)[1] == []
    firm.clock.at += DAY
    seed, first = firm.engine.sample(AUDITOR)
    begun(firm, "今天的", customer_name="某客户")
    firm.clock.at += 3600 * 1_000_000
    assert (seed, [row.id for row in first]) == (day(1), [row.id for row in firm.engine.sample(AUDITOR)[1]])
    assert len({row.id for row in first}) == 10 and {row.id for row in first} <= ids
    assert [row.id for row in firm.engine.sample(AUDITOR, "另一个")[1]] != [row.id for row in first]
    with pytest.raises(errors.NeedsRole):
        firm.engine.sample(OWNER)


def test_a_project_near_its_closing_says_which_records_it_lacks(firm: House) -> None:
    facts: dict[str, Any] = {"project_kind": "new", "subcontracted": False}
    id = begun(firm, **facts, records=[["XY", "0.1"], ["JH2", "1.0"], ["XY", "0.2"]])
    firm.do(id, "write", "owner")
    assert firm.engine.missing(SELLER, ("closing",), NEEDS).items == []
    firm.do(id, "check", "reviewer", result="pass")
    firm.engine.run_jobs_once()
    (row,) = firm.engine.missing(SELLER, ("closing",), NEEDS).items
    assert row.missing == [("协议", "draft"), ("评审", "none")]
    assert firm.engine.missing(OUTSIDER, ("closing",), NEEDS).items == []


def test_tasks_are_listed_by_due_date_and_counted_by_step(firm: House) -> None:
    first = begun(firm)
    firm.clock.at += DAY
    second = begun(firm, "乙")
    assert [row.instance for row in firm.engine.work(OWNER).items] == [first, second]
    assert [row.instance for row in firm.engine.work(OWNER, limit=1).items] == [first]
    assert [
        row.instance for row in firm.engine.work(OWNER, cursor=str(firm.engine.work(OWNER, limit=1).next)).items
    ] == [second]
    assert firm.engine.overview(OWNER)["elements"] == {"write": 2}
    assert firm.engine.work(OWNER, ("check",)).items == [] and firm.engine.work(OWNER, only="returned").items == []
    assert [row.instance for row in firm.engine.work(OWNER, only="due").items] == [first]
    firm.clock.at += 2 * DAY
    assert [row.instance for row in firm.engine.work(OWNER, only="overdue").items] == [first]
    assert firm.engine.late_projects(OWNER).items == [first]
    assert firm.engine.standing(OWNER, [first])[first].late == 1
    firm.do(second, "write", "owner")
    firm.do(second, "check", "reviewer", result="return", return_reason="不全")
    assert [row.instance for row in firm.engine.work(OWNER, only="returned").items] == [second]


def test_what_lies_with_others_in_my_projects_is_told_with_whom_and_since_when(firm: House) -> None:
    id = begun(firm)
    assert firm.engine.stuck(OWNER).items == []
    firm.do(id, "write", "owner")
    at = firm.view(id).tokens[0].since
    (row,) = firm.engine.stuck(OWNER).items
    assert (row.name, row.roles, row.assignee, row.created_at) == ("check", ["department_qa"], None, at)
    firm.engine.claim(REVIEWER, firm.task(id, "check").id)
    assert firm.engine.stuck(OWNER).items[0].assignee == "reviewer"
    assert firm.engine.stuck(COLLEAGUE).items == [] and firm.engine.stuck(REVIEWER).items == []
    assert len(firm.engine.stuck(AUDITOR).items) == 1


def test_an_outsider_counts_nothing_of_a_project(firm: House) -> None:
    staff = [{"name": "王师傅"}]
    id = begun(firm, service_end=day(1), total_budget=1, total_actual=2, subcontract_staff=staff)
    firm.do(id, "write", "owner")
    firm.do(id, "check", "reviewer", result="return", return_reason="有发现", findings=[FINDING])
    firm.clock.at += 9 * DAY
    asked = set(COUNTED) - {"deviations"}
    assert all(firm.engine.counts(OWNER, asked - {"stuck"}).values())
    assert not any(firm.engine.counts(OUTSIDER, asked).values())
    assert firm.engine.standing(OUTSIDER, [id]) == {}


def test_no_question_of_a_start_page_reads_a_table_through(firm: House) -> None:
    if not firm.engine.room.database.sqlite:
        return  # what SQLite plans does not hang on how much is stored; what PostgreSQL plans does
    begun(firm, service_end=day(3), customer_name="某客户")
    asked: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        asked.append((statement, parameters))

    event.listen(firm.engine.room.database.engine, "before_cursor_execute", note)
    firm.clock.at += DAY
    for who in (OWNER, AUDITOR, SELLER):
        firm.engine.overview(who)
        firm.engine.counts(who, set(COUNTED))
        firm.engine.notices(who)
        for ask in (firm.engine.work, firm.engine.stuck, firm.engine.renewals, firm.engine.over_budget):
            ask(who)
        for more in (firm.engine.findings, firm.engine.site_staff, firm.engine.late_projects):
            more(who)
        firm.engine.missing(who, ("closing",), NEEDS)
    firm.engine.deviations(AUDITOR)
    firm.engine.sample(AUDITOR)
    event.remove(firm.engine.room.database.engine, "before_cursor_execute", note)
    read = [one for one in asked if one[0].lstrip().upper().startswith("SELECT")]
    through = set()
    with firm.engine.room.database.read() as connection:
        for statement, parameters in read:
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters):
                if THROUGH.match(row[3]):
                    through.add((row[3], statement))
    assert not through
