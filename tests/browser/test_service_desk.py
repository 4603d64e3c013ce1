"""The desk of a project and of all of them on a screen and on a phone: nothing goes sideways, charts can be read."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.person import Person
from tests.procedures.house import House
from tests.procedures.project import Project
from tests.procedures.ways import RENEWAL

WIDTHS = (1280, 375)
LEAST = 10.0
"""Pixels of the smallest writing in a chart, as it is shown."""


@pytest.mark.parametrize("wide", WIDTHS)
def test_the_desks_fit_the_screen_and_their_charts_can_be_read(chromium: Browser, house: House, wide: int) -> None:
    answers = {**RENEWAL.answers, "project_name": f"服务台 {wide}", "service_end": "2099-01-01"}
    project = Project(house, RENEWAL.start, answers)
    project.carry("end_service_period")
    manager = Person(chromium, house, "project_manager")
    manager.page.set_viewport_size({"width": wide, "height": 900})
    manager.log_in()
    manager.open(f"/projects/{project.id}?tab=desk")
    expect(manager.page.get_by_role("heading", name="响应与恢复承诺")).to_be_visible()
    assert manager.sideways() == 0
    heights = manager.page.evaluate(
        "[...document.querySelectorAll('.drawn text')].map(one => one.getBoundingClientRect().height)"
    )
    assert heights and min(heights) >= LEAST
    manager.open("/desk")
    expect(manager.page.get_by_role("link", name=f"服务台 {wide}")).to_be_visible()
    assert manager.sideways() == 0
    manager.leave()
    house.hang_up()
