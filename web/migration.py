"""迁移: running instances of a procedure on another version: rehearsed, told one by one, then moved with a reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import login_required

from bpmn.errors import FieldError, GuichengError, Invalid
from bpmn.model import Element
from engine.errors import ReasonMissing
from engine.views import Definition, InstanceView, Rehearsal, RunningVersion
from web.api.body import reply
from web.forms.macros import Errors, errors_of
from web.here import actor, engine, roles
from web.language import obstacle, sentence
from web.page import show
from web.places import words

routes = Blueprint("migration", __name__)
OWNERS = frozenset({"process_owner", "admin"})
"""Who moves running instances."""
SHOWN = 25
MAPPED = "map."
"""What the names of the fields begin with that say which element an old one became."""


class NothingChosen(Invalid):
    """请先选择要迁移的项目。"""


@dataclass(frozen=True)
class Choice:
    """An element of an older version that the new one lacks, and what may take its place there."""

    element: Element
    version: int
    options: list[Element]
    chosen: str


@dataclass(frozen=True)
class Pair:
    """A diagram of an older version beside the new one's, and what to mark in each."""

    version: int
    process: str
    name: str
    marks: dict[str, str]
    new_process: str
    new_marks: dict[str, str]


@dataclass(frozen=True)
class Result:
    """What came of the move of one instance."""

    instance: str
    title: str
    said: str
    moved: bool


@routes.get("/procedures/<key>/migration")
@login_required
def page(key: str) -> ResponseReturnValue:
    """Which version runs how many, and what a move to another would do to each."""
    return draw(key)


def draw(key: str, results: Sequence[Result] = (), said: str = "", errors: Errors | None = None) -> str:
    """The page; after a move with what came of it."""
    known = engine().running_versions(actor(), key)
    mapping, to = _mapping(), _to() or known[0].version
    onto = engine().definition(key, to)
    found = engine().rehearse(actor(), key, to, mapping, request.values.get("cursor", ""), SHOWN)
    titles = {one.instance: one.title for one in found.items}
    choices = list(_choices(key, known, onto, mapping, found.items))
    return show(
        "procedures/migration",
        definition=onto,
        versions=known,
        waiting=sum(one.running for one in known if one.version != to),
        mapping={MAPPED + old: new for old, new in mapping.items()},
        page=found,
        rows=[{"one": one, "before": words(one.before), "after": words(one.after)} for one in found.items],
        choices=choices,
        pairs=_pairs(key, choices, onto),
        chosen=request.form.getlist("instance"),
        reason=request.form.get("reason", ""),
        results=[replace(one, title=one.title or titles.get(one.instance, one.instance)) for one in results],
        said=said,
        errors=errors or errors_of(()),
        looks_in="admin" in roles(),
    )


@routes.post("/procedures/<key>/migration")
@login_required
def move(key: str) -> ResponseReturnValue:
    """Move the chosen instances of the page, each by itself; what came of each is told. The way without a script."""
    chosen = request.form.getlist("instance")
    try:
        reason = _reason()
        if not chosen:
            raise NothingChosen()
    except GuichengError as error:
        return draw(key, said=sentence(error), errors=errors_of(error.errors)), error.status
    return draw(key, [_moved(key, id, reason) for id in chosen[:SHOWN]])


def _moved(key: str, instance: str, reason: str) -> Result:
    try:
        view = _migrate(key, instance, reason)
    except GuichengError as error:
        return Result(instance, "", sentence(error), False)
    return Result(instance, view.title, _said(view), True)


@routes.post("/procedures/<key>/migration/<instance>")
@login_required
def move_one(key: str, instance: str) -> Response:
    """Move one instance, for the script that moves one after another."""
    return reply({"said": _said(_migrate(key, instance, _reason()))})


