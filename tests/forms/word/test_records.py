"""The house's own records: each has a template that asks for fields only, and a sample that fills it."""

from __future__ import annotations

import json

import pytest

from engine.contract import Deed
from forms.word import package
from forms.word.deployed import allowed
from forms.word.record import FORMS, record, records
from forms.word.template import check_template
from tasks.record import make_record
from tests.forms.word.sheets import cover, opened
from tests.tasks.desk import MORNING, Desk, job

NUMBERED = (
    *("JBS00F00502", "JBS00F02301", "JBS00P00401", "JBS00P00402"),
    *("JBS00P00403A", "JBS00P00403B", "JBS00P01101"),
)
TITLES = {
    "JBS00P00401": ["计算机系统运维服务", "需求调研表"],
    "JBS00P00402": ["项目计划"],
    "JBS00P00403A": ["2026年度计算机系统", "运行维护报告"],
    "JBS00P00403B": ["2026年度过程控制系统", "运维报告"],
    "JBS00P01101": ["运维服务级别协议"],
}


def made(key: str) -> Desk:
    """A desk at which the record was made from its sample."""
    desk = Desk(people={"wang": "王经理", "li": "李工"}, files={"evidence": ("扫描件.pdf", b"")})
    sample = json.loads((FORMS / key / "sample.json").read_text(encoding="utf-8"))
    desk.deeds = [
        Deed("completed", element, "环节", "wang", "王经理", "项目经理", MORNING, None)
        for elements in record(key).deeds.values()
        for element in elements
    ]
    make_record(job({"form": key}, **sample), desk)
    return desk


def test_the_seven_numbered_records_are_there_and_no_number_is_invented() -> None:
    assert tuple(sorted(r.number for r in records().values() if r.number)) == NUMBERED
    assert all(r.key == r.number for r in records().values() if r.number)


def test_types_of_documents_are_two_letters_and_tell_records_apart() -> None:
    types = [r.type for r in records().values()]
    assert len(set(types)) == len(types) and all(len(t) == 2 and t.isalnum() and t.isupper() for t in types)


@pytest.mark.parametrize("key", sorted(records()))
def test_a_template_is_safe_and_asks_for_fields_of_its_forms_only(key: str) -> None:
    content = record(key).template()
    package.check(content)
    assert check_template(content, *allowed(record(key))) == []


@pytest.mark.parametrize("key", sorted(records()))
def test_a_sample_fills_the_record_and_leaves_nothing_of_the_template(key: str) -> None:
    document = opened(made(key).stored[-1].content)
    text = document.element.xml
    assert "{{" not in text and "{%" not in text
    assert [row.cells[0].text for row in document.tables[-1].rows][0] == "动作"
    assert len(document.tables[-1].rows) == 1 + sum(len(e) for e in record(key).deeds.values())
    assert "冷轧产线MES系统运维" in text


@pytest.mark.parametrize("key", sorted(TITLES))
def test_covers_keep_the_covers_own_words_and_the_block_the_projects_number(key: str) -> None:
    desk = made(key)
    document = opened(desk.stored[-1].content)
    texts = [p.text for p in cover(document)]
    assert [text for text in texts if text in TITLES[key]] == TITLES[key]
    assert texts[-1] == ("2026年06月01日" if key == "JBS00P00403B" else "2026年06月")
    if key != "JBS00P00401":
        assert document.tables[0].rows[0].cells[1].text == "ABS26014"


def test_the_report_on_process_control_begins_at_1_0() -> None:
    assert made("JBS00P00403B").stored[-1].version == "1.0"
