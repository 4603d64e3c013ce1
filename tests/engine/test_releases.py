"""A procedure's next version: drafted, checked and issued by three people, in force from its day, then acknowledged."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from docx import Document

from bpmn.errors import Invalid
from bpmn.library import procedures
from engine import errors
from engine.actor import OPERATOR, Actor
from engine.clock import SECOND
from engine.errors import NeedsRole, NotYours, ProposalClosed, SamePerson
from engine.releases import ProposalFaulty
from forms import library
from tasks import TASKS
from tests.engine.house import DIAGRAMS, House

AUTHOR, CHECKER, ISSUER = Actor("author"), Actor("checker"), Actor("issuer")
PEOPLE = {
    "author": ("process_owner",),
    "checker": ("process_management",),
    "issuer": ("department_manager", "process_management"),
}
RETURNS = (DIAGRAMS / "returns.bpmn").read_bytes()
LATER = (DIAGRAMS / "returns.bpmn").read_bytes().replace(b'name="write"', 'name="编写"'.encode())
DAY = 24 * 3600 * SECOND
TODAY = "2026-05-29"


@pytest.fixture
def firm(tmp_path: Path, store: str | None) -> Iterator[House]:
    """A house with the procedure of release, its people, and one procedure to change."""
    made = House(tmp_path / "var", TASKS, database_url=store)
    for name, roles in PEOPLE.items():
        made.engine.create_user(OPERATOR, name, f"{name}的名字", roles=roles)
    forms = [file for name, file in library.files().items() if "release_" in name]
    made.engine.deploy(OPERATOR, [*procedures()["procedure_release"], *forms])
    made.deploy("returns")
    yield made
    made.engine.close()


def submitted(firm: House, content: bytes = LATER, on: str = TODAY) -> str:
    """A proposal with that diagram, handed in; answers the instance of its release."""
    engine = firm.engine
    made = engine.begin_proposal(AUTHOR, "returns", "改名")
    if content != RETURNS:
        engine.put_proposal_file(AUTHOR, made.id, "returns.bpmn", content, 1)
    found = engine.submit_proposal(AUTHOR, made.id, "名称不清", "编写改名", on, f"s-{made.id}")
    assert engine.submit_proposal(AUTHOR, made.id, "名称不清", "编写改名", on, f"s-{made.id}") == found
    engine.run_jobs_once()
    assert found.instance is not None
    return found.instance


def state(firm: House, instance: str) -> str:
    """That of the proposal whose release it is."""
    return firm.engine.proposal(AUTHOR, str(firm.view(instance).variables["proposal"])).state


def work(firm: House) -> None:
    while firm.engine.run_timers_once() + firm.engine.run_jobs_once():
        pass


def issue(firm: House, instance: str) -> None:
    firm.do(instance, "check_proposal", "checker", proposal_check="pass")
    firm.do(instance, "issue_proposal", "issuer", issue_decision="issue")
    work(firm)


def test_three_people_bring_a_version_in_force_and_those_whom_it_concerns_acknowledge_it(firm: House) -> None:
    before = firm.start("returns")
    instance = submitted(firm)
    assert (state(firm, instance), firm.view(instance).title) == ("submitted", "returns V1.1 改名")
    form = firm.engine.task(CHECKER, firm.task(instance, "check_proposal").id).form
    assert form is not None
    seen = form.data
    assert seen["release_changes"] == "编写改名" and "试走" in seen["proposal_walked"]
    issue(firm, instance)
    (row,) = firm.engine.releases(Actor("outsider"), "returns")
    assert (row.number, row.version, row.reason, row.changes) == ("1.1", 2, "名称不清", "编写改名")
    assert (row.drafted_by, row.checked_by, row.issued_by) == ("author的名字", "checker的名字", "issuer的名字")
    assert state(firm, instance) == "issued"
    assert (firm.view(before.id).definition["version"], firm.start("returns").definition["version"]) == (1, 2)
    asked = {task.assignee for task in firm.open(instance, "acknowledge_release")}
    assert asked == {"owner", "colleague", "reviewer"}
    for task in firm.open(instance, "acknowledge_release"):
        who = Actor(str(task.assignee))
        assert firm.engine.instance(who, instance).id == instance  # whoever is asked sees what it is about
        firm.engine.complete(who, task.id, {"acknowledged": True})
    (row,) = firm.engine.releases(AUTHOR, "returns")
    assert (row.acknowledged, row.asked, firm.view(instance).status) == (3, 3, "completed")
    assert firm.engine.verify().ok


def test_who_drafted_does_not_check_and_who_checked_does_not_issue(firm: House) -> None:
    firm.engine.grant(OPERATOR, "author", "process_management")
    instance = submitted(firm)
    with pytest.raises(SamePerson):
        firm.do(instance, "check_proposal", "author", proposal_check="pass")
    with pytest.raises(NotYours):
        firm.do(instance, "check_proposal", "outsider", proposal_check="pass")
    firm.do(instance, "check_proposal", "issuer", proposal_check="pass")
    with pytest.raises(SamePerson):
        firm.do(instance, "issue_proposal", "issuer", issue_decision="issue")


def test_a_returned_proposal_is_changed_and_handed_in_again_or_withdrawn(firm: House) -> None:
    instance = submitted(firm)
    proposal = str(firm.view(instance).variables["proposal"])
    with pytest.raises(ProposalClosed):
        firm.engine.put_proposal_file(AUTHOR, proposal, "returns.bpmn", RETURNS, 2)
    firm.do(instance, "check_proposal", "checker", proposal_check="return", return_reason="名称还不清")
    work(firm)
    assert state(firm, instance) == "draft"
    firm.engine.put_proposal_file(AUTHOR, proposal, "returns.bpmn", LATER.replace("编写".encode(), "撰写".encode()), 2)
    with pytest.raises(ProposalClosed):
        firm.engine.submit_proposal(AUTHOR, proposal, "一", "二", TODAY)
    again = {"revision_decision": "again", "release_reason": "名称不清", "release_changes": "改为撰写"}
    firm.do(instance, "revise_proposal", "author", **again, effective_on=TODAY)
    work(firm)
    issue(firm, instance)
    assert [row.changes for row in firm.engine.releases(AUTHOR, "returns")] == ["改为撰写"]

    instance = submitted(firm, RETURNS)
    firm.do(instance, "check_proposal", "checker", proposal_check="return", return_reason="不要了")
    work(firm)
    firm.do(instance, "revise_proposal", "author", revision_decision="withdraw")
    work(firm)
    assert (state(firm, instance), firm.view(instance).end) == ("withdrawn", "proposal_withdrawn")


def test_what_has_errors_is_not_taken_and_says_what_is_missing(firm: House) -> None:
    made = firm.engine.begin_proposal(AUTHOR, "returns", "坏的")
    lost = LATER.replace(b'targetRef="end"', b'targetRef="x"')
    firm.engine.put_proposal_file(AUTHOR, made.id, "returns.bpmn", lost, 1)
    with pytest.raises(ProposalFaulty):
        firm.engine.submit_proposal(AUTHOR, made.id, "一", "二", TODAY)
    with pytest.raises(Invalid) as refused:
        firm.engine.submit_proposal(AUTHOR, made.id, " ", "二", "2020-01-01")
    assert [error.field for error in refused.value.errors] == ["reason", "effective_on"]
    with pytest.raises(NeedsRole):
        firm.engine.submit_proposal(Actor("outsider"), made.id, "一", "二", TODAY)
    assert firm.engine.proposal(AUTHOR, made.id).state == "draft"


def test_a_version_is_in_force_from_its_day(firm: House) -> None:
    instance = submitted(firm, on="2026-06-02")
    issue(firm, instance)
    assert not firm.engine.releases(AUTHOR, "returns") and firm.start("returns").definition["version"] == 1
    firm.clock.at += 4 * DAY
    work(firm)
    assert len(firm.engine.releases(AUTHOR, "returns")) == 1


def test_going_back_is_a_release_of_its_own(firm: House) -> None:
    issue(firm, submitted(firm))
    made = firm.engine.begin_proposal(AUTHOR, "returns", "改回")
    firm.engine.put_proposal_file(AUTHOR, made.id, "returns.bpmn", RETURNS, 1)
    found = firm.engine.submit_proposal(AUTHOR, made.id, "不合用", "改回原名", TODAY)
    firm.engine.run_jobs_once()
    issue(firm, str(found.instance))
    first, second = firm.engine.releases(AUTHOR, "returns")
    assert (second.number, second.version) == ("1.2", 3) and first.set_hash != second.set_hash


def test_a_release_begun_from_an_older_version_is_a_new_one_whose_row_says_so(firm: House) -> None:
    issue(firm, submitted(firm))
    made = firm.engine.begin_proposal(AUTHOR, "returns", "退回原样", version=1)
    found = firm.engine.submit_proposal(AUTHOR, made.id, "不合用", "恢复原来的步骤", TODAY)
    firm.engine.run_jobs_once()
    issue(firm, str(found.instance))
    first, second = firm.engine.releases(AUTHOR, "returns")
    assert (first.changes, second.version) == ("编写改名", 3)
    assert second.changes == "据流程定义第 1 版起草：恢复原来的步骤"
    assert firm.engine.definition("returns").xml() == firm.engine.definition("returns", 1).xml()
    document = Document(io.BytesIO(firm.engine.procedure_document("returns").content))
    rows = [[cell.text for cell in row.cells] for table in document.tables for row in table.rows]
    assert any(second.changes in row for row in rows)

    made = firm.engine.begin_proposal(AUTHOR, "returns", "再用新名", version=2)
    found = firm.engine.submit_proposal(AUTHOR, made.id, "又合用", "再次改名", TODAY)
    firm.engine.run_jobs_once()
    issue(firm, str(found.instance))
    assert firm.engine.releases(AUTHOR, "returns")[-1].changes == "据 V1.1 版起草：再次改名"


def test_a_job_that_is_run_again_issues_nothing_twice(firm: House, monkeypatch: pytest.MonkeyPatch) -> None:
    instance = submitted(firm)
    firm.do(instance, "check_proposal", "checker", proposal_check="pass")
    firm.do(instance, "issue_proposal", "issuer", issue_decision="issue")
    firm.engine.run_timers_once()
    real: Any = TASKS["put_in_force"]
    ran = []

    def twice(job: Any, services: Any) -> Any:
        ran.append(real(job, services))
        return real(job, services)

    monkeypatch.setitem(firm.engine.room.topics, "put_in_force", twice)
    work(firm)
    assert len(ran) == 1 and len(firm.engine.releases(AUTHOR, "returns")) == 1
    assert firm.start("returns").definition["version"] == 2
    assert not firm.engine.incidents(Actor("boss")), errors


def test_the_procedure_document_has_the_row_of_clause_8_and_who_signed(firm: House) -> None:
    issue(firm, submitted(firm))
    document = Document(io.BytesIO(firm.engine.procedure_document("returns").content))
    rows = [[cell.text for cell in row.cells] for table in document.tables for row in table.rows]
    assert ["2", "名称不清", "V1.1", "author的名字", "2026.05.29", "编写改名"] in rows
    assert ["版本号", "1.1"] in rows and ["签发", "issuer的名字"] in rows
    lines = [paragraph.text for paragraph in document.paragraphs]
    assert "拟稿:author的名字" in lines and "审核:checker的名字　　日期:2026.05.29" in lines
    assert "签发:issuer的名字　　日期:2026.05.29" in lines and "生效:2026.05.29" in lines
    earlier = Document(io.BytesIO(firm.engine.procedure_document("returns", 1).content))
    above = [p.text for section in earlier.sections for p in section.header.paragraphs]
    assert "非现行版本，现行版本为 V1.1（流程定义第 2 版）" in above
    assert not any(p.text.startswith("签发:") for p in earlier.paragraphs)
