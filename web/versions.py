"""Versions of a proposal's files over HTTP: ETag says which one is sent, If-Match which one is to be replaced."""

from __future__ import annotations

import io

from flask import Response, request, send_file
from flask_babel import gettext

from bpmn.errors import FieldError, Invalid, TooLarge
from web.api import shape
from web.api.body import reply
from web.downloads import WORD
from web.here import actor, engine, settings

MEDIA = {".bpmn": "application/xml", ".dmn": "application/xml", ".form": "application/json", ".docx": WORD}


def asked() -> int | None:
    """The version that If-Match names, None where it names none: `*` is none, for it would overwrite anything."""
    given = request.headers.get("If-Match", "").strip()
    if given in ("", "*"):
        return None
    text = given.removeprefix('"').removesuffix('"')
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Invalid(errors=[FieldError("If-Match", gettext('须为一个 ETag，如 "3"'))])
    return int(text)


def sent(proposal: str, name: str) -> Response:
    """A file with its version as ETag; always as a download, for a browser would run what stands in it."""
    found, content = engine().proposal_file(actor(), proposal, name)
    kind = MEDIA.get(name[name.rfind(".") :], "application/octet-stream")
    return send_file(io.BytesIO(content), kind, as_attachment=True, download_name=name, etag=str(found.version))


def written(proposal: str, name: str) -> Response:
    """Write the body of the request, in place of the version that it names; 201 for a new file, else 200."""
    most = settings().max_upload
    content = request.stream.read(most + 1)
    if len(content) > most:
        raise TooLarge()
    version = asked()
    found = engine().put_proposal_file(actor(), proposal, name, content, version)
    answer = reply(shape.proposal_file(found), 200 if version is not None else 201)
    answer.set_etag(str(found.version))
    return answer
