"""People log in one after another and carry one project from start to closing, in the browser alone."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from docx import Document
from playwright.sync_api import Browser, expect

from tests.browser.person import SIGNED, Person
from tests.procedures.house import House

START = {
    "project_name": "浏览器里的续签项目",
    "customer_name": "某市地铁运营公司",
    "project_kind": "renewal",
    "scope_change": "none",
    "system_kind": "process_control",
}
ANSWERS: Mapping[str, Any] = {
    "requirement_changed": "false",
    "review_form": "circulation",
    "contract_number": "XS2026-0151",
    "project_number": "CBS26003",
    "signed_version": "1.0",
    "service_start": "2026-01-01",
    "service_end": "2026-01-02",
}
RETURNED = {"pa_check": "return", "return_reason": "设备费预算缺依据"}
MOST, PATIENCE = 80, 60.0


class Company:
    """Everybody who has logged in, and the project that they carry."""

    def __init__(self, chromium: Browser, house: House) -> None:
        self.chromium, self.house = chromium, house
        self.people: dict[str, Person] = {}
        self.done: list[str] = []
        self.lines = house.api("project_manager")

    def person(self, name: str) -> Person:
        """That person, logged in."""
        if name not in self.people:
            self.people[name] = Person(self.chromium, self.house, name)
            self.people[name].log_in()
        return self.people[name]

    def begin(self) -> str:
        """The project manager starts the project; answers its id."""
        manager = self.person("project_manager")
        manager.open("/start/CBS00P004")
        manager.fill(START)
        manager.submit()
        found = re.search(r"/projects/([0-9a-f-]{36})", manager.page.url)
        assert found, manager.page.url
        return found[1]

    def by_link(self, task: Mapping[str, Any]) -> None:
        """A customer without an account does it, by the one-time link that the project manager makes."""
        manager = self.person("project_manager")
        manager.open(f"/tasks/{task['id']}")
        manager.page.locator("summary", has_text="一次性链接").click()
        manager.page.get_by_role("button", name="生成链接").click()
        address = manager.page.get_by_label("一次性链接").input_value()
        customer = Person(self.chromium, self.house, "customer")
        customer.open(address)
        customer.fill(ANSWERS)
        customer.submit()
        again = customer.page.goto(address)
        assert again is not None and again.status >= 400
        customer.leave()

    def complete(self, task: Mapping[str, Any]) -> None:
        """Whoever may do it finds it in their inbox, takes it, fills it in."""
        own = [role for role in task["roles"] if role in self.house.passwords]
        behalf = [role for role in task["on_behalf_roles"] if role in self.house.passwords]
        who = self.person(task["assignee"] or (own or behalf)[0])
        if own or task["assignee"]:
            who.open("/inbox" if task["assignee"] else "/inbox?view=role")
            who.page.locator(f"a[href$='/tasks/{task['id']}']").first.click()
            who.page.wait_for_url(f"**/tasks/{task['id']}")
        else:
            who.open(f"/tasks/{task['id']}")
        claim = who.page.get_by_role("button", name="领取", exact=True)
        if claim.count():
            with who.page.expect_navigation():
                claim.click()
            who.open(f"/tasks/{task['id']}")
        first_check = task["element"] == "check_erp_form" and "check_erp_form" not in self.done
        who.fill({**ANSWERS, **(RETURNED if first_check else {})})
        if not own and not task["assignee"]:
            who.page.locator("#evidence").set_input_files(SIGNED)
        who.submit()

    def carry(self, instance: str) -> Mapping[str, Any]:
        """Do every task until the project has ended; answers it as the API shows it."""
        waited = time.monotonic()
        while len(self.done) < MOST:
            view: dict[str, Any] = self.lines.get(f"process-instances/{instance}")
            if view["status"] != "active":
                return view
            tasks = [t for t in self.lines.every(f"tasks?state=open&instance={instance}") if self.may(t)]
            if not tasks:
                assert time.monotonic() - waited < PATIENCE, f"nothing to do: {view['tokens']}"
                time.sleep(0.2)
                continue
            task = tasks[0]
            if task["element"] == "customer_confirm_requirement":
                self.by_link(task)
            else:
                self.complete(task)
            self.done.append(task["element"])
            waited = time.monotonic()
        raise AssertionError(f"no end after {self.done}")

    @staticmethod
    def may(task: Mapping[str, Any]) -> bool:
        """The service's last day is long over: its timer ends it, not a person."""
        return bool(task["element"] != "end_service_period")


