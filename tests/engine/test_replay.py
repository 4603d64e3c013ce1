"""An instance is replayed from its journal: who may, what each moment tells, what is erased, migrated, packed."""

from __future__ import annotations

import pytest

from bpmn.errors import Invalid, NotFound
from engine import archive, paging
from engine.actor import Actor
from engine.errors import NotVisible
from tests.engine.house import House

OWNER, COLLEAGUE, AUDITOR, OUTSIDER, BOSS = map(Actor, ("owner", "colleague", "auditor", "outsider", "boss"))
PDF = b"%PDF-1.4\n%%EOF\n"


@pytest.fixture
def returned(house: House) -> str:
    """An instance that was written, sent back, and written again; now it is checked again."""
    house.deploy("returns")
    id = house.start("returns", text="一").id
    house.do(id, "write", "owner", text="二")
    house.do(id, "check", "colleague", result="return", return_reason="缺依据")
    house.do(id, "write", "owner", text="三", number=3)
    return id


def test_each_entry_is_a_moment_and_the_last_picture_is_where_the_instance_stands(house: House, returned: str) -> None:
    reel = house.engine.replay(OWNER, returned)
    assert [one.seq for one in reel.moments] == [entry["seq"] for entry in house.entries(returned)]
    assert [one.event for one in reel.moments if one.kind == "completed"] == [None, "returned", None]
    last = house.engine.moment(OWNER, returned, reel.moments[-1].seq)
    assert last.scene.standing("") == {"check": 1}
    state = house.engine.diagram_state(OWNER, returned)
    assert last.scene.marks("") == state.elements and set(last.scene.flows("")) == set(state.flows)
    first = house.engine.moment(OWNER, returned, 1)
    assert first.scene.marks("") == {"begin": "done", "write": "active"}


def test_a_moment_tells_who_did_what_and_what_changed_from_what_to_what(house: House, returned: str) -> None:
    seq = max(one.seq for one in house.engine.replay(OWNER, returned).moments if one.kind == "completed")
    view = house.engine.moment(OWNER, returned, seq)
    assert (view.row.actor, view.row.element, view.roles, view.row.channel) == (
        "owner",
        "write",
        ["project_manager"],
        "api",
    )
    changes = {change.name: (change.old, change.new) for change in view.changes}
    assert changes == {"text": ("二", "三"), "number": (None, 3)}


def test_whoever_may_not_see_the_project_does_not_see_its_replay(house: House, returned: str) -> None:
    for who in (OWNER, COLLEAGUE, AUDITOR, BOSS):
        assert house.engine.replay(who, returned).moments and house.engine.moment(who, returned, 1)
    for ask in (house.engine.replay, house.engine.moments):
        with pytest.raises(NotVisible):
            ask(OUTSIDER, returned)
    with pytest.raises(NotVisible):
        house.engine.moment(OUTSIDER, returned, 1)
    with pytest.raises(NotVisible):
        house.engine.seq_at(OUTSIDER, returned, 0)


@pytest.mark.parametrize("seq", [0, -1, 99])
def test_a_moment_that_never_was_is_not_found(house: House, returned: str, seq: int) -> None:
    with pytest.raises(NotFound):
        house.engine.moment(OWNER, returned, seq)
    with pytest.raises(NotFound):
        house.engine.replay(OWNER, "nothing")


def test_moments_are_paged_and_the_film_goes_on_with_the_instance(house: House, twin: House, returned: str) -> None:
    first = house.engine.moments(OWNER, returned, limit=2)
    assert [one.seq for one in first.items] == [1, 2] and first.next is not None
    rest = house.engine.moments(OWNER, returned, first.next, limit=200)
    assert rest.items[0].seq == 3 and rest.next is None
    house.do(returned, "check", "colleague", result="pass", return_reason=None)
    moments = house.engine.replay(OWNER, returned).moments
    assert len(moments) == len(house.entries(returned)) and moments[-1].event == "ended"
    assert moments == twin.engine.replay(OWNER, returned).moments
    with pytest.raises(Invalid):
        house.engine.moments(OWNER, returned, paging.write("x"))


