"""Sessions, CSRF, throttling and the headers of every answer."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from bpmn.errors import FieldError, Invalid, NotFound
from engine.settings import Settings
from web.api import problem
from web.errors import wants_problem
from web.here import known
from web.language import PROGRAMS

# Inline styles are docx-preview's and bpmn-js's; scripts come from this server only.
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# A diagram is XML that somebody else drew: opened by itself, it is shown and nothing in it acts.
INERT = "default-src 'none'; sandbox; frame-ancestors 'none'"
csrf = CSRFProtect()
limiter = Limiter(get_remote_address, storage_uri="memory://", default_limits=[])


class Session:
    """Who is logged in, as Flask-Login wants it: the engine's user with an id of its own."""

    is_authenticated = True
    is_anonymous = False

    def __init__(self, user: Any) -> None:
        self.user = user
        self.name: str = user.name
        self.display_name: str = user.display_name
        self.email: str | None = user.email
        self.is_active: bool = user.active
        self.roles = frozenset(user.roles)

    def get_id(self) -> str:
        """The user's name."""
        return self.name


def register(app: Flask, settings: Settings, secret: str) -> None:
    """Everything that protects a page."""
    app.config.update(
        SECRET_KEY=secret,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.production,
        SESSION_COOKIE_NAME="guicheng",
        PERMANENT_SESSION_LIFETIME=12 * 3600,
        MAX_CONTENT_LENGTH=settings.max_request,
        MAX_FORM_MEMORY_SIZE=4 * 1024 * 1024,
        MAX_FORM_PARTS=5000,
        WTF_CSRF_TIME_LIMIT=12 * 3600,
        WTF_CSRF_SSL_STRICT=False,
        RATELIMIT_ENABLED=True,
    )
    if settings.proxies:
        # Each proxy adds what it saw to what it was told; the client's own words stand before theirs and count nothing.
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]  # as Flask says it
            app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies, x_host=0
        )
    csrf.init_app(app)
    limiter.init_app(app)
    login = LoginManager(app)
    login.session_protection = "strong"
    login.user_loader(_load)
    login.unauthorized_handler(_unauthorized)
    app.before_request(_no_nul)
    app.after_request(_headers)


def _load(name: str) -> Session | None:
    user = known(name)
    return Session(user) if user is not None and user.active else None


def _unauthorized() -> ResponseReturnValue:
    if wants_problem():
        return problem.answer(401, "请先登录。")
    target = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("login.login", next=target))


def _no_nul() -> None:
    """A NUL is in no text that is worth keeping: PostgreSQL keeps none. What is in JSON is looked for where it is read.

    Raises NotFound for one in a path, Invalid for one in a query or a page's form."""
    if "\0" in request.path:
        raise NotFound()
    # Not the forms of programs: to read a body before the token is looked at would let anybody have it stored.
    fields = [request.args] if request.path.startswith("/api/") else [request.args, request.form]
    for name, text in (pair for given in fields for pair in given.items(multi=True)):
        if "\0" in name + text:
            raise Invalid(errors=[FieldError(name, gettext("含有不可用的控制字符"))])


def _headers(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("X-Content-Type-Options", "nosniff")
    if request.path.startswith(PROGRAMS):
        headers.setdefault("Cache-Control", "no-store")
        return response
    headers.setdefault("Content-Security-Policy", INERT if response.mimetype == "application/xml" else POLICY)
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("X-Frame-Options", "DENY")
    if request.endpoint != "static":
        headers.setdefault("Cache-Control", "no-store")
    return response
