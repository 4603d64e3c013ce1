"""条款对照: was the procedure followed? Its clauses, random samples of its projects, each clause by clause."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, flash, g, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import login_required

from bpmn.clauses import clauses
from bpmn.errors import Invalid
from engine.conformity.samples import MOST
from engine.conformity.views import Sample, summed
from engine.views import Definition
from web import conformity_report
from web.conformity_words import AFTER, EYES, RECORDS, RULES, SIGNS, STANDINGS, told_kind
from web.downloads import WORD
from web.forms.macros import errors_of
from web.here import actor, engine
from web.language import sentence
from web.page import show
from web.span import days

routes = Blueprint("conformity", __name__)
SIZE = 25
AT_ONCE = 25
WORDS: Mapping[str, Any] = {
    "standings": STANDINGS,
    "kept": RECORDS,
    "after": AFTER,
    "eyes": EYES,
    "rules": RULES,
    "signs": SIGNS,
    "told_kind": told_kind,
}


@routes.get("/procedures/<key>/conformity")
@login_required
def procedure(key: str) -> ResponseReturnValue:
    """The clauses of a procedure with their steps, and the samples that were drawn."""
    return _procedure(engine().definition(key), {}, None)


@routes.post("/procedures/<key>/conformity")
@login_required
def draw(key: str) -> ResponseReturnValue:
    """Draw a sample; what was asked for wrongly is told above the form."""
    given = {name: request.form.get(name, "").strip() for name in ("size", "seed", "from", "to")}
    try:
        since, until = days(given)
        made = engine().draw_sample(actor(), key, size_of(given["size"] or str(SIZE)), given["seed"], since, until)
    except Invalid as error:
        return _procedure(engine().definition(key), given, error), error.status
    flash(gettext("已抽取 %(n)s 个项目，种子 %(seed)s。", n=len(made.instances), seed=made.seed), "success")
    return redirect(url_for("conformity.sample", id=made.id))


def size_of(text: str) -> int:
    """A size as it was sent; 0, which is refused by its field, for what is no number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0


def _procedure(definition: Definition, given: Mapping[str, str], error: Invalid | None) -> str:
    page = engine().kept_samples(actor(), definition.key, request.args.get("cursor", ""))
    return show(
        "conformity/procedure", definition=definition, clauses=clauses(definition.elements), page=page, given=given,
        said=sentence(error) if error else "", errors=errors_of(error.errors if error else ()), size=SIZE, most=MOST,
    )  # fmt: skip


@routes.get("/samples/<id>")
@login_required
def sample(id: str) -> ResponseReturnValue:
    """A sample: each clause over all of its projects, and a page of the projects."""
    kept = engine().kept_sample(actor(), id)
    page = engine().sampled(actor(), id, request.args.get("cursor", ""), AT_ONCE)
    whole = page.items if page.next is None and not request.args.get("cursor") else engine().whole_sample(actor(), id)
    definition = engine().definition(kept.key)
    numbers = numbers_of(definition, whole)
    return show(
        "conformity/sample", sample=kept, page=page, definition=definition, numbers=numbers,
        sums=summed(whole, numbers), gone=len(kept.instances) - len(whole), **WORDS,
    )  # fmt: skip


def numbers_of(definition: Definition, projects: Any) -> list[str]:
    """The clauses of the newest version, then those that only other versions have."""
    own = [clause.number for clause in clauses(definition.elements)]
    others = dict.fromkeys(row.clause for one in projects for row in one.clauses)
    return [*own, *(number for number in others if number not in own)]


@routes.get("/projects/<id>/conformity")
@login_required
def project(id: str) -> ResponseReturnValue:
    """One project, clause by clause, with every reason and every record."""
    return show("conformity/project", project=engine().conformity(actor(), id), **WORDS)


@routes.get("/samples/<id>.csv")
@login_required
def as_csv(id: str) -> Response:
    """A line for each record that a clause of a project demands, or for the clause where it demands none."""
    return csv_file(id)


@routes.get("/samples/<id>.docx")
@login_required
def as_word(id: str) -> Response:
    """The report as Word."""
    return word_file(id)


def csv_file(id: str) -> Response:
    """The sample as CSV, told before it goes out."""
    kept = engine().kept_sample(actor(), id)
    lines = "".join(conformity_report.sheet(engine().whole_sample(actor(), id), _names()))
    _told(kept, name := f"{kept.key}-sample-{kept.id[:8]}.csv")
    answer = Response(lines, content_type="text/csv; charset=utf-8")
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


def word_file(id: str) -> Response:
    """The sample as Word, told before it goes out."""
    kept = engine().kept_sample(actor(), id)
    whole = engine().whole_sample(actor(), id)
    definition = engine().definition(kept.key)
    told = conformity_report.report(kept, definition, whole, numbers_of(definition, whole), _names())
    name = f"{kept.key} {gettext('条款对照')} {kept.seed}.docx"
    _told(kept, name)
    return send_file(io.BytesIO(told), WORD, as_attachment=True, download_name=name)


def _names() -> dict[str, str]:
    return {user.name: user.display_name for user in engine().users()}


def _told(kept: Sample, name: str) -> None:
    engine().noted(actor(), "export", kept.id, name=name)
    g.audited = True
