"""Deploying: once is once, however often it is asked."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from bpmn.errors import IdempotencyMismatch
from bpmn.model import File
from engine.actor import Actor
from engine.store import tables as t
from engine.views import Deployment
from tests.engine.house import DIAGRAMS, House

BOSS = Actor("boss")


def file(name: str) -> File:
    return File(f"{name}.bpmn", (DIAGRAMS / f"{name}.bpmn").read_bytes())


def table(result: str) -> File:
    return File(
        "grade.dmn",
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"><decision id="grade"><literalExpression>'
        f"<text>{result}</text></literalExpression></decision></definitions>".encode(),
    )


def deployments(house: House) -> int:
    with house.engine.room.database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(t.deployment)).scalar_one())


def test_the_same_request_twice_is_one_deployment(house: House) -> None:
    first = house.engine.deploy(BOSS, [file("returns")], "k1")
    assert house.engine.deploy(BOSS, [file("returns")], "k1") == first
    assert deployments(house) == 1


def test_the_same_request_at_once_is_one_deployment(house: House) -> None:
    answers: list[Deployment] = []

    def send() -> None:
        answers.append(house.engine.deploy(BOSS, [file("returns")], "k1"))

    threads = [threading.Thread(target=send) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) == 3 and answers[0] == answers[1] == answers[2]
    assert deployments(house) == 1


def test_others_write_while_a_deployment_is_checked(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.deploy("review")
    feel, checking, going_on = house.engine.room.feel, threading.Event(), threading.Event()
    asked = feel.names

    def slowly(expression: str, *, filters: bool = True) -> frozenset[str]:
        if threading.current_thread() is not threading.main_thread():
            checking.set()
            assert going_on.wait(60)
        return asked(expression, filters=filters)

    monkeypatch.setattr(feel, "names", slowly)
    with ThreadPoolExecutor(1) as other:
        made = other.submit(house.engine.deploy, BOSS, [file("returns")])
        assert checking.wait(60)
        house.deploy("waits")
        instance = house.start("review").id
        assert house.open(instance) and not made.done()
        going_on.set()
        assert [one.key for one in made.result(60).definitions] == ["returns"]


def test_a_key_stands_for_one_request_only(house: House) -> None:
    house.engine.deploy(BOSS, [file("returns")], "k1")
    broken = File("returns.bpmn", b"<definitions")
    for other in ([file("review")], [file("returns"), file("review")], [broken]):
        with pytest.raises(IdempotencyMismatch):
            house.engine.deploy(BOSS, other, "k1")
    assert deployments(house) == 1


def test_the_same_files_again_make_no_new_version(house: House) -> None:
    first = house.engine.deploy(BOSS, [file("returns")], "k1")
    again = house.engine.deploy(BOSS, [file("returns")], "k2")
    assert again.id != first.id and again.definitions == first.definitions


def test_a_decision_deployed_alone_is_there_for_later_diagrams(house: House) -> None:
    house.engine.deploy(BOSS, [table("1 + 1")])
    house.engine.deploy(BOSS, [file("returns")])
    house.engine.deploy(BOSS, [file("rule")])
    assert house.start("rule").variables["level"] == 2


def test_new_instances_follow_a_new_decision_and_running_ones_keep_theirs(house: House) -> None:
    house.engine.deploy(BOSS, [table("1"), file("rule")])
    made = house.start("rule")
    assert [found.version for found in house.engine.deploy(BOSS, [table("2")]).definitions] == [2]
    assert house.start("rule").variables["level"] == 2
    house.engine.room.lives.clear()
    house.do(made.id, "look", "owner")
    assert house.view(made.id).variables["level"] == 1
    assert house.engine.verify().ok


def test_a_decision_touches_only_what_asks_it(house: House) -> None:
    house.engine.deploy(BOSS, [file("returns")])
    assert house.engine.deploy(BOSS, [table("1")]).definitions == []
