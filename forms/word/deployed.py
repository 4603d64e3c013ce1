"""What a deployment's .docx templates may be: a known record's, safe, and asking for its forms' fields only."""

from __future__ import annotations

import time
from collections.abc import Sequence

from bpmn.model import File, Finding
from bpmn.sentence import Said, say
from forms.word import fields
from forms.word.charts import CHARTS
from forms.word.record import Record, records
from forms.word.template import check_template

COMMON = (
    *("title", "project_name", "customer_name", "project_number", "document_number", "engineering_number", "version"),
    *("prepared_by", "prepared_on", "checked_by", "checked_on", "approved_by", "approved_on"),
    *("company_name", "form_number", "security_level", "contract_number"),
)
"""What every template may use besides its forms' fields."""


SECONDS = 30.0
"""What the templates of one deployment may take: all of the house's are read in two."""


def check_templates(files: Sequence[File]) -> list[Finding]:
    """What is wrong with the templates of a deployment; their forms may be deployed with them."""
    forms = {file.name.removesuffix(".form"): file.content for file in files if file.name.endswith(".form")}
    found: list[Finding] = []
    begun = time.monotonic()
    for file in files:
        if file.name.endswith(".docx"):
            if time.monotonic() - begun > SECONDS:
                message = say("这些模板 {seconds} 秒内读不完，请简化，或分几次部署。", seconds=f"{SECONDS:g}")
                return [*found, Finding.of("error", "too-slow", file.name, None, None, message)]
            found += [Finding.of("error", rule, file.name, None, None, fault) for rule, fault in _faults(file, forms)]
    return found


def _faults(file: File, forms: dict[str, bytes]) -> list[tuple[str, Said]]:
    kind = records().get(file.name.removesuffix(".docx"))
    if kind is None:
        return [
            ("template-record", say("没有名为 {name} 的记录；模板以记录的键命名", name=file.name.removesuffix(".docx")))
        ]
    names, columns = allowed(kind, forms)
    return [("template", fault) for fault in check_template(file.content, names, columns)]


def allowed(kind: Record, forms: dict[str, bytes] | None = None) -> tuple[frozenset[str], frozenset[str]]:
    """The placeholders that a record's template may use, and those of its rows."""
    asked = fields.of_record(kind, forms)
    return (
        frozenset({field.key for field in asked} | set(COMMON) | set(CHARTS)),
        frozenset(column.key for field in asked for column in field.columns),
    )
