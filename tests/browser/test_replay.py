"""An auditor scrubs through a whole project: what is shown at a moment is what the journal says, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.person import Person
from tests.browser.test_story import ANSWERS, START
from tests.procedures.house import House
from tests.procedures.project import Project

RETURNED = {"pa_check": ["return", "pass"], "return_reason": "设备费预算缺依据", "requirement_changed": False}
ACTIVE = ".djs-element.is-active"
SET = "(slider, to) => { slider.value = to; slider.dispatchEvent(new Event('input', { bubbles: true })); }"
MOVED = """() => new Promise(done => {
  const seen = [];
  const watch = new MutationObserver(all => seen.push(...all.flatMap(one => [...one.addedNodes])));
  watch.observe(document.querySelector('.diagram'), { childList: true, subtree: true });
  document.getElementById('replay-next').click();
  setTimeout(() => done(seen.filter(node => node.classList?.contains('replay-token')).length), 500);
})"""
IDS = "nodes => nodes.map(node => node.dataset.elementId).sort()"


@pytest.fixture(scope="module")
def project(house: House) -> Project:
    """A project carried from start to closing, sent back once on the way."""
    made = Project(house, START, {**START, **ANSWERS, **RETURNED, "customer_confirmation": "confirmed"})
    assert made.carry()["end"] == "closed"
    return made


@pytest.fixture
def auditor(chromium: Browser, house: House) -> Iterator[Person]:
    """The auditor, logged in."""
    person = Person(chromium, house, "auditor")
    person.log_in()
    yield person
    person.leave()


class Told:
    """What the journal of a project tells of the picture after an entry, read as anybody would."""

    def __init__(self, project: Project) -> None:
        self.entries = project.journal()
        elements = project.definition["elements"]
        self.calls = {one["id"] for one in elements if one["type"] == "callActivity"}
        self.names = {one["id"]: one["name"] for one in elements}

    def sheet(self, path: str) -> str:
        """The path up to the last call."""
        steps = path.split("/")
        while steps and steps[-1].partition("[")[0] not in self.calls:
            steps.pop()
        return "/".join(steps)

    def waiting(self, seq: int, sheet: str) -> list[str]:
        """The elements of a sheet at which tokens are."""
        there: dict[int, tuple[str, str]] = {}
        for effect in self.effects(seq):
            if effect["type"] == "entered":
                there[effect["token"]] = self.sheet(effect["path"]), effect["element"]
            elif effect["type"] == "left":
                there.pop(effect["token"], None)
        return sorted({element for on, element in there.values() if on == sheet})

    def taken(self, seq: int, sheet: str) -> list[str]:
        """The flows of a sheet that were taken."""
        found = (effect for effect in self.effects(seq) if effect["type"] == "flow")
        return sorted({effect["element"] for effect in found if self.sheet(effect["path"]) == sheet})

    def effects(self, seq: int) -> Iterator[dict[str, Any]]:
        """Those of the first entries, in order."""
        for entry in self.entries[:seq]:
            yield from entry["effects"]

    def seq(self, kind: str, element: str, **data: Any) -> int:
        """The first entry of that kind at that element with that data."""
        for entry in self.entries:
            given = entry["data"].get("data") or {}
            if (entry["kind"], entry["element"]) == (kind, element) and data.items() <= given.items():
                return int(entry["seq"])
        raise AssertionError(f"no {kind} at {element}")


def check(person: Person, told: Told, seq: int) -> None:
    """The picture, its caption and the details of a moment, against the journal."""
    page, entry = person.page, told.entries[seq - 1]
    expect(page.locator(f"[data-replay][data-shown='{seq}']")).to_be_visible()
    expect(page.locator(f"#replay-details [data-moment='{seq}']")).to_be_visible()
    expect(page.locator("#replay-caption")).to_contain_text(f"第 {seq} 条，共 {len(told.entries)} 条")
    expect(page.locator("#replay-slider")).to_have_value(str(seq))
    expect(page).to_have_url(re.compile(rf"/replay\?at={seq}$"))
    sheet = page.locator("#replay-trail [aria-current]").get_attribute("data-sheet")
    assert sheet is not None
    standing(page, told.waiting(seq, sheet))
    assert page.locator(".djs-connection.is-taken").evaluate_all(IDS) == told.taken(seq, sheet)
    details = page.locator("#replay-details")
    if entry["element"]:
        expect(details.locator("h2").first).to_contain_text(told.names[entry["element"]])
    for value in texts(entry["data"]):
        expect(details).to_contain_text(value)


def texts(data: Mapping[str, Any]) -> list[str]:
    """The words that a person wrote in a form."""
    return [value for value in (data.get("data") or {}).values() if isinstance(value, str) and " " in value.strip()]


def standing(page: Page, elements: list[str]) -> None:
    """Wait until tokens are shown at these: the picture of a sheet comes after its name."""
    for _ in range(100):
        if page.locator(ACTIVE).evaluate_all(IDS) == elements:
            return
        page.wait_for_timeout(100)
    assert page.locator(ACTIVE).evaluate_all(IDS) == elements


def ready(person: Person, path: str) -> None:
    """Open a replay and wait until its film is there."""
    person.open(path)
    expect(person.page.locator("[data-replay][data-ready]")).to_be_visible()


def test_an_auditor_scrubs_through_a_whole_project(auditor: Person, project: Project) -> None:
    told = Told(project)
    auditor.open(f"/projects/{project.id}")
    auditor.page.get_by_role("link", name="回放").click()
    expect(auditor.page.locator("[data-replay][data-ready]")).to_be_visible()
    slider = auditor.page.locator("#replay-slider")
    opinion = told.seq("completed", "give_technical_opinion")
    returned = told.seq("completed", "check_erp_form", pa_check="return")
    recorded = next(
        one["seq"] for one in told.entries if one["kind"] == "job_completed" and one["data"].get("documents")
    )
    check_at = (opinion, returned, recorded, 1, len(told.entries))
    for seq in check_at:
        slider.evaluate(SET, seq)
        check(auditor, told, seq)


def test_keys_step_jump_and_play(auditor: Person, project: Project) -> None:
    told, page = Told(project), auditor.page
    returned = told.seq("completed", "check_erp_form", pa_check="return")
    ready(auditor, f"/projects/{project.id}/replay?at={returned - 2}")
    page.keyboard.press("ArrowRight")
    check(auditor, told, returned - 1)
    page.keyboard.press("PageDown")
    check(auditor, told, returned)
    page.keyboard.press("End")
    check(auditor, told, len(told.entries))
    page.keyboard.press("Home")
    check(auditor, told, 1)
    page.locator("#replay-speed").select_option("20")
    page.locator("h1").click()
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="暂停播放")).to_be_visible()
    expect(page.locator("#replay-slider")).not_to_have_value("1")
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="播放", exact=True)).to_be_visible()


def test_a_stage_opens_in_place_and_leads_back(auditor: Person, project: Project) -> None:
    told, page = Told(project), auditor.page
    opinion = told.seq("completed", "give_technical_opinion")
    ready(auditor, f"/projects/{project.id}/replay?at={opinion}")
    trail = page.locator("#replay-trail a")
    deepest = trail.count() - 1
    assert deepest >= 1 and trail.nth(deepest).get_attribute("aria-current") == "true"
    trail.first.click()
    expect(page.locator("#replay-trail a")).to_have_count(1)
    standing(page, told.waiting(opinion, ""))
    page.locator(ACTIVE).first.click()
    expect(page.locator("#replay-trail a")).to_have_count(2)
    sheet = page.locator("#replay-trail [aria-current]").get_attribute("data-sheet")
    assert sheet
    standing(page, told.waiting(opinion, sheet))


def test_who_wants_no_motion_sees_no_token_move(chromium: Browser, house: House, project: Project) -> None:
    person = Person(chromium, house, "auditor")
    person.page.emulate_media(reduced_motion="reduce")
    person.log_in()
    before = Told(project).seq("completed", "give_technical_opinion") - 1
    ready(person, f"/projects/{project.id}/replay?at={before}")
    assert person.page.evaluate(MOVED) == 0
    person.page.emulate_media(reduced_motion="no-preference")
    ready(person, f"/projects/{project.id}/replay?at={before}")
    assert person.page.evaluate(MOVED) > 0
    person.leave()


def test_it_works_without_scripts_and_fits_a_phone(chromium: Browser, house: House, project: Project) -> None:
    person = Person(chromium, house, "auditor")
    person.log_in()
    told = Told(project)
    returned = told.seq("completed", "check_erp_form", pa_check="return")
    person.page.set_viewport_size({"width": 375, "height": 800})
    ready(person, f"/projects/{project.id}/replay?at={returned}")
    assert person.sideways() == 0
    plain = chromium.new_context(java_script_enabled=False, storage_state=person.context.storage_state())
    page = plain.new_page()
    page.goto(f"{house.url}/projects/{project.id}/replay?at={returned}")
    expect(page.locator("#replay-details")).to_contain_text("设备费预算缺依据")
    expect(page.locator("#replay-slider")).to_be_hidden()
    page.get_by_role("link", name="上一步").click()
    expect(page.locator(f"[data-moment='{returned - 1}']")).to_be_visible()
    picture = page.request.get(str(house.url + str(page.locator(".replay-still").get_attribute("src"))))
    assert picture.ok and picture.text().lstrip().startswith("<?xml")
    plain.close()
    person.leave()
