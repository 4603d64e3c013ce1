"""Forms on a phone, the pages of the administrator, and a task that is taken without a mouse."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.person import Person
from tests.procedures.house import House
from tests.procedures.project import Project
from tests.procedures.ways import RENEWAL

PHONE = {"width": 375, "height": 800}


@pytest.fixture
def agreement(house: House) -> Iterator[str]:
    """An open task of the project manager's that has the widest form: the service agreement. Its id."""
    project = Project(house, RENEWAL.start, {**RENEWAL.answers, "project_name": "手机上的项目"})
    project.carry("write_agreement")
    yield next(task["id"] for task in project.tasks() if task["element"] == "write_agreement")
    house.hang_up()


def visitor(chromium: Browser, house: House, name: str) -> Person:
    """That person, logged in, with a phone."""
    person = Person(chromium, house, name)
    person.page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # its TypedDict is private
    person.log_in()
    return person


def test_a_wide_form_fits_a_phone_and_is_taken_by_keyboard(chromium: Browser, house: House, agreement: str) -> None:
    manager = visitor(chromium, house, "project_manager")
    manager.open("/inbox?view=role")
    claim = manager.page.locator(f"form[action*='{agreement}'] button")
    claim.focus()
    manager.page.keyboard.press("Enter")
    expect(manager.page).to_have_url(f"{house.url}/tasks/{agreement}")
    expect(manager.page.locator("[data-diagram][data-ready]").first).to_be_visible()
    assert manager.sideways() == 0
    for add in manager.page.get_by_role("button", name="增加一行").all():
        add.focus()
        manager.page.keyboard.press("Enter")
    assert manager.sideways() == 0
    manager.leave()


def test_the_pages_of_the_administrator_fit_a_phone(chromium: Browser, house: House) -> None:
    admin = visitor(chromium, house, "admin")
    wide = {}
    for path in ("/", "/users", "/users/project_manager", "/handover", "/incidents"):
        admin.open(path)
        wide[path] = admin.sideways()
    assert not {path: more for path, more in wide.items() if more > 0}
    admin.leave()
