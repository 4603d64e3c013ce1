"""What every test may ask for."""

from __future__ import annotations

import os
import shutil

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="session")
def browser_path() -> str | None:
    """The Chromium that ./test found, else one on the PATH; None lets Playwright use its own."""
    given = os.environ.get("GUICHENG_TEST_BROWSER")
    return given or next(filter(None, map(shutil.which, BROWSERS)), None)
