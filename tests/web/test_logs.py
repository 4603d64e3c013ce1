"""What goes wrong unforeseen is written down with its traceback, and without what anybody typed."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from engine import logs
from engine.settings import Settings
from tests.web.browsers import Person
from tests.web.conftest import House

PASSWORD = "what somebody typed"


@pytest.fixture
def as_it_was() -> Iterator[None]:
    """Logging goes back to what it was before."""
    root = logging.getLogger()
    before = root.handlers, root.level
    yield
    root.handlers, root.level = before
    structlog.reset_defaults()


@pytest.mark.parametrize("env", ["development", "production"])
def test_an_error_is_told_without_the_values_of_variables(
    house: House, env: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], as_it_was: None
) -> None:
    def failing(name: str, password: str) -> Any:
        raise RuntimeError("the machine is broken")

    monkeypatch.setattr(house.engine, "authenticate", failing)
    logs.configure(Settings(env=env))
    answer = Person(house.app.test_client()).send("/login", name="manager", password=PASSWORD)
    try:
        failing("manager", PASSWORD)
    except RuntimeError:
        logging.getLogger("a.library").exception("said by %s", "a library")
    assert answer.status_code == 500
    told = capsys.readouterr().err
    assert told.count("RuntimeError: the machine is broken") == 2
    assert PASSWORD not in told and "in failing" in told
    if env == "production":
        ours, other = [json.loads(line) for line in told.splitlines()]
        assert (ours["event"], ours["level"], ours["path"]) == ("failed", "error", "/login")
        assert (other["event"], other["logger"]) == ("said by a library", "a.library")


def test_the_secret_of_a_link_is_not_told(capsys: pytest.CaptureFixture[str], as_it_was: None) -> None:
    logs.configure(Settings())
    structlog.get_logger().error("failed", path="/l/SECRET")
    logging.getLogger("access").warning('198.51.100.1 "GET /l/SECRET HTTP/1.1" 200')
    told = capsys.readouterr().err
    assert "SECRET" not in told and told.count("/l/…") == 2


def test_what_the_database_says_of_an_error_names_no_values(house: House) -> None:
    with pytest.raises(DBAPIError) as told, house.engine.room.database.read() as connection:
        connection.execute(text("SELECT nothing FROM nowhere WHERE name = :name"), {"name": PASSWORD})
    assert PASSWORD not in str(told.value)
