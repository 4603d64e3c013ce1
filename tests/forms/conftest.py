"""A form of three fields, a context with people and files, and one FEEL machine for all."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bpmn.feel import Feel
from bpmn.model import Json
from bpmn.roles import ROLES
from forms.context import Context
from forms.model import Form
from forms.read import read

NOW = 1_781_000_000_000_000
STAFF = tuple(role.key for role in ROLES if role.kind == "staff")
MANY = ("second_line_support", "project_member")
FILES = {"paper": "signed.PDF", "word": "customer.docx"}


@pytest.fixture(scope="session")
def feel() -> Iterator[Feel]:
    machine = Feel()
    yield machine
    machine.close()


def people(role: str) -> list[tuple[str, str]]:
    """Everyone is called after the one role that he holds."""
    role = role.removeprefix("all:")
    return [(one, f"{one} 先生") for one in STAFF] if role in ("team", "any") else [(role, f"{role} 先生")]


@pytest.fixture
def context(feel: Feel) -> Callable[..., Context]:
    def make(**variables: Json) -> Context:
        return Context(variables, NOW, feel, people, FILES.get)

    return make


def form(*components: dict[str, Any]) -> Form:
    """A form of these components; a component's id and label follow its key."""
    whole = [{"id": c.get("key", "x"), "label": c.get("key", ""), **c} for c in components]
    return read(json.dumps({"type": "default", "id": "sample", "components": whole}).encode())


def field(type: str, key: str, required: bool = False, **more: Any) -> dict[str, Any]:
    """A component; `required` goes into its `validate`."""
    rules = {**more.pop("validate", {}), **({"required": True} if required else {})}
    return {"type": type, "key": key, **({"validate": rules} if rules else {}), **more}


def rows(key: str, *components: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A dynamic list."""
    return field("dynamiclist", key, path=key, components=list(components), **more)


def choice(type: str, key: str, *values: Json, **more: Any) -> dict[str, Any]:
    """A choice among values, labelled 之<value>."""
    return field(type, key, values=[{"value": value, "label": f"之{value}"} for value in values], **more)
