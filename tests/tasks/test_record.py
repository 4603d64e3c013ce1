"""Records: numbered, versioned, never overwritten, and saying who did what."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from engine.contract import PermanentFailure
from forms.word import package
from forms.word.numbers import following
from tasks.record import make_record
from tests.forms.word.sheets import opened, template
from tests.tasks.desk import MORNING, Desk, deed, job

PLAN = {"form": "JBS00P00402"}
PROJECT = {"project_name": "冷轧产线MES系统运维", "customer_name": "某钢铁股份有限公司"}


def texts(desk: Desk, position: int = -1) -> list[str]:
    return [p.text for p in opened(desk.stored[position].content).paragraphs]


def tables(desk: Desk) -> list[list[list[str]]]:
    document = opened(desk.stored[-1].content)
    return [[[cell.text for cell in row.cells] for row in table.rows] for table in document.tables]


@pytest.mark.usefixtures("house")
def test_values_are_told_in_peoples_words() -> None:
    desk = Desk(people={"wang": "王经理", "li": "李工"})
    members = [{"user": "li", "way": "on_site"}, {"user": "gone", "way": ""}]
    values: dict[str, Any] = {
        **{"service_scope": "MES\n数据库", "total_budget": 123456789, "owner": "wang", "approved_plan": True},
        **{"starts_on": "2026-06-01", "members": members},
    }
    make_record(job(PLAN, **PROJECT, **values), desk)
    told = texts(desk)
    for text in ("MES\n数据库", "1,234,567.89 元", "王经理", "是", "2026.06.01", "1 李工 驻场2 gone —"):
        assert text in told


@pytest.mark.usefixtures("house")
def test_a_missing_value_is_a_dash_and_a_missing_project_number_is_pending() -> None:
    desk = Desk()
    make_record(job(PLAN, **PROJECT), desk)
    assert "—" in texts(desk)
    assert tables(desk)[0][0] == ["项目号", "待定"]


@pytest.mark.usefixtures("house")
def test_the_document_number_is_made_of_project_type_and_running_number() -> None:
    desk = Desk()
    answer = make_record(job(PLAN, project_number="ABS26014", **PROJECT), desk)
    assert answer["document_number_JBS00P00402"] == "WBS26014JH01"
    assert desk.stored[-1].document_number == "WBS26014JH01"


@pytest.mark.usefixtures("house")
def test_before_there_is_a_project_number_year_and_running_number_stand_for_it_in_all_records() -> None:
    desk = Desk()
    make_record(job(PLAN, **PROJECT), desk)
    make_record(job({"form": "JBS00P01101"}, **PROJECT), desk)
    assert [d.document_number for d in desk.stored] == ["WBS26001JH01", "WBS26001XY01"]


@pytest.mark.usefixtures("house")
def test_a_number_given_by_hand_wins_but_is_not_taken_from_another_record() -> None:
    desk = Desk()
    given = {"document_number": "WBS26014XX77", "project_number": "ABS26014", **PROJECT}
    make_record(job(PLAN, **given), desk)
    make_record(job({"form": "JBS00P01101"}, **given), desk)
    assert [d.document_number for d in desk.stored] == ["WBS26014XX77", "WBS26014XY01"]


@pytest.mark.usefixtures("house")
def test_drafts_count_up_an_approved_one_is_1_0_and_the_number_stays() -> None:
    desk = Desk()
    make_record(job(PLAN, **PROJECT), desk)
    make_record(job(PLAN, return_reason="预算有误", **PROJECT), desk)
    make_record(job({**PLAN, "approved": "true"}, return_reason="预算有误", project_number="ABS26014", **PROJECT), desk)
    assert [d.version for d in desk.stored] == ["0.1", "0.2", "1.0"]
    assert {d.document_number for d in desk.stored} == {"WBS26001JH01"}
    rows = tables(desk)[1]
    assert [row[1] for row in rows[1:]] == ["新建", "预算有误", "批准"]
    assert [row[2] for row in rows[1:]] == ["V0.1", "V0.2", "V1.0"]


@pytest.mark.parametrize(
    ("previous", "approved", "first", "version"),
    [
        (None, False, "0.1", "0.1"),
        (None, True, "0.1", "1.0"),
        ("0.3", True, "0.1", "1.0"),
        ("1.0", False, "0.1", "1.1"),
        ("1.9", True, "0.1", "2.0"),
        (None, False, "1.0", "1.0"),
        ("1.0", True, "1.0", "1.1"),
        ("1.9", False, "1.0", "1.10"),
    ],
)
def test_versions_follow_the_ways_of_the_house(previous: str | None, approved: bool, first: str, version: str) -> None:
    assert following(previous, approved=approved, first=first) == version


@pytest.mark.usefixtures("house")
def test_it_says_who_did_what_and_on_whose_behalf() -> None:
    deeds = [
        deed("write_plan", "王经理", "项目经理"),
        deed("check_plan", "赵主管", "项目主管", MORNING + 60_000_000, "客户主管部门"),
        deed("something_else", "外人", "营销人员"),
    ]
    desk = Desk(deeds=deeds)
    make_record(job(PLAN, **PROJECT), desk)
    rows = tables(desk)[-1]
    assert [row[0] for row in rows] == ["动作", "编制", "审核"]
    assert rows[2][2:] == ["赵主管", "项目主管", "2026.06.01 09:31", "客户主管部门"]
    assert tables(desk)[2][1] == ["审核", "赵主管", "日期", "2026.06.01"]


@pytest.mark.usefixtures("house")
def test_an_approval_of_an_earlier_draft_does_not_stand_on_the_rewritten_one() -> None:
    deeds = [deed("write_plan", "王经理", "项目经理"), deed("approve_plan", "钱经理", "部门经理")]
    desk = Desk(deeds=[*deeds, deed("write_plan", "王经理", "项目经理")])
    make_record(job(PLAN, **PROJECT), desk)
    assert tables(desk)[2][2] == ["批准", "", "日期", ""]


@pytest.mark.usefixtures("house")
def test_a_void_record_is_marked() -> None:
    desk = Desk()
    make_record(job({**PLAN, "void": "true"}, **PROJECT), desk)
    assert desk.stored[-1].title == "运维项目计划书（作废）"
    assert "（作废）" in texts(desk)
    assert desk.stored[-1].meta["void"] is True


@pytest.mark.usefixtures("house")
def test_the_customers_own_document_is_stored_as_it_came() -> None:
    own = template("客户的格式")
    desk = Desk(files={"a1": ("协议.docx", own)})
    values = {"customer_format": True, "customer_template": ["a1"], "service_scope": "MES"}
    make_record(job({"form": "JBS00P01101"}, **PROJECT, **values), desk)
    assert desk.stored[-1].content == own
    assert desk.stored[-1].meta["values"]["service_scope"] == "MES"


@pytest.mark.usefixtures("house")
def test_the_customers_document_is_filled_where_it_has_our_placeholders() -> None:
    desk = Desk(files={"a1": ("协议.docx", template("范围：{{ service_scope }}"))})
    values = {"customer_format": True, "customer_template": ["a1"], "service_scope": "MES"}
    make_record(job({"form": "JBS00P01101"}, **PROJECT, **values), desk)
    assert texts(desk) == ["范围：MES"]


@pytest.mark.usefixtures("house")
def test_a_dangerous_document_of_the_customers_is_refused_for_good() -> None:
    desk = Desk(files={"a1": ("协议.docx", b"PK\x03\x04")})
    values = {"customer_format": True, "customer_template": ["a1"]}
    with pytest.raises(PermanentFailure):
        make_record(job({"form": "JBS00P01101"}, **PROJECT, **values), desk)


@pytest.mark.usefixtures("house")
def test_an_unknown_record_fails_for_good() -> None:
    with pytest.raises(PermanentFailure):
        make_record(job({"form": "JBS99"}), Desk())


def test_a_deployed_template_replaces_the_houses(house: Path, tmp_path: Path) -> None:
    deployed = tmp_path / "deployed.docx"
    deployed.write_bytes(template("新版：{{ service_scope }}"))
    desk = Desk(pinned={"JBS00P00402.docx": deployed})
    make_record(job(PLAN, service_scope="MES", **PROJECT), desk)
    assert house.exists() and "新版：MES" in texts(desk)


def test_the_distribution_tells_who_acknowledged_and_when() -> None:
    desk = Desk(people={"wang": "王经理", "li": "李工"})
    given = [{"user": "li", "acknowledged": True, "at": "2026-06-02T01:00:00Z"}]
    values = {"recipients": ["wang", "li"], "acknowledgements": given, "medium": "electronic", "sent_on": "2026-06-01"}
    answer = make_record(job({"form": "plan_distribution"}, **PROJECT, **values), desk)
    assert [row["received_on"] for row in answer["distribution"]] == [None, "2026-06-02"]
    assert any(row[1:5] == ["1", "王经理", "电子", "2026.06.01"] for table in tables(desk) for row in table)


@pytest.mark.usefixtures("house")
def test_the_answer_holds_the_hash_and_what_closing_checks() -> None:
    desk = Desk()
    answer = make_record(job(PLAN, **PROJECT), desk)
    assert answer["sha256_JBS00P00402"] == hashlib.sha256(desk.stored[-1].content).hexdigest()
    make_record(job(PLAN, **PROJECT), desk)
    answer = make_record(job({"form": "JBS00P01101"}, **PROJECT), desk)
    rows = [(row["form_number"], row["version"]) for row in answer["closing_checklist"]]
    assert rows == [("JBS00P00402", "0.2"), ("JBS00P01101", "0.1")]


@pytest.mark.usefixtures("house")
def test_the_smallest_word_file_that_word_opens_is_a_customers_format_too() -> None:
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{package.MAIN}"/></Types>',
        "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"'
        ' Target="word/document.xml"/></Relationships>',
        "word/document.xml": '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        "<w:body><w:p><w:r><w:t>客户格式{}</w:t></w:r></w:p></w:body></w:document>",
    }
    for text, told in (("", "客户格式"), ("{{ service_scope }}", "客户格式MES")):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            for name, part in parts.items():
                archive.writestr(name, part.replace("{}", text))
        desk = Desk(files={"a1": ("客户.docx", file.getvalue())})
        values = {"customer_format": True, "customer_template": ["a1"], "service_scope": "MES"}
        make_record(job({"form": "JBS00P01101"}, **PROJECT, **values), desk)
        assert texts(desk) == [told]


@pytest.mark.usefixtures("house")
def test_a_placeholder_of_the_customers_that_nobody_knows_is_left_and_its_author_told() -> None:
    own = template("范围：{{ scope_of_service }}")
    desk = Desk(files={"a1": ("协议.docx", own)}, roles={"project_manager": ["wang"]})
    values = {"customer_format": True, "customer_template": ["a1"]}
    make_record(job({"form": "JBS00P01101"}, **PROJECT, **values), desk)
    assert desk.stored[-1].content == own
    assert desk.told[0][0] == ["wang"] and "scope_of_service" in desk.told[0][1]


@pytest.mark.usefixtures("house")
def test_an_approval_after_a_change_says_so_unless_the_diagram_knows_better() -> None:
    desk = Desk()
    for more in ({}, {"approved": "true"}, {}, {"approved": "true"}, {"approved": "true", "change_reason": "双方签字"}):
        make_record(job({**PLAN, **more}, change_reason="客户不予验收", **PROJECT), desk)
    rows = tables(desk)[1][1:]
    assert [row[1] for row in rows] == ["新建", "批准", "客户不予验收", "批准", "双方签字"]
    assert [row[2] for row in rows] == ["V0.1", "V1.0", "V1.1", "V1.2", "V1.3"]


def test_a_pinned_template_of_an_earlier_release_still_gets_its_fields(house: Path, tmp_path: Path) -> None:
    older = tmp_path / "older.docx"
    text = "{{ sla_signed }} {{ gone }}{% for row in rows %}{{ row.risk }}{% endfor %}"
    older.write_bytes(template(text))
    rows = {"type": "dynamiclist", "path": "rows", "components": [{"type": "textfield", "key": "risk"}]}
    other = {"components": [{"type": "checkbox", "key": "sla_signed", "label": "已签"}, rows]}
    (house / "agreement_signature").mkdir()
    (house / "agreement_signature" / "agreement_signature.form").write_text(json.dumps(other), encoding="utf-8")
    desk = Desk(pinned={"JBS00P00402.docx": older})
    make_record(job(PLAN, sla_signed=True, **PROJECT), desk)
    assert "是 ——" in texts(desk)