@routes.get("/procedures/<key>/migration/rehearsal")
@login_required
def rehearsal(key: str) -> Response:
    """A page of the rehearsal for the script: which can be moved, and why the others cannot."""
    found = engine().rehearse(actor(), key, _to(), _mapping(), *_here())
    items = [{"instance": one.instance, "title": one.title, "said": _why(one)} for one in found.items]
    return reply({"items": items, "next": found.next})


def _migrate(key: str, instance: str, reason: str) -> InstanceView:
    """Move one of that procedure's. The same form sent twice moves it once."""
    once = f"{request.form['once'][:100]}-{instance}" if request.form.get("once") else None
    return engine().migrate(actor(), instance, _to(), _mapping(), reason, once, key)


def _said(view: InstanceView) -> str:
    return str(gettext("现在按第 %(version)s 版办理", version=view.definition["version"]))


def _why(one: Rehearsal) -> str:
    """Why it cannot be moved; empty where it can."""
    return str(gettext("；")).join(obstacle(each) for each in one.obstacles)


def _to() -> int | None:
    """The version asked for, None for the newest."""
    text = request.values.get("to", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None


def _here() -> tuple[str, int]:
    return request.values.get("cursor", ""), SHOWN


def _mapping() -> dict[str, str]:
    given = request.values.items()
    return {name.removeprefix(MAPPED): new for name, new in given if name.startswith(MAPPED) and new}


def _reason() -> str:
    reason = request.form.get("reason", "").strip()
    if not reason:
        raise ReasonMissing(errors=[FieldError("reason", gettext("必填"))])
    return reason


def _choices(
    key: str, known: Sequence[RunningVersion], onto: Definition, mapping: Mapping[str, str], found: Sequence[Rehearsal]
) -> Iterable[Choice]:
    """What of the older versions must be mapped, or is: each element once, by the first version that has it."""
    olds = {one.version: engine().definition(key, one.version) for one in known if one.running}
    missing = {one.element: row.version for row in found for one in row.obstacles if one.missing}
    mapped = {id: version for id in mapping for version, old in olds.items() if old.element(id) is not None}
    for id, version in {**mapped, **missing}.items():
        old = olds.get(version)
        element = old.element(id) if old is not None else None
        if old is not None and element is not None and version != onto.version:
            options = _options(element, old, onto, mapping)
            named = [one.id for one in options if one.name == element.name]
            yield Choice(element, version, options, mapping.get(id) or (named[0] if len(named) == 1 else ""))


def _options(element: Element, old: Definition, onto: Definition, mapping: Mapping[str, str]) -> list[Element]:
    """The elements of the same type in the same place: the process or stage that goes on for the old one's."""
    stages = _stages(element.process, old, onto, mapping)
    parent = mapping.get(element.parent, element.parent) if element.parent else None
    return [
        one
        for one in onto.elements
        if (one.type, one.event) == (element.type, element.event) and one.process in stages and one.parent == parent
    ]


def _stages(process: str, old: Definition, onto: Definition, mapping: Mapping[str, str]) -> set[str]:
    """The processes of the new version that run where that one ran."""
    if process == old.key:
        return {onto.key}
    calls = (onto.element(mapping.get(one.id, one.id)) for one in old.elements if one.called == process)
    return {one.called for one in calls if one is not None and one.called}


def _pairs(key: str, choices: Sequence[Choice], onto: Definition) -> list[Pair]:
    """The diagrams in which something is mapped or missing, old beside new."""
    found: dict[tuple[int, str], list[Choice]] = {}
    for one in choices:
        found.setdefault((one.version, one.element.process), []).append(one)
    mapping, made = _mapping(), []
    for (version, process), inside in found.items():
        old = engine().definition(key, version)
        new = next((one.process for choice in inside for one in choice.options), process)
        marks = {one.element.id: "here" if one.element.id in mapping else "failed" for one in inside}
        new_marks = {mapping[one.element.id]: "here" for one in inside if one.element.id in mapping}
        new = new if new in onto.processes else onto.key
        made.append(Pair(version, process, old.names.get(process, process), marks, new, new_marks))
    return made
