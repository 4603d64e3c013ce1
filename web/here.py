"""What a request may ask for: the engine, the settings, who is acting, which language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from flask import current_app, g, request
from flask_login import current_user

from bpmn.errors import GuichengError, NotFound
from engine.actor import Actor
from engine.errors import UserUnknown
from engine.settings import Settings

if TYPE_CHECKING:
    from engine.engine import Engine


def engine() -> Engine:
    """The engine that this application was built with."""
    return cast("Engine", current_app.extensions["guicheng.engine"])


def settings() -> Settings:
    """The settings that this application was built with."""
    return cast(Settings, current_app.extensions["guicheng.settings"])


def actor() -> Actor:
    """Who acts in this request: the token's user in the API, else who logged in."""
    user = g.get("api_user")
    if user is not None:
        return Actor(user.name, "api", request.remote_addr)
    return Actor(current_user.name, "web", request.remote_addr)


Unseen = GuichengError
"""What the engine raises for something that the reader may not see."""


def reader() -> Actor:
    """Who reads; nobody at all behind a one-time link."""
    return actor() if current_user.is_authenticated else Actor("", "link", request.remote_addr)


def known(name: str) -> Any:
    """The user of that name, or None."""
    try:
        return engine().user(name)
    except UserUnknown:
        return None


def roles() -> frozenset[str]:
    """The role keys that who logged in holds for any project."""
    return frozenset(getattr(current_user, "roles", ()))


def field_of(thing: Any, name: str, default: Any = None) -> Any:
    """A member of a view, whether it is a record or a mapping."""
    if isinstance(thing, dict):
        return thing.get(name, default)
    return getattr(thing, name, default)


def number(name: str) -> int | None:
    """A whole number in the query of a page; None where none is told. Raises NotFound for what is none."""
    text = request.args.get(name)
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        raise NotFound()
    return int(text)
