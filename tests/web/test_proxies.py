"""Behind a proxy the client is whom the proxy saw; without one nobody is believed who they say they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from bpmn.errors import GuichengError
from engine import journal
from engine.settings import from_environment
from tests.web.browsers import PASSWORD, Person, Program
from tests.web.conftest import House
from web.app import build

FORGED = "203.0.113.7"


def visitor(house: House, proxies: int, headers: Mapping[str, str]) -> FlaskClient:
    """Somebody whose requests reach the house from 10.0.0.1 with these headers."""
    client = build(house.engine, replace(house.settings, proxies=proxies)).test_client()
    client.environ_base |= {"REMOTE_ADDR": "10.0.0.1"}
    client.environ_base |= {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    return client


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, FORGED, "10.0.0.1"),
        (1, "198.51.100.1", "198.51.100.1"),
        (1, f"{FORGED}, 198.51.100.1", "198.51.100.1"),
        (2, f"{FORGED}, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
    ],
)
def test_the_journal_keeps_the_address_that_the_proxies_saw(
    house: House, proxies: int, forwarded: str, address: str
) -> None:
    client = visitor(house, proxies, {"X-Forwarded-For": forwarded})
    program = Program(client, house.engine.token_create("manager"))
    id = program.post("process-instances", {"definition": "web_ask"}).json["id"]
    with house.engine.room.database.read() as connection:
        assert [line.entry.address for line in journal.read(connection, id)] == [address]


def test_one_who_guesses_passwords_keeps_nobody_else_behind_the_proxy_out(house: House) -> None:
    guesser = Person(visitor(house, 1, {"X-Forwarded-For": "198.51.100.11"}))
    answers = [guesser.send("/login", name=f"nobody{n}", password="wrong").status_code for n in range(31)]
    assert answers == [401] * 30 + [429]
    other = Person(visitor(house, 1, {"X-Forwarded-For": "198.51.100.12"}))
    assert other.send("/login", name="manager", password=PASSWORD).status_code == 302


def test_a_link_for_an_outside_party_begins_as_people_see_the_pages(house: House) -> None:
    manager = Person(visitor(house, 1, {"X-Forwarded-For": "198.51.100.13", "X-Forwarded-Proto": "https"}))
    manager.send("/login", name="manager", password=PASSWORD)
    program = house.api("manager")
    id = program.post("process-instances", {"definition": "web_ask"}).json["id"]
    (task,) = program.get(f"tasks?instance={id}").json["items"]
    program.post(f"tasks/{task['id']}/complete", {"data": {"subject": "备件", "amount": 1, "items": []}})
    (answer,) = program.get(f"tasks?instance={id}").json["items"]
    page = manager.send(f"/tasks/{answer['id']}/link", f"/tasks/{answer['id']}", days="7")
    assert 'value="https://localhost/l/' in page.text


@pytest.mark.parametrize("given", ["-1", "one", "1.5"])
def test_so_many_proxies_there_cannot_be(given: str) -> None:
    with pytest.raises(GuichengError, match="PROXIES"):
        from_environment({"GUICHENG_PROXIES": given})
    assert from_environment({"GUICHENG_PROXIES": "0"}).proxies == 0
