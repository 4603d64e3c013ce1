"""A form that is being filled in asks the server how it stands: hidden fields, totals, warnings, by one code."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest

from bpmn.errors import Invalid
from tests.web.browsers import PDF, Person
from tests.web.conftest import House

TRIP = {"days": "4", "costs__rows": "2", "costs[0].what": "车票", "costs[0].amount": "900.5", "costs[1].what": "饭"}


@pytest.fixture
def task(house: House) -> str:
    """A trip to be told: a customer's task that the manager may do for them."""
    house.engine.start(house.engine_actor("manager"), "web_trip")
    (row,) = house.engine.tasks(house.engine_actor("manager"), candidate="me").items
    return row.id


def stands(person: Person, path: str, **fields: Any) -> Any:
    answer = person.send(f"{path}/standing", page=path, **{**TRIP, **fields})
    assert answer.status_code == 200, answer.text
    return answer.json


def test_conditions_of_any_kind_are_answered_in_the_form_in_groups_and_in_rows(house: House, task: str) -> None:
    manager = house.person("manager")
    found = stands(manager, f"/tasks/{task}")["hidden"]
    assert found[""] == ["=days < 6"]
    large = "=if amount = null then true else amount * 2 < 100000"
    assert found["costs[0]."] == [] and found["costs[1]."] == found["costs[]."] == [large]
    assert stands(manager, f"/tasks/{task}", days="1")["hidden"][""] == [
        "=days < 6", "=days = null or days < 2", "=days = null or days <= 3",
    ]  # fmt: skip


def test_totals_are_told_in_the_words_of_the_page(house: House, task: str) -> None:
    manager = house.person("manager")
    found = stands(manager, f"/tasks/{task}")
    assert found["totals"] == {"costs[0].twice": "1,801.00", "costs[1].twice": "", "total": "900.50"}
    assert found["warnings"] == {}
    dear = {"costs[1].amount": "1100"}
    assert stands(manager, f"/tasks/{task}", **dear)["warnings"] == {"total": "超过预算"}


def test_the_page_opens_as_the_form_stands(house: House, task: str) -> None:
    text = house.person("manager").get(f"/tasks/{task}").text
    assert f'data-standing="/tasks/{task}/standing"' in text
    assert 'data-watched="amount costs days"' in text
    hidden = re.findall(r'data-hide="([^"]+)" data-hidden-by-rule', text)
    assert "=days = null or days &lt;= 3" in hidden and "=days &lt; 6" not in hidden


def test_a_refused_form_comes_back_as_it_stands(house: House, task: str) -> None:
    manager = house.person("manager")
    behalf = {"on_behalf_of": "customer", "evidence": (io.BytesIO(PDF), "签字.pdf")}
    text = manager.send(f"/tasks/{task}", page=f"/tasks/{task}", save="submit", **behalf, **TRIP).text
    assert 'id="e-reason"' in text and 'id="e-costs[0].approver"' in text and 'id="e-costs[1].approver"' not in text
    assert "900.50" in text and "data-hidden-by-rule" in text


def test_who_may_not_do_the_task_is_told_nothing_of_it(house: House, task: str) -> None:
    for name in ("outsider", "auditor"):
        answer = house.person(name).send(f"/tasks/{task}/standing", page="/profile", **TRIP)
        assert answer.status_code == 403 and "days" not in answer.text
    assert Person(house.app.test_client()).send(f"/tasks/{task}/standing", **TRIP).status_code == 302
    manager = house.person("manager")
    assert manager.client.post(f"/tasks/{task}/standing", data={"days": "4"}).status_code == 400
    assert manager.send("/tasks/nowhere/standing", page="/profile").status_code == 404


def test_nothing_is_kept_of_what_was_asked(house: House, task: str) -> None:
    manager = house.person("manager")
    stands(manager, f"/tasks/{task}")
    assert house.engine.draft(house.engine_actor("manager"), task) is None


def test_an_outside_party_is_answered_behind_its_link_only(house: House, task: str) -> None:
    token = house.engine.create_link(house.engine_actor("manager"), task, 3, "")
    customer = Person(house.app.test_client())
    assert stands(customer, f"/l/{token}")["totals"]["total"] == "900.50"
    assert customer.send("/l/made-up/standing", page="/login", **TRIP).status_code == 403
    done = {**TRIP, "reason": "现场工期", "costs[0].approver": "张工"}
    assert customer.send(f"/l/{token}", page=f"/l/{token}", **done).status_code == 200
    assert customer.send(f"/l/{token}/standing", page="/login", **TRIP).status_code == 403


def test_more_than_a_form_may_hold_is_refused(house: House, task: str) -> None:
    with pytest.raises(Invalid):
        house.engine.arranged(house.engine_actor("manager"), task, {"costs": [{"what": "x" * 1_100_000}]})
