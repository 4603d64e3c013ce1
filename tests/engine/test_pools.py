"""Pools speak by messages; signals reach everybody; either may begin an instance."""

from __future__ import annotations

from engine.actor import OPERATOR, Actor
from tests.engine.house import House

OWNER = Actor("owner")


def other(house: House, name: str) -> str:
    """The instance of the process of that name."""
    return next(row.id for row in house.engine.instances(OPERATOR).items if row.definition["name"] == name)


def test_a_message_thrown_begins_an_instance_and_its_answer_comes_back(house: House) -> None:
    house.deploy("pools")
    buyer = house.start("buyer")
    assert house.engine.run_jobs_once() == 1
    seller = other(house, "卖方")
    assert house.view(seller).business_key == "buyer-1" and house.view(seller).parent == buyer.id
    house.do(seller, "pack", "owner")
    assert house.view(seller).end == "sent"
    house.engine.run_jobs_once()
    assert (house.view(buyer.id).status, house.view(buyer.id).end) == ("completed", "glad")


def test_a_message_from_outside_begins_an_instance_where_none_waits(house: House) -> None:
    house.deploy("pools")
    (seller,) = house.engine.message(OWNER, "order", "K-7", {"pieces": 3}, "m1")
    assert house.engine.message(OWNER, "order", "K-7", {"pieces": 3}, "m1") == [seller]
    view = house.view(seller)
    assert (view.business_key, view.variables["pieces"], view.status) == ("K-7", 3, "active")
    assert [row.element for row in house.open(seller)] == ["pack"]
    assert house.entries(seller)[0]["element"] == "order_came"


def test_a_signal_reaches_other_instances_and_begins_what_waits_for_it(house: House) -> None:
    house.deploy("pools")
    buyers = [house.start("buyer"), house.start("buyer")]
    house.engine.run_jobs_once()
    house.start("union")
    house.engine.run_jobs_once()
    assert {house.view(buyer.id).end for buyer in buyers} == {"sorry"}
    assert [row.element for row in house.open(other(house, "报社"))] == ["write"]


def test_what_is_said_between_pools_is_executed_again_to_the_same(house: House) -> None:
    house.deploy("pools")
    house.start("buyer")
    house.engine.run_jobs_once()
    house.do(other(house, "卖方"), "pack", "owner")
    house.engine.run_jobs_once()
    before = house.read_tables()
    house.engine.rebuild()
    assert house.read_tables() == before
    assert house.engine.verify().ok
