"""Processes that begin by themselves: each turn of the newest version's timer begins one instance, whoever looks."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from bpmn.model import File, Finding
from engine.actor import Actor
from engine.clock import DAY, SECOND
from engine.errors import DeploymentRefused
from engine.jobs import starts
from engine.store import tables as t
from engine.views import InstanceRow
from tests.engine.house import House
from tests.engine.spiff.play import diagram, flows, timer
from tests.support.shapes import condition, el

BOSS, AUDITOR = Actor("boss"), Actor("auditor")
HOUR = 3600 * SECOND
TASK = '<userTask id="a" camunda:candidateGroups="project_manager"/><endEvent id="e"/>' + flows("s>a", "a>e")


def timed(written: str, more: str = TASK, key: str = "p") -> File:
    """A process that begins when its timer says."""
    return diagram(el("startEvent", "s", timer(written)) + more, key)


def deploy(house: House, *files: File) -> list[Finding]:
    """Deploys; answers what was found."""
    return house.engine.deploy(BOSS, files).findings


def told(house: House, *files: File) -> set[str]:
    """The rules of what was found."""
    return {finding.rule for finding in deploy(house, *files)}


def begun(house: House) -> list[InstanceRow]:
    """The instances, the oldest first."""
    return list(reversed(house.engine.instances(AUDITOR).items))


def look(house: House) -> int:
    """Look until nothing is due; answers how many were begun."""
    count = 0
    while fired := house.engine.run_timers_once():
        count += fired
    return count


def dues(house: House) -> list[int]:
    """The instants for which instances were begun, as their first entries tell."""
    return [house.entries(row.id)[0]["data"]["due"] for row in begun(house)]


def waiting(house: House) -> int:
    """How many timers wait to begin something."""
    with house.engine.room.database.read() as connection:
        return len(connection.execute(t.start_timer.select()).all())


@pytest.mark.parametrize("written", ["PT1H", '=duration("PT1H")'])
def test_a_process_begins_when_it_is_due_and_its_entry_names_the_timer(house: House, written: str) -> None:
    deploy(house, timed(written))
    deployed = house.clock.at
    assert look(house) == 0
    house.clock.at += HOUR
    assert look(house) == 1
    (made,) = begun(house)
    first = house.entries(made.id)[0]
    assert (first["kind"], first["element"], first["actor"], first["channel"]) == ("started", "s", "guicheng", "timer")
    assert first["data"]["timer"] == "s" and abs(first["data"]["due"] - deployed - HOUR) < SECOND
    assert house.engine.names(["guicheng"]) == {"guicheng": "系统"}
    house.clock.at += DAY
    assert look(house) == 0 and waiting(house) == 0
    house.do(made.id, "a", "owner")
    assert house.view(made.id).status == "completed"
    assert house.engine.verify().ok


def test_a_date_means_that_instant(house: House) -> None:
    deploy(house, timed("2026-06-01T09:00:00+08:00"))
    house.clock.at = 1_780_275_600_000_000 - 10 * SECOND
    assert look(house) == 0
    house.clock.at += 10 * SECOND
    assert look(house) == 1
    assert dues(house) == [1_780_275_600_000_000]


def test_a_cycle_goes_on_and_what_was_missed_is_caught_up_once_each_in_order(house: House) -> None:
    deploy(house, timed("R3/PT1H"))
    deployed = house.clock.at
    house.clock.at += HOUR
    assert look(house) == 1
    house.clock.at += 10 * HOUR
    assert look(house) == 2
    assert [round((due - deployed) / HOUR) for due in dues(house)] == [1, 2, 3]
    assert look(house) == 0 and waiting(house) == 0
    assert house.engine.verify().ok


def test_a_cycle_with_a_beginning_and_a_number_is_over_when_its_turns_are(house: House) -> None:
    deploy(house, timed("R10/2026-05-28T09:00:00+08:00/P1D"))
    house.clock.at += 30 * DAY
    look(house)
    last = 1_780_275_600_000_000 + 5 * DAY  # 2026-06-06
    assert max(dues(house)) == last and len(dues(house)) == 9


def test_however_many_look_a_turn_begins_one_instance(house: House, twin: House) -> None:
    deploy(house, timed("R2/PT1H"))
    house.clock.at += 2 * HOUR
    together = threading.Barrier(4)

    def watch(which: House) -> None:
        together.wait()
        look(which)

    lookers = [threading.Thread(target=watch, args=[which]) for which in (house, twin, house, twin)]
    for looker in lookers:
        looker.start()
    for looker in lookers:
        looker.join()
    look(house)
    assert len(begun(house)) == 2 and len(set(dues(house))) == 2


def test_the_version_before_begins_nothing_any_more(house: House) -> None:
    deploy(house, timed("PT1H"))
    deploy(house, timed("PT3H"))
    (told_,) = house.engine.start_timers("p")
    assert waiting(house) == 1 and round((told_.due_at - house.clock.at) / HOUR) == 3
    house.clock.at += 2 * HOUR
    assert look(house) == 0
    house.clock.at += HOUR
    assert look(house) == 1
    assert begun(house)[0].definition["version"] == 2
    deploy(house, diagram('<startEvent id="s"/>' + TASK))
    assert waiting(house) == 0


def test_a_timer_that_stands_in_the_next_version_goes_on_where_it_was(house: House) -> None:
    deploy(house, timed("R/PT2H"))
    deployed = house.clock.at
    house.clock.at += HOUR
    deploy(house, timed("R/PT2H", TASK.replace("<userTask", '<userTask name="新"')))
    house.clock.at += HOUR
    assert look(house) == 1
    assert round((dues(house)[0] - deployed) / HOUR) == 2
    assert begun(house)[0].definition["version"] == 2


def test_what_has_had_its_turn_does_not_begin_again_with_the_next_version(house: House) -> None:
    other = TASK.replace("<userTask", '<userTask name="新"')
    assert "start-over" in told(house, timed("2020-01-01"))
    assert look(house) == 1
    assert "start-over" in told(house, timed("2020-01-01", other))
    assert look(house) == 0
    deploy(house, timed("2020-01-02", other))
    assert look(house) == 1


def test_a_time_from_the_deployment_begins_anew_with_a_new_diagram_and_not_with_a_new_stage(house: House) -> None:
    call = '<callActivity id="a" calledElement="stage"/><endEvent id="e"/>' + flows("s>a", "a>e")
    inside = '<startEvent id="cs"/><userTask id="x" camunda:candidateGroups="project_manager"/>' + flows("cs>x")
    deploy(house, diagram(inside, "stage"), timed("PT1H", call))
    house.clock.at += HOUR
    assert look(house) == 1
    deploy(house, diagram(inside.replace("<userTask", '<userTask name="新"'), "stage"))
    house.clock.at += HOUR
    assert look(house) == 0
    deploy(house, timed("PT1H", call.replace("<endEvent", '<endEvent name="完"')))
    house.clock.at += HOUR
    assert look(house) == 1
    assert [row.definition["version"] for row in begun(house) if row.definition["key"] == "p"] == [1, 3]


def test_the_same_files_again_change_nothing(house: House) -> None:
    deploy(house, timed("PT1H"))
    house.clock.at += HOUR // 2
    deploy(house, timed("PT1H"))
    house.clock.at += HOUR // 2
    assert look(house) == 1


def test_of_several_starts_each_timer_begins_its_own_and_a_person_the_plain_one(house: House) -> None:
    more = el("startEvent", "s2", timer("PT2H")) + '<startEvent id="s0"/>' + flows("s2>a", "s0>a") + TASK
    deploy(house, timed("PT1H", more))
    house.clock.at += 2 * HOUR
    assert look(house) == 2
    house.start("p")
    assert [house.entries(row.id)[0]["element"] for row in begun(house)] == ["s", "s2", None]


def test_what_cannot_begin_is_told_to_the_administrators_and_tried_again_when_deployed(house: House) -> None:
    wrong = '<exclusiveGateway id="a"/><endEvent id="e"/><endEvent id="f"/>' + flows(
        "s>a", "a>e:today() = null", "a>f:today() = null"
    )
    deploy(house, timed("R/PT1H", wrong))
    house.clock.at += HOUR
    assert look(house) == 0 and look(house) == 0
    (notice,) = house.engine.notices(BOSS)
    assert "未能开始" in notice.text and notice.link == "/procedures/p"
    assert [one.failed for one in house.engine.start_timers("p")] == [True]
    assert begun(house) == []
    house.clock.at += HOUR
    deploy(house, timed("R/PT1H"))
    assert look(house) == 2


@pytest.mark.parametrize(
    ("start", "rule"),
    [
        (timer("=day"), "start-time"),
        (timer("=1 + 1"), "start-time"),
        (timer('="soon"'), "start-time"),
        (condition("n = 1"), "unsupported-element"),
    ],
)
def test_a_time_that_is_none_and_a_condition_are_refused_with_a_reason(house: House, start: str, rule: str) -> None:
    with pytest.raises(DeploymentRefused) as refused:
        deploy(house, diagram(el("startEvent", "s", start) + TASK))
    assert [(f.element, f.line is not None) for f in refused.value.findings if f.rule == rule] == [("s", True)]


@pytest.mark.parametrize(
    ("file", "rule"),
    [
        (timed("R3/2020-01-01/P1D"), "start-over"),
        (timed("PT1H", TASK.replace(' camunda:candidateGroups="project_manager"', "")), "nobody-does"),
        (
            timed("PT1H", TASK.replace("candidateGroups", "assignee").replace("project_manager", "=started_by")),
            "nobody-does",
        ),
    ],
)
def test_what_would_surprise_is_told(house: House, file: File, rule: str) -> None:
    assert rule in told(house, file)


def test_due_starts_are_found_by_index(house: House) -> None:
    sqlite = house.engine.room.database.sqlite
    with house.engine.room.database.read() as connection:
        if not sqlite:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        query: Any = starts.due(house.clock.now(), 100).compile(connection, compile_kwargs={"literal_binds": True})
        plan = str(connection.exec_driver_sql(f"EXPLAIN {'QUERY PLAN' if sqlite else ''} {query}").all())
    assert "ix_start_timer_due_at" in plan
