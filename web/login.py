"""Logging in and out, and the language."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user, login_user, logout_user

from engine.actor import Actor
from web.here import actor, engine
from web.language import LANGUAGES
from web.page import show
from web.security import Session, limiter

routes = Blueprint("login", __name__)


def inside(target: str | None) -> str | None:
    """The target when it is a path of this server, else None: nobody is sent elsewhere after logging in."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return None
    parts = urlsplit(target)
    return target if not parts.scheme and not parts.netloc else None


def _name() -> str:
    return "name:" + (request.form.get("name") or "").strip().lower()[:100]


@routes.get("/login")
def login() -> ResponseReturnValue:
    """The page for logging in."""
    if current_user.is_authenticated:
        return redirect(url_for("home.home"))
    return show("login/login", error=None, name="")


@routes.post("/login")
@limiter.limit("30 per minute")
@limiter.limit("10 per minute", key_func=_name, deduct_when=lambda response: response.status_code == 401)
def enter() -> ResponseReturnValue:
    """Check name and password; the answer never says which of them was wrong."""
    name = request.form.get("name", "").strip()
    user = engine().authenticate(name, request.form.get("password", "")) if name else None
    if user is None:
        engine().login_failed(name, request.remote_addr)
        return show("login/login", error=gettext("用户名或密码不对。"), name=name), 401
    engine().noted(Actor(user.name, "web", request.remote_addr), "login")
    language = session.get("language") or user.language
    session.clear()  # nothing of an earlier session is carried into this one
    if language:
        session["language"] = language
    session.permanent = True
    login_user(Session(user))
    return redirect(inside(request.args.get("next")) or url_for("home.home"))


@routes.post("/logout")
def leave() -> ResponseReturnValue:
    """End the session."""
    if current_user.is_authenticated:
        engine().noted(actor(), "logout")
    language = session.get("language")
    logout_user()
    session.clear()
    if language:
        session["language"] = language
    return redirect(url_for("login.login"))


@routes.post("/language")
def language() -> ResponseReturnValue:
    """Choose the language of the pages, and of mails to whoever is logged in."""
    chosen = request.form.get("language")
    if chosen in LANGUAGES:
        session["language"] = chosen
        if current_user.is_authenticated:
            engine().set_language(actor(), chosen)
    return redirect(inside(request.form.get("back")) or url_for("home.home"))
