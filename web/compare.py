"""比较版本: two versions of a procedure side by side, and each difference in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_required

from bpmn.compare import KINDS, Difference
from bpmn.errors import NotFound
from engine.views import Definition
from forms.read import read
from web import differences
from web.here import engine, number
from web.page import show
from web.project import in_order

routes = Blueprint("compare", __name__, url_prefix="/procedures")
FRAMES = frozenset({"lane", "participant", "subProcess", "transaction", "adHocSubProcess"})
"""What holds others in a drawing: its colour is its border, for those in it have theirs."""
OTHERS = {"form": "表单", "decision": "决策", "template": "Word 模板", "procedure": "规程正文"}


@dataclass(frozen=True)
class Group:
    """A thing and all that is different of it."""

    home: str
    id: str
    title: str
    kinds: tuple[str, ...]
    differences: tuple[Difference, ...]


@routes.get("/<key>/compare")
@login_required
def compare(key: str) -> ResponseReturnValue:
    """Two versions side by side: `from`, `to`, the `process` shown, only one `kind` of differences."""
    found = engine().compare(key, number("from"), number("to"))
    kind = request.args.get("kind", "")
    kept = [one for one in found.differences if kind in ("", one.kind)]
    drawn = [one for one in kept if one.subject.of == "diagram"]
    names = {process: name for one in (found.before, found.after) for process, name in one.names.items()}
    order = [
        *in_order(found.after),
        *(process for process in found.before.processes if process not in found.after.processes),
    ]
    counted = Counter(one.subject.home for one in drawn)
    process = request.args.get("process") or next((home for home in order if counted[home]), order[0])
    if process not in names:
        raise NotFound()
    asked: dict[str, Any] = {"from": found.before.version, "to": found.after.version}
    way = partial(url_for, "compare.compare", key=key, **asked)
    here = [one for one in drawn if one.subject.home == process]
    return show(
        "compare/compare", before=found.before, after=found.after, versions=engine().versions(key), process=process,
        processes=order, names=names, counted=counted, kind=kind, kinds=differences.KINDS, total=len(found.differences),
        by_kind=Counter(one.kind for one in found.differences), groups=groups(here),
        others=[(title, groups(one for one in kept if one.subject.of == of)) for of, title in OTHERS.items()],
        marks=(marks(here, old=True), marks(here, old=False)), said=differences, way=way,
        titles={**titles(found.before), **titles(found.after)},
    )  # fmt: skip


def groups(found: Iterable[Difference]) -> list[Group]:
    """The differences by what they are about; what only was moved comes last."""
    together: dict[tuple[str, str, str], list[Difference]] = {}
    for one in found:
        subject = one.subject
        together.setdefault((subject.home, subject.type, subject.id), []).append(one)
    made = [
        Group(home, id, differences.title(ones[0].subject), _kinds(ones), tuple(ones))
        for (home, _, id), ones in together.items()
    ]
    return sorted(made, key=lambda group: group.kinds == ("moved",))


def _kinds(found: Sequence[Difference]) -> tuple[str, ...]:
    told = {one.kind for one in found}
    return tuple(kind for kind in KINDS if kind in told)


def marks(found: Iterable[Difference], *, old: bool) -> Mapping[str, str]:
    """How the elements of the old or the new diagram are coloured: by the gravest that happened to each."""
    made: dict[str, str] = {}
    for group in groups(found):
        subject = group.differences[0].subject
        kind = group.kinds[0]
        if group.id and kind != ("added" if old else "removed"):
            made[group.id] = f"{kind}-frame" if subject.type in FRAMES else kind
    return made


def titles(definition: Definition) -> dict[str, str]:
    """What the forms of a version are called, by key."""
    forms = (read(file.content) for file in definition.files if file.name.endswith(".form"))
    return {form.key: form.title for form in forms}
