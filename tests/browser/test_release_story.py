"""The whole story of a new version: drawn, checked, returned, released; new projects follow it, an old one is moved."""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterator
from dataclasses import replace

import pytest
from docx import Document
from playwright.sync_api import Browser, Page, expect

from tests.browser.person import Person
from tests.browser.test_studio import Drawer
from tests.procedures.house import House, furnished
from tests.procedures.project import Project
from tests.procedures.ways import RENEWAL
from tests.stores import Stores
from web.times import BEIJING

PLAN = "CBS00P004_plan.bpmn"
DECIDES = "plan_of_new_project_to_hold_plan_review"
GATEWAY = "plan_of_new_project"
RED = "rgb(201, 42, 42)"
OLD, NEW = 'project_kind = "new"', 'project_kind = "new" or project_kind = "renewal"'
MIDDLE = """path => {
  const { x, y } = path.getPointAtLength(path.getTotalLength() / 2), to = path.getScreenCTM();
  return [x * to.a + to.e, y * to.d + to.f];
}"""
REASON, CHANGES = "续签项目的计划书也要开会评审", "续签项目的计划书同新项目一样，召开评审会议"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, lasting_stores: Stores) -> Iterator[House]:
    """A house of their own: the procedure that the other tests play stays as it is."""
    running = House(furnished(lasting_stores.new(tmp_path_factory.mktemp("released"))))
    running.start()
    yield running
    running.stop()


class Company:
    """Everybody who takes part, each at a browser of their own."""

    def __init__(self, chromium: Browser, house: House) -> None:
        self.chromium, self.house = chromium, house
        self.people: dict[str, Person] = {}

    def at(self, name: str, path: str) -> Page:
        """That person, logged in, with a page open."""
        if name not in self.people:
            self.people[name] = Person(self.chromium, self.house, name)
            self.people[name].log_in()
        self.people[name].open(path)
        return self.people[name].page

    def do(self, name: str, step: str, answers: dict[str, object]) -> None:
        """A task that this person finds among those of their roles, taken and handed in."""
        page = self.at(name, "/inbox")
        for _ in range(100):
            if page.locator("main tr, main li", has_text=step).count():
                break
            page.wait_for_timeout(200)
            page.goto(page.url.partition("?")[0] + ("" if "view=role" in page.url else "?view=role"))
        page.locator("main tr, main li", has_text=step).locator("a[href*='/tasks/']").first.click()
        page.wait_for_url("**/tasks/*")
        address, claim = page.url, page.get_by_role("button", name="领取", exact=True)
        if claim.count():
            with page.expect_navigation():
                claim.click()
            page.goto(address)
        self.people[name].fill(answers)
        self.people[name].submit()


@pytest.fixture
def company(chromium: Browser, house: House) -> Iterator[Company]:
    """A company whose people sit at their browsers."""
    gathered = Company(chromium, house)
    yield gathered
    for person in gathered.people.values():
        person.leave()


def begun(house: House, name: str, until: str) -> Project:
    """A renewal, carried until that task is open."""
    way = replace(RENEWAL, answers={**RENEWAL.answers, "project_name": name, "plan_check": "pass"})
    project = Project(house, way.start, way.answers)
    project.carry(until)
    return project


