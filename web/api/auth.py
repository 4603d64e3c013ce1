"""Bearer tokens: who calls."""

from __future__ import annotations

import hashlib
import threading
import time
from typing import Any

from flask import g, request
from flask_babel import gettext

from web.api.problem import Problem
from web.here import engine

_SECONDS = 5.0  # how long a token taken back may still work in another process
_MOST = 4096
_known: dict[tuple[int, bytes], tuple[float, Any]] = {}
_lock = threading.Lock()


def require_token() -> None:
    """Set `g.api_user` from the Authorization header, else answer 401."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token:
        raise Problem(401, gettext("请提供 Authorization: Bearer 令牌。"))
    user = user_of(token.strip())
    if user is None:
        raise Problem(401, gettext("令牌无效或已撤销。"))
    g.api_user = user


def user_of(token: str) -> Any:
    house = engine()
    # The engine's identity is part of the key: tests build several in one process.
    place = (id(house), hashlib.sha256(token.encode()).digest())
    found = _known.get(place)
    if found is not None and found[0] > time.monotonic():
        return found[1]
    user = house.token_user(token)
    with _lock:
        if len(_known) >= _MOST:
            _known.clear()
        if user is None:
            _known.pop(place, None)
        else:
            _known[place] = (time.monotonic() + _SECONDS, user)
    return user


def forget() -> None:
    """Look every token up anew: a grant, a password or a token has changed."""
    with _lock:
        _known.clear()
