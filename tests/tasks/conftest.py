"""Two small records of our own, so that these tests hold whatever the house's records become."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from forms.word import fields, record
from tests.forms.word.sheets import template

FORM = {
    "id": "JBS00P00402",
    "components": [
        {"type": "textarea", "key": "service_scope", "label": "范围"},
        {"type": "number", "key": "total_budget", "label": "总预算", "properties": {"money": "fen"}},
        {"type": "select", "key": "owner", "label": "负责人", "properties": {"people": "any"}},
        {"type": "checkbox", "key": "approved_plan", "label": "已批"},
        {"type": "datetime", "key": "starts_on", "dateLabel": "开始日期"},
        {"type": "filepicker", "key": "customer_template", "label": "客户格式"},
        {
            "type": "dynamiclist",
            "path": "members",
            "label": "成员",
            "components": [
                {"type": "select", "key": "user", "label": "姓名", "properties": {"people": "any"}},
                {"type": "select", "key": "way", "label": "方式", "values": [{"value": "on_site", "label": "驻场"}]},
            ],
        },
    ],
}
TEXTS = (
    "{{ service_scope }}",
    "{{ total_budget }}",
    "{{ owner }}",
    "{{ approved_plan }}",
    "{{ starts_on }}",
    "{% for row in members %}{{ row.index }} {{ row.user }} {{ row.way }}{% endfor %}",
)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A forms folder with the plan and the agreement."""
    for number, kind, more in (
        ("JBS00P00402", "JH", {}),
        ("JBS00P01101", "XY", {"customer_file": "customer_template"}),
    ):
        folder = tmp_path / number
        folder.mkdir()
        described = {
            "number": number,
            "title": "运维项目计划书",
            "type": kind,
            "forms": ["JBS00P00402"],
            "cover": {"lines": ["项目计划"], "block": "A"},
            "deeds": {"编制": ["write_plan"], "审核": ["check_plan"], "批准": ["approve_plan"]},
            **more,
        }
        (folder / "record.json").write_text(json.dumps(described), encoding="utf-8")
        (folder / "template.docx").write_bytes(template(*TEXTS))
    (tmp_path / "JBS00P00402" / "JBS00P00402.form").write_text(json.dumps(FORM), encoding="utf-8")
    monkeypatch.setattr(record, "FORMS", tmp_path)
    monkeypatch.setattr(fields, "FORMS", tmp_path)
    record.records.cache_clear()
    fields.known.cache_clear()
    fields.everywhere.cache_clear()
    yield tmp_path
    monkeypatch.undo()
    record.records.cache_clear()
    fields.known.cache_clear()
    fields.everywhere.cache_clear()
