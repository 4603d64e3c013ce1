"""Answers of the past for reading: each with the form it was given in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from bpmn.errors import GuichengError
from engine.views import Definition
from forms.read import read
from web.forms.sent import inputs, key_of
from web.here import engine, field_of


@dataclass(frozen=True)
class Answer:
    """One earlier answer: the view of the engine, and its form's components to read it by."""

    view: Any
    components: list[dict[str, Any]]
    data: dict[str, Any]


def components_of(definition: Any, form: str | None) -> list[dict[str, Any]]:
    """The components of a form as it stood in that version of the definition; empty where it is unknown."""
    if not form:
        return []
    try:
        found = engine().definition(field_of(definition, "key"), field_of(definition, "version"))
    except GuichengError:
        return []
    for file in found.files:
        if file.name == f"{form}.form":
            return list(_raw(file.content))
    return []


def fields_of(definition: Definition, form: str | None, names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """By name the component that asks for a fact: the form's own, else another's of the same version, for the same fact
    has the same key in every form."""
    wanted, found = set(names), dict[str, dict[str, Any]]()
    files = [file for file in definition.files if file.name.endswith(".form")]
    for file in sorted(files, key=lambda file: file.name != f"{form}.form"):
        if wanted <= found.keys():
            break
        for component in inputs(list(_raw(file.content))):
            if key_of(component) in wanted:
                found.setdefault(key_of(component), component)
    return found


@lru_cache(maxsize=256)
def _raw(content: bytes) -> tuple[dict[str, Any], ...]:
    return tuple(read(content).raw.get("components") or ())  # type: ignore[arg-type]  # checked by read


def shown(definition: Any, view: Any) -> Answer:
    """One answer, readable, by the form of the version that it was given in; what that does not know by its key."""
    definition = {"key": field_of(definition, "key"), "version": field_of(view, "version")}
    data = field_of(view, "data")
    data = data if isinstance(data, dict) else {}
    values = next((data[key] for key in ("data", "variables") if isinstance(data.get(key), dict)), data)
    components = components_of(definition, field_of(view, "form") or _start_form(definition, view))
    return Answer(view, components, values or {})


def _start_form(definition: Any, view: Any) -> str | None:
    if field_of(view, "kind") != "started":
        return None
    found = engine().definition(field_of(definition, "key"), field_of(definition, "version"))
    return str(found.start_form) if found.start_form else None


def earlier_shown(definition: Any, earlier: Any) -> list[Answer]:
    """Earlier answers, newest first, those without content left out."""
    found = [shown(definition, view) for view in earlier or ()]
    return [answer for answer in found if answer.data]