def drawn(company: Company, proposal: str) -> None:
    """The process owner changes when a plan is reviewed in a meeting; a mistake is told at the flow and mended."""
    drawer = Drawer(company.chromium, company.house, "process_owner", proposal, PLAN)
    page = drawer.page
    page.mouse.click(*page.locator(f".djs-element[data-element-id={DECIDES}] .djs-hit").first.evaluate(MIDDLE))
    condition = drawer.entry("procedure-condition").locator(".cm-content")
    expect(condition).to_have_text(OLD)
    condition.click()
    page.keyboard.press("Control+A")
    page.keyboard.type('project_kind = "new" or (')
    expect(drawer.mark(GATEWAY).locator(".bjsl-icon").first).to_have_css("background-color", RED)
    expect(page.locator("[data-part=issues] li", has_text="错误").first).to_be_visible()
    condition.click()
    page.keyboard.press("Control+A")
    page.keyboard.type(NEW)
    expect(condition).to_have_text(NEW)
    expect(drawer.mark(GATEWAY)).to_have_count(0)
    expect(page.locator("[data-part=counts]")).to_contain_text("0 个错误")
    drawer.stored(f"={NEW}<")
    drawer.said("saved")
    page.get_by_role("button", name="试走").click()
    expect(page.locator("[data-part=trial]")).to_contain_text("到达")
    expect(page.locator(".is-reached[data-element-id=hold_plan_review]")).to_be_visible()
    drawer.person.leave()


def test_a_version_is_drawn_checked_returned_and_released_and_a_running_project_moved(
    company: Company, house: House
) -> None:
    stays, moves = (begun(house, name, "write_plan") for name in ("照旧办理的续签", "换新版的续签"))

    page = company.at("process_owner", "/procedures/CBS00P004")
    made = house.api("process_owner").post("proposals", {"key": "CBS00P004", "title": "续签也评审"})
    proposal = f"/studio/{made['id']}"
    drawn(company, proposal)

    page = company.at("process_owner", f"{proposal}?check=yes")
    expect(page.locator("#findings")).to_contain_text("按现在的样子可以签发")
    page.get_by_label("更改原因").fill(REASON)
    page.get_by_label("主要更改内容").fill("续签也评审")
    page.get_by_label("计划生效日").fill(datetime.datetime.now(BEIJING).date().isoformat())
    with page.expect_navigation():
        page.get_by_role("button", name="提交审核").click()
    expect(page.locator("main")).to_contain_text("已提交审核")

    company.do("process_management", "审核草案", {"proposal_check": "return", "return_reason": "写明怎样评审"})
    company.do("process_owner", "修改草案", {"revision_decision": "again", "release_changes": CHANGES})
    company.do("process_management", "审核草案", {"proposal_check": "pass"})
    company.do("department_manager", "签发", {"issue_decision": "issue"})

    page = company.at("project_manager", "/procedures/CBS00P004")
    for _ in range(100):
        if page.locator("main tr", has_text=CHANGES).count():
            break
        page.wait_for_timeout(200)
        page.reload()
    expect(page.locator("main tr", has_text=CHANGES)).to_contain_text(REASON)

    fresh = begun(house, "新版的续签", "hold_plan_review")
    assert fresh.view()["definition"]["version"] == 2
    stays.carry("check_plan")
    assert stays.view()["definition"]["version"] == 1 and "hold_plan_review" not in stays.done

    page = company.at("process_owner", "/procedures/CBS00P004/migration")
    row = page.locator(f"tr[data-instance='{moves.id}']")
    expect(row).to_contain_text("可以迁移")
    expect(row).to_contain_text("编制项目计划书")
    row.locator("input[type=checkbox]").check()
    page.get_by_label("迁移的原因").fill("客户要求开会评审")
    page.get_by_role("button", name="迁移选中的项目").click()
    expect(row.locator("[data-outcome]")).to_contain_text("已迁移")
    assert (moves.view()["definition"]["version"], stays.view()["definition"]["version"]) == (2, 1)
    moves.carry("hold_plan_review")
    (moved,) = [entry for entry in moves.journal() if entry["kind"] == "migrated"]
    assert moved["data"]["reason"] == "客户要求开会评审"

    answer = page.request.get(f"{house.url}/procedures/CBS00P004/procedure.docx")
    rows = [
        [cell.text for cell in row.cells] for table in Document(io.BytesIO(answer.body())).tables for row in table.rows
    ]
    (told,) = [row for row in rows if any(CHANGES in cell for cell in row)]
    assert any(REASON in cell for cell in told), told
    verified = house.command("verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
