"""What is linked to a project is counted from a table that follows the journal and can be made again."""

from __future__ import annotations

from typing import Any

import pytest

from engine.actor import Actor
from engine.contract import Job, Services, reads
from engine.errors import NotVisible
from engine.tickets import broken, due, instant
from tests.engine.house import House
from tests.tasks.service import us

OWNER, AUDITOR, OUTSIDER = Actor("owner"), Actor("auditor"), Actor("outsider")
PROMISED = {"respond_by": "2026-05-29T08:30", "recover_by": "2026-05-29T12:00"}


@pytest.fixture
def project(house: House) -> str:
    house.deploy("returns")
    return house.start("returns", project_name="甲").id


def ticket(house: House, project: str, **variables: Any) -> str:
    """The id of a ticket of the project."""
    return house.engine.start(OWNER, "returns", None, variables, parent=project).id


def finish(house: House, id: str, **data: Any) -> None:
    house.do(id, "write", "owner", **data)
    house.do(id, "check", "reviewer", result="pass")


def test_what_a_step_says_of_a_ticket_is_counted_and_the_project_itself_is_none(house: House, project: str) -> None:
    id = ticket(house, project, title="磁盘满", priority="p2")
    finish(house, id, recovered_at="2026-05-29T09:00", hours=2, unknown="x")
    (found,) = house.engine.tickets(OWNER, project)
    assert (found.id, found.title, found.status) == (id, "磁盘满", "completed")
    assert found.variables == {"priority": "p2", "recovered_at": "2026-05-29T09:00", "hours": 2}
    assert found.ended_at is not None and found.occurred_at == found.created_at


def test_the_table_is_made_again_from_the_journals_alone(house: House, project: str) -> None:
    finish(house, ticket(house, project, priority="p1", occurred_at="2026-05-29T08:00", **PROMISED))
    ticket(house, project, **PROMISED)
    before = house.read_tables()
    assert len(before["ticket"]) == 2
    house.engine.rebuild()
    assert house.read_tables() == before
    assert house.engine.verify().ok


def test_what_was_erased_of_a_ticket_stays_counted_when_the_tables_are_made_again(house: House, project: str) -> None:
    id = ticket(house, project, priority="p2")
    house.do(id, "write", "owner", hours=3)
    seq = house.entries(id)[-1]["seq"]
    house.do(id, "check", "reviewer", result="pass")
    house.engine.erase(Actor("boss"), id, seq, "个人信息")
    before = house.read_tables()["ticket"]
    house.engine.rebuild()
    assert house.read_tables()["ticket"] == before


def test_an_outsider_is_told_nothing_of_a_projects_desk(house: House, project: str) -> None:
    for asked in (
        lambda: house.engine.tickets(OUTSIDER, project),
        lambda: house.engine.due_tasks(OUTSIDER, project, 2**60),
        lambda: house.engine.foretell(OUTSIDER, project, "count"),
    ):
        with pytest.raises(NotVisible):
            asked()
    assert house.engine.desks(OUTSIDER, "returns", "fault").items == []


def test_the_desk_of_all_counts_each_running_project_for_those_who_see_it(house: House, project: str) -> None:
    late = {"recover_by": "2026-05-01T08:00"}
    ticket(house, project, priority="p1", **late)
    finish(house, ticket(house, project, **late), recovered_at="2026-05-02T08:00")
    finish(house, ticket(house, project, response_kept=True, **late), recovered_at="2026-04-30T08:00")
    (row,) = house.engine.desks(AUDITOR, "returns", "returns").items
    assert (row.id, row.open, row.urgent, row.faults, row.overdue, row.due) == (project, 1, 1, 1, 1, 0)
    assert (row.year, row.broken) == (3, 1)


def test_projects_come_page_by_page_the_newest_first(house: House, project: str) -> None:
    newer = house.start("returns", project_name="乙").id
    first = house.engine.desks(AUDITOR, "returns", "fault", limit=1)
    second = house.engine.desks(AUDITOR, "returns", "fault", first.next or "", limit=1)
    assert [[row.id for row in page.items] for page in (first, second)] == [[newer], [project]]
    assert second.next is None


def test_only_a_service_task_that_says_it_reads_is_asked(house: House, project: str) -> None:
    seen: list[str] = []

    def wrote(job: Job, services: Services) -> dict[str, Any]:
        seen.append(job.topic)
        return {}

    @reads
    def count(job: Job, services: Services) -> dict[str, Any]:
        return {"tickets": len(services.tickets()), "project": job.variables["project_name"]}

    house.engine.room.topics = {"wrote": wrote, "count": count}
    ticket(house, project)
    assert house.engine.foretell(OWNER, project, "wrote") is None and seen == []
    assert house.engine.foretell(OWNER, project, "count") == {"tickets": 1, "project": "甲"}
    assert house.engine.foretell(OWNER, project, "gone") is None


def test_times_are_beijings_where_they_name_no_zone_and_what_is_none_counts_for_nothing() -> None:
    assert instant("2026-05-29T08:00") == us("2026-05-29T08:00") == instant("2026-05-29T00:00+00:00")
    assert instant(5) == 5
    strange: list[Any] = [None, "昨天", True, 1.5, []]
    assert [instant(value) for value in strange] == [None] * 5
    assert due(PROMISED) == us("2026-05-29T08:30")
    assert due({**PROMISED, "responded_at": "2026-05-29T08:10"}) == us("2026-05-29T12:00")


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, False),
        ({**PROMISED, "responded_at": "2026-05-29T08:31"}, True),
        ({**PROMISED, "responded_at": "2026-05-29T08:31", "response_kept": True}, False),
        ({**PROMISED, "recovered_at": "2026-05-29T12:00"}, False),
        ({"recovery_kept": False}, True),
    ],
)
def test_a_promise_is_broken_as_the_clock_said_else_as_the_times_say(facts: dict[str, Any], expected: bool) -> None:
    assert broken(facts) is expected
