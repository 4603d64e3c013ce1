"""Writes docs/bpmn-support.md."""

from tests.support.page import PAGE, page

PAGE.write_text(page(), "utf-8")
