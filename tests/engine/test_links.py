"""One-time links: for one task, until they are used, revoked or too old."""

from __future__ import annotations

import pytest

from engine import errors
from engine.actor import Actor
from engine.clock import DAY
from tests.engine.house import House

OWNER, OUTSIDER = Actor("owner"), Actor("outsider")
PDF = b"%PDF-1.4\n%%EOF\n"


@pytest.fixture
def task(house: House) -> str:
    house.deploy("confirmation")
    return house.task(house.start("confirmation").id, "confirm").id


def test_a_customer_works_through_a_link_once(house: House, task: str) -> None:
    token = house.engine.create_link(OWNER, task, 7, "给王工")
    view = house.engine.open_link(token)
    assert (view.id, view.may_act, view.earlier) == (task, True, [])
    house.engine.complete_by_link(token, {"seen": True}, address="192.0.2.1")
    entry = house.entries(view.instance)[-1]
    assert (entry["channel"], entry["on_behalf_of"], entry["actor"][:5]) == ("link", "customer", "link:")
    for again in (lambda: house.engine.open_link(token), lambda: house.engine.complete_by_link(token, {})):
        with pytest.raises(errors.LinkInvalid):
            again()


def test_a_link_that_is_revoked_old_or_forged_is_worth_nothing(house: House, task: str) -> None:
    revoked, old = house.engine.create_link(OWNER, task, 1), house.engine.create_link(OWNER, task, 1)
    (_, first) = house.engine.links(OWNER, task)
    house.engine.revoke_link(OWNER, first.id)
    with pytest.raises(errors.LinkInvalid):
        house.engine.open_link(revoked)
    house.clock.at += 2 * DAY
    for token in (old, old[:-2] + "xx", "", "a.b.c"):
        with pytest.raises(errors.LinkInvalid):
            house.engine.open_link(token)


def test_only_who_may_act_for_the_customer_makes_links(house: House, task: str) -> None:
    for attempt in (
        lambda: house.engine.create_link(OUTSIDER, task),
        lambda: house.engine.links(OUTSIDER, task),
    ):
        with pytest.raises(errors.NotYours):
            attempt()
    token = house.engine.create_link(OWNER, task)
    with pytest.raises(errors.NotYours):
        house.engine.revoke_link(OUTSIDER, house.engine.links(OWNER, task)[0].id)
    assert house.engine.open_link(token).id == task


def test_a_link_dies_with_its_task(house: House, task: str) -> None:
    token = house.engine.create_link(OWNER, task)
    proof = house.engine.attach(OWNER, task, "scan.pdf", PDF)
    house.engine.complete(OWNER, task, {}, "customer", [proof.id])
    with pytest.raises(errors.LinkInvalid):
        house.engine.open_link(token)


def test_through_a_link_files_go_to_its_task_only(house: House, task: str) -> None:
    token = house.engine.create_link(OWNER, task)
    attached = house.engine.attach_by_link(token, "seal.pdf", PDF)
    assert attached.task == task
    house.engine.complete_by_link(token, {}, {"signed_scan": [("scan.pdf", PDF)]})
    data = house.entries(attached.instance)[-1]["data"]["data"]
    assert len(data["signed_scan"]) == 1
