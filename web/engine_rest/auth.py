"""Who calls: a Bearer token, or HTTP Basic with the name and password of the pages; the modeler offers both."""

from __future__ import annotations

from flask import g, request
from flask_babel import gettext

from web.api.auth import user_of
from web.engine_rest.fault import SAID, Refused
from web.here import engine


def require_user() -> None:
    """Set `g.api_user` from the Authorization header, else answer 401."""
    given = request.authorization
    user = None
    if given is not None and given.type == "bearer" and given.token:
        user = user_of(given.token.strip())
    elif given is not None and given.type == "basic" and given.username:
        user = engine().authenticate(given.username, given.password or "")
        if user is None:
            engine().login_failed(given.username, request.remote_addr, "api")
    if user is None:
        raise Refused(401, gettext(SAID[401]), "AuthenticationException")
    g.api_user = user


def guessed() -> str:
    """Whose password is being guessed: what attempts are counted by."""
    given = request.authorization
    return f"basic:{(given.username or '').strip().lower()[:100]}" if given is not None else ""


def by_password() -> bool:
    """Whether the request comes with a password."""
    given = request.authorization
    return given is not None and given.type == "basic"
