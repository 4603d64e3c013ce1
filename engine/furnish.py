"""What an empty house is furnished with: the bundled procedures and, in trials, people to try them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from contextlib import suppress

from bpmn import library as diagrams
from bpmn.model import File
from bpmn.roles import ROLES
from engine.actor import OPERATOR
from engine.engine import Engine
from engine.errors import UserExists
from engine.settings import Settings
from forms import library as forms
from forms.word.record import records


def bundled() -> list[File]:
    """Every diagram, decision, form, record template and procedure's text that comes with the house."""
    drawn = [file for files in diagrams.procedures().values() for file in files]
    templates = [File(f"{key}.docx", record.template()) for key, record in records().items()]
    return [*drawn, *diagrams.texts(), *forms.files().values(), *templates]


def furnish(engine: Engine, settings: Settings) -> Mapping[str, str]:
    """Deploy to a store without procedures and make accounts in one without people; answers the new passwords by name.

    Roles outside of the company get no account: a customer works by a link or through a member of staff.
    """
    if not engine.definitions():
        engine.deploy(OPERATOR, bundled())
    if settings.production or engine.users():
        return {}
    made = {}
    for role in ROLES:
        if role.kind == "outside":
            continue
        password = secrets.token_urlsafe(9)
        with suppress(UserExists):  # of several processes that start at once on an empty store, another was first
            engine.create_user(OPERATOR, role.key, display_name=role.title, password=password, roles=(role.key,))
            made[role.key] = password
    return made
