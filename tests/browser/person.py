"""A person at a browser: logs in, fills in whatever form is there, uploads, submits."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, expect

from tests.procedures.answers import WORD, word
from tests.procedures.api import PDF
from tests.procedures.house import House

WIDE = {"width": 1280, "height": 900}
PATIENCE = 20_000

# On a busy machine a page takes its time.
expect.set_options(timeout=PATIENCE)
FILL = Path(__file__).with_name("fill.js").read_text(encoding="utf-8")
FORMAT = FilePayload(name="客户格式.docx", mimeType=WORD, buffer=word())
SIGNED = FilePayload(name="签署件.pdf", mimeType="application/pdf", buffer=PDF)
TELL = "nodes => nodes.map(node => `${node.id}: ${node.innerText}`)"


class Person:
    """One person in a browser of their own."""

    def __init__(self, chromium: Browser, house: House, name: str) -> None:
        self.house, self.name = house, name
        self.context: BrowserContext = chromium.new_context(viewport=WIDE, accept_downloads=True)  # type: ignore[arg-type]  # its TypedDict is private
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE)

    def log_in(self) -> None:
        """By the login page."""
        self.page.goto(f"{self.house.url}/login")
        self.page.get_by_label("用户名").fill(self.name)
        self.page.get_by_label("密码").fill(self.house.passwords[self.name])
        self.page.get_by_role("button", name="登录").click()
        expect(self.page.locator("h1").first).to_be_visible()

    def open(self, path: str) -> None:
        """Go to a page of the house, which must be there."""
        answer = self.page.goto(path if path.startswith("http") else self.house.url + path)
        assert answer is not None and answer.status == 200, (path, answer and answer.status)

    def fill(self, given: Mapping[str, object]) -> None:
        """Answer the form on the page, and upload the files that it requires."""
        for _ in range(4):
            answered = self.page.evaluate(FILL, dict(given))
            self.settle()
            if not answered:
                break
        for chooser in self.page.locator("form[data-form] input[type=file]").all():
            label = self.page.locator(f"label[for='{chooser.get_attribute('id')}']")
            if not chooser.is_visible() or "required" not in (label.get_attribute("class") or ""):
                continue
            as_word = chooser.get_attribute("accept") == ".docx"
            chooser.set_input_files(FORMAT if as_word else SIGNED)

    def settle(self) -> None:
        """Wait until the server has told how the form stands after what was typed last."""
        expect(self.page.locator("form[data-asking]")).to_have_count(0)

    def submit(self) -> None:
        """Press the main button; the form must have been taken."""
        button = self.page.locator("form[data-form] .actions .btn-primary")
        with self.page.expect_navigation():
            button.click()
        faults = self.page.locator(".invalid-feedback, .alert-danger").evaluate_all(TELL)
        assert not faults, f"{self.name} at {self.page.url}: {faults}"

    def sideways(self) -> int:
        """How many pixels the page is wider than its window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))

    def leave(self) -> None:
        """Close the browser."""
        self.context.close()
