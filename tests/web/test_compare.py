"""Two versions of a procedure, compared by programs and in the page."""

from __future__ import annotations

import json
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bpmn.compare import KINDS, Difference, Subject, Value
from bpmn.compare import words as bpmn_words
from bpmn.model import File
from engine.actor import OPERATOR
from engine.compare import differences as between
from forms import compare as forms_words
from tests.forms.word.sheets import template
from tests.web.company import Company, fields, refused
from tests.web.conftest import DIAGRAMS, House
from web.differences import WORDS, line, marked, sentence


def changed(name: str, *pairs: tuple[str, str]) -> File:
    """A file of the tests of pages in which something was written otherwise."""
    text = (DIAGRAMS / name).read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return File(name, text.encode())


def two_versions(house: House) -> None:
    """The next version of web_ask: a task with another name and role, a field with another label."""
    diagram = changed("web_ask.bpmn", ('name="提出申请"', 'name="提交申请"'))
    house.engine.deploy(OPERATOR, [diagram, changed("web_request.form", ("事由", "缘由"))])


def test_a_program_is_told_each_difference_as_data_and_in_a_sentence(house: House) -> None:
    two_versions(house)
    told = house.api("manager").get("process-definitions/web_ask/compare?from=1&to=2").get_json()
    assert (told["from"]["version"], told["to"]["version"], told["next"]) == (1, 2, None)
    diagram, form = told["items"]
    assert diagram["sentence"] == "用户任务“提交申请”：名称由“提出申请”改为“提交申请”"
    assert (diagram["kind"], diagram["of"], diagram["element"], diagram["what"]) == (
        "changed", "diagram", "request", "name",
    )  # fmt: skip
    assert (form["of"], form["in"], form["element"], form["before"], form["after"]) == (
        "form", "web_request", "subject", "事由", "缘由",
    )  # fmt: skip
    back = house.api("manager").get("process-definitions/web_ask/compare?from=2&to=1").get_json()
    assert [(one["before"], one["after"]) for one in back["items"]] == [
        (one["after"], one["before"]) for one in told["items"]
    ]


def test_without_versions_the_newest_is_compared_with_the_one_before_it(house: House) -> None:
    manager, path = house.api("manager"), "process-definitions/web_ask/compare"
    alone = manager.get(path).get_json()
    assert (alone["from"]["version"], alone["to"]["version"], alone["items"]) == (1, 1, [])
    two_versions(house)
    told = manager.get(path).get_json()
    assert (told["from"]["version"], told["to"]["version"], len(told["items"])) == (1, 2, 2)


def test_a_version_that_is_not_there_or_no_number_is_refused(house: House) -> None:
    manager, path = house.api("manager"), "process-definitions/web_ask/compare"
    refused(manager.get(f"{path}?from=1&to=9"), 404)
    refused(manager.get("process-definitions/nothing/compare"), 404)
    assert fields(refused(manager.get(f"{path}?from=x"), 422)) == ["from"]
    assert fields(refused(manager.get(f"{path}?to=-1"), 422)) == ["to"]


def test_the_sentence_is_in_the_programs_language(house: House) -> None:
    two_versions(house)
    manager = house.api("manager")
    manager.headers = {**manager.headers, "Accept-Language": "en"}
    told = manager.get("process-definitions/web_ask/compare").get_json()["items"]
    assert told[0]["sentence"] == "User task “提交申请”: Name changed from “提出申请” to “提交申请”"


def test_the_page_shows_both_diagrams_coloured_and_every_difference(house: House) -> None:
    two_versions(house)
    manager = house.person("manager")
    page = manager.get("/procedures/web_ask").text
    assert "/procedures/web_ask/compare" in page and "与版本 1 比较" in page
    page = unescape(manager.get("/procedures/web_ask/compare?from=1&to=2").text)
    assert page.count('data-together="') == page.count('{"elements": {"request": "changed"}}') == 2
    assert "/procedures/web_ask/diagram/web_ask?version=1" in page
    assert 'data-element="request"' in page and "名称由“提出申请”改为“提交申请”" in page
    assert "标题由“事由”改为“缘由”" in page
    one, two = (manager.get(f"/procedures/web_ask/diagram/web_ask?version={n}").text for n in (1, 2))
    assert "提出申请" in one and "提交申请" in two


