"""The procedure document of a version: what is deployed with the diagrams is pinned with them, and printed."""

from __future__ import annotations

import io

import pytest
from docx import Document

from bpmn.errors import NotFound
from bpmn.model import File
from engine.actor import Actor
from engine.errors import DeploymentRefused
from tests.engine.house import DIAGRAMS, House

BOSS = Actor("boss")
TEXT = """
number = "QX01"
title = "{}"
[[clauses]]
number = "1"
title = "目的"
text = "{}"
[[clauses]]
number = "2"
title = "修改记录"
drawn = "revisions"
"""


def drawn(name: str = "甲") -> File:
    content = (DIAGRAMS / "returns.bpmn").read_text(encoding="utf-8")
    return File("returns.bpmn", content.replace('name="退回"', f'name="{name}"').encode())


def text(title: str = "退回程序", clause: str = "说明目的。") -> File:
    return File("returns.toml", TEXT.format(title, clause).encode())


def lines(house: House, version: int | None = None) -> list[str]:
    """What stands in the document, its headers included."""
    document = Document(io.BytesIO(house.engine.procedure_document("returns", version).content))
    above = [p.text for section in document.sections for p in section.header.paragraphs]
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return [*above, *(p.text for p in document.paragraphs), *cells]


def test_the_text_of_a_procedure_is_pinned_with_its_diagrams(house: House) -> None:
    house.engine.deploy(BOSS, [drawn(), text()])
    (one,) = [one for one in house.engine.definitions() if one.key == "returns"]
    assert "returns.toml" in [file.name for file in one.files]
    told = lines(house)
    assert {"退回程序", "1　目的", "说明目的。", "QX01"} <= set(told)
    assert house.engine.procedure_document("returns").set_hash == one.set_hash


def test_another_text_alone_is_another_version_and_the_earlier_copy_says_so(house: House) -> None:
    house.engine.deploy(BOSS, [drawn(), text()])
    made = house.engine.deploy(BOSS, [text(clause="另有说明。")])
    assert [(one.key, one.version) for one in made.definitions] == [("returns", 2)]
    assert "另有说明。" in lines(house) and not any("非现行" in line for line in lines(house))
    earlier = lines(house, 1)
    assert "说明目的。" in earlier and "另有说明。" not in earlier
    assert sum(line == "非现行版本，现行版本为 V2（流程定义第 2 版）" for line in earlier) >= 2


def test_a_diagram_deployed_alone_keeps_the_text(house: House) -> None:
    house.engine.deploy(BOSS, [drawn(), text()])
    house.engine.deploy(BOSS, [drawn("乙")])
    assert "说明目的。" in lines(house, 2)


def test_the_rows_of_its_changes_are_its_deployments_to_that_version(house: House) -> None:
    for name in ("甲", "乙", "丙"):
        house.engine.deploy(BOSS, [drawn(name), text()])
    rows = house.engine.revisions("returns")
    assert [(row.definition, row.by, row.issued) for row in rows] == [(n, "boss的名字", False) for n in (1, 2, 3)]
    second = lines(house, 2)
    assert "流程定义第 2 版" in second and "流程定义第 3 版" not in second


@pytest.mark.parametrize("file", [File("returns.toml", b"number ="), File("nobody.toml", text().content)])
def test_a_text_that_is_broken_or_nobody_s_is_refused(house: House, file: File) -> None:
    with pytest.raises(DeploymentRefused) as refused:
        house.engine.deploy(BOSS, [drawn(), file])
    assert [(found.rule, found.file) for found in refused.value.findings if found.severity == "error"] == [
        ("procedure", file.name)
    ]
    assert house.engine.definitions() == []


def test_a_version_that_is_not_there_is_not_found(house: House) -> None:
    house.engine.deploy(BOSS, [drawn()])
    for key, version in (("returns", 2), ("returns", 0), ("nobody", None)):
        with pytest.raises(NotFound):
            house.engine.procedure_document(key, version)
