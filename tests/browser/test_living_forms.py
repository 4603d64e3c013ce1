"""A form lives while it is filled in: fields come and go by conditions of any kind, totals and warnings follow."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.person import Person
from tests.procedures.house import House

DRAWN = Path(__file__).parents[1] / "diagrams" / "web"


@pytest.fixture(scope="module")
def trip(house: House) -> Iterator[str]:
    """An open task whose form has conditions that no little script could read. Its id."""
    files = [
        (name, "application/octet-stream", (DRAWN / name).read_bytes()) for name in ("web_trip.bpmn", "web_trip.form")
    ]
    house.api("admin").upload("deployments", "files", *files)
    made = house.api("project_manager").post("process-instances", {"definition": "web_trip", "variables": {}})
    (task,) = house.api("project_manager").get(f"tasks?instance={made['id']}")["items"]
    yield task["id"]
    house.hang_up()


def test_fields_come_and_go_and_totals_follow(chromium: Browser, house: House, trip: str) -> None:
    manager = Person(chromium, house, "project_manager")
    manager.log_in()
    manager.open(f"/tasks/{trip}")
    page = manager.page
    reason, hotel, note = page.get_by_label("超过三天的理由"), page.get_by_label("酒店"), page.get_by_text("超过五天须")
    expect(reason).to_be_hidden()
    expect(hotel).to_be_hidden()
    page.locator("#f-days").fill("4")
    expect(reason).to_be_visible()
    expect(hotel).to_be_visible()
    expect(note).to_be_hidden()
    page.locator("#f-days").fill("7")
    expect(note).to_be_visible()

    page.get_by_role("button", name="增加一行").click()
    page.get_by_role("button", name="增加一行").click()
    approvers = page.get_by_label("谁同意")
    assert [one.is_visible() for one in approvers.all()] == [False, False]
    page.locator("[name='costs[1].amount']").fill("1500")
    expect(approvers.nth(1)).to_be_visible()
    expect(approvers.nth(0)).to_be_hidden()
    expect(page.locator("[data-total='costs[1].twice']")).to_have_text("3,000.00")
    expect(page.locator("[data-total='total']")).to_have_text("1,500.00")
    expect(page.get_by_label("谁付")).to_be_visible()
    page.locator("[name='costs[0].amount']").fill("600")
    expect(page.locator(".form-warning", has_text="超过预算")).to_be_visible()
    page.get_by_role("button", name="删除这一行").first.click()
    expect(page.locator(".form-warning", has_text="超过预算")).to_have_count(0)
    expect(page.locator("[data-total='costs[0].twice']")).to_have_text("3,000.00")
    expect(approvers).to_be_visible()
    expect(page.locator("[data-draft-said]")).to_have_text("草稿已自动保存")
    manager.open(f"/tasks/{trip}")
    expect(reason).to_be_visible()
    expect(page.locator("[data-total='total']")).to_have_text("1,500.00")
    manager.leave()


def test_without_a_script_everything_is_asked(chromium: Browser, house: House, trip: str) -> None:
    manager = Person(chromium, house, "project_manager")
    manager.context.close()
    manager.context = chromium.new_context(java_script_enabled=False)
    manager.page = manager.context.new_page()
    manager.log_in()
    manager.open(f"/tasks/{trip}")
    for label in ("超过三天的理由", "酒店", "谁付"):
        expect(manager.page.get_by_label(label)).to_be_visible()
    manager.page.get_by_role("button", name="保存草稿").click()
    expect(manager.page).to_have_url(re.compile(trip))
    manager.leave()
