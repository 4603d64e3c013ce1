"""Deploying: once is once, however often it is asked."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from bpmn.errors import IdempotencyMismatch
from bpmn.model import File
from engine.actor import Actor
from engine.store import tables as t
from tests.engine.house import DIAGRAMS, House

BOSS = Actor("boss")


def file(name: str) -> File:
    return File(f"{name}.bpmn", (DIAGRAMS / f"{name}.bpmn").read_bytes())


def deployments(house: House) -> int:
    with house.engine.room.database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(t.deployment)).scalar_one())


def test_the_same_request_twice_is_one_deployment(house: House) -> None:
    first = house.engine.deploy(BOSS, [file("returns")], "k1")
    assert house.engine.deploy(BOSS, [file("returns")], "k1") == first
    assert deployments(house) == 1


def test_a_key_stands_for_one_request_only(house: House) -> None:
    house.engine.deploy(BOSS, [file("returns")], "k1")
    with pytest.raises(IdempotencyMismatch):
        house.engine.deploy(BOSS, [file("review")], "k1")


def test_the_same_files_again_make_no_new_version(house: House) -> None:
    first = house.engine.deploy(BOSS, [file("returns")], "k1")
    again = house.engine.deploy(BOSS, [file("returns")], "k2")
    assert again.id != first.id and again.definitions == first.definitions
