"""Two versions of a procedure are looked at together, and where it hurts is seen, with a mouse and on a phone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.person import Person
from tests.procedures.house import House

DIAGRAM = Path(__file__).parents[1] / "diagrams" / "procedures" / "drawn_twice.bpmn"
PHONE: Any = {"width": 375, "height": 800}
COMPARE = "/procedures/drawn_twice/compare"


@pytest.fixture(scope="module")
def twice(house: House) -> House:
    """The house with two versions of a procedure: one task was renamed, one removed; and one instance of it."""
    admin, first = house.api("admin"), DIAGRAM.read_text(encoding="utf-8")
    second = first.replace('name="编写"', 'name="起草"').replace("check", "approve").replace("审核", "批准")
    for text in (first, second):
        admin.upload("deployments", "files", ("drawn_twice.bpmn", "application/xml", text.encode()))
    manager = house.api("project_manager")
    made = manager.post("process-instances", {"definition": "drawn_twice", "variables": {}})
    (task,) = manager.get(f"tasks?instance={made['id']}")["items"]
    manager.post(f"tasks/{task['id']}/complete", {"data": {}})
    house.hang_up()
    return house


def visitor(chromium: Browser, house: House, path: str) -> Person:
    """The manager, on that page, its diagrams drawn."""
    person = Person(chromium, house, "project_manager")
    person.log_in()
    person.open(path)
    for holder in person.page.locator("[data-diagram]").all():
        expect(holder).to_have_attribute("data-ready", "true")
    return person


def element(person: Person, side: str, id: str) -> Locator:
    """An element in the old or in the new diagram."""
    return person.page.locator(f"[data-together={side}] [data-element-id={id}]").first


def scale(person: Person, side: str) -> list[float]:
    """How a diagram is zoomed and moved."""
    told = person.page.locator(f"[data-together={side}] .viewport").get_attribute("transform") or ""
    # The browser tells hundredths of a pixel; two diagrams may round them differently.
    return [round(float(number), 1) for number in re.findall(r"-?[\d.]+", told)]


def test_the_two_diagrams_are_coloured_and_move_and_zoom_together(chromium: Browser, twice: House) -> None:
    manager = visitor(chromium, twice, COMPARE)
    for side, id, kind in (
        ("before", "write", "changed"), ("after", "write", "changed"), ("before", "check", "removed"),
        ("after", "approve", "added"), ("after", "write_approve", "added"),
    ):  # fmt: skip
        assert f"is-{kind}" in str(element(manager, side, id).get_attribute("class")), (side, id)
    before = scale(manager, "before")
    manager.page.locator("[data-together=after] .diagram-controls button").first.click()
    assert scale(manager, "before") == scale(manager, "after") != before
    zoomed = scale(manager, "before")
    manager.page.locator("[data-together=before]").focus()
    manager.page.keyboard.press("ArrowRight")
    assert scale(manager, "before") == scale(manager, "after") != zoomed
    manager.leave()


def test_a_click_on_a_difference_shows_its_element_in_both_diagrams_and_the_other_way(
    chromium: Browser, twice: House
) -> None:
    manager = visitor(chromium, twice, COMPARE)
    manager.page.locator("[data-element=write] a").click()
    for side in ("before", "after"):
        assert "is-looked-at" in str(element(manager, side, "write").get_attribute("class"))
    element(manager, "after", "approve").click()
    assert "is-looked-at" in str(manager.page.locator("#d-approve").get_attribute("class"))
    assert "is-looked-at" not in str(element(manager, "before", "write").get_attribute("class"))
    manager.leave()


def test_the_heat_map_has_figures_at_its_elements_and_a_line_for_each(chromium: Browser, twice: House) -> None:
    manager = visitor(chromium, twice, "/procedures/drawn_twice/heat")
    figure = manager.page.locator(".heat-figure")
    expect(figure).to_have_count(1)
    manager.page.locator("[data-element-id=write]").first.click()
    line = manager.page.locator("#h-write")
    assert "is-looked-at" in str(line.get_attribute("class"))
    line.locator("td").last.locator("a").click()
    expect(manager.page.locator("main table tbody tr")).to_have_count(1)
    manager.leave()


def test_the_heat_map_by_count_has_a_figure_on_each_flow_that_was_taken_and_draws_it_broad(
    chromium: Browser, twice: House
) -> None:
    manager = visitor(chromium, twice, "/procedures/drawn_twice/heat?by=count")
    expect(manager.page.locator(".heat-figure.of-flow")).to_have_text(["1×", "1×"])
    expect(manager.page.locator(".djs-connection.is-taken-5")).to_have_count(2)
    line = manager.page.locator("tr[data-element]").last
    line.locator("a").click()
    assert "is-looked-at" in str(line.get_attribute("class"))
    manager.leave()


@pytest.mark.parametrize("path", [COMPARE, "/procedures/drawn_twice/heat", "/procedures/drawn_twice"])
def test_the_pages_of_versions_fit_a_phone_with_one_diagram_under_the_other(
    chromium: Browser, twice: House, path: str
) -> None:
    manager = Person(chromium, twice, "project_manager")
    manager.page.set_viewport_size(PHONE)
    manager.log_in()
    manager.open(path)
    assert manager.sideways() == 0
    boxes = [holder.bounding_box() for holder in manager.page.locator("[data-diagram]").all()]
    assert all(box and box["width"] <= PHONE["width"] for box in boxes)
    if path == COMPARE:
        first, second = boxes
        assert first and second and second["y"] >= first["y"] + first["height"]
    manager.leave()
