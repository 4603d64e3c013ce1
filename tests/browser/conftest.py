"""A Chromium, and a furnished house for it to visit."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.procedures.house import House, furnished
from tests.stores import Stores

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The Chromium that ./test found, else one on the path, else Playwright's own."""
    given = os.environ.get("GUICHENG_TEST_BROWSER") or next(filter(None, map(shutil.which, BROWSERS)), None)
    with sync_playwright() as playwright:
        # No sandbox: as root, in containers, Chromium does not start with one. It visits this test's server only.
        browser = playwright.chromium.launch(executable_path=given, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory, lasting_stores: Stores) -> Iterator[House]:
    """A real server process on a store of its own, shared by the browser's tests."""
    running = House(furnished(lasting_stores.new(tmp_path_factory.mktemp("house"))))
    running.start()
    yield running
    running.stop()
