"""草案: the next version of a procedure, prepared file by file by those who own it."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import login_required

import bpmn.blank
import forms.blank
from bpmn.errors import FieldError, GuichengError, Invalid, NotFound
from bpmn.model import Finding
from engine.proposals import EDITORS, KEY
from engine.views import Proposal, ProposalFile
from forms.word.record import record
from web import versions
from web.downloads import WORD
from web.forms.macros import Errors, errors_of
from web.here import actor, engine, roles
from web.language import sentence
from web.page import show
from web.procedures import whole
from web.times import BEIJING, now
from web.uploads import all_received

routes = Blueprint("studio", __name__)
EDITED = (".bpmn", ".dmn", ".form")
"""What has an editor in the page; Word templates are edited in Word."""
KINDS = ((".bpmn", "流程图"), (".dmn", "决策表"), (".form", "表单"), (".docx", "Word 模板"), (".toml", "规程正文"))
BLANK = {".bpmn": bpmn.blank.diagram, ".dmn": bpmn.blank.decision, ".form": forms.blank.form}
FOREMOST = {"changed": 0, "new": 0, "same": 1}


def may_edit(proposal: Proposal | None = None) -> bool:
    """Whether who is logged in may change this proposal, or begin one."""
    return bool(roles() & set(EDITORS)) and (proposal is None or proposal.state == "draft")


@routes.get("/studio")
@login_required
def listed() -> ResponseReturnValue:
    """Every proposal, and the procedures of which a next version can be prepared."""
    return _list()


def _list(errors: Errors | None = None, said: str = "") -> str:
    state = request.args.get("state") or None
    page = engine().proposals(actor(), state, cursor=request.args.get("cursor", ""))
    procedures = whole()
    names = {one.key: one.name for one in procedures}
    return show(
        "studio/list", page=page, procedures=procedures, names=names, state=state, may_edit=may_edit(),
        errors=errors or errors_of(()), said=said, given=request.values,
    )  # fmt: skip


@routes.post("/studio")
@login_required
def begin() -> ResponseReturnValue:
    """Begin one: of a procedure that is there, or of a new one."""
    form = request.form
    known = form.get("procedure", "")
    key = known or form.get("key", "").strip()
    try:
        made = engine().begin_proposal(
            actor(),
            key,
            form.get("title", ""),
            not known,
            form.get("once") or None,
            _base_version(form.get("version", "")),
        )
    except GuichengError as error:
        if error.status == 403:
            raise
        return _list(errors_of(error.errors), sentence(error)), error.status
    if not known:
        engine().put_proposal_file(actor(), made.id, f"{key}.bpmn", bpmn.blank.diagram(key, made.title))
    flash(gettext("已起草。"), "success")
    return redirect(url_for("studio.one", id=made.id))


def _base_version(text: str) -> int | None:
    """The version to begin from; none where none was told, 0, which no procedure has, where it is no version."""
    if not text:
        return None
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0


@routes.get("/studio/<id>")
@login_required
def one(id: str) -> ResponseReturnValue:
    """A proposal: its files by kind, and what was found where that is asked."""
    return _one(id)


def _one(id: str, errors: Errors | None = None, said: str = "") -> str:
    proposal = engine().proposal(actor(), id)
    findings = engine().check_proposal(actor(), id) if request.args.get("check") else None
    groups = [(title, suffix, _of_kind(proposal, suffix)) for suffix, title in KINDS]
    names = {one.key: one.name for one in engine().definitions()}
    return show(
        "studio/one", proposal=proposal, groups=groups, findings=findings, may_edit=may_edit(proposal),
        name=names.get(proposal.key, ""), blanks=[kind for kind in KINDS if kind[0] in BLANK],
        templates=_templates(proposal), edited=EDITED, where=_where, said=said, given=request.form,
        errors=errors or errors_of(()), today=now().astimezone(BEIJING).date().isoformat(),
        versions=msgspec.json.encode({file.name: file.version for file in proposal.files}).decode(),
    )  # fmt: skip


def _of_kind(proposal: Proposal, suffix: str) -> list[ProposalFile]:
    """Its files of a kind, what was changed before what was not, the procedure itself before its stages."""
    found = [file for file in proposal.files if file.name.endswith(suffix)]
    own = f"{proposal.key}.bpmn"
    return sorted(found, key=lambda file: (FOREMOST[file.standing], file.name != own, file.name))


def _templates(proposal: Proposal) -> Iterator[tuple[str, str]]:
    """The records whose template is the house's own: it can be had, edited in Word, and put into the proposal."""
    return ((key, title) for key, title in proposal.templates if proposal.file(f"{key}.docx") is None)


