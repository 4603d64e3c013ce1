"""A process owner draws in the page: findings on the element, names instead of keys, and nothing is lost."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from bpmn.blank import decision
from forms.blank import form
from forms.model import DISPLAYS, INPUTS
from tests.browser.person import Person
from tests.procedures.house import House

DRAWN = Path(__file__).parents[1] / "diagrams" / "studio"
MARKED = "rgb(253, 236, 236)"


@pytest.fixture
def proposal(house: House) -> Iterator[str]:
    """The address of a new proposal of a small procedure."""
    sign = ("sign.bpmn", "application/octet-stream", (DRAWN / "sign.bpmn").read_bytes())
    house.api("admin").upload("deployments", "files", sign)
    made = house.api("process_owner").post("proposals", {"key": "sign", "title": "改签发"})
    yield f"/studio/{made['id']}"
    house.hang_up()


class Drawer:
    """A person with the modeler of a diagram open."""

    def __init__(self, chromium: Browser, house: House, name: str, address: str, file: str = "sign.bpmn") -> None:
        self.person = Person(chromium, house, name)
        self.person.log_in()
        self.address = f"{address}/edit/{file}"
        self.file = f"{house.url}{address}/files/{file}"
        self.open()

    @property
    def page(self) -> Page:
        return self.person.page

    def open(self) -> None:
        """Open the editor and wait until it can be worked with."""
        self.person.open(self.address)
        expect(self.page.locator("[data-editor][data-ready]")).to_be_visible()

    def select(self, element: str) -> None:
        """Click an element of the diagram."""
        self.page.locator(f".djs-element[data-element-id={element}]").click()

    def entry(self, id: str) -> Locator:
        """A field of the properties panel."""
        return self.page.locator(f"[data-entry-id={id}]")

    def said(self, state: str) -> None:
        """Wait until the editor says so of what is drawn."""
        expect(self.page.locator(f"[data-part=status][data-state={state}]")).to_be_visible()

    def stored(self, text: str, there: bool = True) -> None:
        """Wait until the server has a file with that text in it, or without it."""
        for _ in range(100):
            if (text in self.page.request.get(self.file).text()) == there:
                return
            self.page.wait_for_timeout(200)
        raise AssertionError(f"{text} is {'not ' if there else ''}in {self.file}")

    def mark(self, element: str) -> Locator:
        """The mark on an element that something is wrong with it."""
        return self.page.locator(f".djs-overlays[data-container-id={element}] .bjsl-overlay")


@pytest.fixture
def owner(chromium: Browser, house: House, proposal: str) -> Iterator[Drawer]:
    """The process owner at the diagram."""
    drawer = Drawer(chromium, house, "process_owner", proposal)
    yield drawer
    drawer.person.leave()


def test_a_finding_of_the_server_stands_on_its_element_until_it_is_mended(
    owner: Drawer, house: House, proposal: str
) -> None:
    page = owner.page
    owner.select("sign_tell")
    topic = owner.entry("procedure-topic").locator("select")
    expect(topic).to_have_value("notify")
    expect(topic.locator("option:checked")).to_have_text("通知 (notify)")
    topic.select_option("")
    expect(owner.mark("sign_tell")).to_be_visible()
    issue = page.locator("[data-part=issues] li", has_text="camunda:topic")
    expect(issue).to_contain_text("错误")
    owner.select("sign_start")
    issue.get_by_role("button").click()
    expect(page.locator(".djs-element.selected[data-element-id=sign_tell]")).to_have_count(1)
    topic.select_option("notify")
    expect(owner.mark("sign_tell")).to_have_count(0)
    owner.entry("procedure-input-text").locator("textarea").fill("已经签发")
    owner.entry("procedure-input-roles").get_by_label("部门QA").check()
    expect(page.locator("[data-part=counts]")).to_contain_text("0 个错误")
    owner.stored("已经签发")
    owner.said("saved")

    page.close()
    owner.person.page = owner.person.context.new_page()
    owner.open()
    owner.select("sign_tell")
    expect(owner.entry("procedure-input-text").locator("textarea")).to_have_value("已经签发")
    expect(owner.entry("procedure-input-roles").get_by_label("部门QA")).to_be_checked()
    kept = house.api("process_owner").get(f"proposals/{proposal.rpartition('/')[2]}/findings")
    assert [one for one in kept["findings"] if one["severity"] == "error"] == []


def test_roles_forms_and_clauses_are_chosen_by_name_and_undone(owner: Drawer) -> None:
    page = owner.page
    owner.select("sign_write")
    owner.entry("procedure-roles").get_by_label("部门安全员").check()
    owner.entry("procedure-form").locator("select").select_option(label="审核运维项目计划书 (plan_check)")
    owner.entry("procedure-clause").locator("select").select_option("5.5.1")
    owner.stored('camunda:candidateGroups="project_manager,safety_officer"')
    owner.stored('camunda:formRef="plan_check" camunda:formRefBinding="deployment"')
    owner.stored('name="clause" value="5.5.1"')
    for _ in range(3):
        page.get_by_role("button", name="撤销").click()
    expect(page.get_by_role("button", name="撤销")).to_be_disabled()
    owner.stored("plan_check", there=False)


def test_what_the_server_did_not_get_is_found_again_after_the_tab_was_closed(owner: Drawer) -> None:
    page, context = owner.page, owner.person.context

    def away(route: Route) -> None:
        if route.request.method == "PUT":
            route.abort()
        else:
            route.continue_()

    context.route("**/files/sign.bpmn", away)
    owner.select("sign_check")
    owner.entry("procedure-clause-number").locator("input").fill("5.9.9")
    owner.said("offline")
    page.close()
    context.unroute("**/files/sign.bpmn")
    owner.person.page = context.new_page()
    owner.open()
    owner.stored('value="5.9.9"')
    owner.select("sign_check")
    expect(owner.entry("procedure-clause-number").locator("input")).to_have_value("5.9.9")


def test_two_people_in_one_diagram_are_told_and_neither_loses_anything(
    chromium: Browser, house: House, owner: Drawer, proposal: str
) -> None:
    colleague = Drawer(chromium, house, "admin", proposal)
    expect(colleague.page.locator("[data-part=others]")).to_contain_text("过程负责人也在编辑这个文件")
    owner.select("sign_write")
    owner.entry("procedure-clause-number").locator("input").fill("5.1.1")
    owner.stored('value="5.1.1"')
    colleague.select("sign_check")
    colleague.entry("procedure-clause-number").locator("input").fill("5.1.2")
    conflict = colleague.page.locator("[data-part=conflict]")
    expect(conflict).to_contain_text("过程负责人")
    colleague.said("waiting")
    with colleague.page.expect_popup() as looked:
        conflict.get_by_role("link", name="看对方的").click()
    expect(looked.value.locator("[data-ready]")).to_be_visible()
    looked.value.close()
    conflict.get_by_role("button", name="我的另存为副本").click()
    colleague.said("saved_as")
    colleague.select("sign_write")
    expect(colleague.entry("procedure-clause-number").locator("input")).to_have_value("5.1.1")
    colleague.person.open(proposal)
    expect(colleague.page.locator("tr", has_text="sign-admin.bpmn")).to_be_visible()
    address = f"{house.url}{proposal}/files"
    mine, copy = (colleague.page.request.get(f"{address}/{name}.bpmn").text() for name in ("sign", "sign-admin"))
    assert 'value="5.1.1"' in mine and 'value="5.1.2"' not in mine
    assert 'value="5.1.2"' in copy and 'value="5.1.1"' not in copy
    colleague.person.leave()


def test_a_trial_shows_what_is_reached_and_what_never(owner: Drawer) -> None:
    page = owner.page
    page.get_by_role("button", name="试走").click()
    trial = page.locator("[data-part=trial]")
    expect(trial).to_contain_text("每一处都走到了")
    expect(page.locator(".is-reached[data-element-id=sign_check]")).to_be_visible()
    trial.get_by_role("button", name="关闭").click()
    expect(page.locator(".is-reached")).to_have_count(0)
    page.locator(".djs-element[data-element-id=sign_choice_to_sign_check]").click(
        position={"x": 20, "y": 5}, force=True
    )
    condition = owner.entry("procedure-condition").locator(".cm-content")
    condition.click()
    page.keyboard.press("Control+A")
    page.keyboard.type("false")
    owner.stored(">=false<")
    page.get_by_role("button", name="试走").click()
    expect(trial).to_contain_text("从未到达")
    expect(page.locator(".is-never[data-element-id=sign_check]")).to_be_visible()


def test_what_people_write_is_never_translated(owner: Drawer) -> None:
    page = owner.page
    owner.select("sign_check")
    due = owner.entry("procedure-due")
    due.locator(".bio-properties-panel-feel-icon").click()
    due.locator(".cm-content").press_sequentially('date and time(string(date(now())) + "T12:00:00")', delay=25)
    owner.stored("=date and time(string(date(now()))")
    expect(due.locator(".cm-content")).to_have_text(re.compile(r"^date and time\(string\(date\(now"))
    assert list(page.evaluate("[...window.untranslated]")) == []


def test_tokens_are_moved_by_hand_in_the_page(owner: Drawer) -> None:
    page = owner.page
    page.locator(".bts-toggle-mode", has_text="模拟令牌").click()
    page.locator(".djs-overlays[data-container-id=sign_start] .bts-context-pad").click()
    expect(page.locator(".bts-palette")).to_be_visible()
    expect(page.get_by_title("重新开始")).to_be_visible()
    page.locator(".bts-toggle-mode").click()
    expect(page.locator(".djs-palette")).to_be_visible()


def test_the_menus_and_panels_are_chinese(owner: Drawer) -> None:
    page = owner.page
    owner.select("sign_check")
    page.locator(".djs-context-pad .entry[data-action=replace]").click()
    expect(page.locator(".djs-popup")).to_contain_text("改变种类")
    page.keyboard.press("Escape")
    page.locator(".djs-palette .entry[data-action=create]").click()
    expect(page.locator(".djs-popup")).to_contain_text("生成记录")
    page.keyboard.press("Escape")
    shown = page.locator(".djs-palette .entry, .djs-popup .entry, .djs-context-pad .entry, .bio-properties-panel-label")
    texts = shown.evaluate_all(
        "nodes => nodes.map(node => (node.innerText || node.title || '').trim()).filter(Boolean)"
    )
    english = [text for text in texts if not any("\u4e00" <= letter <= "\u9fff" for letter in text)]
    assert len(texts) > 15 and english == []


def test_a_decision_table_is_edited_and_its_findings_go_with_what_is_written(
    chromium: Browser, house: House, proposal: str
) -> None:
    id = proposal.rpartition("/")[2]
    house.api("process_owner").put(f"proposals/{id}/files/grade.dmn", decision("grade", "评级"))
    drawer = Drawer(chromium, house, "process_owner", proposal, "grade.dmn")
    page = drawer.page
    expect(page.locator("[data-part=issues] li", has_text="表达式是空的")).to_be_visible()
    page.locator("th.input-cell").dblclick()
    page.locator(".input-edit .cm-content").click()
    page.keyboard.type("amount")
    page.keyboard.press("Escape")
    drawer.stored("<text>amount</text>")
    page.locator("td.add-rule-add").first.click()
    page.keyboard.type('"big"')
    drawer.stored("big")
    drawer.said("saved")
    expect(page.locator("[data-part=issues] li", has_text="表达式是空的")).to_have_count(0)
    drawer.person.leave()


def test_a_form_is_built_of_the_components_that_the_house_keeps(chromium: Browser, house: House, proposal: str) -> None:
    id = proposal.rpartition("/")[2]
    house.api("process_owner").put(f"proposals/{id}/files/ask.form", form("ask", "问一问"))
    drawer = Drawer(chromium, house, "process_owner", proposal, "ask.form")
    page = drawer.page
    offered = page.locator(".fjs-palette-field").evaluate_all(
        "nodes => nodes.filter(node => node.checkVisibility()).map(node => node.dataset.fieldType)"
    )
    assert set(offered) == INPUTS | DISPLAYS
    page.locator(".fjs-palette-field[data-field-type=number]").press("Enter")
    drawer.stored('"type": "number"')
    page.get_by_label("标题").fill("问金额")
    page.get_by_label("标题").press("Tab")
    drawer.stored('"title": "问金额"')
    page.get_by_role("button", name="撤销").click()
    drawer.stored('"title": "问一问"')
    drawer.said("saved")
    found = house.api("process_owner").get(f"proposals/{id}/findings")["findings"]
    assert [one for one in found if one["file"] == "ask.form" and one["severity"] == "error"] == []
    drawer.person.leave()


def test_findings_stand_on_the_column_and_the_cell_of_a_table_and_lead_there(
    chromium: Browser, house: House, proposal: str
) -> None:
    rule = (
        '<rule id="grade_row"><inputEntry id="grade_test"><text>"big"</text></inputEntry>'
        '<outputEntry id="grade_result"><text>1 +</text></outputEntry></rule></decisionTable>'
    )
    table = decision("grade", "评级").replace(b"</decisionTable>", rule.encode())
    house.api("process_owner").put(f"proposals/{proposal.rpartition('/')[2]}/files/grade.dmn", table)
    drawer = Drawer(chromium, house, "process_owner", proposal, "grade.dmn")
    page = drawer.page
    column, cell = page.locator("th.input-cell"), page.locator("td.output-cell[data-row-id]")
    expect(column).to_have_css("background-color", MARKED)
    expect(cell).to_have_css("background-color", MARKED)
    expect(page.locator("td.input-cell[data-row-id]")).not_to_have_css("background-color", MARKED)
    page.locator("[data-part=issues] li", has_text="第 1 行").get_by_role("button").click()
    expect(cell.locator(".focussed")).to_be_visible()
    page.keyboard.press("End")
    page.keyboard.type(" 1")
    drawer.stored("1 + 1")
    expect(cell).not_to_have_css("background-color", MARKED)
    expect(column).to_have_css("background-color", MARKED)
    drawer.person.leave()


def test_findings_stand_on_the_components_of_a_form_and_lead_there(
    chromium: Browser, house: House, proposal: str
) -> None:
    schema = json.loads(form("ask", "问一问"))
    schema["components"] = [
        {"type": "textfield", "id": "Field_who", "key": "who", "label": "谁"},
        {"type": "select", "id": "Field_which", "key": "which", "label": "哪一个", "values": []},
    ]
    kept = json.dumps(schema, ensure_ascii=False).encode()
    house.api("process_owner").put(f"proposals/{proposal.rpartition('/')[2]}/files/ask.form", kept)
    drawer = Drawer(chromium, house, "process_owner", proposal, "ask.form")
    page = drawer.page
    which, who = page.locator(".fjs-element[data-id=Field_which]"), page.locator(".fjs-element[data-id=Field_who]")
    expect(which).to_have_css("background-color", MARKED)
    expect(who).not_to_have_css("background-color", MARKED)
    page.locator("[data-part=issues] li", has_text="没有选项").get_by_role("button").click()
    expect(which).to_have_class(re.compile("fjs-editor-selected"))
    which.locator(".fjs-context-pad-item").click()
    drawer.stored("Field_which", there=False)
    expect(page.locator("[data-part=issues] li", has_text="没有选项")).to_have_count(0)
    drawer.person.leave()
