"""What the heat map says is what the journals say, however much of them is kept in short."""

from __future__ import annotations

import random
import statistics
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from bpmn.model import File
from engine import archive, journal, passages
from engine.actor import OPERATOR, Actor
from engine.contract import Job, Services
from engine.heat import Span, quantile
from engine.store import tables as t
from engine.views import Lapse
from tests.engine.house import DIAGRAMS, House

SECOND = 10**6
HOUR = 3600 * SECOND
EPOCH = datetime.fromisoformat("1970-01-01T00:00:00Z")
ALL = Span("heat")


def work(job: Job, services: Services) -> Mapping[str, Any]:
    """A service task that does nothing."""
    return {}


@pytest.fixture
def busy(tmp_path: Path, store: str | None) -> Iterator[House]:
    """A house with the procedure, and a service task for it."""
    made = House(tmp_path / "var", {"work": work}, database_url=store)
    made.deploy("heat")
    yield made
    made.engine.close()


def instant(text: str) -> int:
    """Microseconds of a time as the journal tells it."""
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1)


def told(house: House, *instances: str, turns: bool = False) -> dict[str, Lapse]:
    """The figures, counted from the journals as anybody would."""
    stays: dict[str, list[tuple[int, int | None, bool]]] = {}
    for instance in instances:
        there: dict[int, tuple[str, int]] = {}
        for entry in house.entries(instance):
            for effect in entry["effects"]:
                if effect["type"] == "entered" and (effect["loop"] is not None) == turns:
                    there[effect["token"]] = effect["element"], instant(entry["at"])
                if effect["type"] == "left" and effect["token"] in there:
                    element, since = there.pop(effect["token"])
                    stays.setdefault(element, []).append((since, instant(entry["at"]), "cancelled" in effect))
        for element, since in there.values():
            stays.setdefault(element, []).append((since, None, False))
    return {element: _lapse(found) for element, found in stays.items()}


def _lapse(stays: list[tuple[int, int | None, bool]]) -> Lapse:
    lasted = [left - since for since, left, cancelled in stays if left is not None and not cancelled]
    ninety = statistics.quantiles(lasted, n=10, method="inclusive")[8] if len(lasted) > 1 else sum(lasted)
    waiting = sum(left is None for _, left, _ in stays)
    figures = (statistics.median(lasted), ninety) if lasted else (None, None)
    return Lapse(len(stays), len(lasted), len(stays) - len(lasted) - waiting, waiting, *figures)


def shown(house: House, span: Span = ALL, *, turns: bool = False) -> dict[str, Lapse]:
    """The figures that the heat map shows."""
    rows = house.engine.heat(span).rows
    found = {row.element.id: row.turns if turns else row.whole for row in rows}
    return {element: lapse for element, lapse in found.items() if lapse is not None and lapse.reached}


def ways(house: House, *instances: str) -> dict[str, tuple[int, int]]:
    """How often each flow was taken and in how many instances, counted from the journals as anybody would."""
    found: dict[str, list[str]] = {}
    for instance in instances:
        for entry in house.entries(instance):
            for effect in entry["effects"]:
                if effect["type"] == "flow":
                    found.setdefault(effect["element"], []).append(instance)
    return {flow: (len(taken), len(set(taken))) for flow, taken in found.items()}


def shown_ways(house: House, span: Span = ALL) -> dict[str, tuple[int, int]]:
    """The same as the heat map shows it."""
    return {row.flow.id: (row.taken, row.instances) for row in house.engine.heat(span).flows}


def act(house: House, dice: random.Random, running: list[str]) -> None:
    """Something that happens in a company."""
    house.clock.at += dice.randrange(20 * 60 * SECOND)
    deed = dice.choice(["start", "do", "do", "do", "do", "jobs", "timers", "cancel", "keep", "pack"])
    if deed == "start" or not running:
        running.append(house.start("heat").id)
    elif deed == "do" and (rows := house.open(dice.choice(running))):
        house.engine.complete(Actor("owner"), dice.choice(rows).id, {"again": dice.random() < 0.4})
    elif deed == "jobs":
        house.engine.run_jobs_once()
    elif deed == "timers":
        house.engine.run_timers_once()
    elif deed == "cancel" and dice.random() < 0.2:
        id = dice.choice(running)
        if house.view(id).status == "active":
            house.engine.cancel(OPERATOR, id, "试")
    elif deed == "keep":
        passages.keep(house.engine.room)
    elif deed == "pack":
        archive.pack(house.engine.room, 0)


def close_to(found: dict[str, Lapse]) -> dict[str, Any]:
    """Figures that are equal but for the last bit of a fraction."""
    return {e: replace(f, median=_about(f.median), ninety=_about(f.ninety)) for e, f in found.items()}