def test_a_time_is_the_last_entry_before_it(house: House, returned: str) -> None:
    moments = house.engine.replay(OWNER, returned).moments
    assert house.engine.seq_at(OWNER, returned, moments[2].at) == 3
    assert house.engine.seq_at(OWNER, returned, moments[2].at - 1) == 2
    assert house.engine.seq_at(OWNER, returned, 0) == 1


def test_a_packed_journal_gives_the_same_film(house: House, returned: str) -> None:
    house.do(returned, "check", "colleague", result="pass", return_reason=None)
    before = house.engine.replay(OWNER, returned).moments
    assert archive.pack(house.engine.room, 0) == 1
    house.engine.room.films.clear()
    assert house.engine.replay(OWNER, returned).moments == before


def test_what_is_erased_is_told_with_its_reason_and_not_by_what_came_after(
    house: House, twin: House, returned: str
) -> None:
    house.engine.cancel(BOSS, returned, "作废")
    house.engine.replay(AUDITOR, returned)  # kept from before the erasure
    gone = next(one.seq for one in house.engine.replay(OWNER, returned).moments if one.kind == "completed")
    house.engine.erase(BOSS, returned, gone, "本人要求")
    for engine in (house.engine, twin.engine):
        view = engine.moment(AUDITOR, returned, gone)
        assert view.erasure is not None and (view.erasure.reason, view.erasure.actor) == ("本人要求", "boss")
        assert not view.row.data and [(change.name, change.old, change.new) for change in view.changes] == [
            ("text", None, None)
        ]
        assert view.scene.standing("") == {"check": 1}
        later = max(one.seq for one in engine.replay(OWNER, returned).moments if one.kind == "completed")
        changes = {change.name: change for change in engine.moment(AUDITOR, returned, later).changes}
        assert changes["text"].hidden and changes["text"].old is None and changes["text"].new == "三"
        assert not changes["number"].hidden


def test_after_a_migration_moments_are_of_the_version_they_happened_on(house: House, returned: str) -> None:
    house.deploy("returns_later")
    house.engine.migrate(BOSS, returned, None, {"check": "review"}, "评审改由营销")
    moments = house.engine.replay(OWNER, returned).moments
    assert [one.version for one in moments[-2:]] == [1, 2] and moments[-1].event == "intervention"
    then, now = (house.engine.moment(OWNER, returned, one.seq) for one in moments[-2:])
    assert (then.definition.version, then.scene.standing("")) == (1, {"check": 1})
    assert (now.definition.version, now.scene.standing("")) == (2, {"review": 1})


def test_files_of_a_step_are_shown_with_it(house: House, returned: str) -> None:
    task = house.task(returned, "check")
    made = house.engine.attach(COLLEAGUE, task.id, "依据.pdf", PDF)
    house.do(returned, "check", "colleague", result="pass", return_reason=None)
    attached, completed = (
        house.engine.moment(AUDITOR, returned, one.seq) for one in house.engine.replay(OWNER, returned).moments[-2:]
    )
    assert [file.id for file in attached.attachments] == [file.id for file in completed.attachments] == [made.id]
    assert house.engine.moment(AUDITOR, returned, 2).attachments == []


def test_what_was_begun_for_the_instance_is_linked_from_then_on(house: House, returned: str) -> None:
    before = house.engine.replay(OWNER, returned).moments[-1].seq
    child = house.engine.start(OWNER, "returns", "child", {}, parent=returned).id
    house.do(returned, "check", "colleague", result="pass", return_reason=None)
    assert house.engine.moment(OWNER, returned, before).linked == []
    view = house.engine.moment(OWNER, returned, before + 1)
    assert ([one.id for one in view.linked], view.linked_count) == ([child], 1)
    assert house.engine.moment(OWNER, child, 1).parent == returned
