"""Whether a procedure was followed, on a tiny one with two stages: what was done, skipped, late, and by whom."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bpmn.errors import Invalid
from engine import archive
from engine.actor import OPERATOR, Actor
from engine.audit_log import Asked
from engine.clock import DAY
from engine.conformity.views import ClauseRow, summed
from engine.contract import Job, Services
from engine.errors import NeedsRole
from engine.store import tables as t
from tests.engine.house import House

AUDITOR, BOSS = Actor("auditor"), Actor("boss")
FAR = 2 * 10**15


def record(job: Job, services: Services) -> Mapping[str, Any]:
    """A record without a template."""
    earlier = services.documents(job.inputs["form"])
    services.add_document(job.inputs["form"], "记录", f"{len(earlier) + 1}.0", b"word")
    return {}


@pytest.fixture
def firm(tmp_path: Path, store: str | None) -> Iterator[House]:
    """A house with the procedure and what makes its records."""
    made = House(tmp_path / "var", {"record": record}, database_url=store)
    made.deploy("conform")
    yield made
    made.engine.close()


def clause(house: House, id: str, number: str) -> ClauseRow:
    """What an auditor reads of a clause of a project."""
    found = house.engine.conformity(AUDITOR, id).clause(number)
    assert found is not None
    return found


def standings(house: House, id: str) -> dict[str, str]:
    """How each clause stands."""
    return {row.clause: row.standing for row in house.engine.conformity(AUDITOR, id).clauses}


def move(house: House, id: str, element: str, to: str, how: str = "before") -> None:
    """An operator moves the token that is at an element."""
    a = t.active.c
    with house.engine.room.database.read() as connection:
        token = connection.execute(select(a.token).where(a.instance == id, a.element == element)).scalar_one()
    move = {"token": token, "element": element, "how": how, "to": to}
    house.engine.modify(BOSS, id, [move], "客户来电要求")


def carried(house: House, id: str, checker: str = "reviewer") -> None:
    """The project from its first task to its end, undisturbed."""
    house.do(id, "fill_erp_form", "owner")
    house.do(id, "check_erp_form", checker, pa_check="pass")
    house.engine.run_jobs_once()
    house.do(id, "assemble_closing", "owner")
    house.engine.run_jobs_once()
    house.do(id, "close_project", "owner")


def test_an_undisturbed_project_has_done_every_clause_or_says_why_not(firm: House) -> None:
    id = firm.start("conform", pa_check="pass", subcontracted=False).id
    assert standings(firm, id) == {"1.1": "running", "1.2": "ahead", "2.1": "ahead", "2.2": "ahead"}
    carried(firm, id)
    assert standings(firm, id) == {"1.1": "done", "1.2": "not_applicable", "2.1": "done", "2.2": "done"}
    found = firm.engine.conformity(AUDITOR, id)
    assert clause(firm, id, "1.2").reason == "不适用：没有外协，不办1.2"
    assert not any(row.deviates for row in found.clauses) and found.interventions == ()
    (made,) = clause(firm, id, "1.1").records
    assert (made.key, made.standing, [one.version for one in made.versions]) == ("erp_project", "found", ["1.0"])
    assert [(one.action, one.user) for one in made.signed] == [("编制", "owner"), ("审核", "reviewer")]
    assert made.four_eyes == "kept"


def test_a_branch_that_cannot_be_reached_any_more_does_not_apply_while_the_project_runs(firm: House) -> None:
    id = firm.start("conform", pa_check="pass", subcontracted=False).id
    firm.do(id, "fill_erp_form", "owner")
    firm.do(id, "check_erp_form", "reviewer", pa_check="pass")
    firm.engine.run_jobs_once()
    assert standings(firm, id) == {"1.1": "done", "1.2": "not_applicable", "2.1": "running", "2.2": "ahead"}


def test_a_return_is_told_at_the_clause_that_it_came_back_to_with_its_reason(firm: House) -> None:
    id = firm.start("conform", pa_check="pass", subcontracted=False).id
    firm.do(id, "fill_erp_form", "owner")
    firm.do(id, "check_erp_form", "reviewer", pa_check="return", return_reason="缺工时")
    (told,) = clause(firm, id, "1.1").returns
    assert (told.actor, told.element, told.reason) == ("reviewer", "fill_erp_form", "缺工时")
    assert firm.entries(id)[told.seq - 1]["data"]["data"]["return_reason"] == "缺工时"
    firm.do(id, "fill_erp_form", "owner")
    firm.do(id, "check_erp_form", "reviewer", pa_check="pass")
    firm.engine.run_jobs_once()
    row = clause(firm, id, "1.1")
    assert len(row.returns) == 1 and {step.element: step.times for step in row.steps}["fill_erp_form"] == 2


def test_who_checks_what_they_wrote_breaks_four_eyes(firm: House) -> None:
    id = firm.start("conform", pa_check="pass", subcontracted=False).id
    carried(firm, id, checker="owner")
    (made,) = clause(firm, id, "1.1").records
    assert made.four_eyes == "broken" and clause(firm, id, "1.1").deviates


def test_a_step_that_an_operator_skips_with_its_record_is_told_with_reason_and_the_record_is_missing(
    firm: House,
) -> None:
    id = firm.start("conform", pa_check="pass", subcontracted=False).id
    firm.do(id, "fill_erp_form", "owner")
    firm.do(id, "check_erp_form", "reviewer", pa_check="pass")
    firm.engine.run_jobs_once()
    move(firm, id, "assemble_closing", "close_project")
    row = clause(firm, id, "2.1")
    assert row.standing == "skipped" and row.interventions == ()
    assert [(one.actor, one.element, one.reason) for one in row.skips] == [
        ("boss", "assemble_closing", "客户来电要求"), ("boss", "record_closing", "客户来电要求"),
    ]  # fmt: skip
    assert [one.standing for one in row.records] == ["missing"]
    move(firm, id, "close_project", "close_project", "after")
    assert (standings(firm, id)["2.2"], firm.view(id).status) == ("skipped", "completed")


def test_going_back_is_no_skip_but_an_intervention(firm: House) -> None:
    id = firm.start("conform", pa_check="pass", subcontracted=False).id
    firm.do(id, "fill_erp_form", "owner")
    move(firm, id, "check_erp_form", "fill_erp_form")
    row = clause(firm, id, "1.1")
    assert (row.standing, row.skips, [one.kind for one in row.interventions]) == ("running", (), ["modified"])


def test_a_record_is_late_where_its_step_was_and_made_after_the_fact_where_only_the_record_was(firm: House) -> None:
    late, slow = (firm.start("conform", pa_check="pass", subcontracted=False).id for _ in range(2))
    for id in (late, slow):
        firm.do(id, "fill_erp_form", "owner")
    firm.do(slow, "check_erp_form", "reviewer", pa_check="pass")
    firm.clock.at += 6 * DAY
    firm.do(late, "check_erp_form", "reviewer", pa_check="pass")
    firm.engine.run_jobs_once()
    ((made,), (other,)) = (clause(firm, id, "1.1").records[0].versions for id in (late, slow))
    assert DAY <= made.late < DAY + 10**6 and (made.after_fact, clause(firm, late, "1.1").late) == ("", 1)
    assert (other.late, other.after_fact, clause(firm, slow, "1.1").late) == (0, "due", 0)


def test_a_record_made_up_after_the_next_stage_had_begun_is_made_after_the_fact(firm: House) -> None:
    id = firm.start("conform", pa_check="pass", subcontracted=False).id
    firm.do(id, "fill_erp_form", "owner")
    firm.do(id, "check_erp_form", "reviewer", pa_check="pass")
    firm.engine.run_jobs_once()
    move(firm, id, "closing_up", "setting_up")
    firm.do(id, "fill_erp_form", "owner")
    firm.do(id, "check_erp_form", "reviewer", pa_check="pass")
    firm.engine.run_jobs_once()
    (made,) = clause(firm, id, "1.1").records
    assert [(one.version, one.after_fact) for one in made.versions] == [("1.0", ""), ("2.0", "stage")]


def test_what_concerns_the_whole_project_is_told_of_the_project_and_what_was_ended_by_hand_is_not_done(
    firm: House,
) -> None:
    id = firm.start("conform", pa_check="pass", subcontracted=False).id
    firm.engine.assign(BOSS, firm.task(id, "fill_erp_form").id, "colleague", "所有者休假")
    firm.engine.suspend(BOSS, id, "等合同")
    firm.engine.cancel(BOSS, id, "客户取消")
    found = firm.engine.conformity(AUDITOR, id)
    assert [(one.kind, one.reason) for one in found.interventions] == [
        ("suspended", "等合同"),
        ("cancelled", "客户取消"),
    ]
    assert [(one.kind, one.element) for one in clause(firm, id, "1.1").interventions] == [("assigned", "fill_erp_form")]
    assert standings(firm, id) == {"1.1": "cut", "1.2": "ended", "2.1": "ended", "2.2": "ended"}


def test_it_is_told_the_same_when_journals_are_packed_and_read_tables_made_again(firm: House) -> None:
    ids = [firm.start("conform", pa_check="pass", subcontracted=False).id for _ in range(2)]
    firm.do(ids[0], "fill_erp_form", "owner")
    firm.do(ids[0], "check_erp_form", "reviewer", pa_check="return", return_reason="缺工时")
    for id in ids:
        carried(firm, id)
    before = [firm.engine.conformity(AUDITOR, id) for id in ids]
    firm.clock.at += 2 * DAY
    firm.engine.keep_house()
    archive.pack(firm.engine.room)
    firm.engine.rebuild()
    assert [firm.engine.conformity(AUDITOR, id) for id in ids] == before


def test_a_sample_is_what_its_seed_says_of_its_population_and_is_kept(firm: House) -> None:
    ids = [firm.start("conform", pa_check="pass", subcontracted=False).id for _ in range(6)]
    made = firm.engine.draw_sample(AUDITOR, "conform", 3, "2026", until=FAR)
    places = sorted(ids, key=lambda id: hashlib.sha256(f"2026 {id}".encode()).hexdigest())
    assert list(made.instances) == places[:3]
    assert (made.population, made.digest) == (6, hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest())
    again = firm.engine.draw_sample(AUDITOR, "conform", 3, "2026", until=FAR)
    assert again.instances == made.instances and again.id != made.id
    assert firm.engine.draw_sample(AUDITOR, "conform", 3, "2027", until=FAR).instances != made.instances
    firm.start("conform", pa_check="pass", subcontracted=False)
    assert firm.engine.draw_sample(AUDITOR, "conform", 6, "2026", until=made.until).instances == tuple(places)
    other = firm.twin()
    assert other.engine.kept_sample(AUDITOR, made.id) == made
    other.engine.close()
    listed = firm.engine.kept_samples(AUDITOR, "conform", limit=3)
    rest = firm.engine.kept_samples(AUDITOR, "conform", listed.next or "", 3)
    assert [one.id for one in [*listed.items, *rest.items]][2:] == [again.id, made.id] and rest.next is None
    rows = firm.engine.audit_log(AUDITOR, Asked("auditor", "sample", "conform")).items
    assert len(rows) == 4 and rows[-1].data["seed"] == "2026"


def test_a_sample_without_a_seed_is_given_one_and_what_began_today_is_left_out(firm: House) -> None:
    firm.start("conform", pa_check="pass", subcontracted=False)
    today = firm.engine.draw_sample(AUDITOR, "conform", 5)
    assert (today.instances, today.population, len(today.seed)) == ((), 0, 16)
    firm.clock.at += DAY
    tomorrow = firm.engine.draw_sample(AUDITOR, "conform", 5)
    assert tomorrow.population == 1 and tomorrow.seed != today.seed


def test_a_page_of_a_sample_goes_on_behind_the_one_before_and_sums_count_every_project(firm: House) -> None:
    for _ in range(3):
        carried(firm, firm.start("conform", pa_check="pass", subcontracted=False).id)
    made = firm.engine.draw_sample(AUDITOR, "conform", 3, "s", until=FAR)
    first = firm.engine.sampled(AUDITOR, made.id, limit=2)
    last = firm.engine.sampled(AUDITOR, made.id, first.next or "", 2)
    assert [one.id for one in [*first.items, *last.items]] == list(made.instances) and last.next is None
    (one, other, *_) = summed(firm.engine.whole_sample(AUDITOR, made.id), ["1.1", "1.2"])
    assert (one.standings, one.found, one.missing, one.returns) == ({"done": 3}, 3, 0, 0)
    assert other.standings == {"not_applicable": 3}


@pytest.mark.parametrize("user", ["owner", "reviewer", "outsider"])
def test_only_auditors_and_administrators_draw_and_read_samples(firm: House, user: str) -> None:
    id = firm.start("conform", pa_check="pass", subcontracted=False).id
    made, who = firm.engine.draw_sample(AUDITOR, "conform", 1, "s", until=FAR), Actor(user)
    for asked in (
        lambda: firm.engine.conformity(who, id),
        lambda: firm.engine.draw_sample(who, "conform", 1),
        lambda: firm.engine.kept_samples(who),
        lambda: firm.engine.kept_sample(who, made.id),
        lambda: firm.engine.sampled(who, made.id),
        lambda: firm.engine.whole_sample(who, made.id),
    ):
        with pytest.raises(NeedsRole):
            asked()
    assert firm.engine.conformity(OPERATOR, id).id == id


@pytest.mark.parametrize(("size", "seed", "field"), [(0, "", "size"), (201, "", "size"), (1, "x" * 81, "seed")])
def test_a_size_or_a_seed_beyond_its_bounds_is_refused_by_field(firm: House, size: int, seed: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        firm.engine.draw_sample(AUDITOR, "conform", size, seed)
    assert [error.field for error in refused.value.errors] == [field]


def test_the_same_request_draws_once(firm: House) -> None:
    drawn = [firm.engine.draw_sample(AUDITOR, "conform", 1, idempotency_key="k") for _ in range(2)]
    assert drawn[0] == drawn[1] and len(firm.engine.kept_samples(AUDITOR).items) == 1