def _about(figure: float | None) -> Any:
    return figure and pytest.approx(figure)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_figures_are_those_of_the_journals_whatever_happened(busy: House, seed: int) -> None:
    dice, running = random.Random(seed), list[str]()
    for _ in range(90):
        act(busy, dice, running)
    for turns in (False, True):
        assert shown(busy, turns=turns) == close_to(told(busy, *running, turns=turns))
    assert shown_ways(busy) == ways(busy, *running)
    passages.keep(busy.engine.room)
    assert shown(busy) == close_to(told(busy, *running))
    assert shown_ways(busy) == ways(busy, *running)
    kept = stored(busy)
    busy.engine.rebuild()
    assert stored(busy) == kept and len(kept) == len(running)


def stored(house: House) -> dict[str, tuple[int, bytes]]:
    """What is kept in short."""
    with house.engine.room.database.read() as connection:
        return {row.instance: (row.seq, bytes(row.body)) for row in connection.execute(select(t.passage))}


def test_a_user_task_took_as_long_as_its_row_says(busy: House) -> None:
    for minutes in (5, 10, 40):
        id = busy.start("heat").id
        busy.clock.at += minutes * 60 * SECOND
        busy.do(id, "write", "owner")
    k = t.task.c
    with busy.engine.room.database.read() as connection:
        query = select(k.closed_at - k.created_at).where(k.element == "write", k.state == "done")
        lasted = sorted(connection.execute(query).scalars())
    found = shown(busy)["write"]
    assert (found.reached, found.finished, found.median) == (3, 3, lasted[1])


def test_the_turns_of_an_activity_are_told_beside_the_whole(busy: House) -> None:
    id = busy.start("heat").id
    busy.do(id, "write", "owner")
    for row in busy.open(id, "review"):
        busy.clock.at += HOUR
        busy.engine.complete(Actor("owner"), row.id, {})
    whole, turns = shown(busy)["review"], shown(busy, turns=True)["review"]
    assert (whole.reached, whole.finished, turns.reached, turns.finished) == (1, 1, 3, 3)
    assert whole.median is not None and turns.median is not None and turns.median < whole.median


def test_a_task_that_a_timer_took_away_is_cancelled_and_not_finished(busy: House) -> None:
    busy.start("heat")
    busy.clock.at += 2 * HOUR
    busy.engine.run_timers_once()
    found = shown(busy)
    assert found["write"] == Lapse(1, 0, 1, 0, None, None)
    assert found["late"].finished == found["timed_out"].finished == 1


def test_only_what_was_reached_in_the_time_asked_for_counts(busy: House) -> None:
    first = busy.start("heat").id
    busy.clock.at += HOUR
    since = busy.clock.at
    busy.do(first, "write", "owner")
    busy.start("heat")
    until = busy.clock.at + 1
    busy.clock.at += HOUR
    busy.start("heat")
    assert {e: f.reached for e, f in shown(busy, Span("heat", None, since, until)).items()} == {
        "review": 1, "begin": 1, "write": 1,
    }  # fmt: skip
    assert shown_ways(busy, Span("heat", None, since, until)) == {"begin_write": (1, 1), "write_review": (1, 1)}
    assert shown(busy, Span("heat", None, until + 2 * HOUR)) == {}
    assert shown_ways(busy, Span("heat", None, until + 2 * HOUR)) == {}
    assert shown(busy, Span("heat", None, None, since))["write"].reached == 1


def test_versions_are_counted_apart_and_together(busy: House) -> None:
    busy.start("heat")
    text = (DIAGRAMS / "heat.bpmn").read_text(encoding="utf-8").replace('id="done"', 'id="over"')
    busy.engine.deploy(OPERATOR, [File("heat.bpmn", text.replace('"done"', '"over"').encode())])
    busy.start("heat")
    busy.start("heat")
    counted = {version: shown(busy, Span("heat", version))["write"].reached for version in (1, 2, None)}
    assert counted == {1: 1, 2: 2, None: 3}
    assert {v: shown_ways(busy, Span("heat", v))["begin_write"] for v in (1, 2, None)} == {
        1: (1, 1), 2: (2, 2), None: (3, 3),
    }  # fmt: skip


def test_an_element_that_only_an_older_version_has_is_told_under_its_old_name(busy: House) -> None:
    id = busy.start("heat").id
    busy.do(id, "write", "owner")
    text = (DIAGRAMS / "heat.bpmn").read_text(encoding="utf-8").replace('"review"', '"other"').replace("会签", "新")
    busy.engine.deploy(OPERATOR, [File("heat.bpmn", text.encode())])
    assert [row.element.name for row in busy.engine.heat(ALL).rows if row.element.id == "review"] == ["会签"]


def test_a_flow_that_only_an_older_version_has_is_told_with_the_elements_that_it_led_from_and_to(busy: House) -> None:
    busy.do(busy.start("heat").id, "write", "owner")
    text = (DIAGRAMS / "heat.bpmn").read_text(encoding="utf-8").replace('"write_review"', '"on"')
    busy.engine.deploy(OPERATOR, [File("heat.bpmn", text.encode())])
    (older,) = (row for row in busy.engine.heat(ALL).flows if row.flow.id == "write_review")
    assert (older.ends, older.process, older.taken) == (("编写", "会签"), "heat", 1)


