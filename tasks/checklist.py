"""The closing checklist: every record of the project in its last version, held against the shelf."""

from __future__ import annotations

from typing import Any

from engine.contract import DocumentView, Services
from forms.word.record import records


def series_of(document: DocumentView) -> str:
    """Which of several records of its kind a document is a version of; empty where there is one only."""
    return str(document.meta.get("series") or "")


def checklist(services: Services, new: tuple[str, str, str], series: str) -> list[dict[str, Any]]:
    """A row for each record: number, document number and version; `new` is one that is being made."""
    last = {(d.number, series_of(d)): (d.number, d.document_number or "", d.version) for d in services.documents()}
    last[new[0], series] = new
    # A form without a number is known by its title.
    titles = {kind.key: kind.title for kind in records().values() if not kind.number}
    return [
        {"form_number": titles.get(form, form), "document_number": number, "version": version, "archived": True}
        for form, number, version in sorted(last.values())
    ]