@pytest.fixture
def company(chromium: Browser, house: House) -> Iterator[Company]:
    """A company whose people sit at their browsers."""
    gathered = Company(chromium, house)
    yield gathered
    for person in gathered.people.values():
        person.leave()


def test_people_carry_one_project_from_start_to_closing(company: Company) -> None:
    instance = company.begin()
    view = company.carry(instance)
    assert (view["status"], view["end"]) == ("completed", "closed"), view
    assert company.done.count("fill_erp_form") == 2

    manager = company.person("project_manager")
    manager.open(f"/projects/{instance}")
    expect(manager.page.locator("[data-diagram][data-ready]").first).to_be_visible()
    tabs = [str(tab.get_attribute("href")) for tab in manager.page.locator("main .nav-tabs a").all()]
    assert len(tabs) == 6
    for tab in tabs:
        manager.open(tab)
    manager.open(f"/projects/{instance}?tab=records")
    records = manager.page.locator("a[href*='/documents/'][href*='/file']")
    with manager.page.expect_download() as told:
        records.first.click()
    downloaded = told.value.path().read_bytes()
    assert Document(io.BytesIO(downloaded)).paragraphs
    assert not re.match(r"[a-z_]+ ", told.value.suggested_filename), "named by what people call it, not by a key"


def test_no_page_scrolls_sideways_on_a_phone(company: Company) -> None:
    instance = company.begin()
    manager = company.person("project_manager")
    manager.page.set_viewport_size({"width": 375, "height": 800})
    task = company.lines.every(f"tasks?state=open&instance={instance}")[0]
    pages = ["/", "/inbox", "/inbox?view=role", "/projects", "/start", "/start/CBS00P004", "/procedures"]
    pages += ["/procedures/CBS00P004", "/notices", "/profile", f"/projects/{instance}", f"/tasks/{task['id']}"]
    wide = {}
    for path in pages:
        manager.open(path)
        wide[path] = manager.sideways()
    assert not {path: more for path, more in wide.items() if more > 0}


def test_one_can_log_in_and_reach_the_inbox_by_keyboard(chromium: Browser, house: House) -> None:
    person = Person(chromium, house, "department_qa")
    person.page.goto(f"{house.url}/login")
    person.page.keyboard.type("department_qa")
    person.page.keyboard.press("Tab")
    person.page.keyboard.type(house.passwords["department_qa"])
    person.page.keyboard.press("Enter")
    expect(person.page.locator("h1").first).to_be_visible()
    person.page.keyboard.press("Tab")
    skip = person.page.evaluate("document.activeElement.getAttribute('href')")
    assert str(skip).startswith("#")
    for _ in range(12):
        person.page.keyboard.press("Tab")
        if person.page.evaluate("document.activeElement.getAttribute('href')") == "/inbox":
            break
    person.page.keyboard.press("Enter")
    expect(person.page).to_have_url(re.compile(r"/inbox$"))
    person.leave()


def test_one_can_change_to_english_and_back(chromium: Browser, house: House) -> None:
    person = Person(chromium, house, "marketing")
    person.log_in()
    person.open("/inbox")
    person.page.get_by_role("button", name="English").first.click()
    expect(person.page.locator("h1").first).to_have_text(re.compile("Inbox"))
    person.page.get_by_role("button", name="中文").first.click()
    expect(person.page.locator("h1").first).to_have_text(re.compile("待办"))
    person.leave()
