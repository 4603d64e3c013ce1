"""Conformity in the page, for programs, as CSV and as Word: auditors draw and read, others may not."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from flask import Flask

from engine.actor import OPERATOR, Actor
from engine.contract import Job, Services
from tests.engine.house import House
from tests.web.browsers import PASSWORD, Person, Program
from tests.web.company import fields, refused
from web.app import build

TITLE = '=HYPERLINK("http://evil","点")'
PAGE = "/procedures/conform/conformity"
ALL = {"from": "2026-01-01", "to": "2099-01-01"}


def record(job: Job, services: Services) -> Mapping[str, Any]:
    """A record without a template."""
    services.add_document(job.inputs["form"], "记录", "1.0", b"word", "WBS26001ER01")
    return {}


class Office(House):
    """A house with the procedure of two stages and three projects: one through its first stage, two just begun."""

    def __init__(self, var: Path) -> None:
        super().__init__(var, {"record": record})
        self.deploy("conform")
        for name in ("auditor", "outsider", "keeper"):
            if name == "keeper":
                self.engine.create_user(OPERATOR, name, "过程负责人", roles=("process_owner",))
            self.engine.set_password(OPERATOR, name, PASSWORD)
        self.first = self.start("conform", project_name=TITLE, pa_check="pass", subcontracted=False).id
        self.do(self.first, "fill_erp_form", "owner")
        self.do(self.first, "check_erp_form", "reviewer", pa_check="return", return_reason="缺<工时>")
        self.do(self.first, "fill_erp_form", "owner")
        self.do(self.first, "check_erp_form", "owner", pa_check="pass")
        self.engine.run_jobs_once()
        for _ in range(2):
            self.start("conform", project_name="轧线", pa_check="pass", subcontracted=False)
        self.app: Flask = build(self.engine, self.settings)

    def person(self, name: str) -> Person:
        """A browser in which that person has logged in."""
        browser = Person(self.app.test_client())
        browser.send("/login", name=name, password=PASSWORD)
        return browser

    def api(self, name: str) -> Program:
        """A program with that person's token."""
        return Program(self.app.test_client(), self.engine.token_create(name))


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """A fresh one."""
    made = Office(tmp_path / "var")
    yield made
    made.engine.close()


def drawn(office: Office, size: int = 3, seed: str = "2026") -> str:
    """The id of a sample of all projects."""
    made = office.api("auditor").post(
        "conformity-samples", {"definition": "conform", "size": size, "seed": seed, **ALL}
    )
    assert made.status_code == 201, made.text
    return str(made.json["id"])


def test_an_auditor_draws_a_sample_in_the_page_and_reads_each_project_clause_by_clause(office: Office) -> None:
    auditor = office.person("auditor")
    assert "编制创建表" in auditor.get(PAGE).text and "还没有抽样" in auditor.get(PAGE).text
    sent = auditor.send(PAGE, size="3", seed="2026", **ALL)
    assert sent.status_code == 302 and re.fullmatch(r"/samples/[0-9a-f-]{36}", sent.location)
    page = auditor.get(sent.location).text
    assert "2026" in page and "轧线" in page and "&lt;" not in TITLE and "判断规则" in page
    assert re.search(r'data-clause="1.1".*?退回"><span class="text-orange">1<', page, re.S)
    assert f'href="{sent.location}"' in auditor.get(PAGE).text
    one = auditor.get(f"/projects/{office.first}/conformity").text
    assert "缺&lt;工时&gt;" in one and "有同一人" in one and "WBS26001ER01" in one
    assert f'href="/projects/{office.first}/conformity"' in auditor.get(f"/projects/{office.first}").text
    auditor.send("/language", page="/profile", language="en")
    assert "Conformity by clause" in auditor.get(PAGE).text and "Same person" in auditor.get(sent.location).text


@pytest.mark.parametrize(
    ("given", "said"),
    [({"size": "0"}, "应为 1 至 200 的整数"), ({"size": "x"}, "应为 1 至 200"), ({"from": "gestern"}, "日期不对")],
)
def test_what_is_asked_for_wrongly_is_told_above_the_form_and_draws_nothing(
    office: Office, given: dict[str, str], said: str
) -> None:
    sent = office.person("auditor").send(PAGE, **{"size": "1", **given})
    assert sent.status_code == 422 and said in sent.text
    assert office.engine.kept_samples(Actor("auditor")).items == []