def test_the_page_shows_one_kind_of_differences_or_says_that_there_is_none(house: House) -> None:
    two_versions(house)
    manager = house.person("manager")
    assert "缘由" not in manager.get("/procedures/web_ask/compare?kind=added").text
    assert "没有差别" in manager.get("/procedures/web_ask/compare?from=2&to=2").text
    for query in ("from=x", "from=9", "process=nothing"):
        assert manager.get(f"/procedures/web_ask/compare?{query}").status_code == 404


def test_an_older_version_is_looked_at_and_said_to_be_old(house: House) -> None:
    two_versions(house)
    page = house.person("manager").get("/procedures/web_ask?version=1").text
    assert "提出申请" in page and "新项目按版本 2" in page


def test_sets_of_every_kind_of_file_are_compared_at_once(house: House) -> None:
    dmn = '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"><decision id="d" name="{}"/></definitions>'
    old, new = (
        [
            changed("web_ask.bpmn", ("提出申请", word)),
            File("d.dmn", dmn.format(word).encode()),
            File("f.form", json.dumps({"id": "f", "title": word, "components": []}).encode()),
            File("t.docx", template(word)),
        ]
        for word in ("甲", "乙")
    )
    assert [one.subject.of for one in between(old, new)] == ["diagram", "decision", "form", "template"]
    assert between(old, old) == []


@pytest.mark.parametrize(
    ("kind", "what", "before", "after", "told"),
    [
        ("added", "", None, None, "新增"),
        ("changed", "form", None, "f", "增加表单“f”"),
        ("changed", "multi", None, "", "增加多实例"),
        ("changed", "due", "P1D", None, "去掉期限“P1D”"),
        ("changed", "trigger", "", None, "去掉触发"),
        ("changed", "interrupting", "true", "false", "中断所附活动由“是”改为“否”"),
        ("changed", "tag", "task", "userTask", "种类由“任务”改为“用户任务”"),
        ("changed", "roles", "auditor", "admin", "岗位由“审核员”改为“系统管理员”"),
        ("changed", "order", "a\nb", "b\na", "次序由“a、b”改为“b、a”"),
        ("moved", "order", "1", "3", "由第 1 位移到第 3 位"),
        ("moved", "place", "0,0", "1,1", "在图上挪了位置"),
        ("moved", "drawn", None, "", "画到了图上"),
        ("moved", "group", "g", None, "移出“g”"),
    ],
)
def test_each_difference_has_words(
    company: Company, kind: str, what: str, before: str | None, after: str | None, told: str
) -> None:
    subject = Subject("diagram", "p.bpmn", "p", "a", "userTask", "甲")
    values = [None if text is None else Value(text) for text in (before, after)]
    was, now = None if kind == "added" else subject, subject
    assert kind in KINDS
    one = Difference(kind, was, now, what, "", *values)
    with company.app.test_request_context("/api/"):
        assert (line(one), sentence(one)) == (told, f"用户任务“甲”：{told}")


WORDS_OF = (bpmn_words.WORDS, forms_words.WORDS)


def test_every_word_of_a_difference_has_a_text() -> None:
    assert {word for table in WORDS_OF for _, word in table} | {"other", "order"} <= {*WORDS, "layout"}


@given(st.text("ab甲 ", max_size=20), st.text("ab甲 ", max_size=20))
def test_two_texts_in_one_give_both_back(old: str, new: str) -> None:
    parts = list(marked(old, new))
    assert "".join(text for kind, text in parts if kind != "added") == old
    assert "".join(text for kind, text in parts if kind != "removed") == new