def test_what_an_earlier_release_kept_without_flows_is_read_again_from_the_journal(busy: House) -> None:
    id = busy.start("heat").id
    passages.keep(busy.engine.room)
    with busy.engine.room.database.write() as connection:
        (body,) = connection.execute(select(t.passage.c.body)).scalars()
        form, *told = msgspec.msgpack.decode(journal.unpack(bytes(body)))
        earlier = journal.pack(msgspec.msgpack.encode([form - 1, *told]))
        connection.execute(update(t.passage).values(body=earlier))
    assert shown_ways(busy) == ways(busy, id) == {"begin_write": (1, 1)}


def test_a_stay_goes_on_at_what_the_element_became_when_the_instance_was_migrated(busy: House) -> None:
    id, other = busy.start("heat").id, busy.start("heat").id
    text = (DIAGRAMS / "heat.bpmn").read_text(encoding="utf-8")
    text = text.replace('"write"', '"draft"').replace("write_review", "draft_review")
    busy.engine.deploy(OPERATOR, [File("heat.bpmn", text.encode())])
    passages.keep(busy.engine.room)
    busy.clock.at += HOUR // 2
    busy.engine.migrate(Actor("boss"), id, 2, {"write": "draft"}, "试")
    busy.clock.at += HOUR // 4
    busy.do(id, "draft", "owner")
    by_version = {version: shown(busy, Span("heat", version)) for version in (1, 2)}
    drafted = by_version[2]["draft"]
    assert (drafted.reached, drafted.finished) == (1, 1) and drafted.median is not None
    assert drafted.median > HOUR // 2 + HOUR // 4
    assert by_version[1]["write"].waiting == 1 and "write" not in by_version[2]
    before = stored(busy)
    passages.keep(busy.engine.room)
    kept = stored(busy)
    busy.engine.rebuild()
    assert stored(busy) == kept != before and set(kept) == {id, other}


def test_what_an_operator_skips_is_cancelled(busy: House) -> None:
    id = busy.start("heat").id
    (token,) = [row for row in busy.engine.preview(OPERATOR, id).before if row.element == "write"]
    move = {"token": token.token, "element": "write", "how": "after", "to": "write"}
    busy.engine.modify(OPERATOR, id, [move], "试")
    assert shown(busy)["write"] == Lapse(1, 0, 1, 0, None, None) and shown(busy)["review"].reached == 1


def behind(house: House, who: str, span: Span = ALL) -> tuple[list[str], int]:
    """The instances behind the figures of the task, and how many there are."""
    page, count = house.engine.behind(Actor(who), "write", span)
    return [row.id for row in page.items], count


def test_behind_a_figure_are_only_the_projects_that_one_may_see_the_longest_first(busy: House) -> None:
    mine = busy.start("heat").id
    busy.clock.at += HOUR // 2
    other = busy.start("heat", by="colleague").id
    busy.do(mine, "write", "owner")
    busy.clock.at += HOUR // 4
    assert behind(busy, "auditor") == ([mine, other], 2)
    assert behind(busy, "owner")[1] == 2
    assert mine in behind(busy, "owner")[0] and behind(busy, "colleague")[0] == [other]
    assert behind(busy, "outsider") == ([], 2)
    page, _ = busy.engine.behind(Actor("auditor"), "write", ALL, limit=1)
    assert [row.id for row in page.items] == [mine] and page.items[0].finished == 1 and page.next is not None
    page, _ = busy.engine.behind(Actor("auditor"), "write", ALL, page.next, 1)
    assert [(row.id, row.waiting) for row in page.items] == [(other, 1)] and page.next is None
    assert page.items[0].longest > HOUR // 4


def test_what_is_purged_is_gone_from_the_figures(busy: House) -> None:
    id = busy.start("heat").id
    passages.keep(busy.engine.room)
    busy.engine.cancel(OPERATOR, id, "试")
    busy.clock.at += 48 * HOUR
    assert busy.engine.purge(OPERATOR, "heat", 1, "过期") == [id]
    assert shown(busy) == {} and stored(busy) == {}


def test_a_journal_that_somebody_has_changed_is_left_to_verify(busy: House) -> None:
    id, sound = busy.start("heat").id, busy.start("heat").id
    with busy.engine.room.database.write() as connection:
        connection.execute(update(t.entry).where(t.entry.c.instance == id).values(effects=b"\0?"))
    assert passages.keep(busy.engine.room) == 1 and list(stored(busy)) == [sound]
    assert shown(busy)["write"].reached == 1 and not busy.engine.verify().ok


def test_keeping_house_keeps_passages_and_steps_write_none(busy: House) -> None:
    id = busy.start("heat").id
    busy.do(id, "write", "owner")
    assert stored(busy) == {}
    busy.engine.keep_house()
    assert stored(busy)[id][0] == len(busy.entries(id))


@given(st.lists(st.integers(0, 10**12), min_size=2, max_size=40))
def test_a_quantile_is_what_statistics_says(values: list[int]) -> None:
    values.sort()
    assert quantile(values, 0.5) == pytest.approx(statistics.median(values))
    assert quantile(values, 0.9) == pytest.approx(statistics.quantiles(values, n=10, method="inclusive")[8])
