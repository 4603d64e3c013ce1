"""Files that go out: records and attachments, always as a download and never interpreted by the browser."""

from __future__ import annotations

import io

from flask import Response, g, send_file

from web.here import actor, engine, field_of

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def document_file(id: str) -> Response:
    """A record's Word file; raises NotFound or Forbidden."""
    who = actor()
    document = engine().document(who, id)
    path = engine().document_path(who, id)
    _told("download", id, document.instance, document.name, document.sha256)
    called = f"{document.form_number or ''} {document.title} V{document.version}".strip()
    return send_file(path, WORD, as_attachment=True, download_name=f"{called}.docx", etag=document.sha256)


def procedure_file(key: str, version: int | None) -> Response:
    """A procedure document, of the newest version where none is told; raises UnknownDefinition."""
    made = engine().procedure_document(key, version)
    engine().noted(actor(), "download", key, name=made.name)
    g.audited = True
    return send_file(io.BytesIO(made.content), WORD, as_attachment=True, download_name=made.name)


def drawing_file(key: str, process: str, version: int | None) -> Response:
    """A diagram as it was deployed, of the newest version where none is told; raises UnknownDefinition, NotFound."""
    made = engine().drawing(key, process, version)
    engine().noted(actor(), "download", key, name=made.name)
    g.audited = True
    return send_file(io.BytesIO(made.content), "application/xml", as_attachment=True, download_name=made.name)


def attachment_file(id: str) -> Response:
    """An uploaded file; raises NotFound or Forbidden."""
    meta, path = engine().attachment(actor(), id)
    name = str(field_of(meta, "name"))
    _told("download", id, meta.instance, name, meta.sha256)
    return send_file(path, "application/octet-stream", as_attachment=True, download_name=name)


def _told(action: str, id: str, instance: str, name: str, sha256: str) -> None:
    """Write down who takes a file away, before it goes out."""
    engine().noted(actor(), action, id, instance, name=name, sha256=sha256)
    g.audited = True
