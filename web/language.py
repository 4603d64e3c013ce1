"""Languages: Chinese sentences are the message ids; English comes from catalogues, compiled at the start."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Flask, request, session
from flask_babel import Babel, gettext

from bpmn.errors import FieldError, GuichengError
from bpmn.model import Finding
from bpmn.roles import role_by_key
from bpmn.sentence import Said, Sentence, as_sentence
from engine.obstacle import CannotMigrate, Obstacle
from forms.errors import Fault
from web import catalogues

PROGRAMS = ("/api/", "/engine-rest/")
LANGUAGES = {"zh": "中文", "en": "English"}
LOCALES = {"zh": "zh_Hans_CN", "en": "en"}


def selected() -> str:
    """`zh` or `en`: what a person chose; a program says it by Accept-Language; Chinese otherwise."""
    if request.path.startswith(PROGRAMS):
        accept = request.headers.get("Accept-Language", "")
        return "en" if accept.lower().startswith("en") else "zh"
    chosen = session.get("language")
    return chosen if chosen in LANGUAGES else "zh"


def register(app: Flask) -> None:
    """See that the catalogues are compiled, and let Flask-Babel choose by `selected`."""
    catalogues.prepare()
    app.config.setdefault(
        "BABEL_TRANSLATION_DIRECTORIES", ";".join([str(catalogues.TRANSLATIONS)] * len(catalogues.CATALOGUES))
    )
    app.config.setdefault("BABEL_DOMAIN", ";".join(catalogues.CATALOGUES))
    app.config.setdefault("BABEL_DEFAULT_LOCALE", LOCALES["zh"])
    app.config.setdefault("BABEL_DEFAULT_TIMEZONE", "Asia/Shanghai")
    Babel(app, locale_selector=lambda: LOCALES[selected()])
    app.jinja_env.filters.update(of_form=of_form, obstacle=obstacle, found=found, spoken=spoken)
    app.jinja_env.globals.update(languages=LANGUAGES, language=selected)


def of_form(text: Any) -> str:
    """A text of a .form file or a diagram in the reader's language."""
    shown = "" if text is None else str(text)
    return shown if not shown or selected() == "zh" else str(gettext(shown))


_SHOWN = ("label", "description", "title", "text", "suffixAdorner", "prefixAdorner")


def form_in_language(schema: Any) -> Any:
    """A served .form schema with its texts in the reader's language; Chinese is passed through untouched."""
    if selected() == "zh":
        return schema
    return _translated(schema)


def _translated(node: Any) -> Any:
    if isinstance(node, dict):
        return {
            key: of_form(value) if key in _SHOWN and isinstance(value, str) else _translated(value)
            for key, value in node.items()
        }
    if isinstance(node, list):
        return [_translated(item) for item in node]
    return node


class _Blank(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


def told(error: FieldError) -> str:
    """What is wrong with a field, in the reader's language."""
    if isinstance(error, Fault):
        return of_form(error.template).format_map(_Blank(error.details))
    return spoken(error.message) if error.message else ""


def sentence(error: GuichengError) -> str:
    """What an error says, in the reader's language, with the names and reasons that stand in it."""
    details = {name: _detail(name, told) for name, told in error.details.items()}
    if isinstance(error, CannotMigrate):
        details["reasons"] = str(gettext("；")).join(obstacle(one) for one in error.obstacles)
    return str(gettext(error.template)).format_map(_Blank(details))


def spoken(said: Said) -> str:
    """A sentence in the reader's language."""
    return as_sentence(said).told(of_form)


def found(finding: Finding) -> str:
    """What a finding says, in the reader's language; one that an earlier release stored says it as it was stored."""
    return of_form(finding.message) if finding.said is None else spoken(finding.said)


def obstacle(one: Obstacle) -> str:
    """Why an instance cannot be moved, in the reader's language."""
    name, reason = of_form(one.name), of_form(one.reason)
    return str(gettext("“%(name)s”%(reason)s", name=name, reason=reason)) if name else reason


def _detail(name: str, told: object) -> object:
    """A part of a sentence: what roles, steps and reasons are called has a translation, other things have none."""
    if isinstance(told, Sentence):
        return spoken(told)
    if name == "role":
        keys = str(told).split("、")
        return joined(of_form(role_by_key[key].title if key in role_by_key else key) for key in keys)
    return of_form(told) if name in ("element", "reason") else told


def joined(words: Iterable[str]) -> str:
    """A row of words."""
    return str(gettext("、")).join(words)


def called(title: str) -> str:
    """What is linked to a project in the reader's language: its own words, or its procedure's name and a number."""
    whole = of_form(title)
    name, _, number = title.rpartition(" ")
    return f"{of_form(name)} {number}" if whole == title and name else whole
