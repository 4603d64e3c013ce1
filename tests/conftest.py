"""What every test may ask for."""

from __future__ import annotations

import os
import shutil

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes says how busy the machine is, not whether a rule holds.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="session")
def browser_path() -> str | None:
    """The Chromium that ./test found, else one on the PATH; None lets Playwright use its own."""
    given = os.environ.get("GUICHENG_TEST_BROWSER")
    return given or next(filter(None, map(shutil.which, BROWSERS)), None)