def _where(proposal: Proposal, finding: Finding) -> str | None:
    """The address at which a finding can be mended, None where it is in no file that is edited here."""
    if not finding.file.endswith(EDITED) or proposal.file(finding.file) is None:
        return None
    return url_for("workbench.edit", id=proposal.id, name=finding.file, element=finding.element)


@routes.get("/studio/<id>/template/<key>")
@login_required
def template(id: str, key: str) -> ResponseReturnValue:
    """The house's own template of a record that the proposal's processes make."""
    if key not in dict(engine().proposal(actor(), id).templates):
        raise NotFound()
    answer = Response(record(key).template(), content_type=WORD)
    answer.headers.set("Content-Disposition", "attachment", filename=f"{key}.docx")
    return answer


@routes.get("/studio/<id>/files/<name>")
@login_required
def content(id: str, name: str) -> ResponseReturnValue:
    """A file, as a download."""
    return versions.sent(id, name)


@routes.post("/studio/<id>/upload")
@login_required
def upload(id: str) -> ResponseReturnValue:
    """Put files in: new ones, or in place of the versions that the page showed. What others changed stays."""
    seen = _seen()
    for file in all_received("files"):
        try:
            engine().put_proposal_file(actor(), id, file.name, file.content, seen.get(file.name))
        except GuichengError as error:
            if error.status == 403:
                raise
            flash(f"{file.name}：{sentence(error)}", "danger")
        else:
            flash(gettext("已保存 %(name)s。", name=file.name), "success")
    return redirect(url_for("studio.one", id=id, check="yes"))


def _seen() -> dict[str, int]:
    """The versions that the page showed when it was drawn."""
    try:
        return msgspec.json.decode(request.form.get("versions", "{}"), type=dict[str, int])
    except msgspec.DecodeError:
        raise Invalid(errors=[FieldError("versions", gettext("须为 JSON 对象"))]) from None


@routes.post("/studio/<id>/new")
@login_required
def new(id: str) -> ResponseReturnValue:
    """A first content of a kind, under a name."""
    kind, key = request.form.get("kind", ""), request.form.get("key", "").strip()
    if kind not in BLANK:
        raise Invalid(errors=[FieldError("kind", gettext("必填"))])
    if not KEY.fullmatch(key):
        raise Invalid(errors=[FieldError("key", gettext("应以字母开头，只含字母、数字、点、下划线和连字符"))])
    title = request.form.get("title", "").strip() or key
    made = engine().put_proposal_file(actor(), id, f"{key}{kind}", BLANK[kind](key, title))
    return redirect(url_for("workbench.edit", id=id, name=made.name))


@routes.post("/studio/<id>/remove")
@login_required
def remove(id: str) -> ResponseReturnValue:
    """Take a file out, as the page showed it."""
    name = request.form.get("name", "")
    engine().remove_proposal_file(actor(), id, name, _version())
    flash(gettext("已移除 %(name)s。", name=name), "success")
    return redirect(url_for("studio.one", id=id))


def _version() -> int | None:
    """The version of the file that the page showed, None where it showed none."""
    text = request.form.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


@routes.post("/studio/<id>/restore")
@login_required
def restore(id: str) -> ResponseReturnValue:
    """Put a file back as the version before has it."""
    name = request.form.get("name", "")
    engine().restore_proposal_file(actor(), id, name, _version())
    flash(gettext("已还原 %(name)s。", name=name), "success")
    return redirect(url_for("studio.one", id=id))


@routes.post("/studio/<id>/submit")
@login_required
def submit(id: str) -> ResponseReturnValue:
    """Hand it in: who checks and who issues are others."""
    form = request.form
    reason, changes, effective_on = (form.get(name, "") for name in ("reason", "changes", "effective_on"))
    try:
        engine().submit_proposal(actor(), id, reason, changes, effective_on, form.get("once") or None)
    except GuichengError as error:
        if error.status == 403:
            raise
        return _one(id, errors_of(error.errors), sentence(error)), error.status
    flash(gettext("已提交审核。"), "success")
    return redirect(url_for("studio.one", id=id))


@routes.post("/studio/<id>/withdraw")
@login_required
def withdraw(id: str) -> ResponseReturnValue:
    """Give it up."""
    engine().withdraw_proposal(actor(), id)
    flash(gettext("草案已撤回。"), "success")
    return redirect(url_for("studio.one", id=id))
