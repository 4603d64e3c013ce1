"""Proposals: several people prepare the next version of a procedure, and nobody's work is lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import func, select, update

import bpmn.blank
from bpmn.errors import Conflict, Forbidden, GuichengError, IdempotencyMismatch, Invalid, NotFound, TooLarge
from bpmn.library import procedures
from bpmn.model import File
from engine.actor import OPERATOR, Actor
from engine.clock import SECOND
from engine.definitions import UnknownDefinition
from engine.errors import FileChanged, FileGone, FileRefused, NeedsRole, ProposalClosed, VersionMissing
from engine.proposals import MOST_FILES, STAYS
from engine.store import tables as t
from engine.views import Proposal
from engine.vocabulary import Variable
from forms.word.record import record
from tasks import TASKS
from tests.bpmn.draw import diagram, flow, line, node
from tests.engine.house import DIAGRAMS, House

OWNER, COLLEAGUE, OUTSIDER, AUDITOR = (Actor(name) for name in ("keeper", "second", "owner", "auditor"))
RETURNS = (DIAGRAMS / "returns.bpmn").read_bytes()
TASK = 'camunda:candidateGroups="project_manager"'
PART = diagram(node("startEvent", "s"), node("userTask", "a", TASK), node("endEvent", "e"), line("s", "a", "e")).content

BARE = re.sub(rb'<sequenceFlow id="[^"]*"', b"<sequenceFlow", PART)
"""Its flows have no ids, as some modelers draw them."""


@pytest.fixture
def firm(house: House) -> House:
    """The house with two process owners and one procedure."""
    for name in ("keeper", "second"):
        house.engine.create_user(OPERATOR, name, f"{name}的名字", roles=("process_owner",))
    house.deploy("returns")
    return house


def begun(firm: House, **more: Any) -> Proposal:
    return firm.engine.begin_proposal(OWNER, "returns", "改一改", **more)


def contents(firm: House) -> int:
    with firm.engine.room.database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(t.file)).scalar_one())


def test_it_begins_with_the_files_of_the_newest_version_or_with_none(firm: House) -> None:
    found = begun(firm)
    assert (found.key, found.base_version, found.state, found.created_by_name) == (
        "returns",
        1,
        "draft",
        "keeper的名字",
    )
    assert [(file.name, file.version, file.standing) for file in found.files] == [("returns.bpmn", 1, "same")]
    _, content = firm.engine.proposal_file(OWNER, found.id, "returns.bpmn")
    assert content == RETURNS
    empty = begun(firm, empty=True)
    assert (empty.base_version, empty.files, empty.removed) == (None, [], [])
    with pytest.raises(UnknownDefinition):
        firm.engine.begin_proposal(OWNER, "nowhere", "没有")
    for key, title in (("1 x", "标题"), ("returns", " "), ("returns", "长" * 201), ("", "标题")):
        with pytest.raises(Invalid):
            firm.engine.begin_proposal(OWNER, key, title, empty=True)


def test_it_begins_from_what_was_drawn_though_the_engine_executes_what_was_made_of_it(firm: House) -> None:
    engine, again = firm.engine, BARE + b"\n"
    for file in (File("p.bpmn", BARE), File("p.bpmn", again), File("p.toml", b'number = "P1"\ntitle = "P"\n')):
        engine.deploy(OPERATOR, [file])
    for version, drawn in ((1, BARE), (2, again)):
        assert engine.drawing("p", "p", version).content == drawn != engine.definition("p", version).xml()
    id = engine.begin_proposal(OWNER, "p", "改").id
    engine.withdraw_proposal(OWNER, id)
    engine.keep_house()
    assert engine.drawing("p", "p", 1).content == BARE
    found = engine.proposal(OWNER, id).files
    assert [(file.name, file.standing) for file in found] == [("p.bpmn", "same"), ("p.toml", "same")]
    assert engine.proposal_file(OWNER, id, "p.bpmn")[1] == again
    with pytest.raises(NotFound):
        engine.drawing("p", "returns")


def test_a_version_of_a_store_from_before_gives_what_is_executed(firm: House) -> None:
    d = t.deployment.c
    with firm.engine.room.database.write() as connection:
        for id, text in connection.execute(select(d.id, d.findings)).all():
            kept = {name: value for name, value in msgspec.json.decode(text).items() if name != "drawn"}
            values = {"findings": msgspec.json.encode(kept).decode()}
            connection.execute(update(t.deployment).where(d.id == id).values(values))
    executed = firm.engine.definition("returns").xml()
    assert firm.engine.drawing("returns", "returns").content == executed
    assert firm.engine.proposal_file(OWNER, begun(firm).id, "returns.bpmn")[1] == executed


def test_it_begins_from_an_older_version_and_from_none_that_is_not_there(firm: House) -> None:
    changed = RETURNS.replace(b'name="write"', 'name="编写"'.encode())
    firm.engine.deploy(OPERATOR, [File("returns.bpmn", changed)])
    older, newest = begun(firm, version=1), begun(firm, version=2)
    assert (older.base_version, newest.base_version) == (1, 2)
    for id, drawn in ((older.id, RETURNS), (newest.id, changed)):
        assert firm.engine.proposal_file(OWNER, id, "returns.bpmn")[1] == drawn
    assert [file.standing for file in older.files] == ["same"]
    for more in ({"version": 3}, {"version": 0}, {"version": 1, "empty": True}):
        with pytest.raises(Invalid) as refused:
            begun(firm, **more)
        assert [error.field for error in refused.value.errors] == ["version"]


def test_the_same_request_twice_is_one_proposal(firm: House) -> None:
    assert begun(firm, idempotency_key="k").id == begun(firm, idempotency_key="k").id
    with pytest.raises(IdempotencyMismatch):
        firm.engine.begin_proposal(OWNER, "returns", "另一份", idempotency_key="k")
    assert len(firm.engine.proposals(OWNER).items) == 1


def test_owner_and_colleague_write_the_auditor_reads_an_outsider_sees_nothing(firm: House) -> None:
    id = begun(firm).id
    engine = firm.engine
    assert engine.put_proposal_file(COLLEAGUE, id, "returns.bpmn", PART, 1).version == 2
    reads: list[Callable[[Actor], object]] = [
        lambda who: engine.proposals(who),
        lambda who: engine.proposal(who, id),
        lambda who: engine.proposal_file(who, id, "returns.bpmn"),
        lambda who: engine.check_proposal(who, id),
        lambda who: engine.simulate_proposal(who, id, runs=1, key="p"),
    ]
    writes: list[Callable[[Actor], object]] = [
        lambda who: engine.begin_proposal(who, "returns", "改"),
        lambda who: engine.put_proposal_file(who, id, "returns.bpmn", RETURNS, 2),
        lambda who: engine.remove_proposal_file(who, id, "returns.bpmn", 2),
        lambda who: engine.withdraw_proposal(who, id),
        lambda who: engine.visit_proposal(who, id, "returns.bpmn"),
    ]
    for call in reads:
        call(AUDITOR)
    for who, calls in ((AUDITOR, writes), (OUTSIDER, [*reads, *writes])):
        for call in calls:
            with pytest.raises(NeedsRole):
                call(who)
    assert engine.proposal(OWNER, id).state == "draft"


def test_of_two_who_write_one_file_the_second_is_told_and_nothing_is_lost(firm: House) -> None:
    id, engine = begun(firm).id, firm.engine
    mine = engine.put_proposal_file(OWNER, id, "returns.bpmn", PART, 1)
    assert (mine.version, mine.standing, mine.changed_by) == (2, "changed", "keeper")
    with pytest.raises(FileChanged) as told:
        engine.put_proposal_file(COLLEAGUE, id, "returns.bpmn", b"<other/>", 1)
    assert (told.value.current.version, told.value.current.changed_by) == (2, "keeper") and told.value.status == 412
    assert "keeper的名字" in str(told.value) and "2026" in str(told.value)
    with pytest.raises(VersionMissing):
        engine.put_proposal_file(COLLEAGUE, id, "returns.bpmn", b"<other/>")
    assert engine.proposal_file(OWNER, id, "returns.bpmn")[1] == PART
    copy = engine.put_proposal_file(COLLEAGUE, id, "returns-second.bpmn", b"<other/>")
    assert (copy.version, copy.standing) == (1, "new")
    assert engine.put_proposal_file(COLLEAGUE, id, "returns.bpmn", PART, 1).version == 2, "the same again is no change"
    assert engine.put_proposal_file(COLLEAGUE, id, "returns.bpmn", RETURNS, 2).version == 3


def test_a_removed_file_is_told_and_its_versions_never_come_again(firm: House) -> None:
    id, engine = begun(firm).id, firm.engine
    with pytest.raises(VersionMissing):
        engine.remove_proposal_file(OWNER, id, "returns.bpmn", None)
    engine.remove_proposal_file(OWNER, id, "returns.bpmn", 1)
    assert engine.proposal(OWNER, id).removed == ["returns.bpmn"]
    with pytest.raises(FileGone) as told:
        engine.put_proposal_file(COLLEAGUE, id, "returns.bpmn", PART, 1)
    assert "keeper的名字" in str(told.value)
    for call in (
        lambda: engine.proposal_file(OWNER, id, "returns.bpmn"),
        lambda: engine.remove_proposal_file(OWNER, id, "returns.bpmn", 2),
        lambda: engine.put_proposal_file(OWNER, id, "never.bpmn", PART, 1),
        lambda: engine.remove_proposal_file(OWNER, id, "never.bpmn", 1),
        lambda: engine.proposal(OWNER, "nowhere"),
    ):
        with pytest.raises(NotFound):
            call()
    assert engine.put_proposal_file(OWNER, id, "returns.bpmn", PART).version == 3


def test_what_no_deployment_could_take_is_not_taken_into_a_proposal(firm: House, tmp_path: Path) -> None:
    id, engine = begun(firm).id, firm.engine
    for name in ("a.exe", "../a.bpmn", ".bpmn", "a/b.form", " a.bpmn", f"{'a' * 200}.bpmn"):
        with pytest.raises(FileRefused):
            engine.put_proposal_file(OWNER, id, name, PART)
    with pytest.raises(FileRefused):
        engine.put_proposal_file(OWNER, id, "a.bpmn", b"")
    with pytest.raises(GuichengError):
        engine.put_proposal_file(OWNER, id, "a.docx", b"PK\x03\x04 no archive")
    with pytest.raises(TooLarge):
        engine.put_proposal_file(OWNER, id, "a.bpmn", b"x" * (engine.settings.max_upload + 1))
    for number in range(MOST_FILES - 1):
        engine.put_proposal_file(OWNER, id, f"f{number}.form", b"{}")
    with pytest.raises(FileRefused):
        engine.put_proposal_file(OWNER, id, "one_more.form", b"{}")


def test_a_withdrawn_proposal_can_be_read_and_no_longer_changed(firm: House) -> None:
    id, engine = begun(firm).id, firm.engine
    assert (
        engine.withdraw_proposal(OWNER, id, "k").state == engine.withdraw_proposal(OWNER, id, "k").state == "withdrawn"
    )
    for call in (
        lambda: engine.put_proposal_file(OWNER, id, "returns.bpmn", PART, 1),
        lambda: engine.remove_proposal_file(OWNER, id, "returns.bpmn", 1),
        lambda: engine.withdraw_proposal(OWNER, id),
    ):
        with pytest.raises(ProposalClosed):
            call()
    assert issubclass(ProposalClosed, Conflict)
    assert engine.proposal_file(AUDITOR, id, "returns.bpmn")[0].version == 1
    assert engine.proposals(OWNER, state="draft").items == []
    assert [row.id for row in engine.proposals(OWNER, state="withdrawn", key="returns").items] == [id]


def test_lists_come_page_by_page_the_last_changed_first(firm: House) -> None:
    made = [begun(firm).id for _ in range(5)]
    firm.engine.put_proposal_file(OWNER, made[0], "returns.bpmn", PART, 1)
    found, cursor = [], ""
    while True:
        page = firm.engine.proposals(OWNER, cursor=cursor, limit=2)
        found += [row.id for row in page.items]
        if page.next is None:
            break
        cursor = page.next
    assert found == [made[0], *reversed(made[1:])]


def test_it_is_checked_as_a_deployment_would_be_and_nothing_is_deployed(firm: House) -> None:
    id, engine = begun(firm).id, firm.engine
    assert {one.severity for one in engine.check_proposal(OWNER, id)} == {"warning"}
    engine.put_proposal_file(OWNER, id, "returns.bpmn", RETURNS.replace(b"project_manager", b"nobody_known"), 1)
    found = engine.check_proposal(OWNER, id)
    wrong = {(one.rule, one.element) for one in found if one.severity == "error"}
    assert ("unknown-role", "write") in wrong
    with pytest.raises(GuichengError) as refused:
        engine.deploy(OWNER, [File("returns.bpmn", engine.proposal_file(OWNER, id, "returns.bpmn")[1])])
    assert list(refused.value.findings) == list(found)  # type: ignore[attr-defined]  # DeploymentRefused
    engine.put_proposal_file(OWNER, id, "returns.bpmn", b"no diagram", 2)
    assert [one.rule for one in engine.check_proposal(OWNER, id)] == ["not-xml"]
    engine.put_proposal_file(OWNER, id, "returns.bpmn", PART, 3)
    assert [one.rule for one in engine.check_proposal(OWNER, id)] == ["no-procedure"]
    assert engine.definition("returns").version == 1


def test_what_is_deployed_meanwhile_is_seen_by_the_next_check(firm: House) -> None:
    id, engine = begun(firm, empty=True).id, firm.engine
    calls = diagram(
        node("startEvent", "begin"),
        node("callActivity", "c", 'calledElement="part"'),
        node("endEvent", "end"),
        line("begin", "c", "end"),
    )
    engine.put_proposal_file(OWNER, id, "returns.bpmn", calls.content.replace(b'id="p"', b'id="returns"'))
    assert [one.rule for one in engine.check_proposal(OWNER, id)] == ["unknown-process"]
    engine.deploy(OPERATOR, [File("part.bpmn", PART.replace(b'id="p"', b'id="part"'))])
    assert engine.check_proposal(OWNER, id) == []


def test_it_is_walked_as_it_is_drawn(firm: House) -> None:
    choice = diagram(
        node("startEvent", "s"),
        node("exclusiveGateway", "g", 'default="g_low"'),
        node("userTask", "high", TASK),
        node("userTask", "low", TASK),
        node("endEvent", "e"),
        line("s", "g", "low", "e"),
        flow("g", "high", "false"),
        flow("high", "e"),
    ).content
    id, engine = begun(firm).id, firm.engine
    engine.put_proposal_file(OWNER, id, "returns.bpmn", choice.replace(b'id="p"', b'id="returns"'), 1)
    (one,) = engine.simulate_proposal(AUDITOR, id, runs=3).simulations
    assert (one.process, one.runs, one.never, one.flows_never) == ("returns", 3, ["high"], ["g_high", "high_e"])
    with pytest.raises(Invalid):
        engine.simulate_proposal(OWNER, id, key="nowhere")


def test_what_diagrams_may_name_is_told_the_proposals_own_first(firm: House) -> None:
    id, engine = begun(firm).id, firm.engine
    form = (
        b'{"type":"default","id":"ask","title":"\xe9\x97\xae","components":[{"type":"number","key":"sum","label":"x"}]}'
    )
    engine.put_proposal_file(OWNER, id, "ask.form", form)
    engine.put_proposal_file(OWNER, id, "part.bpmn", PART.replace(b'id="p" name', b'id="part" title'))
    engine.put_proposal_file(OWNER, id, "grade.dmn", bpmn.blank.decision("grade", "评级"))
    engine.put_proposal_file(OWNER, id, "broken.dmn", b"<no")
    told = engine.vocabulary(AUDITOR, id)
    assert ("ask", "问") in [(one.key, one.name) for one in told.forms]
    assert [(one.key, one.name) for one in told.decisions] == [("grade", "评级")]
    assert {"returns", "part"} <= {one.key for one in told.processes}
    assert [one for one in told.variables if one.name == "sum"] == [Variable("sum", "x", "number")]
    assert "5.1" in [one.key for one in told.clauses]
    assert [one.key for one in told.roles if one.kind == "system"] == []
    assert not any(file.content == form for file in engine.definition("returns").files)


def test_whoever_else_is_at_work_is_told_until_they_leave(firm: House) -> None:
    id, engine = begun(firm).id, firm.engine
    assert engine.visit_proposal(OWNER, id, "returns.bpmn") == []
    (seen,) = engine.visit_proposal(COLLEAGUE, id, "other.form")
    assert (seen.user, seen.user_name, seen.name) == ("keeper", "keeper的名字", "returns.bpmn")
    assert [one.user for one in engine.visit_proposal(OWNER, id, "returns.bpmn")] == ["second"]
    firm.clock.at += STAYS + SECOND
    assert engine.visit_proposal(OWNER, id, "returns.bpmn") == []


def test_what_nobody_names_any_more_is_dropped_and_all_else_stays(firm: House) -> None:
    id, engine = begun(firm).id, firm.engine
    before = contents(firm)
    for number in range(4):
        engine.put_proposal_file(OWNER, id, "draft.bpmn", PART + b"\n" * number, number or None)
    assert contents(firm) == before + 4
    engine.keep_house()
    assert contents(firm) == before + 1
    assert engine.proposal_file(OWNER, id, "draft.bpmn")[1] == PART + b"\n" * 3
    assert firm.start("returns").status == "active" and engine.verify().ok
    engine.remove_proposal_file(OWNER, id, "draft.bpmn", 4)
    engine.keep_house()
    assert contents(firm) == before


def test_the_whole_procedure_can_be_begun_from_and_is_without_errors(tmp_path: Path) -> None:
    whole = House(tmp_path / "var", TASKS)
    files = [file for together in procedures().values() for file in together]
    templates = [File(f"{key}.docx", record(key).template()) for key in ("JBS00P00402", "JBS00P01101")]
    try:
        whole.engine.deploy(OPERATOR, [*files, *templates])
        found = whole.engine.begin_proposal(OPERATOR, "CBS00P004", "年度修订")
        names = {file.name for file in found.files}
        assert {"CBS00P004.bpmn", "CBS00P004_plan.bpmn", "JBS00P00402.form", "JBS00P00402.docx"} <= names
        assert "JBS00P01101.docx" in {file.name for file in whole.engine.definition("CBS00P004").files}
        survey = whole.engine.begin_proposal(OPERATOR, "CBS00P004_survey", "调研")
        assert [file.name for file in survey.files if file.name == "JBS00P00402.docx"] == []
        assert [one for one in whole.engine.check_proposal(OPERATOR, found.id) if one.severity == "error"] == []
        made = whole.engine.deploy(
            OPERATOR, [File(f.name, whole.engine.proposal_file(OPERATOR, found.id, f.name)[1]) for f in found.files]
        )
        assert {one.version for one in made.definitions} == {1}, "what was not changed is no new version"
    finally:
        whole.engine.close()


def test_without_a_role_one_is_refused_before_anything_is_read(firm: House) -> None:
    with pytest.raises(Forbidden):
        firm.engine.proposal(OUTSIDER, "nowhere")
