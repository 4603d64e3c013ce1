"""What a procedure says besides its diagrams: read, and refused with the place that is wrong."""

from __future__ import annotations

import pytest

from bpmn.check import check as checked
from bpmn.compare.procedures import compare
from bpmn.library import procedures, texts
from bpmn.model import File, Known
from bpmn.procedure import ProcedureUnreadable, check, read
from tests.bpmn.draw import simple

LEAST = 'number = "N1"\ntitle = "程序"\n'


def test_the_bundled_texts_are_of_bundled_procedures() -> None:
    keys = set(procedures())
    assert [finding for file in texts() for finding in check(file, keys)] == []


def test_the_control_procedure_says_what_it_was_issued_with() -> None:
    (told,) = [read(file) for file in texts() if file.name == "CBS00P004.toml"]
    assert (told.number, told.title, told.level, told.issued_by) == ("CBS00P004", "XXX运维业务控制程序", "秘密", "")
    assert [(clause.number, clause.title) for clause in told.clauses] == [
        ("1", "目的和适用围"),
        ("2", "引用标准"),
        ("3", "术语"),
        ("4", "职责"),
        ("5", "控制程序"),
        ("6", "相关文件"),
        ("7", "报告和记录表式"),
        ("8", "文件修改变更记录"),
    ]
    related = told.clauses[5].paragraphs
    assert len(related) == 28 and related[15] == "6.16CBS00P005《运维项目日常维护管理控制程序》"
    (first,) = told.revisions.rows
    assert (first.reason, first.version, first.by, first.on) == ("新建", "1.0", "MMMM", "2007.05.15")
    assert told.revisions.drafted_by == "MMM" and told.revisions.checked_on == "2007.05.31"
    assert not told.clauses[1].paragraphs and any("引用标准" in fault.what for fault in told.faults)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (LEAST + "level = = 3", "line 3"),
        ('title = "没有编号"', "number"),
        (LEAST + "clauses = 3", "$.clauses"),
        (LEAST + '[[clauses]]\nnumber = "1"\ntitle = 7', "$.clauses[0].title"),
        (LEAST + '[[clauses]]\nnumber = "1"\ntitle = "一"\ndrawn = "everything"', "$.clauses[0].drawn"),
        (LEAST + 'levle = "秘密"', "levle"),
        (LEAST + "a = " + "[" * 5000, "recursion"),
        (LEAST + "# " + "x" * 1024 * 1024, "1 MB"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(content: str, told: str) -> None:
    with pytest.raises(ProcedureUnreadable) as refused:
        read(File("p.toml", content.encode()))
    assert told in str(refused.value)


def test_a_text_that_is_no_text_is_refused() -> None:
    with pytest.raises(ProcedureUnreadable):
        read(File("p.toml", b"\xff\xfe"))


def test_a_text_belongs_to_a_process_of_its_name() -> None:
    text = File("p.toml", LEAST.encode())
    assert checked([simple(), text], Known()) == checked([simple()], Known())
    (found,) = checked([text], Known())
    assert (found.severity, found.rule, found.file) == ("error", "procedure", "p.toml")
    assert checked([text], Known(processes=frozenset(["p"]))) == []


def test_standing_texts_are_compared_clause_by_clause() -> None:
    def text(clause: str, level: str = "秘密", fault: str = "缺字") -> File:
        more = (
            f'[[clauses]]\nnumber = "1"\ntitle = "目的"\ntext = "{clause}"\n[[faults]]\nwhere = "1"\nwhat = "{fault}"\n'
        )
        return File("p.toml", f'{LEAST}level = "{level}"\n{more}'.encode())

    assert list(compare([text("甲")], [text("甲")])) == []
    (one,) = compare([text("甲")], [text("乙")])
    assert (one.kind, one.what, one.subject.type, one.subject.id) == ("changed", "text", "clause", "1")
    assert one.before and one.after and (one.before.text, one.after.text) == ("甲", "乙")
    (one,) = compare([text("甲")], [text("甲", "绝密")])
    assert (one.what, one.detail, one.subject.type) == ("other", "level", "procedure")
    assert {one.kind for one in compare([text("甲")], [text("甲", fault="已定")])} == {"added", "removed"}
    assert {one.subject.type for one in compare([], [text("甲")])} == {"procedure", "clause", "fault"}