@pytest.mark.parametrize("name", ["keeper", "outsider"])
def test_neither_the_process_owner_nor_an_outsider_draws_or_reads_them(office: Office, name: str) -> None:
    id, person, program = drawn(office), office.person(name), office.api(name)
    paths = (
        PAGE,
        f"/samples/{id}",
        f"/samples/{id}.csv",
        f"/samples/{id}.docx",
        f"/projects/{office.first}/conformity",
    )
    assert [person.get(path).status_code for path in paths] == [403] * 5
    assert person.send(PAGE, page="/profile", size="1").status_code == 403
    calls = ("conformity-samples", f"conformity-samples/{id}", f"process-instances/{office.first}/conformity")
    for path in (*calls, f"conformity-samples/{id}/report.csv", f"conformity-samples/{id}/report.docx"):
        refused(program.get(path), 403)
    refused(program.post("conformity-samples", {"definition": "conform", "size": 1}), 403)
    assert len(office.engine.kept_samples(Actor("auditor")).items) == 1


def test_programs_draw_page_and_read_and_the_same_request_draws_once(office: Office) -> None:
    auditor = office.api("auditor")
    body = {"definition": "conform", "size": 3, "seed": "s", **ALL}
    first, again = (auditor.post("conformity-samples", body, headers={"Idempotency-Key": "k"}).json for _ in range(2))
    assert first == again and first["population"] == 3 and len(first["instances"]) == 3
    page = auditor.get(f"conformity-samples/{first['id']}?limit=2").json
    rest = auditor.get(f"conformity-samples/{first['id']}?limit=2&cursor={page['next']}").json
    assert [one["id"] for one in [*page["items"], *rest["items"]]] == first["instances"] and rest["next"] is None
    one = auditor.get(f"process-instances/{office.first}/conformity").json
    row = {clause["clause"]: clause for clause in one["clauses"]}["1.1"]
    assert (row["standing"], [told["reason"] for told in row["returns"]]) == ("done", ["缺<工时>"])
    (kept,) = row["records"]
    assert (kept["standing"], kept["four_eyes"], kept["versions"][0]["late"]) == ("found", "broken", 0)
    listed = auditor.get("process-definitions/conform/clauses").json["items"]
    assert [clause["clause"] for clause in listed] == ["1.1", "1.2", "2.1", "2.2"]
    assert fields(refused(auditor.post("conformity-samples", {"definition": "conform", "size": 999}), 422)) == ["size"]
    refused(auditor.post("conformity-samples", {"definition": "nothing", "size": 1}), 404)
    refused(auditor.get("conformity-samples/nothing"), 404)
    refused(auditor.get("process-instances/nothing/conformity"), 404)


def test_the_csv_opens_in_a_spreadsheet_as_chinese_and_no_cell_is_a_formula(office: Office) -> None:
    answer = office.person("auditor").get(f"/samples/{drawn(office)}.csv")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    heads, *rows = csv.reader(io.StringIO(answer.data.decode("utf-8-sig")))
    assert len(rows) == 12 and {len(row) for row in rows} == {len(heads)}
    cells = [cell for row in rows for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    mine = [dict(zip(heads, row, strict=True)) for row in rows if row[0] == office.first]
    assert mine[0]["项目"] == f"'{TITLE}" and mine[0]["退回"].endswith("缺<工时>")
    assert (mine[0]["文档编号"], mine[0]["是否不同人"]) == ("WBS26001ER01", "有同一人")


def test_the_word_file_has_cover_rules_figures_and_every_deviation_and_is_told_to_the_audit_log(office: Office) -> None:
    id = drawn(office)
    answer = office.person("auditor").get(f"/samples/{id}.docx")
    document = Document(io.BytesIO(answer.data))
    texts = [paragraph.text for paragraph in document.paragraphs]
    assert {"条款对照报告", "判断规则", "按条款汇总", "偏离明细", "记录"} <= set(texts)
    cover, summary, matrix, deviations, kept = document.tables
    assert [cell.text for cell in cover.rows[1].cells] == ["种子", "2026"]
    assert [row.cells[0].text for row in summary.rows] == ["条款", "1.1", "1.2", "2.1", "2.2"]
    assert len(matrix.rows) == 4 and "缺<工时>" in "".join(row.cells[3].text for row in deviations.rows)
    assert [row.cells[2].text for row in kept.rows if "WBS" in row.cells[4].text] == ["ERP项目创建表"]
    office.engine.room.gathered.flush()
    told = office.api("auditor").get("audit-log?action=export").json["items"]
    assert [(row["subject"], row["actor"]) for row in told] == [(id, "auditor")]
    assert office.api("auditor").get("audit-log?action=sample").json["items"][0]["data"]["seed"] == "2026"
