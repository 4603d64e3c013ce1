"""A template is refused at deployment, not when the record is due."""

from __future__ import annotations

from bpmn.model import File
from forms.word.deployed import check_templates
from forms.word.record import records
from tests.forms.word.sheets import template


def test_the_houses_templates_pass() -> None:
    assert check_templates([File(f"{key}.docx", kind.template()) for key, kind in records().items()]) == []


def test_an_unknown_record_a_wrong_placeholder_and_a_broken_file_are_named() -> None:
    files = [
        File("JBS99.docx", template("x")),
        File("JBS00P00402.docx", template("{{ servce_scope }}")),
        File("JBS00P01101.docx", b"PK\x03\x04"),
    ]
    found = [(finding.rule, finding.file, finding.severity) for finding in check_templates(files)]
    assert found == [
        ("template-record", "JBS99.docx", "error"),
        ("template", "JBS00P00402.docx", "error"),
        ("template", "JBS00P01101.docx", "error"),
    ]


def test_a_template_may_ask_for_a_field_of_the_form_deployed_with_it() -> None:
    form = b'{"id": "JBS00P00402", "components": [{"type": "textfield", "key": "weather", "label": "W"}]}'
    files = [File("JBS00P00402.docx", template("{{ weather }}")), File("JBS00P00402.form", form)]
    assert check_templates(files) == []
