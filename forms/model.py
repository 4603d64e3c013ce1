"""A form as plain frozen values: its input fields, flat, and the schema that they came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bpmn.model import NOTHING, Json

INPUTS = frozenset(
    {
        "textfield",
        "textarea",
        "number",
        "datetime",
        "select",
        "radio",
        "checkbox",
        "checklist",
        "taglist",
        "dynamiclist",
        "filepicker",
    }
)
"""The components that people fill in."""

DISPLAYS = frozenset({"group", "text", "separator", "table"})
"""The components that only show or arrange."""

CHOICES = frozenset({"select", "radio"})
MANY = frozenset({"checklist", "taglist"})
MOST_ROWS = 200
MOST_FILES = 20
LONGEST = {"textfield": 500, "textarea": 20_000}


@dataclass(frozen=True)
class Option:
    """A choice: the value stored and the Chinese words shown."""

    value: Json
    label: str


@dataclass(frozen=True)
class Field:
    """An input of a form. `hides` are the conditions (FEEL) of the field and of the groups around it."""

    key: str
    type: str
    label: str
    description: str = ""
    required: bool = False
    readonly: bool = False
    hides: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    pattern: str | None = None
    email: bool = False
    shortest: int = 0
    longest: int = 0
    least: float | None = None
    most: float | None = None
    digits: int | None = None
    subtype: str = "date"
    accept: str = ""
    multiple: bool = False
    default: Json = None
    rows: tuple[Field, ...] = ()
    most_rows: int = MOST_ROWS
    properties: Mapping[str, str] = field(default_factory=lambda: NOTHING)

    def extra(self, name: str) -> str | None:
        """The text of one of our own properties (`computed`, `rule`, `people`, ...), or None."""
        return self.properties.get(name) or None

    @property
    def people(self) -> tuple[str, ...]:
        """The roles whose holders in this project are the options.

        "team" stands for all its members, "any" for all staff, "all:<role>" for whoever may be named for a role.
        """
        return tuple(part.strip() for part in self.properties.get("people", "").split(",") if part.strip())

    @property
    def filled_by_server(self) -> bool:
        """Whether the server gives the value: a total, or a read-only field taken from elsewhere."""
        extras = self.properties
        return "computed" in extras or (self.readonly and ("from" in extras or "default" in extras))


@dataclass(frozen=True)
class Form:
    """A form: its key (the formRef), its title, its inputs in the order of the page, and the schema itself."""

    key: str
    title: str
    components: tuple[Field, ...]
    raw: Mapping[str, Json]

    def field(self, key: str) -> Field | None:
        """The input of that key, or None."""
        return next((f for f in self.components if f.key == key), None)
