"""Running instances go on on another version after a rehearsal; an operator moves what is stuck."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from engine import archive, errors
from engine.actor import OPERATOR, Actor
from engine.definitions import UnknownDefinition
from engine.errors import NeedsRole, NotVisible
from engine.migration import CannotMove, OtherProcess
from engine.obstacle import CannotMigrate, Obstacle
from tests.engine.house import House

OWNER, BOSS, SELLER = Actor("owner"), Actor("boss"), Actor("seller")
MAPPING = {"check": "review"}


@pytest.fixture
def moving(house: House) -> House:
    """One instance at `write`, one at `check`, and a new version in which `check` is called `review`."""
    house.deploy("returns")
    for key in ("early", "late"):
        house.engine.start(OWNER, "returns", key, {"text": "一"})
    house.do(instance(house, "late"), "write", "owner")
    house.deploy("returns_later")
    return house


def instance(house: House, key: str) -> str:
    """The instance of that business key."""
    (row,) = house.engine.instances(OPERATOR, q=key).items
    return row.id


def unchanged(house: House, before: Mapping[str, list[str]]) -> None:
    """Nothing has been stored since."""
    assert house.read_tables() == before


def test_a_rehearsal_says_of_each_running_instance_where_it_would_be_or_why_not_and_stores_nothing(
    moving: House,
) -> None:
    before = moving.read_tables()
    early, late = moving.engine.rehearse(BOSS, "returns").items
    assert (early.business_key, early.can, [place.element for place in early.after]) == ("early", True, ["write"])
    assert (late.can, late.version, [place.name for place in late.before]) == (False, 1, ["check"])
    assert late.obstacles == (Obstacle("check", "check", "在新版本中不存在，请指定由哪个环节接续"),)
    assert late.obstacles[0].missing
    (_, late) = moving.engine.rehearse(BOSS, "returns", 2, MAPPING).items
    assert late.can and [place.name for place in late.after] == ["评审"]
    unchanged(moving, before)


def test_a_rehearsal_is_paged_and_for_owners_of_procedures_only(moving: House) -> None:
    first = moving.engine.rehearse(BOSS, "returns", limit=1)
    assert first.next is not None
    (second,) = moving.engine.rehearse(BOSS, "returns", cursor=first.next, limit=1).items
    assert (first.items[0].business_key, second.business_key) == ("early", "late")
    with pytest.raises(NeedsRole):
        moving.engine.rehearse(OWNER, "returns")
    with pytest.raises(NeedsRole):
        moving.engine.migrate(OWNER, second.instance, None, {}, "因为")


def test_a_migrated_instance_keeps_its_task_and_goes_on_by_the_new_version(moving: House) -> None:
    late = instance(moving, "late")
    task = moving.task(late, "check").id
    moving.engine.claim(Actor("reviewer"), task)
    view = moving.engine.migrate(BOSS, late, None, MAPPING, "评审改由营销", "m-1")
    assert moving.engine.migrate(BOSS, late, None, MAPPING, "评审改由营销", "m-1") == view
    assert (view.definition["version"], [token.element for token in view.tokens]) == (2, ["review"])
    row = moving.task(late, "review")
    assert (row.id, row.name, row.roles, row.assignee) == (task, "评审", ["marketing"], "reviewer")
    entry = moving.entries(late)[-1]
    assert (entry["kind"], entry["data"]["reason"], entry["data"]["mapping"]) == ("migrated", "评审改由营销", MAPPING)
    assert entry["definition_set"] != entry["data"]["from"]
    moving.do(late, "review", "reviewer")
    moving.do(late, "approve", "owner", result="pass")
    assert moving.view(late).status == "completed"


def test_an_instance_is_moved_only_as_one_of_the_process_it_is_held_for(moving: House) -> None:
    early, before = instance(moving, "early"), moving.read_tables()
    with pytest.raises(OtherProcess) as refused:
        moving.engine.migrate(BOSS, early, 2, {}, "新版", key="nothing")
    assert refused.value.errors[0].field == "definition"
    unchanged(moving, before)
    assert moving.engine.migrate(BOSS, early, 2, {}, "新版", key="returns").definition["version"] == 2


def test_who_may_do_a_task_afterwards_finds_it_in_the_inbox(moving: House) -> None:
    late = instance(moving, "late")
    assert not moving.engine.tasks(SELLER, candidate="me").items
    moving.engine.migrate(BOSS, late, 2, MAPPING, "评审改由营销")
    assert [row.element for row in moving.engine.tasks(SELLER, candidate="me").items] == ["review"]
    assert not moving.engine.tasks(Actor("reviewer"), candidate="me").items
    moving.do(late, "review", "seller")
    assert moving.task(late, "approve")


def test_the_versions_of_a_process_say_how_many_instances_run_on_each(moving: House) -> None:
    moving.engine.migrate(BOSS, instance(moving, "early"), None, {}, "新版")
    assert [(one.version, one.running) for one in moving.engine.running_versions(BOSS, "returns")] == [(2, 1), (1, 1)]
    moving.engine.cancel(BOSS, instance(moving, "late"), "不再需要")
    assert [(one.version, one.running) for one in moving.engine.running_versions(BOSS, "returns")] == [(2, 1), (1, 0)]
    with pytest.raises(NeedsRole):
        moving.engine.running_versions(OWNER, "returns")
    with pytest.raises(UnknownDefinition):
        moving.engine.running_versions(BOSS, "nothing")


def test_whoever_owns_the_procedures_moves_what_they_may_not_look_into(moving: House) -> None:
    moving.engine.create_user(OPERATOR, "keeper", "规程的负责人", roles=("process_owner",))
    keeper, late = Actor("keeper"), instance(moving, "late")
    assert [row.can for row in moving.engine.rehearse(keeper, "returns", None, MAPPING).items] == [True, True]
    view = moving.engine.migrate(keeper, late, None, MAPPING, "新版")
    assert (view.definition["version"], [token.element for token in view.tokens]) == (2, ["review"])
    assert view.variables == {} and moving.view(late).variables == {"text": "一"}
    with pytest.raises(NotVisible):
        moving.engine.instance(keeper, late)


def test_what_was_done_before_is_called_as_it_was_then(moving: House) -> None:
    early, late = instance(moving, "early"), instance(moving, "late")
    done = moving.task(late, "check").id
    moving.do(late, "check", "reviewer", result="return", return_reason="补充")
    for one in (early, late):
        moving.engine.migrate(BOSS, one, None, {}, "新版")
    rows = moving.engine.timeline(OPERATOR, late).items
    named = [(row.kind, row.element_name, row.version) for row in rows if row.kind in ("completed", "migrated")]
    assert named == [("migrated", "", 2), ("completed", "check", 1), ("completed", "write", 1)]
    task = moving.engine.task(OWNER, moving.task(late, "write").id)
    assert [(answer.element_name, answer.version) for answer in task.earlier] == [("check", 1), ("write", 1)]
    assert task.returned_by is not None and task.returned_by.element_name == "check"
    assert moving.engine.task(Actor("reviewer"), done).name == "check"


def test_what_cannot_go_on_is_refused_and_stays_as_it_is(moving: House) -> None:
    late, before = instance(moving, "late"), moving.read_tables()
    with pytest.raises(CannotMigrate, match="check"):
        moving.engine.migrate(BOSS, late, None, {}, "试试")
    with pytest.raises(errors.ReasonMissing):
        moving.engine.migrate(BOSS, late, None, MAPPING, " ")
    unchanged(moving, before)
    moving.do(late, "check", "reviewer", result="pass")
    assert moving.view(late).status == "completed"


def test_migrated_instances_are_verified_rebuilt_and_loaded_without_any_cache(moving: House) -> None:
    early, late = instance(moving, "early"), instance(moving, "late")
    moving.do(early, "write", "owner")
    for one in (early, late):
        moving.engine.migrate(BOSS, one, 2, MAPPING, "新版")
    moving.do(late, "review", "seller")
    tables = moving.read_tables()
    report = moving.engine.verify()
    assert report.ok and report.executed == report.entries, str(report)
    moving.engine.rebuild()
    assert moving.read_tables() == tables
    other = moving.twin()
    other.do(early, "review", "seller")
    other.do(early, "approve", "owner", result="pass")
    assert other.view(early).status == "completed"
    assert other.engine.verify().ok
    entries = other.entries(early)
    assert archive.pack(other.engine.room, 0) == 1
    assert other.entries(early) == entries and other.engine.verify().ok
    other.engine.close()


def test_a_process_that_holds_the_old_version_in_memory_follows(moving: House) -> None:
    late = instance(moving, "late")
    other = moving.twin()
    other.engine.comment(OWNER, late, "先看看")
    assert other.engine.preview(BOSS, late, moves(other, late, "before", "write")).can  # it is in its cache now
    moving.engine.migrate(BOSS, late, 2, MAPPING, "新版")
    other.do(late, "review", "seller")
    moving.do(late, "approve", "owner", result="pass")
    assert other.view(late).status == "completed"
    other.engine.close()


def moves(house: House, id: str, how: str, to: str) -> list[dict[str, object]]:
    """The one token of an instance, moved."""
    live = house.engine.preview(BOSS, id).before
    return [{"token": live[0].token, "element": live[0].element, "how": how, "to": to}]


def test_an_operator_sees_what_a_move_would_do_before_it_is_made_and_must_say_why(moving: House) -> None:
    late, before = instance(moving, "late"), moving.read_tables()
    back = moves(moving, late, "before", "write")
    seen = moving.engine.preview(BOSS, late, back)
    assert [[place.element for place in places] for places in (seen.before, seen.after)] == [["check"], ["write"]]
    assert not moving.engine.preview(BOSS, late, moves(moving, late, "before", "nowhere")).can
    with pytest.raises(errors.ReasonMissing):
        moving.engine.modify(BOSS, late, back, "")
    with pytest.raises(NeedsRole):
        moving.engine.modify(OWNER, late, back, "我说的")
    unchanged(moving, before)
    moving.engine.modify(BOSS, late, back, "送错了")
    with pytest.raises(errors.TaskClosed):
        moving.engine.modify(BOSS, late, back, "再一次")
    assert moving.task(late, "write")
    assert [(row.id, row.interventions) for row in moving.engine.deviations(Actor("auditor")).items] == [(late, 1)]
    moving.do(late, "write", "owner")
    with pytest.raises(CannotMove, match="result"):
        moving.engine.modify(BOSS, late, moves(moving, late, "after", "check"), "评审人长期不在")
    moving.engine.modify(BOSS, late, moves(moving, late, "before", "end"), "评审人长期不在")
    assert moving.view(late).status == "completed"
    assert moving.engine.verify().ok
