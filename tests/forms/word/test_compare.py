"""What is different between two versions of a Word template is found, and the same from either side."""

from __future__ import annotations

import io
from collections import Counter

import pytest
from docx import Document
from docx.document import Document as Opened
from docx.shared import Pt
from hypothesis import given, settings
from hypothesis import strategies as st

from bpmn.compare import Difference, mirrored
from bpmn.model import File
from forms.word.compare import compare
from forms.word.record import records
from tests.forms.word.sheets import template

Told = tuple[str, str, str, str]


def saved(document: Opened) -> File:
    """The file of a document."""
    made = io.BytesIO()
    document.save(made)
    return File("t.docx", made.getvalue())


def both(before: File, after: File) -> list[Difference]:
    """The differences of two templates, which are those of the other direction mirrored."""
    found = list(compare([before], [after]))
    assert Counter(map(mirrored, found)) == Counter(compare([after], [before]))
    return found


def told(found: list[Difference]) -> list[Told]:
    """Kind, type, word, name."""
    return [(one.kind, one.subject.type, one.what, one.subject.name) for one in found]


def written(*texts: str) -> File:
    """A template of these paragraphs."""
    return File("t.docx", template(*texts))


def test_placeholders_and_paragraphs_that_changed_are_told() -> None:
    before = written("项目：{{ project_name }}", "甲", "乙")
    after = written("项目：{{ title }}", "甲", "丙", "乙")
    assert told(both(before, after)) == [
        ("removed", "placeholder", "", "project_name"),
        ("added", "placeholder", "", "title"),
        ("changed", "paragraph", "text", "项目：{{ title }}"),
        ("added", "paragraph", "", "丙"),
    ]


def test_what_stands_in_tables_headers_and_footers_is_compared_too() -> None:
    files = []
    for word in ("甲", "乙"):
        document = Document()
        document.add_table(1, 1).cell(0, 0).text = word
        document.sections[0].header.paragraphs[0].text = f"{word}头"
        files.append(saved(document))
    assert set(told(both(*files))) == {("changed", "paragraph", "text", "乙"), ("changed", "header", "text", "乙头")}


def test_what_only_looks_otherwise_is_told_in_one_line() -> None:
    document = Document()
    run = document.add_paragraph().add_run("甲")
    before = saved(document)
    run.font.size = Pt(20)
    assert told(both(before, saved(document))) == [("changed", "template", "layout", "t")]
    document.add_paragraph()
    assert told(both(before, saved(document))) == [("changed", "template", "layout", "t")]


def test_where_word_cuts_its_runs_makes_no_difference() -> None:
    one, two = Document(), Document()
    one.add_paragraph().add_run("甲乙")
    halves = two.add_paragraph()
    halves.add_run("甲")
    halves.add_run("乙")
    assert both(saved(one), saved(two)) == []


def test_a_new_template_is_told_as_a_whole() -> None:
    assert told(list(compare([], [written("甲")]))) == [("added", "template", "", "t")]


@pytest.mark.parametrize("key", records())
def test_a_template_is_no_different_from_itself_saved_again(key: str) -> None:
    content = records()[key].template()
    file = File("t.docx", content)
    assert list(compare([file], [file])) == [] == both(file, saved(Document(io.BytesIO(content))))


WORDS = st.lists(st.sampled_from(["甲", "乙", "丙", "{{ title }}", "甲乙"]), max_size=6)


@settings(max_examples=12)
@given(WORDS, WORDS)
def test_two_texts_are_told_alike_exactly_where_they_are(old: list[str], new: list[str]) -> None:
    found = both(written(*old), written(*new))
    assert (found == []) == (old == new)
    kept = [one for one in found if one.kind == "added" and one.subject.type == "paragraph"]
    gone = [one for one in found if one.kind == "removed" and one.subject.type == "paragraph"]
    assert len(old) - len(gone) == len(new) - len(kept)
