"""What every test may ask for."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from hypothesis import HealthCheck, settings

from engine import people, verify
from tests import fresh
from tests.cable import Cable
from tests.postgres import Postgres, place_of
from tests.stores import ON_POSTGRESQL, Stores

# How long an example takes says how busy the machine is, not whether a rule holds.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("long", settings.get_profile("house"), max_examples=1000)
settings.load_profile("house")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(autouse=True)
def quick_verification(monkeypatch: pytest.MonkeyPatch) -> None:
    """Verification in a fresh process, but one that need not import the house first: a second less each time."""
    monkeypatch.setattr(verify, "process", fresh.verified)


@pytest.fixture(autouse=True, scope="session")
def quick_passwords() -> Iterator[None]:
    """Hashes of passwords that cost next to nothing: nobody attacks a test, and each login would take its time."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(people, "_hasher", cheap)
        patch.setattr(people, "_nobody", cheap.hash("nobody"))
        yield


@pytest.fixture(scope="session")
def browser_path() -> str | None:
    """The Chromium that ./test found, else one on the PATH; None lets Playwright use its own."""
    given = os.environ.get("GUICHENG_TEST_BROWSER")
    return given or next(filter(None, map(shutil.which, BROWSERS)), None)


@pytest.fixture(scope="session")
def postgres(testrun_uid: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """The PostgreSQL server of this test run: started by the first that asks, shared with the other workers."""
    base = tmp_path_factory.getbasetemp()
    server = Postgres(place_of(testrun_uid), (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "lock")
    yield server
    server.close()


@pytest.fixture(scope="session")
def lasting_stores(request: pytest.FixtureRequest) -> Iterator[Stores]:
    """Makes stores that are kept until the end of the run."""
    made = Stores(request.getfixturevalue("postgres") if ON_POSTGRESQL else None)
    yield made
    made.drop()


@pytest.fixture
def stores(request: pytest.FixtureRequest) -> Iterator[Stores]:
    """Makes stores for one test."""
    made = Stores(request.getfixturevalue("postgres") if ON_POSTGRESQL else None)
    yield made
    made.drop()


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """What GUICHENG_DATABASE_URL says: once None, which is SQLite under `var`, once an empty PostgreSQL database."""
    if request.param == "sqlite":
        yield None
        return
    server: Postgres = request.getfixturevalue("postgres")
    url = server.lend()
    yield url
    server.take_back(url)


@pytest.fixture
def cable(postgres: Postgres) -> Iterator[Cable]:
    """A cable to an empty database."""
    url = postgres.lend()
    with tempfile.TemporaryDirectory(prefix="gc-") as short:  # a socket's path may have 107 bytes
        made = Cable(Path(short), url)
        yield made
        made.close()
    postgres.take_back(url)
