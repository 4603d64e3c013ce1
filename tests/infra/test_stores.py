"""The databases that tests lend each other are empty, and as they were."""

from __future__ import annotations

from pathlib import Path

from engine.actor import OPERATOR
from engine.engine import Engine
from engine.settings import Settings
from tests.postgres import Postgres


def engine(var: Path, url: str) -> Engine:
    """An engine on it."""
    return Engine(Settings(var=var, database_url=url))


def test_a_database_is_lent_again_without_what_was_in_it(tmp_path: Path, postgres: Postgres) -> None:
    url = postgres.lend()
    first = engine(tmp_path, url)
    first.create_user(OPERATOR, "owner", "某人")
    postgres.take_back(url)  # whoever is still connected
    assert postgres.lend() == url
    again = engine(tmp_path, url)
    assert again.users() == []
    again.create_user(OPERATOR, "owner", "某人")
    for one in (first, again):
        one.close()
    postgres.take_back(url)


def test_a_database_that_is_not_as_it_was_is_not_lent_again(tmp_path: Path, postgres: Postgres) -> None:
    url = postgres.lend()
    changed = engine(tmp_path, url)
    with changed.room.database.write() as connection:
        connection.exec_driver_sql("ALTER TABLE person ADD COLUMN more TEXT")
    changed.close()
    postgres.take_back(url)
    other = postgres.lend()
    assert other != url
    postgres.take_back(other)
